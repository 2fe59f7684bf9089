"""Tests whether acting on signals keeps customers, against a hold-out that nobody was told of.

An account is in the hold-out by a hash of its id, so the two groups differ in nothing but that. All
that were told are compared with all that were held out, acted on or not (intention to treat): who
is called is a choice, and those chosen differ from the others.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from math import ceil, sqrt
from statistics import NormalDist
from typing import Any

import pandas as pd
from rich.console import Console

from engagement.errors import UsageError
from engagement.project import Settings
from engagement.tables import analysis

LEVEL, POWER = 0.05, 0.80
#: The least difference in retention that is worth waiting for.
WORTH_KNOWING = 0.05
HELPED, HARMED, CANNOT_TELL = "helped", "harmed", "cannot_tell"

Progress = Callable[[str], None]


@dataclass(frozen=True)
class Effect:
    """Two groups of accounts with a risk, and how many of each still pay.

    Attributes:
        horizon_days: Days from the last followed date by the opening to the outcome.
        told: Accounts whose signals people were told of.
        told_retained: Those of them that pay.
        acted_on: Those of the told on which somebody acted.
        held_out: Accounts of the hold-out.
        held_out_retained: Those of them that pay.
        holdout: The share of accounts that is held out, 0 to 1.
    """

    horizon_days: int
    told: int
    told_retained: int
    acted_on: int
    held_out: int
    held_out_retained: int
    holdout: float

    @property
    def difference(self) -> float | None:
        """The retention of the told less that of the hold-out; None if one is empty."""
        if not self.told or not self.held_out:
            return None
        return self.told_retained / self.told - self.held_out_retained / self.held_out

    @property
    def bounds(self) -> tuple[float, float] | None:
        """The 95 % interval of the difference."""
        if self.difference is None:
            return None
        return difference_interval(
            self.told_retained, self.told, self.held_out_retained, self.held_out
        )

    @property
    def verdict(self) -> str:
        """Helped or harmed, if the interval lies on one side of 0, else cannot_tell."""
        if self.bounds is None:
            return CANNOT_TELL
        lower, upper = self.bounds
        return HELPED if lower > 0 else HARMED if upper < 0 else CANNOT_TELL

    @property
    def sought(self) -> float:
        """The difference that the size is computed for: the one observed, at least 5 points."""
        return max(abs(self.difference or 0.0), WORTH_KNOWING)

    @property
    def more_accounts(self) -> int:
        """About how many more accounts with a risk are needed to find the difference sought."""
        accounts = self.told + self.held_out
        if self.held_out:
            retained = self.held_out_retained / self.held_out
        else:
            retained = self.told_retained / self.told if self.told else 0.5
        share = self.held_out / accounts if self.told and self.held_out else self.holdout
        return max(accounts_needed(retained, self.sought, share) - accounts, 0)


def evaluate_actions(
    settings: Settings, horizon: int, progress: Progress = lambda step: None
) -> Effect:
    """Reads what became of the accounts with a risk that were told, and that were held out.

    Raises:
        UsageError: There is no hold-out, or the horizon has not been built.
    """
    from engagement import runner

    progress("reading signals and outcomes")
    share = float(settings.all_variables()["action_holdout"])
    held_out = runner.read(
        settings, "select count(*) as n from {{ ref('signals') }} where is_held_out"
    )["n"].iloc[0]
    if not share and not held_out:
        raise UsageError(
            "There is no hold-out: accounts on which somebody acted differ from the others in why"
            " they did, so the two cannot be compared. Set the var action_holdout, such as to 0.1,"
            " and build; every signal from then on adds to a fair comparison."
        )
    dates = runner.read(
        settings, "select distinct horizon_days from {{ ref('int_outcome_dates') }}"
    )
    if len(dates) and horizon not in set(dates["horizon_days"]):
        known = ", ".join(str(days) for days in sorted(dates["horizon_days"]))
        raise UsageError(f"Outcomes of {horizon} days have not been built, but of {known}.")
    rows = runner.read(settings, analysis(settings, "action_outcomes", horizon=horizon))
    return effect_of(rows, horizon, share)


def effect_of(rows: pd.DataFrame, horizon: int, holdout: float) -> Effect:
    """The two groups.

    Args:
        rows: One per account: is_held_out, is_acted_on, is_retained (analyses/action_outcomes.sql).
        horizon: Days until the outcome.
        holdout: The share of accounts that is held out.
    """
    flags = rows[["is_held_out", "is_acted_on", "is_retained"]].astype(bool)
    held_out, told = flags[flags["is_held_out"]], flags[~flags["is_held_out"]]
    return Effect(
        horizon_days=horizon,
        told=len(told),
        told_retained=int(told["is_retained"].sum()),
        acted_on=int(told["is_acted_on"].sum()),
        held_out=len(held_out),
        held_out_retained=int(held_out["is_retained"].sum()),
        holdout=holdout,
    )


def difference_interval(
    retained: int, accounts: int, other_retained: int, other_accounts: int
) -> tuple[float, float]:
    """The 95 % interval of a difference of two independent proportions.

    Each has its Wilson interval (l, u); the bounds of p1 - p2 are
    p1 - p2 - sqrt((p1 - l1)^2 + (u2 - p2)^2) and p1 - p2 + sqrt((u1 - p1)^2 + (p2 - l2)^2).
    Source: Newcombe (1998), Interval estimation for the difference between independent
    proportions, Statistics in Medicine 17, 873-890, method 10.
    """
    (first, lower, upper), (second, other_lower, other_upper) = (
        _wilson(retained, accounts),
        _wilson(other_retained, other_accounts),
    )
    difference = first - second
    return (
        difference - sqrt((first - lower) ** 2 + (other_upper - second) ** 2),
        difference + sqrt((upper - first) ** 2 + (second - other_lower) ** 2),
    )


def _wilson(retained: int, accounts: int) -> tuple[float, float, float]:
    """A proportion and the bounds of Wilson's score interval."""
    share, z = retained / accounts, NormalDist().inv_cdf(1 - LEVEL / 2)
    middle = share + z**2 / (2 * accounts)
    margin = z * sqrt(share * (1 - share) / accounts + (z / (2 * accounts)) ** 2)
    scale = 1 + z**2 / accounts
    return share, max((middle - margin) / scale, 0.0), min((middle + margin) / scale, 1.0)


