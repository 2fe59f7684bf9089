"""What befalls a build, and a reader who looks all the while."""

import multiprocessing
import os
import pickle
import random
import resource
import signal
import sys
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import Any

from .worlds import State, World

READER_PAUSE_SECONDS = 0.05
FROZEN_SECONDS = 1.0
#: The hashes of all tables, by the last day that counts: one or more right answers.
Allowed = Mapping[date, Sequence[Mapping[str, str]]]
#: What a build may still take once its disk or memory ends.
MAX_BYTES_LEFT = 4 * 1024 * 1024


class Apart:
    """A function in a process of its own, forked from this one, which must hold no threads."""

    def __init__(self, function: Callable[[], Any], file: Path) -> None:
        self.file = file
        file.unlink(missing_ok=True)
        self.process = os.fork()
        if not self.process:
            try:
                file.write_bytes(pickle.dumps(function()))
            except BaseException:
                traceback.print_exc()
            finally:
                os._exit(0)

    def result(self) -> Any:
        """What it returned, once it has."""
        ended(self.process)
        return pickle.loads(self.file.read_bytes())


def started_build(arguments: tuple[str, ...], environment: Mapping[str, str], log: Path) -> int:
    """The process id of a build in a process of its own, forked: Python and dbt are loaded."""
    process = os.fork()
    if process:
        return process
    status = 70
    try:
        os.environ.update(environment)
        with log.open("a") as file:
            os.dup2(file.fileno(), 1)
            os.dup2(file.fileno(), 2)
        from engagement import cli

        sys.argv = ["engagement", "build", *arguments]
        cli.main()
    except SystemExit as ending:
        status = ending.code if isinstance(ending.code, int) else 70
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def ended(process: int) -> int:
    """The exit status of a process; that of a signal is negative."""
    return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])


def broken(world: World, fault: str, build: int, after: float, room: int) -> int:
    """Lets a fault befall a build so many seconds after its start, and waits for its end.

    room: the bytes that a full disk or memory still has.
    """
    until = time.monotonic() + after
    while time.monotonic() < until:
        finished, status = os.waitpid(build, os.WNOHANG)
        if finished:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.01)
    if fault == "kill":
        os.kill(build, signal.SIGKILL)
    elif fault == "freeze":
        os.kill(build, signal.SIGSTOP)
        time.sleep(FROZEN_SECONDS)
        os.kill(build, signal.SIGCONT)
    elif fault == "disk":
        _limit(build, resource.RLIMIT_FSIZE, room)
    elif fault == "memory":
        pages = int(Path(f"/proc/{build}/statm").read_text().split()[0])
        _limit(build, resource.RLIMIT_AS, pages * resource.getpagesize() + room)
    else:
        world.hit(fault, build)
    return ended(build)


def _limit(process: int, kind: int, limit: int) -> None:
    """As the user of the process meets it: no file may grow beyond it, or the whole process."""
    resource.prlimit(process, kind, (limit, limit))


@dataclass
class Seen:
    """What a reader met."""

    reads: int = 0
    errors: list[str] = field(default_factory=list)
    mixes: list[str] = field(default_factory=list)


class Reader:
    """A process that looks every 50 ms until it is told to stop."""

    def __init__(self, world: World, allowed: Allowed, file: Path) -> None:
        self.stop = multiprocessing.get_context("fork").Event()
        self.process = Apart(lambda: _look(world, allowed, self.stop), file)

    def ended(self) -> Seen:
        """Stops, and tells."""
        self.stop.set()
        seen: Seen = self.process.result()
        return seen


def _look(world: World, allowed: Allowed, stop: Event) -> Seen:
    seen = Seen()
    while not stop.wait(READER_PAUSE_SECONDS):
        try:
            found = world.state()
        except Exception as error:
            seen.errors.append(f"{type(error).__name__}: {error}")
            continue
        seen.reads += 1
        seen.mixes += difference(found, allowed)
    return seen


def difference(found: State, allowed: Allowed) -> list[str]:
    """Where what is seen differs from the night that it says it is of."""
    answers = allowed.get(found.as_of, [])
    if not answers:
        return [f"a publication as of {found.as_of}"]
    problems = [] if found.is_recorded else [f"{found.run_id} is not in run_history"]
    if found.tables in answers:
        return problems
    return problems + [
        f"{table} as of {found.as_of}: {found.tables.get(table)}, not {wanted.get(table)}"
        for wanted in answers[:1]
        for table in sorted({*wanted, *found.tables})
        if found.tables.get(table) != wanted.get(table)
    ]


def moment(chance: random.Random, seconds: float) -> float:
    """A moment of a build that takes so long; every other one in its last fifth, where it
    publishes."""
    return chance.uniform(0.8 * seconds if chance.random() < 0.5 else 0.0, 1.02 * seconds)
