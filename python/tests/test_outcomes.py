"""What became of the accounts that scored so: by hand, and never with a look ahead."""

import itertools
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from conftest import Company, event
from scipy.stats import spearmanr
from sklearn.metrics import roc_auc_score

from engagement.errors import UsageError
from engagement.outcomes.calibrate import calibrate
from engagement.outcomes.evaluate import (
    RETENTION,
    RETENTION_QUERY,
    evaluate,
    retention_rows,
    risk_rows,
    sentences,
    validation_rows,
)
from engagement.outcomes.predictive_metrics import (
    Forecast,
    Panel,
    kaplan_meier,
    measures,
    simultaneous,
)
from engagement.runner import read
from engagement.tables import analysis

SCORED, AS_OF = date(2026, 4, 5), date(2026, 6, 30)
MARCH, APRIL, MAY, JUNE = (f"2026-{month:02}-01" for month in (3, 4, 5, 6))
#: What evaluate reads and calibrate.
EVALUATION = "score_validation score_outcomes int_outcome_risk"
REPORTS = {"grows": 40, "stays": 30, "shrinks": 20, "leaves": 10, "gone": 5, "trial": 5}


@pytest.fixture
def small(company: Company) -> Company:
    """Scores of 1 + 99 x points / 100, over a week; every account reports on the score date."""
    return configured(company)


@pytest.fixture(scope="module")
def built(workshop: Path) -> Company:
    """The same company, built once with all of dbt's tests; only to be read."""
    company = configured(Company(workshop).reset())
    build(company, tests=True)
    return company.kept_as("outcomes")


def configured(company: Company) -> Company:
    company.score_reports()
    company.configure("score_bands", "band,min_score\nlow,0\nhigh,25")
    company.configure("key_features", "feature,event_name,launched_on,plans")
    company.configure(
        "activation_milestones",
        "milestone,entity_type,event_name,min_count,within_days,position",
    )
    company.write("events", reports(REPORTS, SCORED) + reports({"grows": 1}, AS_OF))
    company.write(
        "accounts",
        [
            {"account_id": "leaves", "status": "churned"},
            {"account_id": "trial", "status": "trial"},
            {"account_id": "left_before", "status": "churned"},
        ],
    )
    company.write(
        "account_history",
        [{"account_id": "left_before", "valid_from": "2026-04-02", "status": "churned"}],
    )
    company.write("subscriptions", SUBSCRIPTIONS)
    return company


def reports(counts: dict[str, int], day: date) -> list[dict[str, Any]]:
    """So many reports of a user of each account on a day, and one event without a weight."""
    return [
        event(f"{name}{day}{number}", kind, f"user of {name}", f"{day} 09:00", account_id=name)
        for name, count in counts.items()
        for number in range(count + 1)
        for kind in ["report" if number else "page_viewed"]
    ]


def paid(account: str, **months: float) -> list[dict[str, Any]]:
    """Rows of subscriptions: march=100."""
    starts = {"march": MARCH, "april": APRIL, "may": MAY, "june": JUNE}
    return [
        {"account_id": account, "month": starts[month], "mrr": mrr} for month, mrr in months.items()
    ]


SUBSCRIPTIONS = [
    *paid("grows", march=100, april=100, may=150, june=150),
    *paid("stays", march=100, april=100, may=100, june=100),
    *paid("shrinks", march=100, april=90, may=60, june=60),
    *paid("leaves", march=100, april=100),
    *paid("gone", march=100),
    *paid("trial", march=100, april=100, may=100),
    *paid("left_before", march=100, april=100),
    *paid("came_late", april=100, may=100),
]


def build(
    company: Company, *arguments: str, only: str = "score_outcomes", tests: bool = False
) -> None:
    settings: dict[str, Any] = {"min_segment_size": 1, "outcome_horizons": [30]}
    company.build(*arguments, only=only, as_of=AS_OF, tests=tests, **settings)
    assert company.differences(as_of=AS_OF, **settings) == []


def outcomes(company: Company, group_by: str, day: date = SCORED) -> dict[tuple[str, str], Any]:
    """(group, outcome) -> accounts, those with the outcome, the rate."""
    return {
        (group, outcome): figures
        for group, outcome, *figures in company.query(
            "select group_value, outcome, accounts, outcome_accounts, round(outcome_rate, 9)"
            f" from engagement.score_outcomes where group_by = '{group_by}'"
            f" and score_date = '{day}'"
        )
    }


def test_an_outcome_compares_the_month_before_with_that_of_the_horizon(built: Company) -> None:
    assert outcomes(built, "all") == {
        ("all", "retained"): [4, 3, 0.75],
        ("all", "churned"): [4, 1, 0.25],
        ("all", "expanded"): [4, 1, 0.25],
        ("all", "contracted"): [4, 1, 0.25],
        ("all", "revenue_growth"): [4, None, -0.225],
    }