def accounts_needed(retained: float, difference: float, holdout: float) -> int:
    """How many accounts, of both groups, find a difference at a level of 5 % with a power of 80 %.

    With p1 = `retained` of the hold-out, p2 = p1 + difference (p1 - difference where that is above
    1), r = told accounts per one held out, and p = (p1 + r p2) / (1 + r), the hold-out needs

        n = (z(0.975) sqrt((1 + 1/r) p (1 - p)) + z(0.8) sqrt(p1 (1 - p1) + p2 (1 - p2) / r))^2
            / difference^2

    accounts, and both (1 + r) n. Source: Fleiss, Levin and Paik (2003), Statistical Methods for
    Rates and Proportions, 3rd edition, section 4.3, without the correction for continuity.

    Args:
        retained: The share of the hold-out that pays, 0 to 1.
        difference: Above 0.
        holdout: The share of the accounts that is held out, between 0 and 1.
    """
    holdout = min(max(holdout, 0.001), 0.999)
    ratio = (1 - holdout) / holdout
    other = retained + difference if retained + difference <= 1 else retained - difference
    mean = (retained + ratio * other) / (1 + ratio)
    normal = NormalDist()
    by_chance = normal.inv_cdf(1 - LEVEL / 2) * sqrt((1 + 1 / ratio) * mean * (1 - mean))
    found = normal.inv_cdf(POWER) * sqrt(retained * (1 - retained) + other * (1 - other) / ratio)
    return ceil((1 + ratio) * ((by_chance + found) / difference) ** 2)


def print_effect(console: Console, effect: Effect) -> None:
    """The two groups, and one sentence: helped, harmed, or how many more accounts it takes."""
    console.print(
        f"Customers with a risk, and those that pay {effect.horizon_days} days later:\n"
        f"  told      {_share(effect.told_retained, effect.told)};"
        f" somebody acted on {effect.acted_on:,}\n"
        f"  held out  {_share(effect.held_out_retained, effect.held_out)}\n",
        highlight=False,
    )
    console.print(conclusion(effect), highlight=False, soft_wrap=True)


def conclusion(effect: Effect) -> str:
    """The verdict as a sentence."""
    if effect.bounds is None or effect.difference is None:
        interval = ""
    else:
        low, high = (f"{100 * bound:+.1f}" for bound in effect.bounds)
        interval = f"{100 * effect.difference:+.1f} points, 95 % interval {low} to {high}"
    if effect.verdict == HELPED:
        return f"Telling people helped: more accounts pay ({interval})."
    if effect.verdict == HARMED:
        return f"Telling people did harm: fewer accounts pay ({interval})."
    found = f" ({interval})" if interval else ""
    points = f"{100 * effect.sought:.0f} points"
    if not effect.more_accounts:
        return (
            f"Cannot tell{found}: there are accounts enough to find a difference of {points} four"
            " times in five, and none was found."
        )
    return (
        f"Cannot tell yet{found}: about {effect.more_accounts:,} more accounts with a risk find a"
        f" difference of {points} four times in five."
    )


def _share(part: int, whole: int) -> str:
    return f"{part:,} of {whole:,}" + (f" ({100 * part / whole:.1f} %)" if whole else "")


def as_record(effect: Effect) -> dict[str, Any]:
    """The effect for JSON."""
    lower, upper = effect.bounds or (None, None)
    return {
        **asdict(effect),
        "difference": effect.difference,
        "lower_bound": lower,
        "upper_bound": upper,
        "verdict": effect.verdict,
        "more_accounts": effect.more_accounts if effect.verdict == CANNOT_TELL else None,
        "conclusion": conclusion(effect),
    }
