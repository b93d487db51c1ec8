"""What is kept for each chosen parameter, and what the caller tells the code about them."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["TANGENT_WORDS", "Block"]

#: What the caller passes behind the argument ``tangents``, in this order, as 64-bit words.
TANGENT_WORDS = (
    "count",  # chosen parameters M
    "chosen",  # (M,) their places among the parameters
    "blocks",  # M blocks of one thread
    "derivatives",  # (B, T, K, M)
    "buffer",  # K vectors
    "sample_within",
    "sample_now",
)


@dataclass(frozen=True, slots=True)
class Block:
    """Where things lie in the memory of one chosen parameter, in vectors.

    Attributes
    ----------
    states, stages, input_count, parameter_count, assignments : int
        How many there are in the program and in the method.
    """

    states: int
    stages: int
    input_count: int
    parameter_count: int
    assignments: int

    @property
    def sensitivity(self) -> int:
        """S at the start of the step."""
        return 0

    @property
    def new(self) -> int:
        """S at its end."""
        return self.states

    def stage(self, s: int) -> int:
        """Tangent of stage s."""
        return (2 + s) * self.states

    @property
    def inputs(self) -> int:
        """Tangents of the inputs."""
        return (2 + self.stages) * self.states

    @property
    def parameters(self) -> int:
        """Tangents of all parameters of the program."""
        return self.inputs + self.input_count

    @property
    def jumps(self) -> int:
        """Tangents of what the assignments of barriers give."""
        return self.parameters + self.parameter_count

    @property
    def size(self) -> int:
        """All of it."""
        return self.jumps + self.assignments