def test_trials_and_who_has_left_or_just_come_are_no_part_of_it(built: Company) -> None:
    accounts = built.query(
        "select account_id, score, events, distinct_events, active_days, days_since_active"
        f" from engagement_internal.int_outcomes where score_date = '{SCORED}' order by score"
    )
    assert [(name, round(score, 9), *rest) for name, score, *rest in accounts] == [
        ("leaves", 10.9, 11, 2, 1, 0),
        ("shrinks", 20.8, 21, 2, 1, 0),
        ("stays", 30.7, 31, 2, 1, 0),
        ("grows", 40.6, 41, 2, 1, 0),
    ]


def test_outcomes_by_band_and_by_tenth(built: Company) -> None:
    bands = outcomes(built, "band")
    assert bands["low", "churned"] == [2, 1, 0.5]
    assert bands["high", "churned"] == [2, 0, 0]
    tenths = outcomes(built, "decile")
    assert {tenth: figures for (tenth, name), figures in tenths.items() if name == "churned"} == {
        "1": [1, 1, 1],
        "3": [1, 0, 0],
        "6": [1, 0, 0],
        "8": [1, 0, 0],
    }


def test_an_outcome_is_not_known_before_its_month_is_over(small: Company) -> None:
    build(small, only="")
    dates = "select distinct score_date from engagement.score_outcomes order by all"
    assert small.query(dates) == [(SCORED,), (date(2026, 5, 3),)]
    small.write("subscriptions", [row for row in SUBSCRIPTIONS if row["month"] != JUNE])
    build(small, only="")
    assert small.query(dates) == [(SCORED,)]


def test_an_account_that_did_nothing_scores_0_and_has_its_last_day(built: Company) -> None:
    (quiet,) = built.query(
        "select score, band, events, active_days, days_since_active"
        " from engagement_internal.int_outcomes"
        " where score_date = '2026-05-03' and account_id = 'stays'"
    )
    assert quiet == (0, "inactive", 0, 0, 28)


def test_what_comes_after_a_score_date_changes_nothing_known_on_it(small: Company) -> None:
    known = (
        "select account_id, score, points, band, events, distinct_events, active_days,"
        " days_since_active, mrr_before from engagement_internal.int_outcomes"
        f" where score_date = '{SCORED}' order by all"
    )
    build(small)
    before = small.query(known)
    after = SCORED + timedelta(days=1)
    small.write(
        "events",
        reports(REPORTS, SCORED) + reports({"leaves": 90, "new": 90}, after),
    )
    small.write("subscriptions", [*SUBSCRIPTIONS, *paid("leaves", may=900, june=900)])
    build(small, "--full-refresh")
    assert small.query(known) == before
    assert outcomes(small, "all")["all", "churned"] == [4, 0, 0]


def test_a_late_event_moves_the_date_that_sees_it(small: Company) -> None:
    rows = reports(REPORTS, SCORED) + reports({"grows": 1}, AS_OF)
    loaded = [{**row, "loaded_at": row["occurred_at"]} for row in rows]
    loaded[-1]["loaded_at"] = f"{AS_OF + timedelta(days=1)} 01:00"
    small.write("events", loaded)
    build(small, only="")
    late = {**rows[1], "event_id": "late", "loaded_at": f"{AS_OF + timedelta(days=1)} 23:00"}
    small.write("events", [*loaded, late])
    build(small, only="")
    assert small.query(
        "select account_id, events from engagement_internal.int_outcomes"
        f" where score_date = '{SCORED}' order by events desc limit 1"
    ) == [("grows", 42)]


def test_an_account_that_only_pays_is_followed(small: Company) -> None:
    """No row of accounts, no event, now or later: it must not depend on whether it lives on."""
    small.write("subscriptions", [*SUBSCRIPTIONS, *paid("silent", march=50, april=50)])
    build(small)
    assert outcomes(small, "all")["all", "churned"] == [5, 2, 0.4]
    assert outcomes(small, "band")["inactive", "churned"] == [1, 1, 1]


def test_who_cancels_later_in_the_month_has_churned(small: Company) -> None:
    cancelled = {"account_id": "stays", "month": "2026-04-20", "mrr": 0}
    rows = [row for row in SUBSCRIPTIONS if row["account_id"] != "stays" or row["month"] < MAY]
    small.write("subscriptions", [*rows, cancelled])
    build(small)
    assert outcomes(small, "all")["all", "churned"] == [4, 2, 0.5]


