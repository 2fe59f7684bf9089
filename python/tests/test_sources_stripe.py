"""Stripe: revenue by month, computed by hand; who pays, what is due and what failed."""

import csv
import shutil
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from conftest import Company, event
from test_sources import LAYOUTS

#: All of Stripe was synced on this day, the last that is known.
SYNCED = "2026-07-10 12:00:00"
#: A price's cost of a unit, currency, interval, its count, and what else is said of it.
PRICES = [
    ("p_week", "1000", "eur", "week", "1", {}),
    ("p_day", "10", "eur", "day", "1", {}),
    ("p_month", "5000", "eur", "month", "1", {"product_id": "prod_seats"}),
    ("p_year", "120000", "eur", "year", "1", {}),
    ("p_fils", "12345", "kwd", "month", "1", {}),
    ("p_used", "", "eur", "month", "1", {"recurring_usage_type": "metered"}),
]
#: Of a subscription: status, the account of its metadata, and what else is said of it; several
#: rows are its history.
SUBSCRIPTIONS: list[tuple[str, str, dict[str, str]]] = [
    ("week", "active", {"start_date": "2026-05-10 10:00:00"}),
    ("day", "active", {"start_date": "2026-05-10 10:00:00"}),
    # Asked for on 1 June, ended on 15 June.
    ("lapsed", "active", {"_fivetran_start": "2026-05-01 10:00:00"}),
    ("lapsed", "canceled", {
        "_fivetran_start": "2026-06-15 10:00:00", "ended_at": "2026-06-15 10:00:00",
        "canceled_at": "2026-06-01 10:00:00",
    }),
    # The same without a history.
    ("ended", "canceled", {
        "ended_at": "2026-06-15 10:00:00", "canceled_at": "2026-05-20 10:00:00",
        "current_period_start": "2026-05-16 10:00:00",
    }),
    ("invoiced", "active", {}),
    ("used", "active", {}),
    ("reduced", "active", {}),
    ("less", "active", {"cancel_at_period_end": "true", "current_period_end": "2027-05-01"}),
    ("fils", "active", {}),
    ("owing", "active", {"_fivetran_start": "2026-05-01 10:00:00"}),
    ("owing", "unpaid", {"_fivetran_start": "2026-06-20 10:00:00"}),
    # A trial that only its end tells of; one that is still on.
    ("tried", "active", {"trial_end": "2026-06-10 10:00:00"}),
    ("trying", "trialing", {"trial_end": "2026-07-20 10:00:00"}),
    ("begun", "incomplete", {}),
    ("test", "active", {"livemode": "false"}),
    ("gone", "active", {}),
    ("unknown", "active", {}),
    # 1 June in Berlin.
    ("late", "active", {"start_date": "2026-05-31 22:30:00"}),
]  # fmt: skip
#: Of an item: its subscription, price and quantity of today.
ITEMS = [
    ("week", "p_week", "3"), ("day", "p_day", "1"), ("lapsed", "p_month", "2"),
    ("ended", "p_month", "2"), ("invoiced", "p_month", "10"), ("used", "p_used", ""),
    ("reduced", "p_month", "2"), ("less", "p_year", "1"), ("fils", "p_fils", "1"),
    ("owing", "p_month", "1"), ("tried", "p_month", "2"), ("trying", "p_month", "5"),
    ("begun", "p_month", "1"), ("test", "p_month", "1"), ("gone", "p_month", "1"),
    ("unknown", "p_nowhere", "1"), ("late", "p_month", "1"),
]  # fmt: skip
#: Of an invoice: its subscription, day and status; and of its lines price, quantity, unit, amount
#: and what else is said of them.
INVOICES: list[tuple[str, str, str, list[tuple[str, str, str, str, dict[str, str]]]]] = [
    ("invoiced", "2026-05-01", "paid", [("p_month", "4", "4500", "18000", {})]),
    ("invoiced", "2026-06-01", "open", [
        ("p_month", "6", "5000", "30000", {}),
        ("p_month", "99", "5000", "1234", {"proration": "true"}),
        ("p_month", "7", "5000", "35000", {"type": "invoiceitem"}),
    ]),
    ("invoiced", "2026-07-01", "draft", [("p_month", "10", "5000", "50000", {})]),
    ("invoiced", "2026-07-02", "void", [("p_month", "11", "5000", "55000", {})]),
    ("used", "2026-06-01", "paid", [
        ("p_used", "70", "", "700", {}), ("p_used", "10", "", "300", {}),
    ]),
    ("used", "2026-07-01", "paid", [("p_used", "0", "", "0", {})]),
    # The invoice of a trial.
    ("tried", "2026-05-01", "paid", [("p_month", "2", "0", "0", {})]),
    ("gone", "2026-05-01", "paid", [
        ("p_month", "1", "2000", "2000", {
            "subscription_item_id": "si_taken_out", "period_start": "2026-05-01 10:00:00",
            "period_end": "2026-06-01 10:00:00",
        }),
    ]),
]  # fmt: skip
#: mrr by account and month, May, June and July; nothing where there is no row.
BY_HAND: dict[str, Sequence[float | None]] = {
    # 3 x 10.00 x 52 / 12
    "week": (130, 130, 130),
    # 0.10 x 365 / 12
    "day": (3.041667, 3.041667, 3.041667),
    "lapsed": (100,),
    "ended": (100,),
    # 4 x 45, then 6 x 50; drafts, void invoices, prorations and one-off lines say nothing.
    "invoiced": (180, 300, 300),
    # The tiers of the last invoice together.
    "used": (0, 10, 0),
    # 2 x 50, in June with 20 % off.
    "reduced": (100, 80, 100),
    # (1200 - 120) / 12; a coupon for one invoice is none for a month.
    "less": (90, 90, 90),
    "fils": (12.345, 12.345, 12.345),
    "owing": (50,),
    "tried": (None, 100, 100),
    # 50, and in May 20 of an item that was taken out.
    "gone": (70, 50, 50),
    "late": (None, 50, 50),
}


