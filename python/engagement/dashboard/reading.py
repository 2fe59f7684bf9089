"""Reads what a dashboard shows from the public tables, on any engine."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

from engagement.errors import UsageError
from engagement.project import Settings
from engagement.tables import Row, analysis, read

#: What is read, as analyses/dashboard_NAME.sql.
QUERIES = (
    *("accounts", "account_weeks", "account_parts", "users", "signals", "product", "activity"),
    *("lifecycle", "features", "feature_impact", "onboarding", "cohorts", "outcomes"),
    *("validation", "runs", "rejections", "events", "scored_days", "calibrations", "bands"),
)
PUBLICATION = "select * from {{ ref('publication') }}"


@dataclass(frozen=True)
class Publication:
    """The run that readers see. as_of: None if it accepted no event."""

    run_id: str
    as_of: date | None
    published_at: str


@dataclass(frozen=True)
class Tables:
    """The rows of each query, by its name.

    missing: the queries whose tables have not been built, with the reason.
    """

    publication: Publication
    rows: dict[str, list[Row]]
    missing: dict[str, str] = field(default_factory=dict)

    def __getitem__(self, name: str) -> list[Row]:
        """The rows of a query; none if its tables have not been built."""
        return self.rows.get(name, [])


def read_tables(settings: Settings) -> Tables:
    """The rows of all queries. Tables that a project has disabled are left out.

    Raises:
        UsageError: Nothing has been published.
    """
    queries = {name: analysis(settings, f"dashboard_{name}") for name in QUERIES}
    try:
        ((published,), *found) = read(settings, PUBLICATION, *queries.values())
        return Tables(_publication(published), dict(zip(queries, found, strict=True)))
    except UsageError:
        ((published,),) = read(settings, PUBLICATION)
        return Tables(_publication(published), *_read_apart(settings, queries))


def _publication(row: Row) -> Publication:
    return Publication(str(row["run_id"]), row["as_of"], str(row["published_at"])[:19])


def _read_apart(
    settings: Settings, queries: dict[str, str]
) -> tuple[dict[str, list[Row]], dict[str, str]]:
    """The rows of the queries that can be read, and why the others cannot."""
    rows: dict[str, list[Row]] = {}
    missing: dict[str, str] = {}
    for name, query in queries.items():
        try:
            (rows[name],) = read(settings, query)
        except UsageError as error:
            missing[name] = str(error)
    return rows, missing


def by_account(rows: list[Row]) -> Iterator[tuple[str, list[Row]]]:
    """The rows of each account."""
    groups: dict[str, list[Row]] = {}
    for row in rows:
        groups.setdefault(row["account_id"], []).append(row)
    yield from groups.items()