def test_a_contract_that_ended_as_agreed_is_neither_churned_nor_retained(small: Company) -> None:
    """One contract of `stays` ended as agreed and the other did not; `grows` has a new one;
    `shrinks` pays nothing in May, and again in June; `leaves` is left out from May on."""
    april, may, june = APRIL, MAY, JUNE
    rows = [
        (account, subscription, month, month == ended)
        for account, subscription, ended, months in (
            ("leaves", "1", april, (MARCH, april)),
            ("stays", "1", april, (MARCH, april)),
            ("stays", "2", None, (MARCH, april)),
            ("grows", "1", april, (MARCH, april, may, june)),
            ("shrinks", "1", None, (MARCH, april, june)),
        )
        for month in months
    ]
    names = ("account_id", "subscription_id", "month", "ended_as_agreed")
    small.write("subscriptions", [{**dict(zip(names, row, strict=True)), "mrr": 9} for row in rows])
    settings: dict[str, Any] = {"outcome_horizons": [30, 60], "min_segment_size": 1}
    outcome = small.build(only="score_outcomes", as_of=AS_OF, tests=True, **settings)
    assert not [node.name for node in outcome.warnings if "subscriptions" in node.name]
    assert small.query(
        "select horizon_days, account_id, is_retained from engagement_internal.int_outcomes"
        f" where score_date = '{SCORED}' order by all"
    ) == [
        *((30, "grows", True), (30, "shrinks", False), (30, "stays", False)),
        *((60, "grows", True), (60, "shrinks", True), (60, "stays", False)),
    ]
    assert small.differences(as_of=AS_OF, **settings) == []


def test_an_agreed_end_of_what_pays_nothing_is_a_warning(small: Company) -> None:
    row = {"account_id": "leaves", "month": MAY, "mrr": 0, "ended_as_agreed": True}
    rows = [{"ended_as_agreed": False, **one} for one in SUBSCRIPTIONS]
    small.write("subscriptions", [*rows, row])
    outcome = small.build(only="score_outcomes", as_of=AS_OF, tests=True)
    assert [node.name for node in outcome.warnings if "subscriptions" in node.name] == [
        "subscriptions_are_told_apart"
    ]


@pytest.mark.parametrize("missing", [None, "NaN", "inf", "much"])
def test_revenue_that_is_missing_is_unknown_not_churn(small: Company, missing: str | None) -> None:
    rows = [
        {
            **row,
            "mrr": missing if row["account_id"] == "stays" and row["month"] == MAY else row["mrr"],
        }
        for row in SUBSCRIPTIONS
    ]
    small.write("subscriptions", rows)
    build(small)
    assert outcomes(small, "all")["all", "churned"][:2] == [3, 1]


@pytest.mark.parametrize("horizons", [[7], [], ["90"], [45.5], [30, 30], {30: 1}, "30"])
def test_horizons_that_cannot_be_are_refused(small: Company, horizons: Any) -> None:
    with pytest.raises(UsageError, match=r"outcome_horizons is .*: write a list of days"):
        small.build("--select", "int_outcome_dates", as_of=AS_OF, outcome_horizons=horizons)


def observed(rows: list[dict[str, Any]]) -> pd.DataFrame:
    """Rows of int_outcomes at one date and horizon; what they lack is as for everybody."""
    everybody = {
        "score_date": SCORED,
        "horizon_days": 90,
        "score": 50.0,
        "points": 70.0,
        "members": 7,
        "events": 9,
        "distinct_events": 4,
        "active_days": 3,
        "days_since_active": 2,
        "mrr_before": 100.0,
        "mrr_after": 100.0,
    }
    frame = pd.DataFrame([{**everybody, **row} for row in rows])
    before, after = frame["mrr_before"], frame["mrr_after"]
    return frame.assign(
        is_retained=after > 0,
        is_churned=after == 0,
        is_expanded=after > before,
        is_contracted=(after > 0) & (after < before),
        revenue_growth_rate=after / before - 1,
    )


def figures(rows: pd.DataFrame, **key: str) -> dict[str, float]:
    """measure -> value of one outcome and predictor."""
    for column, value in key.items():
        rows = rows[rows[column] == value]
    return dict(zip(rows["measure"], rows["value"], strict=True))


def test_measures_of_one_date_are_those_of_the_libraries() -> None:
    frame = observed(
        [
            {
                "account_id": f"account {number}",
                "score": float(number * 37 % 50),
                "points": float(number * 11 % 13),
                "members": number % 4,
                "mrr_before": 100.0 + number % 3,
                "days_since_active": number % 5 or None,
                "mrr_after": float(number * number * 7 % 5 * 50),
            }
            for number in range(60)
        ]
    )
    rows = validation_rows(frame, [90], min_accounts_with_outcome=5, draws=100)
    predictors = {
        "score": frame["score"],
        "recency": -frame["days_since_active"].astype(float).fillna(99),
        "points_per_member": frame["points"] / frame["members"].clip(lower=1),
        "members": frame["members"],
    }
    for predictor, values in predictors.items():
        for outcome, sign in (("retained", 1), ("churned", -1), ("expanded", 1)):
            found = figures(rows, outcome=outcome, predictor=predictor)
            happened = frame[f"is_{outcome}"]
            assert found["auc"] == pytest.approx(roc_auc_score(happened, sign * values))
            assert found["spearman"] == pytest.approx(spearmanr(values, happened)[0])
        growth = figures(rows, outcome="revenue_growth", predictor=predictor)
        expected = spearmanr(values, frame["revenue_growth_rate"])[0]
        assert growth["spearman"] == pytest.approx(expected)
    by_revenue = figures(rows, outcome="churned", predictor="mrr")
    expected = roc_auc_score(frame["is_churned"], -frame["mrr_before"])
    assert by_revenue["auc"] == pytest.approx(expected)
    measured = rows[rows["value"].notna()]
    assert (measured["lower_bound"] <= measured["upper_bound"]).all()


