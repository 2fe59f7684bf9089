"""The company of a benchmark: simulated once, then cut into a night and what came before."""

import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import duckdb

#: What `engagement simulate` makes of 22,000 users in 1,000 accounts over 540 days.
EVENTS_PER_USER = 474
USERS_PER_ACCOUNT = 22
DAYS = 540
LATE_SHARE = 0.001
LATE_DAYS = 7
MERGED_DAYS = 200


@dataclass(frozen=True)
class Company:
    """A folder of inputs whose events are those before the night, and files to add to them.

    new_day holds the rows of one more day, none of them late; late_rows as many rows of the last
    seven days as LATE_SHARE of the volume, loaded in that night; merged_id one more row of
    identities, for an id whose last event is MERGED_DAYS old or little more.
    """

    folder: Path

    @property
    def data(self) -> Path:
        """The folder of inputs that a build reads."""
        return self.folder / "data"

    @property
    def new_day(self) -> Path:
        """One more day of events."""
        return self.folder / "new_day.parquet"

    @property
    def late_rows(self) -> Path:
        """Events of the last days that arrive with it."""
        return self.folder / "late_rows.parquet"

    @property
    def merged_id(self) -> Path:
        """The identities, with one more: an id seen long ago belongs to a user."""
        return self.folder / "identities.parquet"

    def arrive(self, *files: Path) -> None:
        """Puts files in place, and takes away those that had arrived before."""
        for file in (self.data / "events").glob("night_*.parquet"):
            file.unlink()
        identities, before = self.data / "identities.parquet", self.folder / "identities_before"
        if before.is_file():
            before.rename(identities)
        for file in files:
            if file == self.merged_id:
                identities.rename(before)
                shutil.copy(file, identities)
            else:
                shutil.copy(file, self.data / "events" / f"night_{file.name}")

    def rows(self) -> int:
        """How many event rows there are before the night."""
        return int(_query(f"select count(*) from '{self.data}/events/*.parquet'")[0][0])


def prepare(folder: Path, events: int, days: int = DAYS, last_days: int | None = None) -> Company:
    """Simulates about so many events, or takes those of an earlier call, and cuts off the night.

    Args:
        folder: Where to keep them.
        events: How many rows of events, roughly.
        days: Days of history that are simulated.
        last_days: Only the last so many days of them are kept.
    """
    company = Company(folder)
    if company.merged_id.is_file():
        company.arrive()
        return company
    shutil.rmtree(folder, ignore_errors=True)
    users = max(round(events / EVENTS_PER_USER * DAYS / days), 40)
    subprocess.run(
        [
            *(Path(sys.executable).with_name("engagement"), "simulate", "--out", company.data),
            *("--users", str(users), "--accounts", str(max(users // USERS_PER_ACCOUNT, 2))),
            *("--days", str(days)),
        ],
        check=True,
    )
    _cut(company, last_days or days)
    _merge(company)
    return company


def empty(folder: Path) -> Company:
    """A company with the columns of events and without a row: what remains is dbt's fixed cost."""
    company = Company(folder)
    shutil.rmtree(folder, ignore_errors=True)
    (company.data / "events").mkdir(parents=True)
    columns = ", ".join(
        f"cast(null as {kind}) as {name}"
        for name, kind in {
            "event_id": "varchar",
            "event_name": "varchar",
            "user_id": "varchar",
            "account_id": "varchar",
            "occurred_at": "timestamp",
            "loaded_at": "timestamp",
            "properties": "varchar",
        }.items()
    )
    _query(f"copy (select {columns} where 1 = 0) to '{company.data}/events/none.parquet'")
    return company


def _cut(company: Company, last_days: int) -> None:
    """Splits the events at the start of the last whole day: before it, that day, and late rows."""
    whole = company.folder / "whole"
    (company.data / "events").rename(whole)
    events = f"read_parquet('{whole}/*.parquet', union_by_name = true)"
    ((night, first),) = _query(
        f"""
        select date_trunc('day', max(loaded_at)) - interval 1 day,
            date_trunc('day', max(loaded_at)) - interval {last_days} day
        from {events}
        """
    )
    (company.data / "events").mkdir()
    for file in sorted(whole.glob("*.parquet")):
        _query(
            f"""
            copy (
                from '{file}' where loaded_at < '{night}' and occurred_at >= '{first}'
            ) to '{company.data}/events/{file.name}'
            """
        )
    _query(
        f"""
        copy (
            from {events}
            where loaded_at >= '{night}' and loaded_at < timestamp '{night}' + interval 1 day
                and occurred_at >= '{night}'
            order by loaded_at
        ) to '{company.new_day}'
        """
    )
    _query(
        f"""
        copy (
            select 'late_' || event_id as event_id, event_name, user_id, account_id, occurred_at,
                timestamp '{night}' + interval 12 hour as loaded_at, properties
            from {events}
            where occurred_at >= timestamp '{night}' - interval {LATE_DAYS} day
                and occurred_at < '{night}' and loaded_at < '{night}'
            order by hash(event_id)
            limit {round(company.rows() * LATE_SHARE)}
        ) to '{company.late_rows}'
        """
    )
    shutil.rmtree(whole)


def _merge(company: Company) -> None:
    """Writes the identities with one more: the id of few events that was last seen so long ago."""
    _query(
        f"""
        copy (
            from '{company.data}/identities.parquet'
            union all by name
            from (
                select user_id as alias_id, max(user_id) over () as user_id
                from (
                    select user_id, max(loaded_at) as last_at, min(loaded_at) as first_at
                    from '{company.data}/events/*.parquet'
                    where user_id is not null
                    group by user_id
                )
                qualify last_at <= max(last_at) over () - interval {MERGED_DAYS} day
                order by first_at desc, alias_id
                limit 1
            )
        ) to '{company.merged_id}'
        """
    )


def _query(sql: str) -> list[tuple[object, ...]]:
    with duckdb.connect() as connection:
        return connection.execute(sql).fetchall()
