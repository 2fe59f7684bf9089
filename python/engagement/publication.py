"""The file that readers open, and how a new one takes its place (docs/publication.md)."""

import os
from pathlib import Path

from engagement.atomic_write import to_disk
from engagement.errors import UsageError

SUFFIX = ".duckdb"
WORKING = ".build.duckdb"
PREVIOUS = ".previous.duckdb"
NEW = ".new"


def working_file(publication: Path) -> Path:
    """The file that a build works in, beside the publication."""
    return publication.with_name(publication.name.removesuffix(SUFFIX) + WORKING)


def previous_file(publication: Path) -> Path:
    """The publication before the last."""
    return publication.with_name(publication.name.removesuffix(SUFFIX) + PREVIOUS)


def publish(new: Path, publication: Path) -> None:
    """Gives a new publication its name, all at once; the one before stays as the previous one.

    Whoever has the old file open keeps it until they close it.
    """
    to_disk(new)
    _take_place(new, publication)


def roll_back(publication: Path) -> None:
    """Lets the previous publication and the last one change places.

    Raises:
        UsageError: There is no previous one.
    """
    previous = previous_file(publication)
    if not previous.is_file() or previous.samefile(publication):
        raise UsageError(f"There is no publication before that of {publication}: nothing changed.")
    new = publication.with_name(f"{publication.name}.rollback{NEW}")
    new.unlink(missing_ok=True)
    os.link(previous, new)
    _take_place(new, publication)


def _take_place(new: Path, publication: Path) -> None:
    if publication.exists():
        kept = publication.with_name(f"{publication.name}.kept{NEW}")
        kept.unlink(missing_ok=True)
        os.link(publication, kept)
        kept.replace(previous_file(publication))
    # Of somebody who writes into the old file: it must not be replayed into the new one.
    Path(f"{publication}.wal").unlink(missing_ok=True)
    new.replace(publication)
    to_disk(publication.parent)


def finish(publication: Path, run_id: str) -> None:
    """After a run that died: publishes its file if it was the last step, and removes all others."""
    for file in list(publication.parent.iterdir()):
        name = file.name.removesuffix(".wal")
        if not (name.startswith(f"{publication.name}.") and name.endswith(NEW)):
            continue
        if file.name == f"{publication.name}.{run_id}{NEW}":
            publish(file, publication)
        else:
            file.unlink()
