"""Where everything lies in the working memory of one thread, in vectors of W doubles (or W whole numbers)."""

from __future__ import annotations

from dataclasses import dataclass, field

__all__ = ["CONTROL", "Layout"]

#: One vector each: the state of the step control, by name.
CONTROL = (
    "time",  # start of the step
    "step",  # length of the step that is tried
    "proposal",  # length of the next step
    "stage_time",
    "inverse_gamma_step",  # 1 / (gamma h)
    "inverse_step",
    "time_weight",  # d_i h of the present stage
    "error",
    "not_finite",  # 0 or not a number
    "accepted",  # 1.0 or 0.0
    "last_error",
    "last_step",
    "rejected_before",  # 1.0 after a rejected step
    "fresh",  # 1.0 where nothing is known about a fitting step
    "relative",
    "absolute",
    "stop",  # time of the next change, infinity where none is left
    "theta",  # place of a sample in the step, 0 to 1
    "sample_time",
    "sample_lane",  # whose step that is, a whole number: samples of one lane may fill several places of a vector
    "first_factor",  # multiplies the first step
    "horizon",  # how far ahead the size of states is forecast
    "next_time",  # end of the step that is tried
    "pivot_doubt",  # 1.0 where elimination without pivoting has lost its digits in this step
)


@dataclass(slots=True)
class Layout:
    """Regions of the working memory by name; `size` vectors in all."""

    places: dict[str, int] = field(default_factory=dict)
    sizes: dict[str, int] = field(default_factory=dict)
    size: int = 0

    def region(self, name: str, count: int) -> int:
        """Reserve a region and return where it starts."""
        self.places[name], self.sizes[name] = self.size, count
        self.size += count
        return self.places[name]

    def share(self, name: str, count: int, host: str, offset: int = 0) -> int:
        """Lay a region over part of another whose content is not needed at the same time, and return its end there.

        Where it does not fit it gets memory of its own.
        """
        if offset + count > self.sizes[host]:
            self.region(name, count)
            return offset
        self.places[name], self.sizes[name] = self.places[host] + offset, count
        return offset + count

    def __getitem__(self, name: str) -> int:
        return self.places[name]

    def widen(self, name: str, count: int) -> None:
        """Make the last region at least as large as asked."""
        more = count - self.sizes[name]
        if more > 0:
            self.sizes[name] += more
            self.size += more