def test_a_lift_is_the_rate_in_a_tenth_over_the_rate_of_all() -> None:
    """Of 20 accounts 5 churn: one of the two with the lowest scores, none of the two highest.
    The least events are shared by 4, 3 of whom churn: half of each is in the tenth."""
    frame = observed(
        [
            {
                "account_id": f"account {number}",
                "score": number,
                "events": 1 if number < 4 else 9,
                "mrr_after": 0 if number in (1, 2, 3, 10, 11) else 100,
            }
            for number in range(20)
        ]
    )
    rows = validation_rows(frame, [90], min_accounts_with_outcome=5, draws=100)
    by_score = figures(rows, outcome="churned", predictor="score")
    assert by_score["bottom_decile_lift"] == pytest.approx(0.5 / 0.25)
    assert by_score["top_decile_lift"] == 0
    assert figures(rows, outcome="retained", predictor="score")["bottom_decile_lift"] == (
        pytest.approx(0.5 / 0.75)
    )
    by_events = figures(rows, outcome="churned", predictor="events")
    assert by_events["bottom_decile_lift"] == pytest.approx(0.75 / 0.25)


def test_an_account_drawn_twice_counts_as_two() -> None:
    """Of one date, under weights, the measures are those of the libraries on repeated rows."""
    rng = np.random.default_rng(5)
    values, growth = rng.integers(0, 9, 40).astype(float), rng.integers(-2, 3, 40).astype(float)
    for often in (0.3, 0.7):
        left = rng.random(40) < often
        panel = Panel(np.zeros(40, dtype=int), np.arange(40), {"left": left}, {"growth": growth})
        times = rng.poisson(1, (40, 3)).astype(np.float32)
        found = measures(panel, {"score": values}, times)
        for draw, counts in enumerate(times.T.astype(int)):
            repeated, came, grew = (np.repeat(column, counts) for column in (values, left, growth))
            drawn = {
                key[1:]: pytest.approx(figure[draw], rel=1e-5) for key, figure in found.items()
            }
            assert roc_auc_score(came, repeated) == drawn["left", "auc"]
            assert spearmanr(repeated, came)[0] == drawn["left", "spearman"]
            assert spearmanr(repeated, grew)[0] == drawn["growth", "spearman"]


def test_pairs_are_compared_within_a_date_only() -> None:
    """In March all score lower and more churn; within each date the score says nothing."""
    frame = observed(
        [
            {
                "account_id": f"account {number}",
                "score_date": day,
                "score": level,
                "mrr_after": 0 if number < churned else 100,
            }
            for day, level, churned in ((date(2026, 3, 8), 10.0, 20), (SCORED, 90.0, 5))
            for number in range(30)
        ]
    )
    found = figures(
        validation_rows(frame, [90], min_accounts_with_outcome=5, draws=100),
        outcome="churned",
        predictor="score",
    )
    assert found["auc"] == 0.5
    assert pd.isna(found["spearman"])


def test_an_interval_draws_accounts_not_their_dates() -> None:
    """The same accounts on 20 dates say no more than on one: the interval is about as wide."""
    one = [
        {"account_id": f"{number}", "score": number * 7 % 40, "mrr_after": 100 * (number % 3 > 0)}
        for number in range(40)
    ]
    many = [
        {**row, "score_date": SCORED + timedelta(weeks=week)} for week in range(20) for row in one
    ]
    widths = []
    for rows in (one, many):
        table = validation_rows(observed(rows), [90], min_accounts_with_outcome=5, draws=500)
        (auc,) = table.query(
            "outcome == 'churned' and predictor == 'score' and measure == 'auc'"
        ).to_dict("records")
        widths.append(auc["upper_bound"] - auc["lower_bound"])
    assert 0.8 < widths[1] / widths[0] < 1.2


def judged(rows: list[dict[str, Any]], draws: int = 300) -> pd.DataFrame:
    return validation_rows(observed(rows), [90], min_accounts_with_outcome=5, draws=draws)


def verdicts(rows: pd.DataFrame, outcome: str = "churned") -> dict[str, str]:
    told = rows[(rows["outcome"] == outcome) & rows["measure"].str.endswith("_difference")]
    return dict(zip(told["predictor"], told["verdict"], strict=True))


