"""Milestones from what those who stayed did early."""

from collections.abc import Collection, Sequence
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
class Early:
    """How many did an event in their first two weeks: a row of analyses/proposal_milestones.sql."""

    entity_type: str
    event_name: str
    stayed: int
    gone: int
    all_stayed: int
    all_left: int
    days_until: float

    @classmethod
    def of(cls, row: Row) -> "Early":
        """From a row of the analysis."""
        return cls(
            entity_type=row["entity_type"],
            event_name=row["event_name"],
            stayed=int(row["stayed"]),
            gone=int(row["gone"]),
            all_stayed=int(row["all_stayed"]),
            all_left=int(row["all_left"]),
            days_until=float(row["days_until"]),
        )

    @property
    def share_of_stayed(self) -> float:
        """Of those who stayed."""
        return self.stayed / max(self.all_stayed, 1)

    @property
    def share_of_gone(self) -> float:
        """Of those who left."""
        return self.gone / max(self.all_left, 1)

    def least_difference(self, error: float) -> float:
        """The lower bound of the difference of the shares, at a chance of error."""
        variance = 0.0
        for share, total in (
            (self.share_of_stayed, self.all_stayed),
            (self.share_of_gone, self.all_left),
        ):
            smoothed = (share * total + 1) / (total + 2)
            variance += smoothed * (1 - smoothed) / max(total, 1)
        return (
            self.share_of_stayed
            - self.share_of_gone
            - NormalDist().inv_cdf(1 - error) * sqrt(variance)
        )


@dataclass(frozen=True)
class Milestone:
    """A proposed row of activation_milestones."""

    entity_type: str
    event_name: str
    position: int
    reason: str


def milestones(rows: Sequence[Early], names: Collection[str]) -> list[Milestone]:
    """Steps that those who stayed took more often, in the order in which they are taken.

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
    return compared if is_telling else f"{compared}: no evidence that it matters"