def append(
    company: Company,
    vendor: str,
    table: str,
    rows: Sequence[Mapping[str, str]],
    more: Mapping[str, Mapping[str, str]] | None = None,
) -> None:
    """Adds rows to a vendor's table, by the columns that it has, or makes the table.

    more: what else the rows of some ids say.
    """
    path = company.data / vendor / f"{table}.csv"
    old: list[dict[str, str]] = []
    if path.exists():
        with path.open() as file:
            old = [
                {**row, **(more or {}).get(row.get("id", ""), {})} for row in csv.DictReader(file)
            ]
    columns = list(dict.fromkeys(name for row in [*old, *rows] for name in row))
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, columns, restval="")
        writer.writeheader()
        writer.writerows([*old, *rows])


@pytest.fixture
def paying(company: Company) -> Company:
    """A company with events of its own, whose customers pay by Stripe."""
    company.write("events", [event("e1", "report", "u1", "2026-07-09", account_id="acme")])
    company.score_reports()
    write_stripe(company)
    return company


def write_stripe(company: Company) -> None:
    """The layout's two customers, and one for each of the cases above."""
    company.configure("exchange_rates", "currency,rate\nEUR,1\nJPY,0.01\nkwd,3")
    shutil.copytree(LAYOUTS / "stripe", company.data / "stripe")
    append(company, "stripe", "customer_accounts", [{"customer_id": "cus_B", "account_id": "beta"}])
    append(
        company,
        "stripe",
        "customer",
        [
            {
                "id": f"cus_{name}",
                "_fivetran_synced": SYNCED,
                "metadata": f'{{"account_id":"{name}"}}',
            }
            for name in dict.fromkeys(name for name, *_ in SUBSCRIPTIONS)
        ]
        + [{"id": "cus_lead", "metadata": '{"account_id":"lead"}'}, {"id": "cus_nobody"}],
    )
    append(company, "stripe", "price",
        [
            {"id": id_, "unit_amount": unit, "currency": currency, "recurring_interval": interval,
             "recurring_interval_count": count, "billing_scheme": "per_unit", **more}
            for id_, unit, currency, interval, count, more in PRICES
        ],
    )  # fmt: skip
    append(company, "stripe", "subscription_history",
        [
            {"id": f"sub_{name}", "customer_id": f"cus_{name}", "status": status,
             "created": "2026-05-01 10:00:00", "_fivetran_start": "", **more}
            for name, status, more in SUBSCRIPTIONS
        ]
        # The account of a subscription comes before that of its customer; nobody knows the other.
        + [
            {"id": "sub_sold", "customer_id": "cus_week", "status": "active",
             "created": "2026-07-01 10:00:00", "metadata": '{"account_id": "client"}'},
            {"id": "sub_nobody", "customer_id": "cus_nobody", "status": "active",
             "created": "2026-05-01 10:00:00"},
        ],
    )  # fmt: skip
    append(company, "stripe", "subscription_item",
        [
            {"id": f"si_{name}", "subscription_id": f"sub_{name}", "plan_id": price,
             "quantity": quantity, "created": "2026-05-01 10:00:00",
             "current_period_start": "2026-07-01 10:00:00" if name == "tried" else ""}
            for name, price, quantity in
            [*ITEMS, ("sold", "p_week", "1"), ("nobody", "p_month", "1")]
        ],
    )  # fmt: skip
    lines = []
    for number, (name, day, status, of_invoice) in enumerate(INVOICES):
        invoice = {"id": f"in_{number}", "customer_id": f"cus_{name}", "status": status,
                   "subscription_id": f"sub_{name}", "created": f"{day} 10:00:00"}  # fmt: skip
        append(company, "stripe", "invoice", [invoice])
        lines += [
            {"id": f"il_{number}_{position}", "invoice_id": f"in_{number}", "currency": "eur",
             "subscription_item_id": f"si_{name}", "plan_id": price, "quantity": quantity,
             "unit_amount_excluding_tax": unit, "amount": amount, "type": "subscription",
             "period_start": day, "period_end": f"{day[:5]}0{int(day[6]) + 1}-01", **more}
            for position, (price, quantity, unit, amount, more) in enumerate(of_invoice)
        ]  # fmt: skip
    append(company, "stripe", "invoice_line_item", lines)
    append(
        company,
        "stripe",
        "coupon",
        [
            {"id": "fifth", "percent_off": "20", "amount_off": "", "duration": "repeating"},
            {"id": "deal", "percent_off": "", "amount_off": "12000", "duration": "forever"},
            {"id": "welcome", "percent_off": "50", "amount_off": "", "duration": "once"},
        ],
    )
    append(company, "stripe", "subscription_discount",
        [
            {"id": "d1", "subscription_id": "sub_reduced", "coupon_id": "fifth",
             "start": "2026-06-01 10:00:00", "end": "2026-07-01 10:00:00"},
            {"id": "d2", "subscription_id": "sub_less", "coupon_id": "deal"},
            {"id": "d3", "subscription_id": "sub_less", "coupon_id": "welcome"},
        ],
    )  # fmt: skip
    append(company, "stripe", "charge",
        [
            {"id": f"ch_{number}", "customer_id": "cus_owing", "status": status, "created": day}
            for number, (day, status) in enumerate([
                ("2026-06-01 09:00:00", "failed"), ("2026-06-01 10:00:00", "failed"),
                ("2026-06-02 10:00:00", "succeeded"), ("2026-06-20 10:00:00", "failed"),
            ])
        ],
    )  # fmt: skip