#: 60 accounts, of which every third churns: a column says who with more or less noise.
def telling(noise: float, sign: int = 1, seed: int = 1) -> list[float]:
    rng = np.random.default_rng(seed)
    return [round(sign * (number % 3 > 0) + noise * float(rng.normal()), 6) for number in range(60)]


def company_of(**columns: list[float]) -> list[dict[str, Any]]:
    """Accounts whose columns are given; without a word, all are alike."""
    return [
        {
            "account_id": f"{number:02}",
            "mrr_after": 100 * (number % 3 > 0),
            **{name: values[number] for name, values in columns.items()},
        }
        for number in range(60)
    ]


def test_the_score_is_compared_with_each_simple_rule() -> None:
    noisy, sharp, wrong = telling(1), telling(0.01), telling(1, -1)
    revenue = [200 + value for value in sharp]
    rows = judged(company_of(score=noisy, events=sharp, active_days=wrong, mrr_before=revenue))
    assert verdicts(rows) == {
        "chance": "better",
        "events": "worse",
        "active_days": "better",
        "distinct_events": "better",
        "points_per_member": "better",
        "recency": "better",
        "members": "better",
        "mrr": "worse",
    }
    aucs = rows.query("outcome == 'churned' and measure == 'auc'").set_index("predictor")["value"]
    differences = rows.query("outcome == 'churned' and measure == 'auc_difference'")
    for row in differences.to_dict("records"):
        baseline = 0.5 if row["predictor"] == "chance" else aucs[row["predictor"]]
        assert row["value"] == pytest.approx(aucs["score"] - baseline)


def test_a_difference_is_drawn_in_pairs() -> None:
    """A rule that ranks almost as the score does differs by almost nothing, and surely so."""
    score = telling(1)
    close = [value + 0.01 * (number % 2) for number, value in enumerate(score)]
    rows = judged(company_of(score=score, events=close))
    told = rows[(rows["outcome"] == "churned") & (rows["predictor"] == "events")]
    widths = dict(zip(told["measure"], told["upper_bound"] - told["lower_bound"], strict=True))
    assert widths["auc_difference"] < widths["auc"] / 5


def test_a_score_that_predicts_the_opposite_is_said_to() -> None:
    rows = judged(company_of(score=telling(0.4, -1), events=telling(0.4, -1, seed=2)))
    assert set(verdicts(rows).values()) == {"reverse"}
    assert sentences(rows)[0] == "Churned within 90 days: the score predicts the opposite."


def test_a_constant_score_cannot_be_told_from_chance() -> None:
    rows = judged(company_of())
    assert set(verdicts(rows).values()) == {"cannot_tell"}
    (differences,) = (
        rows.query("outcome == 'churned' and measure == 'auc_difference'")[
            ["value", "lower_bound", "upper_bound"]
        ]
        .drop_duplicates()
        .to_numpy()
        .tolist()
    )
    assert differences == [0, 0, 0]


def test_the_sentences_say_first_what_is_better_than_the_score() -> None:
    found = [
        (outcome, days, baseline, verdict)
        for outcome, days, verdict_of in (
            ("churned", 30, ("better", "cannot_tell")),
            ("churned", 90, ("better", "cannot_tell")),
            ("churned", 180, (None, None)),
            ("retained", 30, ("worse", "worse")),
            ("expanded", 30, ("better", "worse")),
            ("revenue_growth", 30, ("cannot_tell", "cannot_tell")),
        )
        for baseline, verdict in zip(("chance", "active_days"), verdict_of, strict=True)
    ]
    rows = pd.DataFrame(found, columns=["outcome", "horizon_days", "predictor", "verdict"])
    assert sentences(rows.assign(measure="auc_difference")) == [
        "Expanded within 30 days: the score is worse than active days, and better than chance.",
        "Churned within 30 and 90 days: the score is better than chance; the data cannot tell it"
        " from active days.",
        "Churned within 180 days: too few outcomes.",
        "Revenue growth within 30 days: the data cannot tell the score from chance and active"
        " days.",
    ]


def test_intervals_that_hold_at_once_are_wider_unless_their_figures_move_together() -> None:
    rng = np.random.default_rng(0)
    draws = rng.normal(size=(5, 4000)) * [[1], [1], [1], [1], [10]]
    lower, upper = simultaneous(np.zeros(5), draws)
    assert lower.tolist() == pytest.approx((-upper).tolist())
    assert upper.tolist() == pytest.approx([2.57] * 4 + [25.7], rel=0.04)
    _, together = simultaneous(np.zeros(2), draws[[0, 0]])
    assert together.tolist() == pytest.approx([1.96, 1.96], rel=0.04)


