"""A digest as plain data. Its JSON (docs/digest.md) is stable; the renderers phrase it."""

from collections import Counter
from dataclasses import asdict, dataclass, replace
from datetime import date
from typing import Any

#: Of the JSON: raised when a key changes its meaning or goes.
SCHEMA_VERSION = 1
SEVERITIES = ("critical", "high", "medium", "low")
CHANGES = ("opened", "reopened", "closed", "withdrawn")


@dataclass(frozen=True)
class Account:
    """An account as a reader knows it; mrr is None where it is not known."""

    account_id: str | None
    name: str | None
    mrr: float | None


@dataclass(frozen=True)
class Change:
    """A signal that opened, reopened, closed or was withdrawn; or several of users of one account.

    Attributes:
        change: One of CHANGES.
        severity: One of SEVERITIES.
        kind: risk or opportunity.
        account: The account, or the user's.
        users: Whose signal it is, sorted; empty: the account's own.
        names: The same users by their e-mail addresses where these are published, else by id.
        signals: Name of the signal -> how many of them this stands for.
        opened_on: Since when the first of them is, or was, open.
        sentence: What to do about it; None where it stands for several.
    """

    change: str
    severity: str
    kind: str
    account: Account
    users: tuple[str, ...]
    signals: dict[str, int]
    opened_on: date
    sentence: str | None
    names: tuple[str, ...] = ()


@dataclass(frozen=True)
class Mover:
    """An account whose score has changed within one window, by a point or more."""

    account: Account
    previous_score: float
    score: float
    score_change: float


@dataclass(frozen=True)
class Priority:
    """A row of account_priorities: an account with open signals, and the most severe of them.

    Attributes:
        action_state: What somebody did about that one, taken or done; None: nothing.
        action_by: Who did, if that is published.
        next_due_on: When the first signal on which nobody has acted is due.
    """

    priority_rank: int
    account: Account
    open_signals: int
    severity: str
    signal: str
    sentence: str
    action_state: str | None = None
    action_by: str | None = None
    next_due_on: date | None = None


@dataclass(frozen=True)
class Section:
    """The part of a digest for one owner; None: accounts without an owner.

    `overdue` is how many open signals are past their day, and nobody has acted.
    """

    owner: str | None
    changes: tuple[Change, ...]
    risers: tuple[Mover, ...]
    fallers: tuple[Mover, ...]
    priorities: tuple[Priority, ...]
    overdue: int = 0


@dataclass(frozen=True)
class Digest:
    """The changes between two digests.

    Attributes:
        as_of: The last day that counted in the last finished run.
        since: The day of the digest before; None: there was none, and all that is open has opened.
        told_after: Runs count that started after this time, YYYY-MM-DD HH:MM:SS UTC; None: all.
        told_until: When the last of them started.
        sections: One per owner, in the order of their names; the accounts without one come last.
        tracking: A sentence for each event that has fallen silent for most accounts.
    """

    as_of: date
    since: date | None
    told_after: str | None
    told_until: str
    sections: tuple[Section, ...]
    tracking: tuple[str, ...] = ()

    def counts(self) -> dict[str, int]:
        """How many signals opened, reopened, closed and were withdrawn."""
        found = Counter[str]()
        for section in self.sections:
            for change in section.changes:
                found[change.change] += sum(change.signals.values())
        return {name: found[name] for name in CHANGES}

    def overdue(self) -> int:
        """How many signals are overdue."""
        return sum(section.overdue for section in self.sections)

    def of(self, owner: str | None) -> "Digest":
        """The digest restricted to one owner."""
        sections = tuple(section for section in self.sections if section.owner == owner)
        return replace(self, sections=sections)

    def as_json(self) -> dict[str, Any]:
        """The digest as values that JSON can hold."""
        content = _plain(asdict(self))
        owners = content.pop("sections")
        return {
            "schema_version": SCHEMA_VERSION,
            **content,
            "counts": self.counts(),
            "owners": owners,
        }


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    return value.isoformat() if isinstance(value, date) else value
