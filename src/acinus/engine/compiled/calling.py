"""What Python and the compiled loop tell each other: the order of arguments, ways to end, fields of a lane."""

from __future__ import annotations

__all__ = ["ARGUMENTS", "ENDS", "FUNCTIONS", "LANE_FIELDS"]

#: What the caller passes, in this order, as 64-bit words: addresses, whole numbers, and doubles as their bits.
ARGUMENTS = (
    "queue",  # next individual that is not yet taken
    "count",
    "parameters",  # (B, settable)
    "change_start",  # (B + 1,)
    "change_time",
    "change_kind",  # 0 adds, 1 sets
    "change_index",
    "change_value",
    "times",
    "time_stride",  # 0 where all share one grid
    "time_count",
    "values",  # (B, T, K)
    "output_count",
    "output_buffer",  # K vectors
    "ends",  # (B,) see ENDS
    "reached",  # (B,)
    "gaps",  # (B,) 1 where a recorded value is not finite
    "steps",  # (B,)
    "rejections",  # (B,)
    "max_steps",
    "stop_request",  # other than 0: give up at once
    "sample_within",
    "sample_now",
    "dump",  # all of a lane's memory when it failed
    "dump_stride",  # 0 where one row serves all individuals
    "slot_of_species",
    "tangents",  # words of their own, see tangent_layout
)

#: How an individual can end.
ENDS = (
    "waiting",
    "reached",
    "max_steps",
    "step_too_small",
    "not_finite",
    "not_consistent",
    "events_without_end",
    "queue_full",
)

#: Whole numbers kept per lane; one more for each barrier follows.
LANE_FIELDS = (
    "phase",
    "individual",
    "sample",
    "change",
    "steps",
    "since",
    "rejections",
    "pending",
    "column",  # of a sample that waits to be recorded, by its place in the vector: which of its individual's it is
    "happened",  # something was done to the individual: nothing is known about a fitting step
    "late",  # the sample at this moment was recorded
    "queued",  # executions of events that wait
    "random",  # state of the random order
    "search",  # whether the step just made is looked into, or was ended early
)

#: The functions of the loop; LLVM moves their variables into registers.
FUNCTIONS = ("fill", "settle", "fail", "happen", "restore", "integrate")
