"""SQL over the results of a run: one SELECT, which sees the table `results` and nothing else.

DuckDB is not let near a file: it scans the shards through Arrow, and access to files, extensions and Python's variables is
off before it is given a word of the user's.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

from acinus.errors import Code, Diagnostic, RequestError

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pyarrow as pa
    import pyarrow.dataset as ds

__all__ = ["answer", "connection"]

_CLOSED: dict[str, str | bool | int | float | list[str]] = {
    "enable_external_access": "false",
    "python_enable_replacements": "false",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
}


@contextlib.contextmanager
def connection(results: ds.Dataset) -> Iterator[Any]:
    """Yield a DuckDB connection that can read `results` alone."""
    import duckdb

    with duckdb.connect(":memory:", config=_CLOSED) as opened:
        opened.register("results", results)
        opened.execute("SET lock_configuration = true")
        yield opened


def answer(results: ds.Dataset, sql: str) -> pa.Table:
    """Return what one SELECT gives.

    Raises
    ------
    RequestError
        AC959 if it is something else, or DuckDB refuses it; its words are in the message.
    """
    import duckdb

    with connection(results) as opened:
        try:
            statements = opened.extract_statements(sql)
            kinds = [statement.type for statement in statements]
            if kinds != [duckdb.StatementType.SELECT]:
                raise _refused("a query is one SELECT", f"This is {_named(kinds)}.")
            return opened.sql(sql).to_arrow_table()
        except duckdb.Error as error:
            first, *rest = str(error).strip().split("\n")
            raise _refused(first, "\n  ".join(line for line in rest if line.strip())) from error


def _named(kinds: list[Any]) -> str:
    if not kinds:
        return "nothing"
    return " and ".join(kind.name for kind in kinds)


def _refused(what: str, why: str) -> RequestError:
    return RequestError(
        Diagnostic(
            Code.QUERY_REFUSED, what, None, why, "`DESCRIBE results` lists the columns of the one table."
        )
    )
