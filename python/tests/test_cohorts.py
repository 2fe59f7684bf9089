"""cohort_retention, worked out by hand: who came back, and how much of the revenue stayed."""

from datetime import date
from typing import Any

import pandas as pd
import pytest
from conftest import Company, event

AS_OF = date(2026, 5, 10)
FIRST, SIGNUP = "first_activity", "signup"


def report(account: str, day: str, user: str | None = None) -> dict[str, Any]:
    key = f"{account}-{user}-{day}"
    return event(key, "report", user or f"{account}'s", f"2026-{day} 09:00:00", account_id=account)


def paid(account: str, month: int, mrr: float | None) -> dict[str, Any]:
    return {"account_id": account, "month": f"2026-{month:02}-01", "mrr": mrr}


@pytest.fixture
def company_of_cohorts(company: Company) -> Company:
    """From January to April; May is not over. Views do not count as active.

    a signed up in 2025, and b is not listed: both were there before. c and d signed up in January,
    d came in February, e in March only to look. f signed up in January, and came never; g is not
    listed and came in April. h signs up in May.
    """
    company.score_reports()
    company.configure(
        "event_weights",
        """version,event_name,weight,daily_cap,counts_as_active
        v1,report,1,,true
        v1,view,1,,false""",
    )
    created = {"a": "2025-06-03", "c": "2026-01-09", "d": "2026-01-20", "e": "2026-03-02"}
    created |= {"f": "2026-01-31", "h": "2026-05-02", "i": ""}
    company.write("accounts", [{"account_id": k, "created_at": v} for k, v in created.items()])
    company.write(
        "events",
        [
            *(report("a", day) for day in ("01-05", "01-06", "03-01")),
            *(report("b", day) for day in ("01-31", "02-01", "03-31")),
            *(report("c", day) for day in ("01-10", "04-30", "05-01")),
            *(report("d", day) for day in ("02-28", "03-01", "03-02")),
            report("e", "03-05") | {"event_name": "view"},
            report("g", "04-02"),
            report("h", "05-03"),
        ],
    )
    return company


def retention(company: Company, cohort_by: str, entity_type: str = "account") -> list[Any]:
    return company.query(
        "select cohort, months_since, members, active, retention_rate"
        f" from engagement.cohort_retention where cohort_by = '{cohort_by}'"
        f" and entity_type = '{entity_type}' order by cohort, months_since"
    )


def test_every_member_counts_in_every_complete_month(company_of_cohorts: Company) -> None:
    company = company_of_cohorts
    company.build(only="cohort_retention lifecycle", tests=True, as_of=AS_OF)
    assert retention(company, FIRST) == [
        ("2026-01", 0, 1, 1, 1.0),
        ("2026-01", 1, 1, 0, 0.0),
        ("2026-01", 2, 1, 0, 0.0),
        ("2026-01", 3, 1, 1, 1.0),
        ("2026-02", 0, 1, 1, 1.0),
        ("2026-02", 1, 1, 1, 1.0),
        ("2026-02", 2, 1, 0, 0.0),
        ("2026-04", 0, 1, 1, 1.0),
        ("before", 0, 2, 2, 1.0),
        ("before", 1, 2, 1, 0.5),
        ("before", 2, 2, 2, 1.0),
        ("before", 3, 2, 0, 0.0),
    ]
    third = 1 / 3
    assert retention(company, SIGNUP) == [
        ("2026-01", 0, 3, 1, third),
        ("2026-01", 1, 3, 1, third),
        ("2026-01", 2, 3, 1, third),
        ("2026-01", 3, 3, 1, third),
        ("2026-03", 0, 1, 0, 0.0),
        ("2026-03", 1, 1, 0, 0.0),
        ("2026-04", 0, 1, 1, 1.0),
        ("before", 0, 3, 2, 2 * third),
        ("before", 1, 3, 1, third),
        ("before", 2, 3, 2, 2 * third),
        ("before", 3, 3, 0, 0.0),
    ]
    # Nobody lists the users: who came in January was there before, and e's came in March to look.
    assert retention(company, FIRST, "user") == [
        ("2026-02", 0, 1, 1, 1.0),
        ("2026-02", 1, 1, 1, 1.0),
        ("2026-02", 2, 1, 0, 0.0),
        ("2026-04", 0, 1, 1, 1.0),
        ("before", 0, 3, 3, 1.0),
        ("before", 1, 3, 1, third),
        ("before", 2, 3, 2, 2 * third),
        ("before", 3, 3, 1, third),
    ]
    assert company.query(
        "select distinct cohort, cohort_month from engagement.cohort_retention"
        " where cohort in ('2026-02', 'before')"
    ) in (
        [("2026-02", date(2026, 2, 1)), ("before", None)],
        [("before", None), ("2026-02", date(2026, 2, 1))],
    )
    nothing = "revenue_accounts is null and mrr_before is null and revenue_retention_rate is null"
    assert company.value(f"select bool_and({nothing}) from engagement.cohort_retention")
    assert company.differences(as_of=AS_OF) == []


