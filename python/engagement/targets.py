"""Says what would bring an account to a band: the points that are missing, and the steps.

All figures come from band_targets and account_scores; this module only phrases them.
"""

from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from rich.console import Console
from rich.markup import escape

from engagement.errors import UsageError, nearest
from engagement.finding import entity_id_of
from engagement.project import Settings
from engagement.tables import analysis, read

#: What stands for the next band above the account's own.
NEXT = "next"
#: Fewer points than this are shown as "less than".
SMALLEST = 0.1
#: What is to be said with a target: steps can be taken for the points alone.
CAVEAT = "A target is a way to talk about use, not a promise that the account stays."
CAPS = {
    "measured": "the cap of {day}",
    "carried_forward": "the cap that {day} has from an earlier Sunday",
    "pooled": "the cap of all accounts on {day}",
    "frozen": "the frozen cap of version {version}",
    "fallback": "the cap that calibration_caps has for {version}",
    "insufficient_population": "the largest points of {day}, for too few accounts have any",
}


@dataclass(frozen=True)
class Target:
    """What a band takes of an account on the latest score date: a row of band_targets.

    target_points, points_missing and cap are None if nobody has points; steps and what describes
    them, unless target_status is reachable.
    """

    account_id: str
    score_date: date
    version: str
    band: str
    score: float
    points: float
    target_band: str
    target_min_score: float
    cap: float | None
    calibration_status: str | None
    target_points: float | None
    points_missing: float | None
    target_status: str
    steps: str | None
    step_events: int | None
    step_users: int | None
    step_more_users: int | None
    steps_start_on: date | None

    def sentence(self) -> str:
        """What it takes, in words for whoever talks to the account."""
        who, band = self.account_id, f"{self.target_band} ({self.target_min_score:g})"
        if self.target_status == "reached":
            return (
                f"{who} has reached {band}: on {self.score_date} its score is {self.score:.1f},"
                f" in the band {self.band}"
            )
        if self.target_status == "no_cap":
            return (
                f"Nobody can say what {band} takes of {who}: no account has points on"
                f" {self.score_date}, so there is no cap"
            )
        needs = f"To reach {band}, {who} needs {self._missing()}"
        at_the_cap = f"at {self._cap()} ({self.cap:,.1f} points)"
        if self.target_status == "out_of_reach":
            return (
                f"{needs} {at_the_cap}: more than events of its own kinds can give in a window, at"
                " no more a day than its busiest user has done and the daily cap counts"
            )
        return f"{needs}: {self.steps}, {self._days()}, {at_the_cap}"

    def as_json(self) -> dict[str, Any]:
        """The target as values that JSON can hold."""
        starts = None if self.steps_start_on is None else str(self.steps_start_on)
        days = {"score_date": str(self.score_date), "steps_start_on": starts}
        return {**asdict(self), **days, "sentence": self.sentence()}

    def _missing(self) -> str:
        missing = self.points_missing or 0
        if missing < SMALLEST:
            return "some points" if self.points == 0 else f"less than {SMALLEST} points more"
        return f"{missing:,.1f} more points"

    def _cap(self) -> str:
        text = CAPS[str(self.calibration_status)]
        return text.format(day=self.score_date, version=self.version)

    def _days(self) -> str:
        """When the steps have to be taken to count so much."""
        if self.steps_start_on == self.score_date:
            return f"if done on {self.score_date}"
        return f"if done from {self.steps_start_on} to {self.score_date}"


def target_of(settings: Settings, account_id: str, band: str = NEXT) -> Target:
    """What would bring an account to a band, or to the next one. The account may be named.

    Raises:
        UsageError: The account, the band, or a band above the account's does not exist; or the
            account has no points in the latest window or the one before.
    """
    (rows,) = read(settings, analysis(settings, "explain_target", entity_id=account_id))
    if not rows:
        found = entity_id_of(settings, "account", account_id)
        if found != account_id:
            return target_of(settings, found, band)
        raise UsageError(
            f"The account {account_id} has no targets: it has no points in the latest window or"
            " the one before, so there are no events of its own kinds to go by."
        )
    by_band = {row["target_band"]: row for row in rows}
    ahead = [row for row in rows if not row["is_reached"]]
    if band not in by_band and band != NEXT:
        raise UsageError(f"There is no band {band}{nearest(band, by_band)}.")
    if band not in by_band and not ahead:
        raise UsageError(
            f"The account {account_id} is in {rows[-1]['band']}, the highest band: there is no"
            " next one."
        )
    row = by_band[band] if band in by_band else ahead[0]
    values = {name: row[name] for name in Target.__dataclass_fields__ if name in row}
    return Target(**{**values, "account_id": account_id, "points": float(row["points"])})


def print_target(console: Console, target: Target) -> None:
    """Prints the sentence, and what is to be said with it."""
    console.print(f"{escape(target.sentence())}.")
    if target.target_status == "reachable":
        console.print(f"\n{CAVEAT}")
