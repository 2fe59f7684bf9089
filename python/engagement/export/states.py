"""The state of an exported table at a run: the key and a hash of each row.

A state is a Parquet file beside the exports, .engagement/<name>/<began>.<run_id>.parquet. Of values
it holds those of the key only.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path

from engagement.errors import UsageError

from .files import MEMORY
from .tables import Run

#: States that are kept of each table, the latest.
KEPT = 10
CHANGE = "row_change"


def state_file(folder: Path, name: str, run: Run) -> Path:
    """Where the state of a run is kept; the files sort by when the run began."""
    return folder / MEMORY / name / f"{run.started_at:%Y%m%dT%H%M%S%f}.{run.run_id}.parquet"


def known_state(folder: Path, name: str, run_id: str) -> Path:
    """The state of a run.

    Raises:
        UsageError: The folder has no export of that run.
    """
    states = {file.name.split(".")[1]: file for file in _states(folder, name)}
    if run_id not in states:
        known = ", ".join(states) or "none yet"
        raise UsageError(
            f"{folder} has no export of {name} from run {run_id}:"
            f" omit --since-run, or name a known run ({known})."
        )
    return states[run_id]


def forget_old_states(folder: Path, name: str) -> None:
    """Removes all but the latest states of a table."""
    for file in _states(folder, name)[:-KEPT]:
        file.unlink()


def state_query(rows: str, key: Sequence[str], columns: Sequence[str]) -> str:
    """The state of a query's rows: the key, and a hash of all values as text.

    The hash depends on neither the engine nor the format.
    """
    texts = ", ".join(f'cast("{column}" as varchar)' for column in columns)
    row_hash = f"md5(cast(to_json([{texts}]) as varchar))"
    return f"select {_names(key)}, {row_hash} as row_hash from ({rows})"


def changes_query(rows: str, key: Sequence[str]) -> str:
    """The rows that have come or changed between the states `before` and `after`, and what left.

    Of a row that left, only the key is filled.
    """
    same = " and ".join(f'{{0}}."{name}" is not distinct from {{1}}."{name}"' for name in key)
    return f"""
        select
            case when before.row_hash is null then 'added' else 'changed' end as {CHANGE},
            found.*
        from ({rows}) as found
        inner join after on {same.format("after", "found")}
        left join before on {same.format("before", "found")}
        where before.row_hash is distinct from after.row_hash
        union all by name
        select 'removed' as {CHANGE}, {_names(key)}
        from before
        anti join after on {same.format("after", "before")}
    """


def in_order(rows: str, key: Sequence[str]) -> str:
    """A query's rows in the order of their key: of bytes, whatever the engine's collation is."""
    return f"from ({rows}) order by {_names(key)} nulls first"


def _states(folder: Path, name: str) -> list[Path]:
    return sorted((folder / MEMORY / name).glob("[!.]*.parquet"))


def _names(columns: Iterable[str]) -> str:
    return ", ".join(f'"{column}"' for column in columns)
