"""Did a feature move the needle? By hand: who is compared with whom, and when nothing is said."""

from datetime import date
from math import sqrt
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from conftest import Company, event

from engagement.validation.impact import effect_of, verdict_of

BEFORE, SCORED, AFTER = date(2026, 3, 29), date(2026, 4, 5), date(2026, 5, 3)
AS_OF = date(2026, 6, 30)
SETTINGS: dict[str, Any] = {"outcome_horizons": [30], "min_segment_size": 1}
#: Reports of an account a window before the score date, on it, and four weeks after it.
REPORTS = {
    "adopter 1": (10, 10, 30),
    "adopter 2": (10, 10, 20),
    "other 1": (10, 10, 10),
    "other 2": (10, 10, 5),
    "other 3": (10, 10, 15),
    "of another plan": (10, 10, 90),
    "user since long": (10, 10, 90),
    "far above": (90, 90, 1),
    "gone": (10, 0, 0),
}
WIKI = [
    ("adopter 1", date(2026, 4, 1)),
    ("adopter 2", SCORED),
    ("other 3", date(2026, 4, 6)),
    ("user since long", BEFORE),
    ("user since long", SCORED),
]


@pytest.fixture
def small(company: Company) -> Company:
    """Scores of 1 + 99 x points / 100, over a week."""
    return configured(company)


@pytest.fixture(scope="module")
def built(workshop: Path) -> Company:
    """The same company, built once with all of dbt's tests; only to be read."""
    company = configured(Company(workshop).reset())
    build(company, tests=True)
    return company.kept_as("feature_impact")


def configured(company: Company) -> Company:
    company.score_reports()
    company.configure(
        "key_features",
        """feature,event_name,launched_on,plans
        wiki,wiki,,
        chat,chat,,
        reports,report,,""",
    )
    company.configure(
        "activation_milestones",
        "milestone,entity_type,event_name,min_count,within_days,position",
    )
    company.write(
        "accounts",
        [{"account_id": name, "status": "paying"} for name in REPORTS],
    )
    company.write(
        "account_history",
        [
            {
                "account_id": name,
                "valid_from": "2026-01-01",
                "plan": "pro" if "plan" in name else "team",
            }
            for name in REPORTS
        ]
        + [{"account_id": "other 1", "valid_from": "2026-05-01", "plan": "free"}],
    )
    company.write(
        "subscriptions",
        [
            {"account_id": name, "month": f"2026-{month:02}-01", "mrr": 100}
            for name in REPORTS
            for month in (3, 4, 5, 6)
            if month < 5 or name not in ("other 2", "other 3")
        ],
    )
    write_events(company)
    return company


def write_events(company: Company, chat: tuple[str, ...] = ()) -> None:
    """The reports, the wiki, and a chat on the score date of some accounts."""
    rows = [
        event(f"{name}{day}{number}", "report", name, f"{day} 09:00", account_id=name)
        for name, counts in REPORTS.items()
        for day, count in zip((BEFORE, SCORED, AFTER), counts, strict=True)
        for number in range(count)
    ]
    used = [("wiki", name, day) for name, day in WIKI]
    used += [("chat", name, SCORED) for name in chat]
    rows += [
        event(f"{name}{what}{day}", what, name, f"{day} 10:00", account_id=name)
        for what, name, day in used
    ]
    rows.append(event("last", "report", "gone", f"{AS_OF} 09:00", account_id="gone"))
    company.write("events", rows)


def impact(company: Company, feature: str, what: str) -> tuple[Any, ...]:
    """The columns of score or retention of a feature's row."""
    (row,) = company.query(
        f"select columns('^(adopters_|others_)?{what}_.*')"
        f" from engagement.feature_impact where feature = '{feature}'"
    )
    return tuple(round(value, 9) if isinstance(value, float) else value for value in row)


def build(company: Company, tests: bool = False, min_accounts_with_outcome: int = 2) -> None:
    settings = {**SETTINGS, "min_accounts_with_outcome": min_accounts_with_outcome}
    company.build(only="feature_impact", as_of=AS_OF, tests=tests, **settings)
    assert company.differences(as_of=AS_OF, **settings) == []


def test_adopters_are_held_against_others_like_them(built: Company) -> None:
    """Scores rise by 19.8 and 9.9, those of the others by 0, -4.95 and 4.95: by 14.85 more.

    Deviations: 4.95 of each adopter; of each other its own, x 2 adopters / 3 others x sqrt(3 / 2).
    """
    squares = 2 * 4.95**2 + (2 / 3) ** 2 * 1.5 * 2 * 4.95**2
    error = sqrt(squares * 5 / 4) / 2
    assert impact(built, "wiki", "score") == (
        *(2, 2, 3),
        *(10.9, 25.75, 10.9, 10.9),
        *(14.85, round(14.85 - 1.96 * error, 9), round(14.85 + 1.96 * error, 9)),
        "higher",
    )


def test_who_stays_is_compared_in_the_same_way(small: Company) -> None:
    """Both adopters stay, and one of the three others."""
    build(small, min_accounts_with_outcome=1)
    squares = (2 / 3) ** 2 * 1.5 * ((2 / 3) ** 2 + 2 * (1 / 3) ** 2)
    error = sqrt(squares * 5 / 4) / 2
    assert impact(small, "wiki", "retention") == (
        *(2, 2, 3),
        *(1, round(1 / 3, 9)),
        *(round(2 / 3, 9), round(2 / 3 - 1.96 * error, 9), round(2 / 3 + 1.96 * error, 9)),
        "no_difference",
    )


def test_that_all_of_two_stay_says_nothing(built: Company) -> None:
    """Of two like the others two thirds of one would stay: that none left may be chance."""
    assert impact(built, "wiki", "retention") == (2, 2, 3, *(None,) * 5, "too_few_outcomes")


def test_where_nothing_differs_few_verdicts_say_so() -> None:
    """300 times 9 of 10 stay, whether or not they took a feature up: one verdict in twenty."""
    rng = np.random.default_rng(5)
    verdicts = []
    for _ in range(300):
        stays = rng.random(1150) < 0.9
        rows = pd.DataFrame({"entity": range(1150), "before": 1.0, "after": stays.astype(float)})
        rows = rows.assign(day=0, plan="pro", age="new", decile="1", is_adopter=rows.index < 150)
        verdicts.append(verdict_of(effect_of(rows), minimum=20, is_share=True))
    assert set(verdicts) <= {"higher", "lower", "no_difference"}
    assert 0.02 < 1 - verdicts.count("no_difference") / len(verdicts) < 0.09


@pytest.mark.parametrize(
    ("chat", "numbers", "verdict"),
    [
        ((), (0, 0, 0), "too_few_adopters"),
        (("other 1",), (1, 1, 5), "too_few_adopters"),
        (tuple(REPORTS), (8, 0, 0), "too_few_others"),
    ],
    ids=["nobody", "one", "everybody"],
)
def test_too_few_get_no_verdict(
    small: Company, chat: tuple[str, ...], numbers: tuple[int, ...], verdict: str
) -> None:
    write_events(small, tuple(name for name in chat if name != "gone"))
    build(small)
    assert impact(small, "chat", "score") == (*numbers, *(None,) * 7, verdict)
