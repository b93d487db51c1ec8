"""The picture on bacteria's indole-3-carboxylic acid: how far it could lower NAPQI, over what is not known about it.

In: ``biology/pages/ica.yaml`` and the models it names. Out: `MapNumbers`, a figure, and files. Every place of a panel is
runs of the engine; nothing in the picture is a stored result or a formula of its own.
"""

from acinus.report.ica_map.map_figure import answer, draw_ica_map
from acinus.report.ica_map.map_files import map_as_data, write_ica_map
from acinus.report.ica_map.map_plan import read_map_plan
from acinus.report.ica_map.map_runs import MapNumbers, Panel, make_ica_map

__all__ = [
    "MapNumbers",
    "Panel",
    "answer",
    "draw_ica_map",
    "make_ica_map",
    "map_as_data",
    "read_map_plan",
    "write_ica_map",
]
