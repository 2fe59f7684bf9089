"""Breaks builds at random moments, and says what readers and the next build met.

    python -m crashes duckdb --rounds 300 --faults kill --seed 1

A line for each round that went wrong, and one of JSON with the sums at the end.
"""

import argparse
import json
import os
import random
import shutil
import sys
import tempfile
import time
from collections import Counter
from datetime import date
from pathlib import Path

from engines import postgres

# Loaded once, before a build is forked:
import engagement.commands.run
import engagement.freshness
import engagement.inputs.reading
import engagement.report
import engagement.runner
import engagement.steps  # noqa: F401
from engagement.freshness import PROJECT_PARTS
from engagement.project import CHECKOUT

from .faults import MAX_BYTES_LEFT, Apart, Reader, broken, difference, ended, moment, started_build
from .worlds import NIGHTS, RECORDS, OnDuckDB, OnPostgres, State, World

FAILURES = ("reads that met an error", "reads that met a mix", "recoveries that went wrong")


class Rounds:
    """A company whose builds are broken again and again."""

    def __init__(self, world: World, folder: Path) -> None:
        self.world, self.folder = world, folder
        self.sums: Counter[str] = Counter()
        self.seconds = 0.0
        self.allowed: dict[date, list[dict[str, str]]] = {}

    def prepare(self) -> None:
        """Publishes the first night, and learns from clean runs what readers may see after it.

        A full refresh must say so, too, but for what was told when.
        """
        self.world.begin()
        self.build()
        self.world.keep()
        self.learn(self.state())
        for night in NIGHTS:
            self.world.reset()
            self.world.night_falls(night)
            began = time.monotonic()
            self.build()
            self.seconds = max(self.seconds, time.monotonic() - began)
            state = self.state()
            self.learn(state)
            self.build("--full-refresh")
            tables = self.state().tables
            differ = {name for name in tables if tables[name] != state.tables[name]}
            assert differ <= set(RECORDS), f"a full refresh differs in {differ}"
        # Night by night, more has been told before late data came.
        self.world.reset()
        for night in NIGHTS:
            self.world.night_falls(night)
            self.build()
        self.learn(self.state())
        assert len(self.allowed) == 1 + len(NIGHTS)

    def learn(self, state: State) -> None:
        """A state that readers may see."""
        self.allowed.setdefault(state.as_of, []).append(dict(state.tables))

    def round(self, fault: str, seed: int) -> list[str]:
        """Breaks a build, lets the next one recover, and returns what was wrong."""
        chance = random.Random(f"{fault} {seed}")
        self.world.reset()
        records = self.records()
        self.world.night_falls(NIGHTS[0])
        reader = Reader(self.world, self.allowed, self.folder / "seen")
        status = broken(
            self.world,
            fault,
            started_build((), self.world.environment, self.folder / "log"),
            after=moment(chance, self.seconds),
            room=chance.randrange(MAX_BYTES_LEFT),
        )
        self.sums[f"builds that failed ({fault})"] += status != 0
        problems = []
        # After a build that failed the next one comes at once, or after another night.
        night = NIGHTS[0] if status == 0 else chance.choice(NIGHTS)
        self.world.night_falls(night)
        recovery = 0 if status == 0 else self.try_build()
        seen = reader.ended()
        if recovery != 0:
            problems.append(f"the next build ended with {recovery}")
        else:
            state = self.state()
            if state.as_of != sorted(self.allowed)[1 + NIGHTS.index(night)]:
                problems.append(f"in the end readers see {state.as_of}")
            problems += difference(state, self.allowed)
            lost = records - self.records()
            problems += [f"{len(lost)} records were rewritten"] if lost else []
        self.sums[f"rounds ({fault})"] += 1
        self.sums["reads"] += seen.reads
        self.sums["reads that met an error"] += len(seen.errors)
        self.sums["reads that met a mix"] += len(seen.mixes)
        self.sums["recoveries that went wrong"] += bool(problems)
        return problems + seen.errors[:3] + seen.mixes[:3]

    def state(self) -> State:
        """What readers see now."""
        found: State = Apart(self.world.state, self.folder / "state").result()
        return found

    def records(self) -> set[tuple[object, ...]]:
        """What has been told, and when."""
        found: set[tuple[object, ...]] = Apart(self.world.records, self.folder / "state").result()
        return found

    def build(self, *arguments: str) -> None:
        """Builds to the end."""
        status = self.try_build(*arguments)
        assert status == 0, (self.folder / "log").read_text()[-3000:]

    def try_build(self, *arguments: str) -> int:
        """The exit status of a build."""
        return ended(started_build(arguments, self.world.environment, self.folder / "log"))


def untested_project(folder: Path) -> Path:
    """A copy of the project without data tests: two thirds of a small build, and what fails in one
    of them is published no more than what fails elsewhere."""
    folder.mkdir()
    for part in PROJECT_PARTS:
        source = CHECKOUT / part
        (shutil.copytree if source.is_dir() else shutil.copy)(source, folder / part)
    with (folder / "dbt_project.yml").open("a") as file:
        file.write("data_tests:\n  product_engagement:\n    +enabled: false\n")
    return folder


def main() -> int:
    """Runs the rounds; 1 if one went wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("engine", choices=("duckdb", "postgres"))
    parser.add_argument("--rounds", type=int, default=1, help="of each fault")
    parser.add_argument("--faults", nargs="+", help="else all that the engine has")
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="crashes-"))
    if asked.engine == "duckdb":
        went_wrong = _run(OnDuckDB(folder), folder, asked)
    else:
        with postgres.running() as server:
            os.environ.update(server.environment())
            went_wrong = _run(OnPostgres(folder.name.lower()), folder, asked)
    if not went_wrong:
        shutil.rmtree(folder)
    return int(went_wrong)


def _run(world: World, folder: Path, asked: argparse.Namespace) -> bool:
    """Runs the rounds, and says whether one went wrong."""
    os.chdir(untested_project(folder / "project"))
    os.environ["DBT_TARGET_PATH"] = str(folder / "target")
    os.environ["DBT_LOG_PATH"] = str(folder / "logs")
    os.environ["ENGAGEMENT_DBT_THREADS"] = "1"
    rounds = Rounds(world, folder)
    rounds.prepare()
    try:
        for seed in range(asked.seed, asked.seed + asked.rounds):
            for fault in asked.faults or world.faults:
                for problem in rounds.round(fault, seed):
                    print(f"{fault} {seed}: {problem}", flush=True)
    finally:  # also of those that were run before somebody broke it off
        print(json.dumps(rounds.sums), flush=True)
    return any(rounds.sums[name] for name in FAILURES)


if __name__ == "__main__":
    sys.exit(main())
