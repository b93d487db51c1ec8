"""Trials and decision maps: the same virtual people treated in several ways, and what that makes of them.

In: a trial (a file of biology/trials) or a map (of biology/maps), or its content. Out: a `TrialResult` with who was screened
and who entered, shares, differences, courses of events and what trials of a given size would find; or a `MapResult`, a number
with its interval for every cell.
Knows entry rules, paired comparison, survival and sampling of people into trials. Never knows equations, terminals or
pictures.
"""

from __future__ import annotations

from acinus.trials.conduct import conduct_trial
from acinus.trials.decision_map import DecisionMap, list_maps, read_map
from acinus.trials.mapping import Cell, MapResult, make_map
from acinus.trials.results import TrialResult
from acinus.trials.trial import Trial, list_trials, read_trial

__all__ = [
    "Cell",
    "DecisionMap",
    "MapResult",
    "Trial",
    "TrialResult",
    "conduct_trial",
    "list_maps",
    "list_trials",
    "make_map",
    "read_map",
    "read_trial",
]