def test_where_nothing_predicts_an_evaluation_rarely_finds_anything() -> None:
    """Revenue that knows nothing of use, 100 times: of each outcome 5 % may find something, over
    all baselines and two horizons. More than 12 of 100 would be one chance in 500."""
    false_findings = dict.fromkeys(("churned", "expanded", "revenue_growth"), 0)
    for seed in range(100):
        rng = np.random.default_rng(seed)
        use = rng.normal(size=(7, 80))
        frames = []
        for number, horizon in itertools.product(range(3), (30, 90)):
            after = rng.choice([0, 100, 150], 80, p=[0.4, 0.3, 0.3])
            columns = use + rng.normal(size=(7, 80)) / 2
            names = ("score", "points", "events", "distinct_events", "active_days", "members")
            frames.append(
                observed(
                    [
                        {"account_id": f"{account:02}", "score_date": number, "mrr_after": paid}
                        for account, paid in enumerate(after)
                    ]
                ).assign(
                    horizon_days=horizon,
                    days_since_active=columns[6],
                    **dict(zip(names, columns[:6], strict=True)),
                )
            )
        rows = validation_rows(pd.concat(frames), [30, 90], 5, draws=200)
        for outcome in false_findings:
            told = rows[(rows["outcome"] == outcome) & rows["verdict"].notna()]
            false_findings[outcome] += set(told["verdict"]) != {"cannot_tell"}
    assert all(count <= 12 for count in false_findings.values()), false_findings
    assert sum(false_findings.values()) > 0


#: Weeks in remission under 6-mercaptopurine, + if it still lasts (Freireich and others 1963).
REMISSION = "6 6 6 6+ 7 9+ 10 10+ 11+ 13 16 17+ 19+ 20+ 22 23 25+ 32+ 32+ 34+ 35+"


@pytest.mark.parametrize(
    ("week", "expected"),
    [
        (5, (1, np.nan, np.nan)),
        (6, (18 / 21, 0.620, 0.952)),
        (9, (18 / 21 * 16 / 17, 0.563, 0.923)),
        (10, (18 / 21 * 16 / 17 * 14 / 15, 0.503, 0.889)),
        (23, (18 / 21 * 16 / 17 * 14 / 15 * 11 / 12 * 10 / 11 * 6 / 7 * 5 / 6, 0.188, 0.680)),
        (35, (18 / 21 * 16 / 17 * 14 / 15 * 11 / 12 * 10 / 11 * 6 / 7 * 5 / 6, 0.188, 0.680)),
        (36, (np.nan, np.nan, np.nan)),
    ],
)
def test_the_share_that_stays_is_that_of_the_textbook(
    week: int, expected: tuple[float, float, float]
) -> None:
    """Bounds as R's survfit(conf.type = "log-log") prints them."""
    weeks = np.array([int(text.rstrip("+")) for text in REMISSION.split()])
    has_left = np.array([not text.endswith("+") for text in REMISSION.split()])
    found = kaplan_meier(weeks, has_left, week)
    assert found == pytest.approx(expected, abs=0.0005, nan_ok=True)


def test_once_all_have_left_nobody_stays() -> None:
    days, has_left = np.array([10, 20]), np.array([True, True])
    assert kaplan_meier(days, has_left, 30)[0] == 0


def test_an_account_stays_until_its_first_month_without_revenue(small: Company) -> None:
    """On 5 April all pay. Revenue is known up to June; what is unknown is no end."""
    months = {
        "grows": "march april may june",
        "stays": "march april june",
        "shrinks": "march april may",
        "leaves": "march april",
    }
    rows = [
        {**row, "ended_as_agreed": account == "leaves" and row["month"] == APRIL}
        for account, names in months.items()
        for row in paid(account, **dict.fromkeys(names.split(), 9.0))
    ]
    unknown = {"account_id": "shrinks", "month": JUNE, "mrr": None, "ended_as_agreed": False}
    small.write("subscriptions", [*rows, unknown])
    settings: dict[str, Any] = {"outcome_horizons": [30, 60]}
    small.build(only="score_outcomes", as_of=AS_OF, **settings)
    used = small.settings(as_of=AS_OF, **settings)
    found = read(used, analysis(used, RETENTION_QUERY)).sort_values("account_id")
    to_june, to_april = (AS_OF - SCORED).days, (date(2026, 4, 30) - SCORED).days
    columns = ["account_id", "band", "has_left", "days"]
    assert found[columns].to_numpy().tolist() == [
        ["grows", "high", False, to_june],
        ["leaves", "low", False, to_april],
        ["shrinks", "low", False, to_june],
        ["stays", "high", True, (date(2026, 5, 1) - SCORED).days],
    ]


