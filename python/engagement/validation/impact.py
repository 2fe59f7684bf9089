"""feature_impact: accounts that adopted a feature, compared with similar accounts."""

from __future__ import annotations

import numpy as np
import pandas as pd

from .adoption import Adoption
from .days import is_sunday
from .facts import Facts
from .outcomes import deciles, followed_dates, known_outcomes, recorded_plan
from .scores import Scores

ERRORS_IN_95 = 1.96
STRATUM = ["day", "plan", "age", "decile"]
COUNTS = ("adopters", "matched_adopters", "matched_others")
FIGURES = ("adopters_before", "adopters_after", "others_before", "others_after")


def feature_impact(
    scores: Scores, rows: pd.DataFrame, adoption: Adoption, facts: Facts
) -> pd.DataFrame:
    """The public table: every feature, horizon and measure by itself.

    `rows` are those of account_scores, with day and entity as codes.
    """
    active = _active(rows, facts)
    outcomes = known_outcomes(scores, facts)
    found = []
    for number, feature in enumerate(adoption.features.names):
        trials = _trials(active, adoption.first_use[:, number])
        for horizon in facts.settings.outcome_horizons:
            if not len(followed_dates(facts.calendar.built)):
                continue
            score = effect_of(_scores_after(trials, scores, horizon, facts))
            paying = _retained(trials, outcomes, horizon)
            found.append(_row(feature, horizon, score, effect_of(paying), facts))
    return pd.DataFrame(found, columns=COLUMNS)


def _active(rows: pd.DataFrame, facts: Facts) -> pd.DataFrame:
    """day, entity, before, plan, age, decile of the accounts active in the window and before it."""
    rows = rows[rows["day"].isin(followed_dates(facts.calendar.built))]
    scored_before = rows["previous_points"].astype("float64") > 0
    rows = rows[(rows["active_days"] > 0) & scored_before].reset_index(drop=True)
    built, previous = facts.calendar.built, facts.calendar.previous
    day_before = previous[np.searchsorted(built, rows["day"])].astype(np.int64)
    entity = rows["entity"].to_numpy()
    plan = recorded_plan(rows["account_id"], day_before, facts)
    age = day_before - facts.people.accounts["signup_on"].to_numpy(dtype="float64")[entity]
    before = rows["previous_score"].round(9)
    tenths = [deciles(part.to_numpy()) for _, part in before.groupby(rows["day"])]
    return pd.DataFrame(
        {
            "day": rows["day"],
            "day_before": day_before,
            "entity": entity,
            "before": before,
            "plan": plan.to_numpy(),
            "age": np.where(age < facts.settings.established_after_days, "new", "established"),
            "decile": [tenth for part in tenths for tenth in part],
        }
    )


def _trials(active: pd.DataFrame, first_use: np.ndarray) -> pd.DataFrame:
    """Those who had not used a feature one window before; is_adopter: they have by now."""
    first = first_use[active["entity"]]
    adopts = first <= active["day"]
    return active.assign(is_adopter=adopts)[first > active["day_before"]]


def _scores_after(trials: pd.DataFrame, scores: Scores, horizon: int, facts: Facts) -> pd.DataFrame:
    """The trials whose last Sunday within the horizon is known, with the score of that day."""
    after = trials["day"] + horizon - horizon % 7
    assert is_sunday(after.to_numpy()).all()
    known = trials.assign(later=after)[after <= facts.history.as_of]
    members = scores.members.rename(columns={"score_date": "later", "score": "after"})
    found = known.merge(members[["later", "entity", "after"]], how="left", on=["later", "entity"])
    return found.assign(after=found["after"].fillna(0.0).round(9))


def _retained(trials: pd.DataFrame, outcomes: pd.DataFrame, horizon: int) -> pd.DataFrame:
    """The trials of accounts whose outcome is known: 1 before, and after it 1 if they still pay."""
    known = outcomes[outcomes["horizon"] == horizon][["day", "entity", "after"]]
    found = trials.merge(known, on=["day", "entity"])
    return found.assign(before=1.0, after=(found["after"] > 0).astype("float64"))


