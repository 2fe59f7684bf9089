"""Suggested weights: what data with a known truth make of them, and what they leave alone."""

import csv
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from conftest import Company

from engagement.errors import UsageError
from engagement.outcomes.calibrate import EVENT_COUNTS, Proposal, calibrate, propose, write_proposal
from engagement.runner import read
from engagement.tables import analysis

WEIGHTS = {"matters": 1.0, "decoy": 5.0, "annoys": 1.0}
VERSION = {"version": "v1", "winsor_percentile": "0.9", "curvature": "2"}
DATES = pd.date_range("2025-01-05", periods=12, freq="MS") + pd.Timedelta(days=6)


def observed(
    effects: dict[str, float], accounts: int = 400, seed: int = 3
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """int_outcomes and counts: the log-odds of churn fall by an effect per event and member.

    Accounts differ in size tenfold, which says nothing.
    """
    rng = np.random.default_rng(seed)
    rows, counts = [], []
    members = rng.integers(1, 11, accounts)
    levels = {name: rng.gamma(2, 2, accounts) for name in WEIGHTS}
    for day in DATES:
        each = {name: rng.poisson(level) for name, level in levels.items()}
        odds = -1.5 - sum(effects.get(name, 0) * (each[name] - 4) for name in WEIGHTS)
        churned = rng.random(accounts) < 1 / (1 + np.exp(-odds))
        for account in range(accounts):
            done = {name: int(each[name][account] * members[account]) for name in WEIGHTS}
            key = {"score_date": day.date(), "account_id": f"{account:04}"}
            counts += [
                {**key, "event_name": name, "counted": float(number)}
                for name, number in done.items()
                if number
            ]
            points = sum(WEIGHTS[name] * number for name, number in done.items())
            rows.append(
                {
                    **key,
                    "horizon_days": 30,
                    "plan": "pro",
                    "members": int(members[account]),
                    "score": float(points),
                    "points": float(points),
                    "events": sum(done.values()),
                    "distinct_events": sum(number > 0 for number in done.values()),
                    "active_days": int(min(28, sum(done.values()))),
                    "days_since_active": 0,
                    "mrr_before": 100.0,
                    "is_churned": bool(churned[account]),
                }
            )
    return pd.DataFrame(rows), pd.DataFrame(counts)


def proposed(effects: dict[str, float], **options: Any) -> Proposal:
    rows, counts = observed(effects, **options)
    return propose(rows, counts, WEIGHTS, VERSION, "churned", minimum=20, draws=100)


def by_event(proposal: Proposal, column: str) -> dict[str, Any]:
    return dict(zip(proposal.events["event_name"], proposal.events[column], strict=True))


def test_the_event_that_matters_gets_the_largest_weight() -> None:
    proposal = proposed({"matters": 0.5})
    weights, verdicts = by_event(proposal, "proposed_weight"), by_event(proposal, "verdict")
    assert weights["matters"] == 10
    assert weights["decoy"] < 2
    assert verdicts["matters"] == "raise" and verdicts["decoy"] == "lower"
    assert proposal.events["event_name"].iloc[0] == "matters"
    assert proposal.gain[1] > 0
    assert proposal.sentence().startswith("On later dates the proposed weights do better")
    aucs = proposal.comparison.set_index("predictor")["auc"]
    assert aucs["proposed weights"] == aucs.max() > 0.6


def test_where_the_data_say_nothing_the_weights_stay() -> None:
    """One interval in twenty is wrong: of the 18 of six companies hardly more than two."""
    proposals = [proposed({}, accounts=200, seed=seed) for seed in range(6)]
    moved = 0
    for proposal in proposals:
        weights, verdicts = by_event(proposal, "proposed_weight"), by_event(proposal, "verdict")
        kept = {name for name in WEIGHTS if verdicts[name] == "keep"}
        assert {name: weights[name] for name in kept} == {name: WEIGHTS[name] for name in kept}
        moved += len(WEIGHTS) - len(kept)
    assert moved <= 3
    assert sum(proposal.gain[1] > 0 for proposal in proposals) <= 1
    assert (
        sum(proposal.sentence().startswith("The data cannot tell") for proposal in proposals) >= 4
    )
    scales = [(proposal.percentile, proposal.curvature) for proposal in proposals]
    assert scales.count((0.9, 2)) >= 5


def test_weights_that_are_right_stay_in_their_proportions() -> None:
    effects = {name: 0.05 * weight for name, weight in WEIGHTS.items()}
    assert by_event(proposed(effects, accounts=800), "proposed_weight") == WEIGHTS


def test_what_goes_before_the_opposite_gets_0_and_a_warning() -> None:
    proposal = proposed({"matters": 0.5, "decoy": 0.3, "annoys": -0.5})
    assert by_event(proposal, "proposed_weight")["annoys"] == 0
    (warning,) = proposal.warnings()
    assert warning.startswith("annoys predicts the opposite outcome: its weight is 0")


def test_points_that_go_before_the_opposite_leave_all_weights(tmp_path: Path) -> None:
    proposal = proposed({"decoy": -0.5})
    assert by_event(proposal, "proposed_weight") == WEIGHTS
    assert proposal.warnings()[-1].startswith("The points in force predict the opposite outcome")


def test_too_few_outcomes_are_one_sentence() -> None:
    with pytest.raises(UsageError, match=r"Too few outcomes to learn from: \d+ accounts churned"):
        proposed({"matters": 0.5}, accounts=15)


def test_what_is_learnt_early_was_known_before_the_late_dates() -> None:
    """Outcomes of the early dates may say anything of the late ones, and the other way round."""
    rows, counts = observed({"matters": 0.5})
    before = propose(rows, counts, WEIGHTS, VERSION, "churned", minimum=20, draws=100)
    days = pd.to_datetime(rows["score_date"])
    ends = (days + pd.Timedelta(days=30)).dt.to_period("M").dt.end_time
    first_late = pd.Timestamp(before.first_late_date)
    unknown = (ends >= first_late) & (days < first_late)
    assert unknown.any()
    changed = rows.assign(is_churned=rows["is_churned"] ^ unknown)
    after = propose(changed, counts, WEIGHTS, VERSION, "churned", minimum=20, draws=100)
    pd.testing.assert_frame_equal(after.comparison, before.comparison)


def test_counts_times_weights_are_the_points(simulated: Company) -> None:
    counts = read(simulated.settings(), analysis(simulated.settings(), EVENT_COUNTS))
    with (simulated.seeds / "event_weights.csv").open() as file:
        weights = {row["event_name"]: float(row["weight"]) for row in csv.DictReader(file)}
    worth = counts["counted"] * counts["event_name"].map(weights).fillna(0)
    points = worth.groupby([counts["score_date"], counts["account_id"]]).sum()
    scored = {
        (day, account): float(value)
        for day, account, value in simulated.query(
            "select score_date, account_id, points from engagement.account_scores"
        )
    }
    assert len(points) > 100
    expected = [scored.get((day, account), 0.0) for day, account in points.index.to_list()]
    assert points.to_list() == pytest.approx(expected, rel=1e-9)


def test_a_proposal_is_rows_to_add_to_the_seeds(simulated: Company, tmp_path: Path) -> None:
    settings = simulated.settings()
    before = {file.name: file.read_bytes() for file in simulated.seeds.iterdir()}
    proposal = proposed({"matters": 0.5})
    write_proposal(tmp_path / "out", settings, proposal, "v2")
    with pytest.raises(UsageError, match="The version v1 already exists"):
        write_proposal(tmp_path / "other", settings, proposal, "v1")
    assert {file.name: file.read_bytes() for file in simulated.seeds.iterdir()} == before
    with (tmp_path / "out" / "scoring_versions.csv").open() as file:
        (version,) = csv.DictReader(file)
    assert version["version"] == "v2" and version["valid_from"] == ""
    assert version["window_days"] == "28"
    with (tmp_path / "out" / "event_weights.csv").open() as file:
        rows = {row["event_name"]: row for row in csv.DictReader(file)}
    assert set(rows) >= {"matters", "comment_added"}
    assert float(rows["matters"]["weight"]) == 10
    assert rows["matters"]["counts_as_active"] == "false"
    assert {row["version"] for row in rows.values()} == {"v2"}
    assert rows["comment_added"]["weight"] == "2" and rows["comment_added"]["daily_cap"] == "40"


def test_an_outcome_that_is_not_followed_is_refused(simulated: Company) -> None:
    with pytest.raises(
        UsageError, match=r"The outcome bought is not followed for 90 days: name one of"
    ):
        calibrate(simulated.settings(), "bought", 90)
    with pytest.raises(UsageError, match="Too few outcomes to learn from"):
        calibrate(simulated.settings(), "churned", 90)
