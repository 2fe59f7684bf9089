"""Atomic writes to a folder of exports."""

import fcntl
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from engagement.errors import UsageError

#: Format -> the options of DuckDB's COPY. All have decimals to the last digit, ISO dates and UTC
#: times; in CSV null is nothing and an empty text is "".
FORMATS = {
    "csv": "format csv, header true",
    "parquet": "format parquet, compression zstd",
    "jsonl": "format json",
}
#: Where an export keeps what it needs for the next, beside its files.
MEMORY = ".engagement"


@contextmanager
def alone_in(folder: Path) -> Iterator[Path]:
    """Creates the folder, removes the remains of a killed export, and locks out other exports.

    Yields:
        A scratch folder on the same disk, which is gone at the end.

    Raises:
        UsageError: The folder is not writable, or another export is writing to it.
    """
    memory = folder / MEMORY
    try:
        memory.mkdir(parents=True, exist_ok=True)
        lock = (memory / "lock").open("w")
    except OSError as error:
        raise UsageError(
            f"--out {folder} is not a writable directory ({error.strerror}): name another."
        ) from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)  # a killed process holds no lock
        except BlockingIOError:
            raise UsageError(
                f"Another export is writing to {folder}: wait for it, or name another --out."
            ) from None
        for left in (*folder.glob(".*.partial-*"), *memory.glob("**/.*.partial-*")):
            left.unlink()
        for left in memory.glob("scratch-*"):
            shutil.rmtree(left)
        with tempfile.TemporaryDirectory(prefix="scratch-", dir=memory) as scratch:
            yield Path(scratch)
