"""segment_scores, score_distributions, account_role_scores: groups of users and of accounts."""

from __future__ import annotations

import numpy as np
import pandas as pd

from .activation import Activation
from .adoption import Adoption
from .days import Flags, Ints, as_dates
from .entities import ENTITY_TYPES, EntityType, accounts_on, attribute_on, first_days
from .entity_scores import Keys, ids_of, lookup, safe_ratio
from .facts import Facts
from .files import read_columns
from .inputs import not_blank
from .product import active_pairs
from .scores import Scores, as_decimal, daily_units, window_points

UNKNOWN = "unknown"
WITH_HISTORY = ("plan", "status", "owner", "industry")
TENURES = {-np.inf: "0-29 days", 30: "30-89 days", 90: "90-364 days", 365: "365 days and more"}
BIN = 5
CHUNK_ROWS = 500_000


def segment_scores(
    scores: dict[EntityType, Scores],
    adoption: dict[EntityType, Adoption],
    activation: dict[EntityType, Activation],
    facts: Facts,
) -> pd.DataFrame:
    """The public table: every group on every built date, recounted."""
    tables = [
        table
        for kind in ENTITY_TYPES
        for table in _of_dates(kind, scores[kind], adoption[kind], activation[kind], facts)
    ]
    columns = "score_date entity_type dimension value entities active_entities scored_entities"
    columns += " adoptable_entities score adoption reached"
    empty = pd.DataFrame(columns=columns.split())
    table = pd.concat(tables, ignore_index=True) if tables else empty
    steps = {kind: len(activation[kind].milestones) for kind in ENTITY_TYPES}
    possible = table["entities"] * table["entity_type"].map(steps)
    seen_on = table["entity_type"].map({kind: activation[kind].seen_on for kind in ENTITY_TYPES})
    enough = facts.settings.min_segment_size
    large, scored, adoptable = (
        table[f"{name}entities"] >= enough for name in ("", "scored_", "adoptable_")
    )
    return pd.DataFrame(
        {
            "score_date": as_dates(table["score_date"].to_numpy(dtype="float64")),
            **{name: table[name] for name in ("entity_type", "dimension", "value", "entities")},
            "active_entities": table["active_entities"],
            "active_rate": safe_ratio(table["active_entities"], table["entities"]).where(large),
            "scored_entities": table["scored_entities"],
            "mean_score": table["score"].astype("float64").where(scored),
            "adoptable_entities": table["adoptable_entities"],
            "adoption_rate": table["adoption"].astype("float64").where(adoptable),
            "activation_rate": safe_ratio(table["reached"], possible).where(
                large & (table["score_date"] >= seen_on)
            ),
        }
    )


def _of_dates(
    kind: EntityType, scores: Scores, adoption: Adoption, activation: Activation, facts: Facts
) -> list[pd.DataFrame]:
    """The groups of each built date: counts, and means of those who have the figure."""
    people = facts.people.of(kind)
    keys = Keys(max(len(people), 1))
    active = active_pairs(kind, facts)
    active_keys = keys.of(active["score_date"], active["entity"])
    adopting = keys.of(adoption.rows["score_date"], adoption.rows["entity"])
    is_active = np.isin(adopting, active_keys)
    rate = pd.Series(adoption.columns()["adoption_rate"])[is_active]
    scored = keys.of(scores.members["score_date"], scores.members["entity"])
    signup = first_days(people["signup_on"].to_numpy(dtype="float64"))
    fixed = _fixed(kind, facts)
    found = []
    for dates in _chunks(facts.calendar.built, len(people)):
        pairs = np.meshgrid(dates, np.arange(len(people)), indexing="ij")
        day, entity = (part.ravel() for part in pairs)
        rows = keys.of(day, entity)
        there = signup[entity] <= day
        reached = (activation.reached[entity] <= day[:, None]).sum(axis=1)
        figures = pd.DataFrame(
            {
                "score_date": day,
                "entities": there.astype("int64"),
                "active": np.isin(rows, active_keys),
                "score": lookup(scored, scores.members["score"], rows, np.nan),
                "adoption": lookup(adopting[is_active], rate, rows, np.nan),
                "reached": np.where(there, reached, 0),
            }
        )
        segments = {name: values.take(entity) for name, values in fixed.items()}
        for dimension, values in {**segments, **_on(kind, day, entity, facts)}.items():
            table = figures.groupby(["score_date", values.to_numpy()]).agg(
                entities=("entities", "sum"),
                active_entities=("active", "sum"),
                scored_entities=("score", "count"),
                adoptable_entities=("adoption", "count"),
                score=("score", "mean"),
                adoption=("adoption", "mean"),
                reached=("reached", "sum"),
            )
            anybody = table[["entities", "active_entities", "scored_entities"]].any(axis=1)
            table = table[anybody].rename_axis(["score_date", "value"]).reset_index()
            found.append(table.assign(entity_type=kind, dimension=dimension))
    return found


