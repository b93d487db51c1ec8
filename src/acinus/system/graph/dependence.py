"""Definitions in the order of their dependence, however deep it goes, and the circle if there is one."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Iterator

__all__ = ["Circle", "in_order"]

_T = TypeVar("_T", bound="Hashable")


class Circle(Exception):
    """A definition that needs itself; carries the way around."""

    def __init__(self, chain: list[object]) -> None:
        super().__init__(chain)
        self.chain = chain


def in_order(
    keys: Iterable[_T], needs: Callable[[_T], Iterable[_T]], done: Callable[[_T], bool]
) -> Iterator[_T]:
    """Yield each key after all it needs; keys that are done are left out.

    Raises
    ------
    Circle
        If a key needs itself.
    """
    for start in keys:
        if done(start):
            continue
        path: dict[_T, Iterator[_T]] = {start: iter(needs(start))}
        while path:
            key, rest = next(reversed(path.items()))
            following = next((k for k in rest if not done(k)), None)
            if following is None:
                path.popitem()
                if not done(key):
                    yield key
            elif following in path:
                chain = list(path)
                raise Circle([*chain[chain.index(following) :], following])
            else:
                path[following] = iter(needs(following))
