"""The record of sent digests: a small JSON file beside the database, one entry per recipient.

A digest starts where the last digest of an earlier day ended. A second digest of the same day
starts where the first one started: it is the same text, or longer after another run.
"""

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from engagement.digest.files import replace_file
from engagement.errors import UsageError
from engagement.project import Settings


@dataclass(frozen=True)
class Span:
    """The span of a digest: the day of the previous digest, and the run after which it starts."""

    since: date | None
    told_after: str | None


@dataclass(frozen=True)
class Sent:
    """The last digest that was written or posted.

    Attributes:
        as_of: Its day.
        since: The day of the digest before it.
        told_after: Start of the last run of which that one told.
        told_until: Start of the last run it tells of, YYYY-MM-DD HH:MM:SS UTC.
        posted_until: Start of the last run that was posted; None: it was not posted.
    """

    as_of: date
    since: date | None
    told_after: str | None
    told_until: str
    posted_until: str | None

    def span_of(self, as_of: date) -> Span:
        """The span of the digest of a day, which is not before the last one.

        Changes that a later run of the day recorded after the post go into the next digest.
        """
        if as_of == self.as_of:
            return Span(self.since, self.told_after)
        return Span(self.as_of, self.posted_until or self.told_until)

    def is_posted(self, as_of: date) -> bool:
        """Whether the digest of a day has been posted."""
        return as_of == self.as_of and self.posted_until is not None


def state_file(settings: Settings, named: Path | None) -> Path:
    """The file of the record: the one named, else beside the DuckDB file, else in .engagement/."""
    if named is not None:
        return named
    if settings.is_duckdb:
        database = settings.database_file()
        return database.with_name(f"{database.name}.digest.json")
    target = settings.target or os.environ["ENGAGEMENT_TARGET"]
    return Path(".engagement") / f"digest-{target}.json"


def last_sent(file: Path, owner: str | None) -> Sent | None:
    """The last digest for one owner, or for all (None); None where there is none.

    Raises:
        UsageError: The file is not a record of sent digests.
    """
    return _load(file).get(owner)


def remember(file: Path, owner: str | None, sent: Sent) -> None:
    """Records that a digest was sent."""
    records = {**_load(file), owner: sent}
    content = [{"owner": name, **asdict(record)} for name, record in records.items()]
    replace_file(file, json.dumps({"sent": content}, indent=2, default=str) + "\n")


def _load(file: Path) -> dict[str | None, Sent]:
    try:
        records = json.loads(file.read_text(encoding="utf-8"))["sent"]
        return {record["owner"]: _sent(record) for record in records}
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, KeyError, TypeError):
        raise UsageError(
            f"{file} is not a record of sent digests: delete it and pass --since DATE."
        ) from None


def _sent(record: Mapping[str, Any]) -> Sent:
    since = record["since"]
    return Sent(
        date.fromisoformat(record["as_of"]),
        since and date.fromisoformat(since),
        _time(record["told_after"]),
        str(_time(record["told_until"])),
        _time(record["posted_until"]),
    )


def _time(text: str | None) -> str | None:
    return text and str(datetime.fromisoformat(text))