def test_revenue_is_that_of_those_who_paid_in_the_first_month(company_of_cohorts: Company) -> None:
    """By signup. `before` is a, b and i: a pays 100, then 150, and nothing in April; b pays 50 from
    February on, which is not looked at. In January c pays 30, d 70 and f nothing; d's in March is
    not known, and f's 500 in March come too late. Nothing has come in for May, and of e's nothing
    at all."""
    company = company_of_cohorts
    company.write(
        "subscriptions",
        [
            *(paid("a", 1, 100), paid("a", 2, 150), paid("a", 3, 150)),
            *(paid("b", 2, 50), paid("b", 3, 50), paid("b", 4, 50)),
            *(paid("c", 1, 30), paid("c", 2, 15), paid("c", 3, 45)),
            *(paid("d", 1, 70), paid("d", 2, 70), paid("d", 3, None), paid("d", 4, 70)),
            *(paid("f", 1, 0), paid("f", 3, 500)),
        ],
    )
    company.build(only="cohort_retention lifecycle", tests=True, as_of=AS_OF)
    revenue = (
        "select cohort, months_since, revenue_accounts, mrr_before, mrr_after,"
        " revenue_retention_rate from engagement.cohort_retention where cohort_by = 'signup'"
        " and entity_type = 'account' and revenue_accounts is not null order by 1, 2"
    )
    assert company.query(revenue) == [
        ("2026-01", 0, 2, 100.0, 100.0, 1.0),
        ("2026-01", 1, 2, 100.0, 85.0, 0.85),
        ("2026-01", 2, 1, 30.0, 45.0, 1.5),
        ("2026-01", 3, 2, 100.0, 70.0, 0.7),
        ("before", 0, 1, 100.0, 100.0, 1.0),
        ("before", 1, 1, 100.0, 150.0, 1.5),
        ("before", 2, 1, 100.0, 150.0, 1.5),
        ("before", 3, 1, 100.0, 0.0, 0.0),
    ]
    assert company.differences(as_of=AS_OF) == []


def test_a_month_without_any_revenue_yet_is_not_known(company_of_cohorts: Company) -> None:
    company = company_of_cohorts
    company.write("subscriptions", [paid("a", 1, 100), paid("a", 2, 90), paid("a", 3, None)])
    company.build(only="cohort_retention lifecycle", tests=True, as_of=AS_OF)
    assert company.query(
        "select months_since, mrr_after from engagement.cohort_retention"
        " where cohort_by = 'first_activity' and cohort = 'before' and entity_type = 'account'"
        " order by 1"
    ) == [(0, 100.0), (1, 90.0), (2, None), (3, None)]
    assert company.differences(as_of=AS_OF) == []


def test_a_late_event_moves_its_user_to_another_cohort(company_of_cohorts: Company) -> None:
    """A row of January that comes in the next night: d was there before."""
    company = company_of_cohorts
    events = company.data / "events.csv"
    frame = pd.read_csv(events, dtype=str).assign(loaded_at="2026-05-11 00:00:00")
    rows: list[Any] = frame.to_dict("records")
    company.write("events", rows)
    company.build(as_of=AS_OF)
    assert len(retention(company, FIRST, "user")) == 8
    late = report("d", "01-07") | {"loaded_at": "2026-05-12 00:00:00"}
    company.write("events", [*rows, late])
    company.build(as_of=AS_OF)
    assert retention(company, FIRST, "user")[-4:] == [
        ("before", 0, 4, 4, 1.0),
        ("before", 1, 4, 2, 0.5),
        ("before", 2, 4, 3, 0.75),
        ("before", 3, 4, 1, 0.25),
    ]
    assert company.differences(as_of=AS_OF) == []


@pytest.mark.parametrize("events", [[], [report("a", "05-05"), report("a", "05-06")]])
def test_without_a_complete_month_there_is_no_cohort(
    company: Company, events: list[dict[str, Any]]
) -> None:
    company.score_reports()
    company.write("accounts", [{"account_id": "a", "created_at": "2025-06-03"}])
    company.write("events", events, "event_id event_name user_id occurred_at")
    company.build(only="cohort_retention lifecycle", tests=True)
    assert company.query("from engagement.cohort_retention") == []
    assert company.differences() == []
