"""Time, peak memory and size on disk of one command, in a process of its own."""

import os
import statistics
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True)
class Measure:
    """Median seconds, largest peak memory, bytes on disk of several runs; or why there is none."""

    seconds: float | None
    memory_bytes: int = 0
    disk_bytes: int = 0
    runs: tuple[float, ...] = ()
    failure: str = ""

    def as_json(self) -> dict[str, object]:
        """The measure as JSON; seconds is null where the command failed."""
        return asdict(self)


def measure(
    command: Sequence[str | Path],
    *,
    repeat: int,
    before: Callable[[], None] = lambda: None,
    database: Path | None = None,
    environment: Mapping[str, str] | None = None,
    log: Path,
) -> Measure:
    """Runs a command several times, each after the same preparation, which is not timed.

    A command that fails, is killed or runs out of memory is measured as failed, once.
    """
    seconds, memory = [], 0
    for _ in range(repeat):
        before()
        with log.open("ab") as output:
            output.write(f"\n$ {' '.join(map(str, command))}\n".encode())
            output.flush()
            started = time.perf_counter()
            process = subprocess.Popen(
                [str(part) for part in command],
                stdout=output,
                stderr=subprocess.STDOUT,
                env={**os.environ, **(environment or {})},
            )
            _, status, usage = os.wait4(process.pid, 0)
            seconds.append(time.perf_counter() - started)
            process.returncode = os.waitstatus_to_exitcode(status)
        memory = max(memory, usage.ru_maxrss * 1024)
        if process.returncode != 0:
            return Measure(
                None, memory, runs=tuple(seconds), failure=f"exit status {process.returncode}"
            )
    size = database.stat().st_size if database and database.is_file() else 0
    return Measure(statistics.median(seconds), memory, size, tuple(seconds))