def test_retention_is_told_by_band_and_only_as_far_as_it_is_known() -> None:
    followed_up = pd.DataFrame(
        {
            "account_id": list("abcdefgh"),
            "score_date": SCORED,
            "band": ["low"] * 4 + ["high"] * 3 + ["top"],
            "score": [1, 2, 3, 4, 30, 31, 32, 99],
            "has_left": [True, True, False, False, False, True, False, False],
            "days": [26, 57, 80, 80, 80, 57, 30, 80],
        }
    )
    rows = retention_rows(followed_up, [30, 60], min_accounts=3)
    told = rows.set_index(["predictor", "horizon_days"])
    assert list(rows["predictor"].unique()) == ["band_low", "band_high", "band_top"]
    assert told.loc["band_low"]["value"].tolist()[:2] == [0.75, 0.5]
    assert told.loc["band_high"]["value"].tolist()[:2] == [1, 0.5]
    assert told.loc["band_high"]["outcome_accounts"].tolist() == [3, 1, 0, 0]
    assert told.loc["band_low"]["validation_status"].tolist() == [
        *("measured", "measured", "too_few_outcomes", "too_few_outcomes")
    ]
    assert told.loc["band_top"]["value"].isna().all()


def test_a_brier_score_is_a_mean_square() -> None:
    """(0.1² + 0.2² + 0.6²) / 3; with the last account drawn twice and the first not at all,
    (0.2² + 2 · 0.6²) / 3. The mean rate is 2/3, and 1."""
    probability, happened = np.array([0.1, 0.8, 0.4]), np.array([False, True, True])
    forecast = Forecast(probability, happened, np.arange(3))
    times = np.array([[1.0, 0.0], [1.0, 1.0], [1.0, 2.0]])
    assert forecast.brier(times).tolist() == pytest.approx([0.41 / 3, 0.76 / 3])
    assert forecast.brier_of_chance(times).tolist() == pytest.approx([2 / 9, 0])
    both_dates = Forecast(probability, happened, np.array([0, 1, 0]))
    assert both_dates.brier(np.array([[2.0], [1.0]])).tolist() == pytest.approx([0.78 / 5])


def test_tenths_are_by_probability_and_equals_share_one() -> None:
    forecast = Forecast(
        np.repeat([0.3, 0.1, 0.5], [10, 6, 4]), np.arange(20) % 2 == 0, np.arange(20)
    )
    tenths = dict(forecast.tenths())
    assert {number: len(tenth.happened) for number, tenth in tenths.items()} == {1: 6, 4: 10, 9: 4}
    assert [tenth.expected() for tenth in tenths.values()] == pytest.approx([0.1, 0.3, 0.5])


def by_predictor(rows: pd.DataFrame) -> dict[tuple[str, str], dict[Any, Any]]:
    """(predictor, measure) -> row."""
    return {(row["predictor"], row["measure"]): row for row in rows.to_dict("records")}


def test_probabilities_are_held_against_what_came() -> None:
    """200 accounts on two dates, which churn as often as told."""
    rng = np.random.default_rng(3)
    risks = rng.uniform(0.02, 0.6, 200)
    left = rng.random(200) < risks
    rows = [
        {
            "account_id": f"{number:03}",
            "score_date": day,
            "mrr_after": 0 if left[number] else 100,
            "risk_probability": risk,
        }
        for day in (date(2026, 3, 8), SCORED)
        for number, risk in enumerate(risks)
    ]
    frame = observed(rows)
    told = by_predictor(risk_rows(frame, [90], 5, draws=300))
    assert len(told) == 2 + 2 * 10
    brier = told["risk", "brier"]
    assert brier["outcome"] == "churned"
    assert brier["value"] == pytest.approx(np.mean((risks - left) ** 2))
    assert brier["lower_bound"] < brier["value"] < told["chance", "brier"]["lower_bound"]
    tenths = [f"risk_tenth_{tenth}" for tenth in range(1, 11)]
    within = [
        told[name, "observed"]["lower_bound"]
        <= told[name, "expected"]["value"]
        <= told[name, "observed"]["upper_bound"]
        for name in tenths
    ]
    assert sum(within) >= 8
    wrong = frame.assign(risk_probability=1 - frame["risk_probability"])
    reversed_ = by_predictor(risk_rows(wrong, [90], 5, draws=300))
    assert reversed_["risk_tenth_10", "observed"]["upper_bound"] < 0.5
    assert risk_rows(frame.assign(risk_probability=None), [90], 5).empty
    assert risk_rows(frame.drop(columns="risk_probability"), [90], 5).empty


