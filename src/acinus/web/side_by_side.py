"""Requests that arrive together are solved together: the engine takes several individuals for little more than one.

An individual's course is the same alone and in any company, so nobody can tell from an answer who else was there.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from acinus.errors import Code, Diagnostic
from acinus.web.refusals import Refusal

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Hashable, Sequence

    from acinus.web.schemas import OverdoseSetting

__all__ = ["SideBySide"]

_LARGEST_GROUP = 16  # more of them would save little, and the last would wait for all
_MOST_WAITING = 1000
_REMEMBERED = 1000


@dataclass(eq=False)
class _Waiting:
    setting: OverdoseSetting
    kind: Hashable
    gone: Callable[[], Awaitable[bool]]
    answer: asyncio.Future[bytes]


class SideBySide:
    """Collects settings while others are solved, and solves those of one kind in one batch.

    Parameters
    ----------
    solve : callable
        Settings of one kind to one answer each, as JSON; runs in a thread.
    kind_of : callable
        What settings must share to be solved together.
    at_once : int
        Batches that may run at the same time.
    """

    def __init__(
        self,
        solve: Callable[[Sequence[OverdoseSetting]], list[bytes]],
        kind_of: Callable[[OverdoseSetting], Hashable],
        at_once: int,
    ) -> None:
        self._solve = solve
        self._kind_of = kind_of
        self._at_once = at_once
        self._waiting: list[_Waiting] = []
        self._running: set[asyncio.Task[None]] = set()
        self._answers: OrderedDict[OverdoseSetting, bytes] = OrderedDict()

    async def answer(self, setting: OverdoseSetting, gone: Callable[[], Awaitable[bool]]) -> bytes:
        """Return the answer to a setting; `gone` says whether its asker has left, and so need not be answered.

        Raises
        ------
        Refusal
            503 if too many wait already.
        """
        known = self._answers.get(setting)
        if known is not None:
            self._answers.move_to_end(setting)
            return known
        if len(self._waiting) >= _MOST_WAITING:
            raise Refusal(
                503,
                Diagnostic(
                    Code.WEB_TOO_OFTEN,
                    "too many requests are waiting",
                    None,
                    "The server is busy with those before.",
                    "Ask again in a moment.",
                ),
                {"Retry-After": "2"},
            )
        asked = _Waiting(setting, self._kind_of(setting), gone, asyncio.get_running_loop().create_future())
        self._waiting.append(asked)
        self._begin()
        return await asked.answer

    def _begin(self) -> None:
        while self._waiting and len(self._running) < self._at_once:
            kind = self._waiting[0].kind
            group = [one for one in self._waiting if one.kind == kind][:_LARGEST_GROUP]
            self._waiting = [one for one in self._waiting if one not in group]
            task = asyncio.get_running_loop().create_task(self._work(group))
            self._running.add(task)
            task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        self._begin()

    async def _work(self, group: list[_Waiting]) -> None:
        here = [one for one in group if not await one.gone()]
        settings = list(dict.fromkeys(one.setting for one in here))
        found: dict[OverdoseSetting, bytes] = {}
        try:
            if settings:
                answers = await asyncio.to_thread(self._solve, settings)
                found = dict(zip(settings, answers, strict=True))
        except Exception as error:
            for one in here:
                one.answer.set_exception(error)
        for setting, answer in found.items():
            self._answers[setting] = answer
        while len(self._answers) > _REMEMBERED:
            self._answers.popitem(last=False)
        for one in group:
            if not one.answer.done():
                one.answer.set_result(found.get(one.setting, b""))
