"""What was known then: the records of signals and risk, and what is told from them."""

from datetime import date, timedelta
from typing import Any

from conftest import Company
from test_signals import AS_OF, Inputs, configure

DAY = timedelta(days=1)
RECORDS = ("published_signals", "published_risk")
OFF = {
    name: {"is_enabled": "false"}
    for name in (
        *("account_at_risk", "account_renewal_at_risk", "account_depends_on_one_champion"),
        *("user_declining", "user_champion_gone_quiet", "user_growing"),
    )
}


def two_accounts() -> Inputs:
    """Acme has lost half of its points on AS_OF, 20 to 10; Beta has 5 in each week."""
    inputs = Inputs()
    inputs.account("acme", "ann")
    inputs.account("beta", "bob")
    inputs.points("ann", 20, 10)
    inputs.points("bob", 5, 5)
    return inputs


def night(company: Company, inputs: Inputs, as_of: date = AS_OF, *arguments: str) -> None:
    inputs.write(company)
    company.build(*arguments, only=" ".join(RECORDS), as_of=as_of)


def rows(company: Company, table: str) -> list[tuple[Any, ...]]:
    return company.query(f"from engagement.{table} order by all")


def test_what_was_published_first_stays_when_late_data_change_the_past(company: Company) -> None:
    """A later run of the same date adds the signals that are new to it, and ranks nobody again."""
    configure(company, **OFF)
    inputs = two_accounts()
    night(company, inputs)
    signals, risk = (rows(company, table) for table in RECORDS)
    told = "Use was 50 % lower in the last 7 days than in the 7 before; the score went from 21 to"
    assert [(row[:8], row[10][:90]) for row in signals] == [
        (
            (AS_OF, "account", "acme", "cooling", AS_OF, "risk", "medium", "acme"),
            f"{told} 11. "[:90],
        )
    ]
    assert [row[:5] for row in risk] == [
        (AS_OF, "acme", "v1", 2, 2),
        (AS_OF, "beta", "v1", 1, 2),
    ]

    inputs.does("ann", "report", AS_OF, 10)  # comes late: Acme has not cooled, but Beta has
    inputs.does("bob", "report", AS_OF - 7 * DAY, 5)
    inputs.account("late")
    night(company, inputs)
    assert company.query(
        "select entity_id from engagement.signals where signal = 'cooling' and is_open"
    ) == [("beta",)]
    kept = rows(company, "published_signals")
    assert kept[0] == signals[0]
    assert [row[2:5] for row in kept[1:]] == [("beta", "cooling", AS_OF)]
    assert kept[1][-1] > kept[0][-1]
    assert rows(company, "published_risk") == risk
    assert len(company.query("from engagement.account_risk")) > len(risk)

    later = AS_OF + DAY
    night(company, inputs, later)
    published = [rows(company, table) for table in RECORDS]
    assert [row for row in published[0] if row[0] == AS_OF] == kept
    assert {row[0] for row in published[0]} == {AS_OF, later}
    assert [row for row in published[1] if row[0] == AS_OF] == risk
    assert [row[1:5] for row in published[1] if row[0] == later] == [
        ("acme", "v1", 3, 3),
        ("beta", "v1", 2, 3),
        ("late", "v1", 1, 3),
    ]
    night(company, inputs, later, "--full-refresh")
    assert [rows(company, table) for table in RECORDS] == published
