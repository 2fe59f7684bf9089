"""The check: compares the database with a recomputation from the raw inputs."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from engagement.tables import connect

from .compare import MISSING, PRESENT, TABLE, Difference, TableCheck, check_table
from .database import Database
from .entities import ENTITY_TYPES, EntityType
from .expected import SAMPLED_BY, TABLE_KEYS, samples_of, tables_of
from .facts import gather
from .inputs import read_inputs
from .quality import OF_ROWS_READ, comparable_rejections
from .sample import Sample
from .seeds import read_seeds
from .settings import Settings

SAMPLE_ABOVE = 2_000_000
SAMPLE_SIZE = 2_000
SHOWN_PER_COLUMN = 5


@dataclass(frozen=True)
class Report:
    """The result of a check: an entry per table, the number of raw events, the sample, the time."""

    tables: tuple[TableCheck, ...]
    events: int
    shares: dict[EntityType, float]
    seed: int
    seconds: float

    @property
    def ok(self) -> bool:
        """Whether nothing differs."""
        return not any(check.different for check in self.tables)

    @property
    def sampled(self) -> str | None:
        """A description of the sample; None if everything was compared."""
        if all(share >= 1 for share in self.shares.values()):
            return None
        parts = " and ".join(f"{share:.1%} of {kind}s" for kind, share in self.shares.items())
        return f"{parts} in the tables of entities (seed {self.seed}); all else complete"


def validate(
    settings: Settings,
    database: Path,
    schema: str = "engagement",
    sample_above: int = SAMPLE_ABOVE,
    seed: int = 0,
    progress: Callable[[str], None] | None = None,
    sample: int = SAMPLE_SIZE,
) -> Report:
    """Recompute every public number from the raw inputs and compare it with the database.

    With more than `sample_above` raw events, the tables of entities are compared for about
    `sample` users and accounts only. `progress` is told each step in a few words.
    """
    say = progress or (lambda _: None)
    started = time.monotonic()
    with connect(database, read_only=True) as connection:
        public = Database(connection, schema)
        say("reading the raw inputs")
        settings = replace(
            settings,
            started_at=settings.started_at or public.last_started_at(),
            built_as_of=public.last_as_of(),
            **public.erased_persons(),
        )
        facts = gather(read_inputs(settings), read_seeds(settings.seeds), settings)
        events = len(facts.inputs.events)
        samples = samples_of(facts, sample if events > sample_above else None, seed)
        say("recomputing the public tables")
        expected = tables_of(facts, samples)
        checks = []
        for table, rows in expected.items():
            say(f"comparing {table}")
            checks.append(_check(table, rows, public, samples))
    return Report(
        tables=tuple(checks),
        events=events,
        shares={kind: samples[kind].share for kind in ENTITY_TYPES},
        seed=seed,
        seconds=time.monotonic() - started,
    )


def _check(
    table: str, expected: pd.DataFrame, public: Database, samples: dict[EntityType, Sample]
) -> TableCheck:
    """Compare one table."""
    columns = public.columns(table)
    if not columns:
        check = TableCheck(table)
        check.add(TABLE, 1, [Difference(table, {}, None, PRESENT, MISSING)])
        return check
    if table == "run_history" and not public.last_run_read_everything():
        expected = expected.drop(columns=OF_ROWS_READ)
    wanted = [column for column in expected.columns if column in columns]
    is_sampled = table in SAMPLED_BY and any(sample.share < 1 for sample in samples.values())
    if table == "run_history":
        actual = public.last_run(wanted)
    elif is_sampled:
        actual = public.sampled_rows(table, wanted, *SAMPLED_BY[table], samples)
    else:
        actual = public.rows(table, wanted)
    if table == "rejected_events":
        actual = comparable_rejections(actual)
    check = check_table(expected, actual, TABLE_KEYS[table], table, SHOWN_PER_COLUMN)
    check.is_sampled = is_sampled
    return check
