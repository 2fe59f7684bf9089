"""Risk: the ranking with and without a model, by hand; what a model has to show."""

import csv
import math
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from conftest import Company
from test_signals import AS_OF, LONG_AGO, Inputs

from engagement.errors import UsageError
from engagement.outcomes.risk_model import (
    Observations,
    RiskProposal,
    calibrate_risk,
    fit_model,
    propose_model,
    write_risk_proposal,
)

DATES = pd.date_range("2024-06-05", periods=18, freq="MS") + pd.Timedelta(days=6)
TERMS = ("score", "change", "days_silent")


def company_of_few(company: Company) -> None:
    """Six accounts, of which four are customers; a point a report, over a week."""
    company.score_reports()
    inputs = Inputs()
    inputs.account("busy", "busy_a", "busy_b")
    inputs.points("busy_a", 20, 20)
    inputs.account("fading", "fading_a", "fading_b", plan="basic")
    inputs.points("fading_a", 10, 5)
    inputs.account("longer")
    inputs.does("longer", "report", AS_OF - timedelta(days=40))
    inputs.account("never", created_at=f"{AS_OF - timedelta(days=60)} 09:00:00")
    inputs.account("trying", status="trial")
    inputs.points("trying", 1, 1)
    inputs.account("unsaid", status="")
    inputs.does("unsaid", "report", AS_OF - timedelta(days=10))
    inputs.write(company)


def ranked(company: Company, on: date = AS_OF) -> list[tuple[object, ...]]:
    return company.query(
        "select risk_rank, account_id, percentile_rank, days_since_active, reasons"
        f" from engagement.account_risk where score_date = '{on}' order by 1, 2"
    )


def test_without_a_model_the_lowest_score_comes_first_then_the_longest_silence(
    company: Company,
) -> None:
    company_of_few(company)
    company.build(only="account_risk", as_of=AS_OF)
    # Who never was active is silent since signup; without a status, who has points is a customer.
    assert ranked(company) == [
        (1, "never", 0.8, None, "a score of 0, never active"),
        (2, "longer", 0.6, 40, "a score of 0, last active 40 days ago"),
        (3, "unsaid", 0.4, 10, "a score of 0, last active 10 days ago, use down by 100 %"),
        (4, "fading", 0.2, 0, "a score of 6, active today, use down by 50 %"),
        (5, "busy", 0.0, 0, "a score of 21, active today"),
    ]
    assert company.query("select distinct probability from engagement.account_risk") == [(None,)]
    later = AS_OF + timedelta(days=10)
    company.build(only="account_risk", as_of=AS_OF)
    assert "unsaid" not in [account for _, account, *_ in ranked(company, later)]


def test_equals_share_a_rank(company: Company) -> None:
    company.score_reports()
    inputs = Inputs()
    for name in ("one", "two", "three"):
        inputs.account(name)
        inputs.points(name, 5, 2 if name == "three" else 3)
    inputs.write(company)
    company.build(only="account_risk", as_of=AS_OF)
    assert [row[:3] for row in ranked(company)] == [
        (1, "three", pytest.approx(2 / 3)),
        (2, "one", 0.0),
        (2, "two", 0.0),
    ]


def test_a_model_gives_probabilities_and_its_three_largest_reasons(company: Company) -> None:
    company_of_few(company)
    company.configure(
        "risk_coefficients",
        """version,term,coefficient
        v1,horizon_days,90
        v1,intercept,-1
        v1,score,-2
        v1,points_per_member,-0.5
        v1,change,-0.25
        v1,days_silent,0.3
        v1,breadth,-0.1
        v1,coverage,-1
        v1,age,0.01
        v1,plan:basic,0.7""",
    )
    company.build(as_of=AS_OF)
    created = date.fromisoformat(LONG_AGO[:10])
    # fading: 5 points of one of two members, 10 before, and so a score of 1 + 99 x 5 / 100.
    odds = (
        -1
        - 2 * 5.95 / 100
        - 0.5 * math.log(1 + 5 / 2)
        - 0.25 * (math.log(6) - math.log(11))
        - 0.1 * math.log(2)
        - 1 / 2
        + 0.01 * math.log(1 + (AS_OF - created).days)
        + 0.7
    )
    ((probability, reasons),) = company.query(
        "select probability, reasons from engagement.account_risk"
        f" where score_date = '{AS_OF}' and account_id = 'fading'"
    )
    assert probability == pytest.approx(1 / (1 + math.exp(-odds)), abs=1e-8)
    # Only the plan and the fall lie above the mean of the day, and the score below most others.
    assert reasons.startswith("on the plan basic, use down by 50 %")
    assert [row[1] for row in ranked(company)] == ["never", "longer", "unsaid", "fading", "busy"]
    assert company.differences(AS_OF) == []