def build(company: Company, **variables: Any) -> None:
    company.build(
        only="stg_subscriptions stg_accounts stg_account_facts int_monthly_revenue",
        sources=["stripe"],
        timezone="Europe/Berlin",
        reference_time="2026-07-12 12:00:00",
        **variables,
    )


def revenue(company: Company) -> list[tuple[Any, ...]]:
    """(account, subscription, month, currency, mrr)"""
    return company.query(
        "select account_id, subscription_id, strftime(month, '%Y-%m'), currency, round(mrr, 6)"
        " from engagement_internal.stg_subscriptions order by all"
    )


def test_the_months_and_accounts_are_those_computed_by_hand(paying: Company) -> None:
    build(paying, stripe_seat_prices=["price_Y", "prod_seats"])
    found = revenue(paying)
    assert [row for row in found if row[0] in ("acme", "beta", "client", "unknown")] == [
        # 25 x 120.00 / 12, after the trial; of what is used nothing was invoiced.
        ("acme", "sub_A", "2026-05", "EUR", 250),
        ("acme", "sub_A", "2026-06", "EUR", 250),
        ("acme", "sub_A", "2026-07", "EUR", 250),
        # 3 x 9000 / 3 months: a yen has no cents. Its payment is due.
        ("beta", "sub_B", "2026-04", "JPY", 9000),
        ("beta", "sub_B", "2026-05", "JPY", 9000),
        ("beta", "sub_B", "2026-06", "JPY", 9000),
        ("beta", "sub_B", "2026-07", "JPY", 9000),
        ("client", "sub_sold", "2026-07", "EUR", 43.333333),
        # Nobody knows the price.
        ("unknown", "sub_unknown", "2026-05", None, None),
        ("unknown", "sub_unknown", "2026-06", None, None),
        ("unknown", "sub_unknown", "2026-07", None, None),
    ]
    by_hand = {
        (account, f"2026-{month:02}"): mrr
        for account, months in BY_HAND.items()
        for month, mrr in enumerate(months, 5)
        if mrr is not None
    }
    others = [row for row in found if row[0] not in ("acme", "beta", "client", "unknown")]
    assert {(row[0], row[2]): row[4] for row in others} == by_hand
    assert len(others) == len(by_hand)

    accounts = paying.query(
        "select account_id, status, cast(trial_ends_on as text), cast(renews_on as text), seats"
        " from engagement_internal.stg_accounts order by all"
    )
    assert {row[0]: row[1:] for row in accounts} == {
        "acme": ("paying", None, "2027-05-02", 25),
        "beta": ("paying", None, None, None),
        "client": ("paying", None, None, None),
        **{name: ("paying", None, None, None) for name in ("week", "day", "used", "fils")},
        # It renews no more, says cancel_at_period_end.
        "less": ("paying", None, None, None),
        **{name: ("paying", None, None, 1) for name in ("gone", "late")},
        "unknown": ("paying", None, None, None),
        "invoiced": ("paying", None, None, 10),
        "reduced": ("paying", None, None, 2),
        "tried": ("paying", None, None, 2),
        "trying": ("trial", "2026-07-20", None, 5),
        **{name: ("churned", None, None, None) for name in ("lapsed", "ended", "owing")},
        "begun": ("free", None, None, None),
        "lead": ("free", None, None, None),
        # The customer of a subscription of the test mode.
        "test": ("free", None, None, None),
    }
    facts = paying.query(
        "select account_id, cast(measured_on as text), name, value"
        " from engagement_internal.stg_account_facts"
        " where account_id in ('beta', 'owing', 'lapsed') order by all"
    )
    assert facts == [
        ("beta", "2026-04-01", "past_due", 0),
        ("beta", "2026-04-03", "past_due", 1),
        ("lapsed", "2026-05-01", "past_due", 0),
        ("lapsed", "2026-06-15", "past_due", 0),
        ("owing", "2026-05-01", "past_due", 0),
        ("owing", "2026-06-01", "failed_payments", 2),
        ("owing", "2026-06-20", "failed_payments", 3),
        ("owing", "2026-06-20", "past_due", 1),
        ("owing", "2026-07-01", "failed_payments", 1),
    ]