def _chunks(dates: Ints, entities: int) -> list[Ints]:
    """The dates in pieces that make frames of about CHUNK_ROWS rows; none without entities."""
    size = max(CHUNK_ROWS // max(entities, 1), 1)
    return [dates[start : start + size] for start in range(0, len(dates), size) if entities]


def _fixed(kind: EntityType, facts: Facts) -> dict[str, pd.Series]:
    """The segments that do not depend on the date: dimension -> (entities,) value."""
    people = facts.people.of(kind)
    signup = pd.Series(as_dates(people["signup_on"].to_numpy(dtype="float64")))
    found = {"signup_month": signup.dt.to_period("M").dt.start_time.dt.strftime("%Y-%m-%d")}
    if kind == "user":
        found["role"] = people["role"].reset_index(drop=True)
    for column in facts.settings.segment_attributes.get(f"{kind}s", []):
        rows = read_columns(facts.settings, f"{kind}s", f"{kind}_id {column}")
        named = rows.assign(id=not_blank(rows[f"{kind}_id"])).dropna(subset="id")
        values = not_blank(named.drop_duplicates("id").set_index("id")[column])
        found[column] = values.reindex(people.index).reset_index(drop=True)
    return {name: values.astype(object).fillna(UNKNOWN) for name, values in found.items()}


def _on(kind: EntityType, day: Ints, entity: Ints, facts: Facts) -> dict[str, pd.Series]:
    """The segments of entities on a day: dimension -> (rows,) value."""
    people = facts.people.of(kind)
    own = accounts_on(kind, facts.inputs, facts.people, entity, day).reset_index(drop=True)
    found = {
        name: attribute_on(facts.inputs, facts.people, own, day, name)
        .astype(object)
        .fillna(UNKNOWN)
        for name in WITH_HISTORY
    }
    signup = people["signup_on"].to_numpy(dtype="float64")[entity]
    age = np.where(np.isnan(signup), np.inf, day - signup)
    is_new = age < facts.settings.established_after_days
    found["age"] = pd.Series(np.where(is_new, "new", "established"), dtype=object)
    if kind == "user":
        position = np.searchsorted(list(TENURES), age, side="right") - 1
        found["tenure"] = pd.Series(np.array(list(TENURES.values()), dtype=object)[position])
    return found


def score_distributions(scores: dict[EntityType, Scores], facts: Facts) -> pd.DataFrame:
    """The public table: the members of each population in each bin of 5 points."""
    tables = []
    for kind in ENTITY_TYPES:
        members = scores[kind].members
        own = members[members["score_date"].isin(facts.calendar.built)]
        bins = (own["score"].round(9).clip(upper=100 - BIN / 2) // BIN * BIN).astype("int64")
        counts = own.groupby(["score_date", bins.rename("min_score")]).size()
        tables.append(counts.reset_index(name="entities").assign(entity_type=kind))
    table = pd.concat(tables, ignore_index=True)
    population = table.groupby(["score_date", "entity_type"])["entities"].transform("sum")
    return pd.DataFrame(
        {
            "score_date": as_dates(table["score_date"].to_numpy(dtype="float64")),
            "entity_type": table["entity_type"],
            "min_score": table["min_score"],
            "entities": table["entities"],
            "share": safe_ratio(table["entities"], population),
        }
    )


def account_role_scores(user_scores: Scores, facts: Facts, keep: Flags) -> pd.DataFrame:
    """The public table for the accounts to keep: the activity of each role in an account."""
    pair = ["score_date", "account", "user"]
    use = pd.concat([_points_there(facts), _active_there(facts)], ignore_index=True)
    use["points"] = use["points"].fillna(0)
    use = use.groupby(pair).agg(points=("points", "sum"), active=("active", "any")).reset_index()
    use = use[keep[use["account"]]].reset_index(drop=True)
    keys = Keys(max(len(facts.people.users), 1))
    members = user_scores.members
    rows = keys.of(use["score_date"], use["user"])
    own = keys.of(members["score_date"], members["entity"])
    use["score"] = lookup(own, members["score"], rows, np.nan)
    roles = facts.people.users["role"].reset_index(drop=True).astype(object).fillna(UNKNOWN)
    use["role"] = roles.take(use["user"].to_numpy()).to_numpy()
    table = (
        use.groupby(["score_date", "account", "role"])
        .agg(
            active_users=("active", "sum"),
            scored_users=("score", "count"),
            mean_user_score=("score", "mean"),
            points=("points", "sum"),
        )
        .reset_index()
    )
    total = table.groupby(["score_date", "account"])["points"].transform("sum")
    return pd.DataFrame(
        {
            "score_date": as_dates(table["score_date"].to_numpy(dtype="float64")),
            "account_id": ids_of(table["account"].to_numpy(), facts.people.accounts.index),
            "role": table["role"],
            "active_users": table["active_users"],
            "scored_users": table["scored_users"],
            "mean_user_score": table["mean_user_score"],
            "points": as_decimal(table["points"]),
            "share_of_points": safe_ratio(table["points"], total),
        }
    )


def _points_there(facts: Facts) -> pd.DataFrame:
    """score_date, account, user, points (1e-12): who earned points in an account."""
    found = []
    for version, dates in facts.calendar.by_version(facts.calendar.built):
        units = daily_units(facts, version, "account", ["account", "user"]).query("user >= 0")
        found.append(window_points(units, ["account", "user"], dates, version))
    return pd.concat(found, ignore_index=True).assign(active=False)


def _active_there(facts: Facts) -> pd.DataFrame:
    """score_date, account, user: who was active in an account."""
    active = facts.history.active.query("account >= 0 and user >= 0")
    found = [
        window[["score_date", "account", "user"]].drop_duplicates()
        for _, window in facts.calendar.over_windows(active)
    ]
    return pd.concat(found, ignore_index=True).assign(points=0, active=True)
