"""Write a file so that a reader sees either all of it or the file before."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def atomic_write(file: Path) -> Iterator[Path]:
    """Yields a path to write to; it replaces `file` once it is complete and on disk.

    If that fails, `file` stays as it was.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    partial = file.with_name(f".{file.name}.partial-{os.getpid()}")
    try:
        yield partial
        to_disk(partial)
        partial.replace(file)
        to_disk(file.parent)
    finally:
        partial.unlink(missing_ok=True)


@contextmanager
def private_files() -> Iterator[None]:
    """What is created in a with block is for its owner only."""
    mask = os.umask(0o077)
    try:
        yield
    finally:
        os.umask(mask)


def to_disk(path: Path) -> None:
    """Waits until a file, or the names in a folder, are on disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