def test_at_risk_takes_as_many_as_can_be_called_and_no_more_than_a_share(company: Company) -> None:
    company.score_reports()
    inputs = Inputs()
    for number in range(40):
        inputs.account(f"a{number:02}")
        inputs.points(f"a{number:02}", 60, 20 + number)
    inputs.account("gone")
    inputs.does("gone", "report", AS_OF - timedelta(days=28))
    inputs.write(company)
    rules = (company.seeds / "signal_rules.csv").read_text()

    def told(budget: int, share: float) -> list[str]:
        rows = list(csv.DictReader(rules.splitlines()))
        for row in rows:
            if row["signal"] == "at_risk":
                row.update(alert_budget=str(budget), max_share=str(share))
        pd.DataFrame(rows).to_csv(company.seeds / "signal_rules.csv", index=False)
        company.build(only="signals", as_of=AS_OF)
        return [
            account
            for (account,) in company.query(
                "select entity_id from engagement.signals where signal = 'at_risk' and is_open"
                " order by measured_value"
            )
        ]

    assert told(3, 0.5) == ["a00", "a01", "a02"]
    # A tenth of the 40 that are still in use; the one that is not has a signal of its own.
    assert told(25, 0.1) == ["a00", "a01", "a02", "a03"]
    assert company.query(
        "select entity_id from engagement.signals where signal = 'gone_inactive' and is_open"
    ) == [("gone",)]


# -- the model ----------------------------------------------------------------------------------


def observed(effect: float, accounts: int = 400, seed: int = 1) -> pd.DataFrame:
    """int_outcomes with int_outcome_risk; the change alone says who leaves."""
    rng = np.random.default_rng(seed)
    level = rng.normal(size=accounts)
    rows = []
    for day in DATES:
        score = 50 + 10 * level + rng.normal(0, 5, accounts)
        change = rng.normal(size=accounts)
        silent = rng.integers(0, 20, accounts)
        left = rng.random(accounts) < 1 / (1 + np.exp(2.2 + effect * change))
        rows.append(
            pd.DataFrame(
                {
                    "score_date": day,
                    "account_id": [f"{number:04}" for number in range(accounts)],
                    "horizon_days": 30,
                    "plan": np.where(np.arange(accounts) % 2, "pro", "basic"),
                    "score": score,
                    "days_silent": silent,
                    "score_term": score / 100,
                    "change_term": change,
                    "days_silent_term": np.log1p(silent),
                    "is_churned": left,
                }
            )
        )
    return pd.concat(rows, ignore_index=True)


def proposed(effect: float, **options: int) -> RiskProposal:
    return propose_model(observed(effect, **options), "v1", minimum=20, draws=200)


def test_a_model_that_ranks_better_is_proposed(tmp_path: Path) -> None:
    proposal = proposed(1.0)
    assert proposal.is_better()
    assert proposal.sentence().startswith("On later dates the model ranks better than score and")
    rows = proposal.coefficients
    found = dict(zip(rows["term"], rows["coefficient"], strict=True))
    assert found["change"] == pytest.approx(-1.0, abs=0.15)
    assert found["intercept"] == pytest.approx(-2.2, abs=0.8)
    assert abs(found["plan:pro"]) < 0.2
    tenths = proposal.reliability
    inside = tenths["expected"].between(tenths["lower_bound"], tenths["upper_bound"])
    assert inside.sum() >= 8
    assert proposal.brier[0] < proposal.brier[1]
    lines = list(csv.DictReader(write_risk_proposal(tmp_path, proposal).open()))
    assert {row["version"] for row in lines} == {"v1"}
    assert [row["term"] for row in lines] == [
        "horizon_days",
        "intercept",
        *TERMS,
        "plan:basic",
        "plan:pro",
    ]
    assert float(lines[3]["coefficient"]) == pytest.approx(found["change"])


def test_where_the_data_say_nothing_no_model_is_written(tmp_path: Path) -> None:
    proposals = [proposed(0.0, accounts=200, seed=seed) for seed in range(6)]
    assert sum(proposal.is_better() for proposal in proposals) <= 1
    undecided = next(proposal for proposal in proposals if not proposal.is_better())
    with pytest.raises(UsageError, match=r"cannot tell.*Nothing is written"):
        write_risk_proposal(tmp_path / "new", undecided)
    assert not (tmp_path / "new").exists()


def test_a_model_does_not_depend_on_the_units_or_the_order_of_its_rows() -> None:
    rows = observed(1.0, accounts=150)
    shuffled = rows.sample(frac=1, random_state=3).assign(
        change_term=lambda frame: 10 * frame["change_term"]
    )
    one, ten = (fit_model(Observations.of(frame)) for frame in (rows, shuffled))
    assert ten.coefficients[1] == pytest.approx(one.coefficients[1] / 10)
    assert ten.intercept == pytest.approx(one.intercept)


def test_too_few_leavers_are_refused() -> None:
    with pytest.raises(UsageError, match="Too few outcomes to learn from"):
        proposed(1.0, accounts=20)


def test_what_has_been_built_is_read(simulated: Company) -> None:
    with pytest.raises(UsageError, match="Too few outcomes to learn from"):
        calibrate_risk(simulated.settings(), 90)
    with pytest.raises(UsageError, match="Outcomes of 91 days are not followed: name one of the"):
        calibrate_risk(simulated.settings(), 91)