def test_a_tenth_of_which_nobody_left_is_not_certain_to_stay() -> None:
    """Of 10 accounts none: up to 1 - 0.025^(1/10) = 30.8 % might."""
    nobody = Forecast(np.full(20, 0.1), np.zeros(20, dtype=bool), np.arange(20) // 2)
    lower, upper = nobody.bounds(nobody.observed(np.ones((10, 50))))
    assert (lower, upper) == pytest.approx((0, 0.3085), abs=1e-4)
    everybody = Forecast(nobody.probability, ~nobody.happened, nobody.accounts)
    assert everybody.bounds(np.ones(50)) == pytest.approx((0.6915, 1), abs=1e-4)


def test_too_few_outcomes_give_no_figure_and_the_table_says_so() -> None:
    """4 accounts churn, two of them on two dates; none expands; 5 contract."""
    frame = observed(
        [
            {"account_id": f"{number}", "score_date": day, "score": number, "mrr_after": after}
            for number, day, after in (
                *((number, SCORED, 0) for number in range(4)),
                *((number, date(2026, 3, 8), 0) for number in range(2)),
                *((number, SCORED, 50) for number in range(10, 15)),
                *((number, SCORED, 100) for number in range(20, 30)),
            )
        ]
    )
    rows = validation_rows(frame, [90, 180], min_accounts_with_outcome=5, draws=100)
    status = rows.groupby(["horizon_days", "outcome"])["validation_status"].unique().map(list)
    assert status[90, "churned"] == status[90, "expanded"] == ["too_few_outcomes"]
    assert status[90, "contracted"] == ["measured"]
    assert set(status[180].map(tuple)) == {("too_few_outcomes",)}
    unknown = rows[rows["validation_status"] == "too_few_outcomes"]
    assert unknown[["value", "lower_bound", "upper_bound"]].isna().all(axis=None)
    assert set(rows.query("outcome == 'churned' and horizon_days == 90")["outcome_accounts"]) == {4}


def test_what_was_evaluated_stays_until_it_is_evaluated_again(small: Company) -> None:
    """On the first date who leaves scores lowest (3 pairs of 3), on the second all score 0."""
    variables: dict[str, Any] = {"outcome_horizons": [30], "min_accounts_with_outcome": 1}
    validation = "from engagement.score_validation order by all"
    small.build(as_of=AS_OF, **variables)
    assert small.query(validation) == []
    rows = evaluate(small.settings(as_of=AS_OF, **variables), draws=100)
    filled = small.query(validation)
    compared, bands = 4 * (7 * 4 + 7) + 2 * (4 + 1) + 7 + 7, ("high", "low", "inactive")
    assert len(filled) == len(rows) == compared + len(bands) * len((30, 360, 720))
    ((auc, accounts, churned, day),) = small.query(
        "select value, accounts, outcome_accounts, last_score_date from engagement.score_validation"
        " where outcome = 'churned' and predictor = 'score' and measure = 'auc'"
    )
    assert (auc, accounts, churned, day) == (0.75, 5, 2, date(2026, 5, 3))
    for arguments in ((), ("--full-refresh",)):
        small.build(*arguments, as_of=AS_OF, **variables)
        assert small.query(validation) == filled
    small.write("subscriptions", paid("grows", march=1, april=1, may=1))
    small.build(as_of=AS_OF, **variables)
    evaluate(small.settings(as_of=AS_OF, **variables), draws=100)
    compared_again = f"from engagement.score_validation where measure <> '{RETENTION}'"
    assert {row[4] for row in small.query(compared_again)} == {"too_few_outcomes"}


def test_without_subscriptions_there_is_nothing_to_evaluate(small: Company) -> None:
    (small.data / "subscriptions.csv").unlink()
    small.build(only=EVALUATION, as_of=AS_OF)
    rows = evaluate(small.settings(as_of=AS_OF), draws=100)
    assert set(rows["validation_status"]) == {"too_few_outcomes"}
    assert set(rows["observations"]) == {0}
    assert small.value("select count(*) from engagement.score_validation") == len(rows)


def test_another_horizon_than_was_built_is_refused(small: Company) -> None:
    small.build(only=EVALUATION, as_of=AS_OF, outcome_horizons=[30])
    with pytest.raises(UsageError, match="Outcomes of 45 days have not been built"):
        evaluate(small.settings(as_of=AS_OF, outcome_horizons=[30, 45]), draws=100)


def test_weights_cannot_be_suggested_before_an_outcome_is_known(small: Company) -> None:
    small.build(only=EVALUATION, as_of=AS_OF)
    with pytest.raises(UsageError, match="No outcome of 180 days is known yet"):
        calibrate(small.settings(as_of=AS_OF), "churned", 180)


def test_outcomes_must_be_built_before_they_are_evaluated(small: Company) -> None:
    with pytest.raises(
        UsageError, match=r"The database .* does not exist: run engagement build first"
    ):
        evaluate(small.settings())
    small.build("--select", "+user_scores", as_of=AS_OF)
    with pytest.raises(UsageError, match=r"int_outcomes does not exist.* Run engagement build"):
        evaluate(small.settings())


def test_a_month_that_was_not_loaded_whole_is_a_warning(small: Company) -> None:
    def warnings() -> list[str]:
        outcome = small.build(only="score_outcomes", as_of=AS_OF, tests=True)
        return [node.name for node in outcome.warnings if "revenue" in node.name]

    assert warnings() == []
    in_june = {"grows"}
    rows = [row for row in SUBSCRIPTIONS if row["month"] != JUNE or row["account_id"] in in_june]
    small.write("subscriptions", rows)
    assert warnings() == ["revenue_is_complete"]
