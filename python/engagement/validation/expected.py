"""Every public number, recomputed from the raw inputs."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from .activation import Activation, activate, activation_steps, entity_activation, mean_user_rate
from .activity import activity, lifecycle
from .adoption import Adoption, account_features, adopt, entity_adoption, feature_adoption
from .changes import (
    contributions,
    score_change_drivers,
    score_changes,
    score_contributions,
    scored_event_days,
)
from .cohorts import cohort_retention
from .days import Flags, Ints
from .entities import ENTITY_TYPES, EntityType, members_on
from .entity_scores import (
    AccountUse,
    account_columns,
    account_use,
    active_days_of,
    entity_scores,
    score_calibrations,
)
from .facts import Facts, gather
from .impact import feature_impact
from .incidents import Incident, incidents, is_held_back, lost_points, tracking_incidents
from .inputs import read_inputs
from .outcomes import score_outcomes
from .product import product_scores
from .profiles import account_profiles, user_profiles
from .quality import REJECTED_COLUMNS, event_inventory, rejected_events, run_counts
from .risk import PUBLIC as RISK_COLUMNS
from .risk import ranked
from .sample import Sample
from .scores import Scores, score
from .seeds import read_seeds
from .segments import account_role_scores, score_distributions, segment_scores
from .settings import Settings
from .signal_actions import with_actions
from .signal_openings import account_priorities, openings
from .signals import held
from .states import States, account_states, user_states
from .targets import band_targets, score_targets

TABLE_KEYS: dict[str, list[str]] = {
    "score_calibrations": ["score_date", "entity_type", "version", "normalization_group"],
    "published_scores": ["score_date", "entity_type", "entity_id", "version"],
    "score_changes": ["score_date", "entity_type", "entity_id"],
    "score_change_drivers": ["score_date", "entity_type", "entity_id", "event_name"],
    "score_contributions": ["score_date", "user_id", "account_id", "event_name"],
    "scored_event_days": ["account_id", "event_name", "event_date"],
    "score_targets": ["score_date", "account_id"],
    "band_targets": ["score_date", "account_id", "target_band"],
    "user_scores": ["score_date", "user_id"],
    "account_scores": ["score_date", "account_id"],
    "product_scores": ["score_date"],
    "segment_scores": ["score_date", "entity_type", "dimension", "value"],
    "score_distributions": ["score_date", "entity_type", "min_score"],
    "account_role_scores": ["score_date", "account_id", "role"],
    "feature_impact": ["feature", "horizon_days"],
    "score_outcomes": ["score_date", "outcome", "horizon_days", "group_by", "group_value"],
    "score_validation": ["outcome", "horizon_days", "predictor", "measure"],
    "user_adoption": ["score_date", "user_id"],
    "account_adoption": ["score_date", "account_id"],
    "feature_adoption": ["score_date", "feature"],
    "account_features": ["account_id", "feature"],
    "user_activation": ["user_id"],
    "account_activation": ["account_id"],
    "activation_steps": ["entity_type", "entity_id", "milestone"],
    "activity": ["activity_date", "entity_type"],
    "cohort_retention": ["entity_type", "cohort_by", "cohort", "months_since"],
    "lifecycle": ["period", "period_start", "entity_type", "state"],
    "user_profiles": ["user_id"],
    "account_profiles": ["account_id"],
    "event_inventory": ["event_name"],
    "tracking_incidents": ["event_name", "started_on"],
    "rejected_events": REJECTED_COLUMNS,
    "run_history": ["as_of"],
    "signals": ["entity_type", "entity_id", "signal", "opened_on"],
    "signal_history": ["run_id", "entity_type", "entity_id", "signal"],
    "account_risk": ["score_date", "account_id"],
    "published_risk": ["score_date", "account_id", "version"],
    "published_signals": ["score_date", "entity_type", "entity_id", "signal"],
    "account_priorities": ["account_id"],
}
#: What records the runs, and so differs between two ways to the same day: whole tables (None), or
#: columns of one.
RECORDS: dict[str, set[str] | None] = {
    "run_history": None,
    "published_scores": None,
    "published_risk": None,
    "published_signals": None,
    "score_validation": None,
    "signal_history": None,
    "score_changes": {"published_previous_score", "change_since_published", "correction_change"},
}
# The tables of entities, with the SQL of the entity's type and id in them.
SAMPLED_BY: dict[str, tuple[str, str]] = {
    "user_scores": ("'user'", "user_id"),
    "account_scores": ("'account'", "account_id"),
    "score_changes": ("entity_type", "entity_id"),
    "score_change_drivers": ("entity_type", "entity_id"),
    "score_contributions": ("'user'", "user_id"),
    "scored_event_days": ("'account'", "account_id"),
    "score_targets": ("'account'", "account_id"),
    "band_targets": ("'account'", "account_id"),
    "account_role_scores": ("'account'", "account_id"),
    "user_adoption": ("'user'", "user_id"),
    "account_adoption": ("'account'", "account_id"),
    "account_features": ("'account'", "account_id"),
    "user_activation": ("'user'", "user_id"),
    "account_activation": ("'account'", "account_id"),
    "activation_steps": ("entity_type", "entity_id"),
    "user_profiles": ("'user'", "user_id"),
    "account_profiles": ("'account'", "account_id"),
    "signals": ("entity_type", "entity_id"),
    "account_risk": ("'account'", "account_id"),
}


def expected_tables(
    settings: Settings, sample: int | None = None, seed: int = 0
) -> dict[str, pd.DataFrame]:
    """Table name -> expected rows, with the columns of the public table.

    With `sample`, the tables of one row per entity (and date) hold only about that many users and
    as many accounts, picked by a hash of their id and `seed`; all other tables are complete.
    """
    facts = gather(read_inputs(settings), read_seeds(settings.seeds), settings)
    return tables_of(facts, samples_of(facts, sample, seed))


def samples_of(facts: Facts, size: int | None, seed: int) -> dict[EntityType, Sample]:
    """A sample of about `size` entities of each type; everybody if None."""
    return {kind: Sample.about(size, len(facts.people.of(kind)), seed) for kind in ENTITY_TYPES}


@dataclass(frozen=True)
class _Measured:
    """What several tables are made of, of everybody.

    `account_rows` are those of account_scores, with day and entity as codes; `lost` is what the
    incidents took from entities.
    """

    scores: dict[EntityType, Scores]
    adoption: dict[EntityType, Adoption]
    activation: dict[EntityType, Activation]
    active_days: dict[EntityType, pd.DataFrame]
    use: AccountUse
    account_rows: pd.DataFrame
    account_activation: pd.DataFrame
    incidents: list[Incident]
    lost: dict[EntityType, pd.DataFrame]


def tables_of(facts: Facts, samples: dict[EntityType, Sample]) -> dict[str, pd.DataFrame]:
    """All expected tables."""
    keep = {kind: samples[kind].holds(facts.people.of(kind).index) for kind in ENTITY_TYPES}
    measured = _measure(facts)
    scores, adoption, activation = measured.scores, measured.adoption, measured.activation
    days = activity(facts)
    accounts = _account_profiles(measured, facts)
    states = _account_states(measured, facts)
    risk = states.risk
    told, held_back = _signals(measured, states, facts)
    return {
        "score_calibrations": score_calibrations(scores, facts),
        **_change_tables(measured, facts, keep),
        "segment_scores": segment_scores(scores, adoption, activation, facts),
        "score_distributions": score_distributions(scores, facts),
        "account_role_scores": account_role_scores(scores["user"], facts, keep["account"]),
        "score_outcomes": score_outcomes(scores["account"], facts),
        "feature_impact": feature_impact(
            scores["account"], measured.account_rows, adoption["account"], facts
        ),
        "product_scores": product_scores(scores, adoption, activation, days, facts),
        **_entity_tables(measured, facts, keep),
        **_target_tables(measured, facts, keep["account"]),
        "account_profiles": accounts[keep["account"]],
        "feature_adoption": feature_adoption(adoption, facts),
        "activity": days,
        "lifecycle": lifecycle(facts),
        "cohort_retention": cohort_retention(facts),
        "event_inventory": event_inventory(facts.intake, facts.seeds),
        "tracking_incidents": tracking_incidents(
            measured.incidents, measured.lost, held_back, facts
        ),
        "rejected_events": rejected_events(facts.intake),
        "run_history": run_counts(facts.intake),
        "signals": pd.concat([own[keep[kind][own["entity"]]] for kind, own in told.items()]).drop(
            columns="entity"
        ),
        "account_risk": risk.loc[keep["account"][risk["entity"]], RISK_COLUMNS],
        "account_priorities": account_priorities(
            pd.concat(told.values()), accounts, risk[risk["day"] == facts.history.as_of]
        ),
    }


def _measure(facts: Facts) -> _Measured:
    scores = {kind: score(kind, facts) for kind in ENTITY_TYPES}
    activation = {kind: activate(kind, facts) for kind in ENTITY_TYPES}
    active_days = {kind: active_days_of(kind, facts) for kind in ENTITY_TYPES}
    use = account_use(scores["user"], facts)
    everybody = np.ones(len(facts.people.accounts), dtype=np.bool_)
    rows = entity_scores("account", scores["account"], active_days["account"], facts, everybody)
    found = incidents(facts)
    return _Measured(
        scores=scores,
        adoption={kind: adopt(kind, facts) for kind in ENTITY_TYPES},
        activation=activation,
        active_days=active_days,
        use=use,
        account_rows=account_columns(rows, use, facts),
        account_activation=entity_activation("account", activation["account"], facts).assign(
            members=_members_on_as_of(facts),
            mean_user_activation_rate=mean_user_rate(activation["user"], facts),
        ),
        incidents=found,
        lost={kind: lost_points(kind, found, facts) for kind in ENTITY_TYPES},
    )


def _entity_tables(
    measured: _Measured, facts: Facts, keep: dict[EntityType, Flags]
) -> dict[str, pd.DataFrame]:
    """The tables of entities, for those to keep; but for account_profiles."""
    scores, adoption, activation = measured.scores, measured.adoption, measured.activation
    user_rows = entity_scores(
        "user", scores["user"], measured.active_days["user"], facts, keep["user"]
    )
    account_rows = measured.account_rows[keep["account"][measured.account_rows["entity"]]]
    user_activation = entity_activation("user", activation["user"], facts)
    steps = [activation_steps(kind, activation[kind], facts, keep[kind]) for kind in ENTITY_TYPES]
    users = user_profiles(_latest(user_rows, facts), user_activation, adoption["user"], facts)
    return {
        "user_scores": user_rows.drop(columns=["day", "entity"]),
        "account_scores": account_rows.drop(columns=["day", "entity"]),
        "user_adoption": entity_adoption("user", adoption["user"], facts, keep["user"]),
        "account_adoption": entity_adoption("account", adoption["account"], facts, keep["account"]),
        "account_features": account_features(adoption["account"], facts, keep["account"]),
        "user_activation": user_activation[keep["user"]],
        "account_activation": measured.account_activation[keep["account"]],
        "activation_steps": pd.concat(steps, ignore_index=True),
        "user_profiles": users[keep["user"]],
    }


def _account_profiles(measured: _Measured, facts: Facts) -> pd.DataFrame:
    return account_profiles(
        _latest(measured.account_rows, facts),
        _active_users_on_as_of(measured.use, facts),
        measured.account_activation,
        measured.adoption["account"],
        facts,
    )


def _account_states(measured: _Measured, facts: Facts) -> States:
    states = account_states(
        measured.scores["account"],
        measured.account_rows,
        measured.use,
        measured.adoption["account"],
        measured.activation["account"],
        facts,
    )
    return replace(states, risk=ranked(states))


def _signals(
    measured: _Measured, accounts: States, facts: Facts
) -> tuple[dict[EntityType, pd.DataFrame], dict[EntityType, pd.DataFrame]]:
    """The signals of every account and user, with entity as a code; and what is held back."""
    scores, adoption, activation = measured.scores, measured.adoption, measured.activation
    users = user_states(
        scores["user"], measured.active_days["user"], adoption["user"], activation["user"], facts
    )
    told: dict[EntityType, pd.DataFrame] = {}
    held_back: dict[EntityType, pd.DataFrame] = {}
    stands: dict[EntityType, pd.DataFrame] = {}
    for kind in ENTITY_TYPES:
        states = users if kind == "user" else accounts
        days = held(kind, states)
        is_back = is_held_back(days, states, measured.lost[kind])
        told[kind] = openings(kind, days[~is_back], facts)
        held_back[kind] = days[is_back]
        stands[kind] = days[~is_back]
    return with_actions(told, stands, facts), held_back


def _change_tables(
    measured: _Measured, facts: Facts, keep: dict[EntityType, Flags]
) -> dict[str, pd.DataFrame]:
    """Why scores moved: all but what depends on when they were published."""
    parts = contributions(facts)
    changes = {
        kind: score_changes(kind, measured.scores[kind], facts, keep[kind], measured.lost[kind])
        for kind in ENTITY_TYPES
    }
    drivers = [score_change_drivers(kind, parts, changes[kind], facts) for kind in ENTITY_TYPES]
    both = pd.concat(changes.values(), ignore_index=True)
    return {
        "score_changes": both.drop(columns=["day", "change_of_points"]),
        "score_change_drivers": pd.concat(drivers, ignore_index=True),
        "score_contributions": score_contributions(parts, facts, keep["user"]),
        "scored_event_days": scored_event_days(facts, keep["account"]),
    }


def _target_tables(measured: _Measured, facts: Facts, keep: Flags) -> dict[str, pd.DataFrame]:
    """What would bring the accounts to each band, and to the next one."""
    bands = band_targets(measured.account_rows, measured.scores["account"], facts, keep)
    return {
        "band_targets": bands,
        "score_targets": score_targets(bands, measured.account_rows, facts),
    }


def _latest(rows: pd.DataFrame, facts: Facts) -> pd.DataFrame:
    """The score rows of as_of."""
    return rows[rows["day"] == facts.history.as_of]


def _active_users_on_as_of(use: AccountUse, facts: Facts) -> pd.Series:
    """(accounts,): users active in the account in the window of as_of."""
    latest = use.active[use.active["score_date"] == facts.history.as_of]
    active_users = latest.set_index("entity")["active_users"]
    return active_users.reindex(range(len(facts.people.accounts)), fill_value=0)


def _members_on_as_of(facts: Facts) -> Ints:
    """(accounts,): members on as_of; nobody without an as_of."""
    as_of = facts.history.as_of
    dates = np.array([] if as_of is None else [as_of], dtype=np.int64)
    members: Ints = members_on(facts.spells, len(facts.people.accounts), dates).sum(axis=0)
    return members
