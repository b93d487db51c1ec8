"""What people in one arm answered to some endpoints, kept in a folder if asked: a trial that was killed goes on."""

from __future__ import annotations

import io
import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import numpy as np

from acinus.calibration.bench import OF_MANY
from acinus.endpoints import Reading, ids_read
from acinus.provenance import content_hash, content_text
from acinus.runs.files import commit, make_folder
from acinus.runs.identity import biology_hash, software
from acinus.trials.setting import named_endpoint

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from acinus.documents import Node
    from acinus.population import Individuals
    from acinus.trials.setting import Setting

__all__ = ["Answers", "Asker"]


@dataclass(frozen=True, eq=False)
class Answers:
    """What some people in one arm answered.

    Attributes
    ----------
    status : tuple of n str
        How the course of each ended.
    ok : (n,) array of bool
        Who reached the end.
    end : float, h
        The last time of the protocol.
    readings : mapping from the content of an endpoint to Reading
        Values are (n,).
    """

    status: tuple[str, ...]
    ok: NDArray[np.bool_]
    end: float
    readings: Mapping[str, Reading]

    def __getitem__(self, endpoint: Node) -> Reading:
        return self.readings[content_text(endpoint.plain())]


@dataclass(frozen=True, eq=False)
class Asker:
    """Simulates people and reads endpoints off their courses; what it has done before in its folder it reads there.

    Parameters
    ----------
    setting : Setting
    workers : int
        Threads; no answer depends on it.
    kept : Path, optional
        Folder of answers. A file is named by the content of everything its answers depend on, so that it can never
        answer another question; one that is damaged is made again.

    Raises
    ------
    RequestError
        AC980 if the folder cannot be written to.
    """

    setting: Setting
    workers: int = 1
    kept: Path | None = None

    def ask(self, arm: str, people: Individuals, endpoints: Sequence[Node]) -> Answers:
        """Return what people answer in one arm.

        Raises
        ------
        AcinusError
            What is wrong with the endpoints, or with the protocol for a real individual.
        """
        if self.kept is None:
            return self._simulate(arm, people, endpoints)
        file = self.kept / f"{self._question(arm, people, endpoints)}.npz"
        known = _read(file)
        if known is None:
            known = self._simulate(arm, people, endpoints)
            make_folder(self.kept)
            commit(file, _written(known))
        return known

    def _simulate(self, arm: str, people: Individuals, endpoints: Sequence[Node]) -> Answers:
        record = sorted(ids_read(self.setting.model, endpoints))
        run = self.setting.run(arm, people, record, OF_MANY, self.workers)
        return Answers(
            tuple(status.name for status in run.status),
            np.asarray(run.ok, dtype=bool),
            float(run.time[-1]),
            {content_text(one.plain()): named_endpoint(run, one) for one in endpoints},
        )

    def _question(self, arm: str, people: Individuals, endpoints: Sequence[Node]) -> str:
        model, protocol = self.setting.model, self.setting.arms[arm]
        return content_hash(
            model.hash,
            biology_hash(model.biology),
            content_text(software()),
            content_text(OF_MANY),
            content_text(protocol.without_places()),
            content_text(protocol.times),
            content_text(people.ids),
            content_text(people.columns),
            content_text(people.units),
            *sorted(content_text(one.plain()) for one in endpoints),
        )


def _written(answers: Answers) -> bytes:
    readings = answers.readings.values()
    told = {
        "end": answers.end,
        "endpoints": list(answers.readings),
        "readings": [
            {key: value for key, value in asdict(one).items() if key != "values"} for one in readings
        ],
    }
    file = io.BytesIO()
    np.savez(
        file,
        told=np.array(json.dumps(told)),
        status=np.array(answers.status),
        ok=answers.ok,
        values=np.array([one.values for one in readings]),
    )
    return file.getvalue()


def _read(file: Path) -> Answers | None:
    """Return what a file holds; nothing if there is none or it is damaged."""
    from zipfile import BadZipFile

    try:
        with np.load(file, allow_pickle=False) as found:
            told = json.loads(str(found["told"]))
            readings = {
                endpoint: Reading(**one, values=values)
                for endpoint, one, values in zip(
                    told["endpoints"], told["readings"], found["values"], strict=True
                )
            }
            return Answers(tuple(map(str, found["status"])), found["ok"], told["end"], readings)
    except (OSError, ValueError, KeyError, TypeError, EOFError, BadZipFile):
        return None