def test_invoices_are_spread_over_their_months(paying: Company) -> None:
    build(paying, stripe_mrr="invoices")
    found = paying.query(
        "select account_id, strftime(month, '%m'), round(mrr, 2)"
        " from engagement_internal.int_monthly_revenue order by all"
    )
    assert found == [
        # 3000 for a year from May on.
        ("acme", "05", 250),
        ("acme", "06", 250),
        ("acme", "07", 250),
        ("gone", "05", 20),
        ("invoiced", "05", 180),
        ("invoiced", "06", 300),
        ("tried", "05", 0),
        ("used", "06", 10),
        ("used", "07", 0),
    ]


def test_a_report_is_taken_as_it_is(paying: Company) -> None:
    report = [
        ("sub_A", "cus_A", "active", "2026-05-01", "eur", "25000", "20000"),
        ("sub_A", "cus_A", "active", "2026-05-01", "eur", "500", "500"),
        ("sub_B", "cus_B", "canceled", "2026-05-01", "jpy", "9000", ""),
        ("sub_sold", "cus_week", "active", "2026-06-01", "eur", "100", "0"),
        ("sub_trying", "cus_trying", "trialing", "2026-06-01", "eur", "100", "100"),
        ("sub_nobody", "cus_nobody", "active", "2026-06-01", "eur", "100", "100"),
    ]
    columns = "subscription_id customer_id subscription_status subscription_month currency"
    names = [*columns.split(), "month_contract_mrr", "month_billed_mrr"]
    append(
        paying,
        "stripe",
        "stripe__subscription_item_mrr_report",
        [dict(zip(names, row, strict=True)) for row in report],
    )
    build(paying, stripe_mrr="ready_made")
    assert revenue(paying) == [
        ("acme", "sub_A", "2026-05", "EUR", 205),
        ("beta", "sub_B", "2026-05", "JPY", 9000),
        ("client", "sub_sold", "2026-06", "EUR", 0),
    ]
