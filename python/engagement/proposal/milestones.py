"""Milestones from what those who stayed did early."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist

from engagement.tables import Row

#: Milestones of an entity type.
MOST = 4
#: An event that fewer of those who stayed did early is no step that many take.
COMMON = 0.2
#: Fewer who stayed, or who left, say nothing.
FEWEST = 10
#: The chance of any wrong milestone among all events of an entity type.
ERROR = 0.05


@dataclass(frozen=True)
class Alike:
    """Who was active on as many days in the first two weeks, and how many of them did an event."""

    stayed: int
    gone: int
    all_stayed: int
    all_left: int

    @property
    def weight(self) -> float:
        """Of Mantel and Haenszel: what the group says of a difference; 0 if one side is empty."""
        return self.all_stayed * self.all_left / max(self.all_stayed + self.all_left, 1)

    @property
    def difference(self) -> float:
        """The share of those who stayed that did it, less that of those who left."""
        return self.stayed / max(self.all_stayed, 1) - self.gone / max(self.all_left, 1)

    @property
    def variance(self) -> float:
        """Of weight x difference, where the two sides do not differ."""
        total = self.all_stayed + self.all_left
        share = (self.stayed + self.gone) / max(total, 1)
        return self.weight * share * (1 - share) * total / max(total - 1, 1)


@dataclass(frozen=True)
class Early:
    """How many did an event in their first two weeks, by how active they were in them."""

    entity_type: str
    event_name: str
    groups: Sequence[Alike]
    days_until: float

    @classmethod
    def all_of(cls, rows: Iterable[Row]) -> "list[Early]":
        """From the rows of analyses/proposal_milestones.sql."""
        columns = ("stayed", "gone", "all_stayed", "all_left")
        groups: dict[tuple[str, str, float], list[Alike]] = defaultdict(list)
        for row in rows:
            event = row["entity_type"], row["event_name"], float(row["days_until"])
            groups[event].append(Alike(*(int(row[name]) for name in columns)))
        return [cls(kind, name, alike, days) for (kind, name, days), alike in groups.items()]

    @property
    def stayed(self) -> int:
        """How many of those who stayed did it."""
        return sum(group.stayed for group in self.groups)

    @property
    def all_stayed(self) -> int:
        """How many stayed."""
        return sum(group.all_stayed for group in self.groups)

    @property
    def all_left(self) -> int:
        """How many left."""
        return sum(group.all_left for group in self.groups)

    @property
    def share_of_stayed(self) -> float:
        """Of those who stayed."""
        return self.stayed / max(self.all_stayed, 1)

    @property
    def share_of_gone(self) -> float:
        """Of those who left."""
        return sum(group.gone for group in self.groups) / max(self.all_left, 1)

    def least_difference(self, error: float) -> float:
        """The lower bound of the difference of the shares, among those as active, at an error.

        Who comes often does more of everything, and comes back: that alone makes no event matter.

        Source: Mantel and Haenszel 1959.
        """
        weight = sum(group.weight for group in self.groups)
        if weight == 0:
            return 0.0
        difference = sum(group.weight * group.difference for group in self.groups)
        spread = sqrt(sum(group.variance for group in self.groups))
        return (difference - NormalDist().inv_cdf(1 - error) * spread) / weight


@dataclass(frozen=True)
class Milestone:
    """A proposed row of activation_milestones."""

    entity_type: str
    event_name: str
    position: int
    reason: str


def milestones(rows: Sequence[Early], names: Collection[str]) -> list[Milestone]:
    """Steps that those who stayed took more often than others as active, in their order.

    Where no difference is beyond doubt, the most common first steps, and the reason says so. The
    chance of error is shared among all events that are looked at.

    Args:
        rows: What was done early.
        names: Events that may be milestones.
    """
    found: list[Milestone] = []
    for entity_type in ("user", "account"):
        known = [row for row in rows if row.entity_type == entity_type and row.event_name in names]
        found += _of_type(known)
    return found


def _of_type(known: Sequence[Early]) -> list[Milestone]:
    common = [row for row in known if row.share_of_stayed >= COMMON]
    enough = bool(known) and min(known[0].all_stayed, known[0].all_left) >= FEWEST
    error = ERROR / max(len(common), 1)
    telling = [row for row in common if enough and row.least_difference(error) > 0]
    chosen = sorted(telling, key=lambda row: -row.least_difference(error))[:MOST]
    if not chosen:
        chosen = sorted(common, key=lambda row: -row.share_of_stayed)[:MOST]
    ordered = sorted(chosen, key=lambda row: (row.days_until, row.event_name))
    return [
        Milestone(row.entity_type, row.event_name, position, _reason(row, bool(telling), enough))
        for position, row in enumerate(ordered, start=1)
    ]


def _reason(row: Early, is_telling: bool, enough: bool) -> str:
    within = "in their first two weeks"
    if not enough:
        return (
            f"{row.stayed} of {row.all_stayed} who stayed did it {within};"
            " too few are known to say more"
        )
    compared = (
        f"{row.share_of_stayed:.0%} of those who stayed did it {within},"
        f" {row.share_of_gone:.0%} of those who left"
    )
    if is_telling:
        return f"{compared}; more of those who stayed also among those active on as many days"
    return f"{compared}: no evidence that it matters"
