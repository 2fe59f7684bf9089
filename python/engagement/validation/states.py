"""The inputs to the rules of signals: accounts and users on the built score dates."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from .activation import Activation
from .adoption import Adoption
from .days import Ints
from .entity_scores import AccountUse, Keys, lookup, now_and_before, safe_ratio, trends
from .facts import Facts
from .scores import Scores

DECIMALS = 9


@dataclass(frozen=True)
class States:
    """The inputs to the rules of one entity type.

    days    day, entity, score, previous_score (both at nine decimals), and more by entity type; one
            row per built date and entity with points in its window or the one before
    others  the same, one row per other built date and account
    risk    of accounts, what `risk.ranked` says of them
    """

    days: pd.DataFrame
    others: pd.DataFrame
    facts: Facts
    adoption: Adoption
    activation: Activation
    risk: pd.DataFrame


def account_states(
    scores: Scores,
    account_rows: pd.DataFrame,
    use: AccountUse,
    adoption: Adoption,
    activation: Activation,
    facts: Facts,
) -> States:
    """Accounts; every one of them on every built date is in days or in others.

    `account_rows` are those of account_scores, with day and entity as codes.
    """
    built, accounts = facts.calendar.built, facts.people.accounts
    keys = Keys(max(len(accounts), 1))
    day = np.repeat(built, len(accounts))
    entity = np.tile(np.arange(len(accounts)), len(built))
    rows = keys.of(day, entity)
    active = lookup(_keys(keys, use.active), use.active["active_users"], rows, 0)
    champions = _keys(keys, use.champions)
    champion_points = lookup(champions, use.champions["champion_points"], rows, 0)
    compared = _compared(scores, facts, keys, rows)
    trend = trends(
        compared["points"],
        compared["previous_points"],
        compared["score"] - compared["previous_score"],
        facts,
    )
    days = compared.assign(
        is_cooling=trend == "cooling",
        signup=accounts["signup_on"].to_numpy(dtype="float64")[entity],
        active_users=active,
        coverage=safe_ratio(active, pd.Series(use.members.ravel())),
        members=use.members.ravel(),
        kinds=lookup(
            keys.of(account_rows["day"], account_rows["entity"]),
            account_rows["distinct_scored_events"],
            rows,
            0,
        ),
        seats=accounts["seats"].to_numpy(dtype="float64")[entity],
        adoption_rate=_adoption_rate(adoption, keys, rows),
        champion=lookup(champions, use.champions["champion"], rows, -1),
        concentration=safe_ratio(champion_points, compared["points"]),
    )
    has_points = (compared["points"] > 0) | (compared["previous_points"] > 0)
    return States(
        days=_at_nine_decimals(days[has_points]),
        others=_at_nine_decimals(days[~has_points].assign(previous_score=np.nan)),
        facts=facts,
        adoption=adoption,
        activation=activation,
        risk=pd.DataFrame(),
    )


def user_states(
    scores: Scores,
    active_days: pd.DataFrame,
    adoption: Adoption,
    activation: Activation,
    facts: Facts,
) -> States:
    """Users."""
    keys = Keys(max(len(facts.people.users), 1))
    now, before = now_and_before(scores.members[["score_date", "entity"]], facts)
    rows = np.unique(np.concatenate([_keys(keys, t) for t in (now, before)]))
    days = _compared(scores, facts, keys, rows).assign(
        active_days=lookup(_keys(keys, active_days), active_days["days"], rows, 0),
        adoption_rate=_adoption_rate(adoption, keys, rows),
    )
    return States(
        days=_at_nine_decimals(days),
        others=days.head(0),
        facts=facts,
        adoption=adoption,
        activation=activation,
        risk=pd.DataFrame(),
    )


def _compared(scores: Scores, facts: Facts, keys: Keys, rows: Ints) -> pd.DataFrame:
    """day, entity, score, points, both one window earlier, the share of the points kept.

    There is no previous score without a previous date.
    """
    members = scores.members[["score_date", "entity", "score", "points"]]
    day, entity = keys.parts(rows)
    previous = facts.calendar.previous[np.searchsorted(facts.calendar.built, day)]
    exists = np.isfinite(previous)
    own = _keys(keys, members)
    then = np.where(exists, keys.of(np.where(exists, previous, 0), entity), -1)
    points = lookup(own, members["points"], rows, 0)
    previous_points = lookup(own, members["points"], then, 0)
    return pd.DataFrame(
        {
            "day": day,
            "entity": entity,
            "score": lookup(own, members["score"], rows, 0.0),
            "previous_score": lookup(own, members["score"], then, 0.0).where(exists),
            "points": points,
            "previous_points": previous_points,
            "points_kept": safe_ratio(points, previous_points),
        }
    )


def _at_nine_decimals(days: pd.DataFrame) -> pd.DataFrame:
    """With scores rounded, so that comparisons agree."""
    return days.assign(**{name: days[name].round(DECIMALS) for name in ("score", "previous_score")})


def _adoption_rate(adoption: Adoption, keys: Keys, rows: Ints) -> pd.Series:
    rates = pd.Series(adoption.columns()["adoption_rate"])
    return lookup(_keys(keys, adoption.rows), rates, rows, np.nan)


def _keys(keys: Keys, frame: pd.DataFrame) -> Ints:
    return keys.of(frame["score_date"], frame["entity"])