def effect_of(rows: pd.DataFrame) -> dict[str, float]:
    """Difference in differences within strata, weighed by the adopters, and its standard error."""
    rows = rows.assign(change=rows["after"] - rows["before"])
    everybody = rows["entity"][rows["is_adopter"]].nunique()
    strata = rows.groupby(STRATUM)
    adopters = strata["is_adopter"].transform("sum")
    others = strata["is_adopter"].transform("size") - adopters
    expected = rows["change"].where(~rows["is_adopter"]).groupby([rows[k] for k in STRATUM])
    rows = rows.assign(adopters=adopters, others=others, expected=expected.transform("mean"))[
        (adopters > 0) & (others > 1)
    ]
    is_adopter = rows["is_adopter"]
    count = is_adopter.sum()
    if not count:
        return {"adopters": everybody, "matched_adopters": 0, "matched_others": 0}
    surplus = rows["change"] - rows["expected"]
    weight = (rows["adopters"] / rows["others"]).where(~is_adopter, 1.0)
    effect = surplus[is_adopter].sum() / count
    spread = np.sqrt(rows["others"] / (rows["others"] - 1))
    deviation = (-weight * spread * surplus).where(~is_adopter, surplus - effect)
    by_account = deviation.groupby(rows["entity"]).sum()
    accounts = len(by_account)
    means = {
        f"{side}_{moment}": (weight * rows[moment])[part].sum() / count
        for side, part in (("adopters", is_adopter), ("others", ~is_adopter))
        for moment in ("before", "after")
    }
    return {
        **means,
        "adopters": everybody,
        "matched_adopters": rows["entity"][is_adopter].nunique(),
        "matched_others": rows["entity"][~is_adopter].nunique(),
        "effect": effect,
        "error": float(np.sqrt((by_account**2).sum() * accounts / max(accounts - 1, 1)) / count),
    }


COLUMNS = [
    *("feature", "horizon_days"),
    *("score_adopters", "score_matched_adopters", "score_matched_others"),
    *("adopters_score_before", "adopters_score_after"),
    *("others_score_before", "others_score_after"),
    *("score_effect", "score_lower_bound", "score_upper_bound", "score_verdict"),
    *("retention_adopters", "retention_matched_adopters", "retention_matched_others"),
    *("adopters_retention_rate", "others_retention_rate"),
    *("retention_effect", "retention_lower_bound", "retention_upper_bound", "retention_verdict"),
]


def _row(
    feature: str, horizon: int, score: dict[str, float], retention: dict[str, float], facts: Facts
) -> list[object]:
    """The row of COLUMNS."""
    minimum = facts.settings.min_accounts_with_outcome
    return [
        feature,
        horizon,
        *(score[name] for name in COUNTS),
        *_told(score, FIGURES, verdict_of(score, minimum)),
        *(retention[name] for name in COUNTS),
        *_told(
            retention,
            ("adopters_after", "others_after"),
            verdict_of(retention, minimum, is_share=True),
        ),
    ]


def verdict_of(found: dict[str, float], minimum: int, is_share: bool = False) -> str:
    """The verdict on an effect, given its interval and its numbers.

    minimum: min_accounts_with_outcome; is_share: the measure is 0 or 1, and few adopters may
    all be 1 by chance.
    """
    if found["adopters"] < minimum:
        return "too_few_adopters"
    if min(found["matched_adopters"], found["matched_others"]) < minimum:
        return "too_few_others"
    rarer = min(found["others_after"], 1 - found["others_after"])
    if is_share and found["matched_adopters"] * rarer < minimum / 2:
        return "too_few_outcomes"
    if found["effect"] - ERRORS_IN_95 * found["error"] > 0:
        return "higher"
    return "lower" if found["effect"] + ERRORS_IN_95 * found["error"] < 0 else "no_difference"


def _told(found: dict[str, float], names: tuple[str, ...], verdict: str) -> list[object]:
    """The figures, the effect and its interval, unless there are too few; then the verdict."""
    if verdict.startswith("too_few"):
        return [*(None,) * (len(names) + 3), verdict]
    margin = ERRORS_IN_95 * found["error"]
    effect = found["effect"]
    return [*(found[name] for name in names), effect, effect - margin, effect + margin, verdict]
