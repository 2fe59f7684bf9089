"""What is known of each event before anybody has said what it is worth."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from math import ceil, sqrt
from statistics import median

from engagement.tables import Row

#: Weights that are proposed: a person compares steps, not decimals.
STEPS = (0.2, 0.5, 1.0, 2.0, 3.0, 5.0, 8.0)
#: An event of a smaller share of the accounts is not yet worth more than any other.
SPREAD = 0.05
#: So many times what is usual on a day counts.
MANY = 3
#: Whoever looks is worth no more than this.
OF_PASSIVE = 0.5
#: What happens to a user no more often than this is a step, not use.
ONCE = 1.3
#: Words, and pairs of words, of events that happen to whoever looks.
PASSIVE = {
    *("view", "viewed", "views", "page", "screen", "opened", "open", "session", "sessions"),
    *("login", "logout", "signin", "visited", "visit", "seen", "loaded", "ping"),
    *("logged in", "logged out", "signed in", "signed out", "sign in", "log in"),
}
#: Words of events that a system does to somebody.
OF_SYSTEMS = {
    *("delivered", "ran", "synced", "received", "failed", "expired", "bounced", "scheduled"),
    *("triggered", "retried", "heartbeat", "webhook", "cron"),
}


@dataclass(frozen=True)
class EventUse:
    """An event of the accepted ones, as analyses/proposal_events.sql has it.

    user_days: on how many days of a user and account it happened.
    """

    name: str
    events: int
    users: int
    accounts: int
    user_days: int
    last_on: date
    recent_events: int
    previous_events: int
    all_accounts: int
    all_users: int

    @classmethod
    def of(cls, row: Row) -> "EventUse":
        """From a row of the analysis."""
        numbers = (
            *("events", "users", "accounts", "user_days"),
            *("recent_events", "previous_events", "all_accounts", "all_users"),
        )
        return cls(
            name=row["event_name"],
            last_on=row["last_on"],
            **{name: int(row[name]) for name in numbers},
        )

    @property
    def per_day(self) -> float:
        """How often it happens on a day on which it does."""
        return self.events / max(self.user_days, 1)

    @property
    def share(self) -> float:
        """The share of accounts that have it; of users, where there are no accounts."""
        if self.all_accounts:
            return self.accounts / self.all_accounts
        return self.users / max(self.all_users, 1)

    def spread(self) -> str:
        """How widely it is used, in words."""
        if self.all_accounts:
            return f"{self.accounts:,} of {self.all_accounts:,} accounts"
        return f"{self.users:,} of {self.all_users:,} users"

    def words(self) -> list[str]:
        """The words of the name, in lower case."""
        return words_of(self.name)

    @property
    def is_passive(self) -> bool:
        """Whether it happens to whoever looks, as its name says."""
        words = self.words()
        pairs = {f"{first} {second}" for first, second in pairwise(words)}
        return not PASSIVE.isdisjoint({*words, *pairs})

    @property
    def is_of_system(self) -> bool:
        """Whether nobody does it, as its name says."""
        return not OF_SYSTEMS.isdisjoint(self.words())


@dataclass(frozen=True)
class Weight:
    """A proposed row of event_weights; daily_cap: None for no limit."""

    event_name: str
    weight: float
    daily_cap: int | None
    reason: str
    counts_as_active: bool = True


def words_of(name: str) -> list[str]:
    """The words of a name in snake case, camel case or plain text, in lower case."""
    spaced = "".join(
        f" {sign}" if sign.isupper() and before.islower() else sign
        for before, sign in zip(f" {name}", name, strict=False)
    )
    return "".join(sign if sign.isalnum() else " " for sign in spaced).lower().split()


def weights(events: Iterable[EventUse]) -> list[Weight]:
    """A weight for each event: what is rare is worth more, what hardly anybody does is not.

    An event as frequent as the median of all counts 1, one that is four times as rare 2: the root
    of rarity. Events that come with merely looking count half, at most; what systems do, nothing.
    """
    known = list(events)
    usual = median([event.events for event in known if not event.is_of_system] or [1])
    return [_weight(event, usual) for event in known]


def _weight(event: EventUse, usual: float) -> Weight:
    times = "once" if event.events == 1 else f"{event.events:,} times"
    reason = f"{times}, {event.spread()}"
    if event.is_of_system:
        said = f"{reason}; by its name no person does it"
        return Weight(event.name, 0, None, said, counts_as_active=False)
    wanted = sqrt(usual / event.events)
    step = min(STEPS, key=lambda step: abs(step - wanted))
    if event.is_passive and step > OF_PASSIVE:
        step, reason = OF_PASSIVE, f"{reason}; it comes with looking"
    elif step > 1 and event.share < SPREAD:
        step, reason = 1.0, f"{reason}: too few to say more"
    elif step > 1 and event.events <= ONCE * event.users:
        step, reason = 1.0, f"{reason}; once a user: a step rather than use"
    elif step > 1:
        reason = f"{reason}; rarer than most"
    elif step < 1:
        reason = f"{reason}; more frequent than most"
    cap = ceil(MANY * event.per_day) if event.per_day > MANY else None
    if cap is not None:
        reason = f"{reason}; usually {event.per_day:.0f} a day"
    return Weight(event.name, step, cap, f"{reason}{_trend(event)}")


def _trend(event: EventUse) -> str:
    if event.recent_events == 0:
        return f"; not since {event.last_on}"
    if event.previous_events and event.recent_events > 2 * event.previous_events:
        return "; more than doubled in four weeks"
    if 2 * event.recent_events < event.previous_events:
        return "; less than half of four weeks before"
    return ""
