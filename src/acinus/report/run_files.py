"""Everything one run leaves in a folder: figure, endpoints, trajectories and what produced them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from acinus.errors import AcinusError
from acinus.report.arm_view import can_view, is_dosed, nomogram_of, view_arm, view_people
from acinus.report.habit_figure import can_draw_habits, draw_habits
from acinus.report.hospital_course import tabulate_course
from acinus.report.overdose_figure import draw_overdose
from acinus.report.people_table import tabulate_people
from acinus.report.time_courses import draw_time_courses
from acinus.report.whole_files import save_figure, whole_file, write_text
from acinus.report.words import in_words

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from matplotlib.figure import Figure

    from acinus.report.endpoint_table import EndpointTable
    from acinus.simulation import Trajectories

__all__ = ["draw_run", "write_run"]

# More arms than this are not told apart in one picture; their numbers are written all the same.
_MOST_ARMS = 4


def draw_run(
    arms: Mapping[str, Trajectories], *, title: str, people: Mapping[str, Trajectories] | None = None
) -> Figure:
    """Return the overdose figure of an overdose, that of habits where they move something, else plain time courses.

    Parameters
    ----------
    arms : mapping from arm to Trajectories
        The first four are drawn.
    title : str
    people : mapping from arm to Trajectories, optional
        Many individuals under the same arms, whose spread is drawn around the first one of `arms`.
    """
    drawn = dict(list(arms.items())[:_MOST_ARMS])
    first = next(iter(drawn.values()))
    made_from = f"model {first.provenance.model} {first.provenance.model_hash[:12]}"
    in_full = {in_words(arm): run for arm, run in drawn.items()}
    if not any(is_dosed(run) for run in drawn.values()) and can_draw_habits(drawn):
        return draw_habits(in_full, title=title, made_from=made_from)
    if not all(can_view(run) and run.ok[0] for run in drawn.values()):
        return draw_time_courses(in_full, title=title)
    return draw_overdose(
        [
            view_arm(run, in_words(arm), people=view_people(people[arm]) if people else None)
            for arm, run in drawn.items()
        ],
        title=title,
        nomogram=nomogram_of(first),
        hepatotoxicity=_constant(first, "hepatotoxicity_level"),
        made_from=made_from,
    )


def write_run(
    folder: Path,
    arms: Mapping[str, Trajectories],
    table: EndpointTable,
    *,
    name: str,
    title: str,
    people: Mapping[str, Trajectories] | None = None,
) -> tuple[Path, ...]:
    """Write figure (PNG), endpoints (CSV, JSON), course (CSV), trajectories (NetCDF) and provenance (JSON).

    Parameters
    ----------
    folder : Path
        Made if it does not exist. Each file is whole or absent.
    arms : mapping from arm to Trajectories
        One NetCDF file each; the course, a line a time as in a hospital chart, holds them all and is left out for a model
        without any of the blood tests.
    table : EndpointTable
    name, title : str
        The protocol's name, which names the files, and its title, which stands above the figure.
    people : mapping from arm to Trajectories, optional
        Many individuals under the same arms; their endpoints are written one row an individual and arm (CSV).

    Returns
    -------
    tuple of Path
        The files, in the order of writing; the figure comes first.
    """
    written = [folder / f"{name}.png"]
    save_figure(draw_run(arms, title=title, people=people), written[0])
    written += [folder / f"{name}_endpoints.csv", folder / f"{name}_endpoints.json"]
    write_text(written[1], table.as_csv())
    write_text(written[2], json.dumps(table.as_dict(), indent=2, allow_nan=False) + "\n")
    course = tabulate_course(arms)
    if course:
        written.append(folder / f"{name}_course.csv")
        write_text(written[-1], course)
    for arm, run in arms.items():
        path = folder / f"{name}{'_' if arm else ''}{arm}.nc"
        with whole_file(path) as temporary:
            run.save(temporary)
        written.append(path)
    if people:
        written.append(folder / f"{name}_people.csv")
        write_text(written[-1], tabulate_people(people))
    provenance = {arm or name: run.provenance.as_dict() for arm, run in arms.items()}
    written.append(folder / f"{name}_provenance.json")
    write_text(written[-1], json.dumps(provenance, indent=2) + "\n")
    return tuple(written)


def _constant(run: Trajectories, name: str) -> float | None:
    try:
        return run.model.constant(name)[0]
    except AcinusError:
        return None
