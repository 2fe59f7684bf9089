"""HubSpot, Salesforce, Zendesk and Intercom beside a company's own files: what each says of
accounts, and what is believed where several know one."""

import shutil
from datetime import date
from typing import Any

import pytest
from conftest import Company, event
from test_sources import LAYOUTS
from test_sources_stripe import append

VENDORS = ("salesforce", "hubspot", "zendesk", "intercom")
ACME = {"hubspot": "2182162682", "salesforce": "0015500000Xyy06AAB", "intercom": "5f8efd11"}
CSM, LEFT = "csm@ourcompany.example", "left@ourcompany.example"
VARIABLES: dict[str, Any] = {
    "input_columns": {"hubspot.company": {"property_plan": "property_tier"}},
    "segment_attributes": {"accounts": ["region"]},
}
#: What else rows of the layouts say, by their id.
MORE = {
    ACME["hubspot"]: {"property_tier": "pro", "property_renewal_date": "2027-01-01"},
    ACME["salesforce"]: {"_fivetran_start": "2026-05-02 08:00:00"},
}
#: Rows beside those of the layouts, by vendor and table.
ROWS: dict[str, dict[str, list[dict[str, str]]]] = {
    "hubspot": {
        "company": [
            # A subsidiary; its owner has left.
            {"id": "3001", "property_external_account_id": "north", "property_name": "North",
             "property_hs_parent_company_id": ACME["hubspot"], "property_hubspot_owner_id": "77"},
            # A second record of an account, a lead, and one that is gone.
            {"id": "3002", "property_external_account_id": "acme", "property_name": "Acme again",
             "property_createdate": "2026-04-09 00:00:00"},
            {"id": "3003", "property_name": "A lead"},
            {"id": "3004", "property_external_account_id": "ghost", "_fivetran_deleted": "true"},
        ],
        "owner": [{"owner_id": "77", "email": LEFT}],
        "company_property_history": [
            {"company_id": ACME["hubspot"], "name": name, "value": value, "timestamp": time}
            for name, value, time in [
                ("hubspot_owner_id", "77", "2026-04-01 10:00:00"),
                ("tier", "trial", "2026-04-02 10:00:00"),
                ("tier", "pro", "2026-05-02 09:00:00"),
                ("hubspot_owner_id", "44023296", "2026-05-03 10:00:00"),
                ("industry", "BANKING", "2026-05-04 10:00:00"),
            ]
        ],
        "ticket": [
            {"id": "2", "property_createdate": "2026-05-01 12:00:00",
             "property_first_agent_reply_date": "2026-05-01 13:30:00",
             "property_closed_date": "2026-05-03 09:00:00", "property_hs_ticket_priority": "LOW"},
            {"id": "3", "property_createdate": "2026-05-01 12:00:00", "is_deleted": "true"},
        ],
        "ticket_company": [
            {"ticket_id": "2", "company_id": ACME["hubspot"], "category": "HUBSPOT_DEFINED"},
            {"ticket_id": "2", "company_id": ACME["hubspot"], "category": "USER_DEFINED"},
            {"ticket_id": "2", "company_id": "3001", "category": "HUBSPOT_DEFINED"},
            {"ticket_id": "3", "company_id": ACME["hubspot"], "category": "HUBSPOT_DEFINED"},
        ],
    },
    "salesforce": {
        "account": [
            # An earlier version, and a subsidiary whose ids an export wrote with fifteen signs.
            {"id": ACME["salesforce"], "_fivetran_active": "false", "app_account_id_c": "acme",
             "plan_c": "trial", "owner_id": "0055500000Bbb02AAA", "name": "Acme (old)",
             "_fivetran_start": "2026-04-01 00:00:00"},
            {"id": "0015500000Xyy08", "app_account_id_c": "south", "name": "South",
             "parent_id": "0015500000Xyy06", "renewal_date_c": "2026-12-31"},
            {"id": "0015500000Xyy09AAB", "name": "A lead"},
        ],
        "user": [
            {"id": "0055500000Aaa01", "email": "cora@ourcompany.example"},
            {"id": "0055500000Bbb02AAA", "email": "bob@ourcompany.example"},
        ],
        "opportunity": [
            {"id": "o2", "account_id": "0015500000Xyy08AAB", "close_date": "2026-11-01",
             "is_closed": "true", "type": "Renewal"},
            {"id": "o3", "account_id": "0015500000Xyy08AAB", "close_date": "2026-08-01",
             "is_closed": "false", "type": "New Business"},
            {"id": "o4", "account_id": ACME["salesforce"], "close_date": "2026-08-01",
             "is_closed": "false", "is_deleted": "true", "type": "Renewal"},
        ],
    },
    "zendesk": {
        "organization": [{"id": "9", "name": "Test organization"}],
        "user": [
            {"id": "500", "external_id": "u-staff", "role": "admin",
             "email": "s@ourcompany.example"},
            {"id": "501", "email": "stranger@acme.example", "role": "end-user"},
        ],
        "ticket": [
            # Solved twice; by a person whose organization the ticket lacks.
            {"id": "1598", "requester_id": "402", "status": "closed", "merged_ticket_ids": "[]",
             "created_at": "2026-05-02 09:00:00", "updated_at": "2026-05-09 09:00:00"},
            {"id": "1599", "organization_id": "370326104793", "status": "solved", "priority": "low",
             "created_at": "2026-05-02 09:00:00", "updated_at": "2026-05-04 09:00:00"},
            {"id": "1600", "organization_id": "9", "status": "open",
             "created_at": "2026-05-02 09:00:00", "updated_at": "2026-05-04 09:00:00"},
        ],
        "ticket_field_history": [
            {"ticket_id": ticket, "field_name": field, "value": value,
             "updated": f"2026-05-{time}:00"}
            for ticket, field, value, time in [
                ("1598", "status", "solved", "03 10:00"), ("1598", "status", "open", "04 10:00"),
                ("1598", "status", "solved", "05 10:00"), ("1598", "status", "closed", "09 09:00"),
                ("1598", "satisfaction_score", "offered", "05 10:00"),
                ("1598", "satisfaction_score", "bad", "06 09:00"),
                ("1598", "satisfaction_score", "good", "06 12:00"),
                ("1599", "satisfaction_score", "bad", "06 09:00"),
            ]
        ],
    },
    "intercom": {
        "contact_history": [
            {"id": "c-lead", "role": "lead", "external_id": "u-lead", "_fivetran_active": "true"},
            {"id": "5f7295ca37f0d717d37dfddb", "role": "user", "external_id": "u-ben",
             "email": "former@acme.example", "updated_at": "2026-04-20 08:00:00",
             "_fivetran_active": "false"},
        ],
        "conversation_history": [
            {"id": "2", "source_author_type": "admin", "source_author_id": "4077639",
             "created_at": "2026-05-01 08:00:00", "conversation_rating_value": "5",
             "conversation_rating_created_at": "2026-05-01 09:00:00", "_fivetran_active": "true"},
            {"id": "3", "source_author_type": "lead", "source_author_id": "c-lead",
             "created_at": "2026-05-02 08:00:00", "state": "open", "priority": "priority",
             "_fivetran_active": "true"},
            {"id": "156643300001311", "created_at": "2026-05-01 10:00:00", "state": "open",
             "source_author_id": "5f7295ca37f0d717d37dfddb", "source_author_type": "user",
             "updated_at": "2026-05-01 10:30:00", "_fivetran_active": "false"},
        ],
        "conversation_contact_history": [
            {"conversation_id": conversation, "contact_id": "5f7295ca37f0d717d37dfddb"}
            for conversation in ("2", "3")
        ],
    },
}  # fmt: skip
#: account, from when on, plan, status, owner
History = tuple[str, str, str | None, str | None, str | None]
TRIAL, PRO = ("trial", "bob@ourcompany.example"), ("pro", "cora@ourcompany.example")
#: What Salesforce says of plan and owner comes first, and nobody but the company says a status.
HISTORY: list[History] = [
    ("acme", "2026-04-01 00:00", TRIAL[0], None, TRIAL[1]),
    ("acme", "2026-04-01 10:00", TRIAL[0], None, TRIAL[1]),
    ("acme", "2026-04-02 10:00", TRIAL[0], None, TRIAL[1]),
    ("acme", "2026-04-15 00:00", TRIAL[0], "trial", TRIAL[1]),
    ("acme", "2026-05-02 08:00", PRO[0], "trial", PRO[1]),
    ("acme", "2026-05-02 09:00", PRO[0], "trial", PRO[1]),
    ("acme", "2026-05-03 10:00", PRO[0], "trial", PRO[1]),
]
HUBSPOTS_HISTORY: list[History] = [
    ("acme", "2026-04-01 10:00", None, None, LEFT),
    ("acme", "2026-04-02 10:00", "trial", None, LEFT),
    ("acme", "2026-05-02 09:00", "pro", None, LEFT),
    ("acme", "2026-05-03 10:00", "pro", None, CSM),
]
#: By vendor, account and name: the values by day of May.
FACTS: dict[tuple[str, str, str], dict[int, float]] = {
    ("hubspot", "acme", "tickets_opened"): {1: 2, 2: 0, 3: 0},
    ("hubspot", "acme", "tickets_open"): {1: 2, 2: 2, 3: 1},
    ("hubspot", "acme", "urgent_tickets_open"): {1: 1, 2: 1, 3: 1},
    ("hubspot", "acme", "first_reply_hours"): {3: 1.5},
    ("hubspot", "north", "tickets_opened"): {1: 1, 2: 0, 3: 0},
    ("hubspot", "north", "tickets_open"): {1: 1, 2: 1, 3: 0},
    ("hubspot", "north", "urgent_tickets_open"): {1: 0, 2: 0, 3: 0},
    ("hubspot", "north", "first_reply_hours"): {3: 1.5},
    ("zendesk", "acme", "tickets_opened"): {1: 1, 2: 2, 3: 0, 4: 0, 5: 0},
    ("zendesk", "acme", "tickets_open"): {1: 1, 2: 3, 3: 3, 4: 2, 5: 1},
    ("zendesk", "acme", "urgent_tickets_open"): {1: 1, 2: 1, 3: 1, 4: 1, 5: 1},
    ("zendesk", "acme", "csat"): {6: 0.5},
    ("intercom", "acme", "tickets_opened"): {1: 1, 2: 1, 3: 0},
    ("intercom", "acme", "tickets_open"): {1: 0, 2: 1, 3: 1},
    ("intercom", "acme", "urgent_tickets_open"): {1: 0, 2: 1, 3: 1},
    ("intercom", "acme", "csat"): {1: 3.5},
    ("intercom", "acme", "monthly_spend"): {-29: 0, 2: 250},
}


def write_company(company: Company) -> None:
    """A company with all four vendors, and files of its own."""
    company.score_reports()
    company.write("events", [event("e1", "report", "u-ben", "2026-05-09", account_id="acme")])
    company.write(
        "accounts",
        [
            {"account_id": "acme", "name": " ", "seats": "30", "region": "eu"},
            {"account_id": "solo", "name": "Solo", "seats": "", "region": ""},
        ],
    )
    company.write(
        "users",
        [
            {"user_id": "u-ben", "email": "", "role": "buyer", "created_at": ""},
            {"user_id": "u-anna", "email": "", "role": "", "created_at": "2026-05-01T09:00:00Z"},
        ],
    )
    company.write(
        "account_history", [{"account_id": "acme", "valid_from": "2026-04-15", "status": "trial"}]
    )
    for vendor, tables in ROWS.items():
        shutil.copytree(LAYOUTS / vendor, company.data / vendor)
        for table, rows in tables.items():
            append(company, vendor, table, rows, MORE)


def history(company: Company, table: str) -> list[History]:
    columns = {row[0] for row in company.query(f"describe engagement_internal.{table}")}
    chosen = [name if name in columns else "null" for name in ("plan", "status", "owner")]
    return company.query(
        f"select account_id, strftime(valid_from, '%Y-%m-%d %H:%M'), {', '.join(chosen)}"
        f" from engagement_internal.{table} order by all"
    )


@pytest.fixture(scope="module")
def known(workshop: Any) -> Company:
    """What the four vendors and the company's own files say together, Salesforce first; it is
    there until the last test of this file."""
    company = Company(workshop).reset()
    write_company(company)
    company.build(
        only="stg_accounts stg_users stg_account_history stg_account_facts stg_attributes",
        sources=list(VENDORS),
        **VARIABLES,
    )
    return company


def test_each_vendor_says_what_it_knows_of_accounts(known: Company) -> None:
    accounts = {
        vendor: known.query(f"from engagement_internal.{vendor}_accounts order by account_id")
        for vendor in VENDORS
    }
    assert accounts == {
        "hubspot": [
            ("acme", None, "Acme Ltd", "pro", "COMPUTER_SOFTWARE", CSM, date(2027, 1, 1)),
            ("north", "acme", "North", None, None, LEFT, None),
        ],
        "salesforce": [
            ("acme", None, "Acme Ltd", "pro", "Technology", PRO[1], date(2027, 5, 2)),
            ("south", "acme", "South", None, None, None, date(2026, 12, 31)),
        ],
        "zendesk": [("acme", "Acme Ltd")],
        "intercom": [("acme", "Acme Ltd", "pro", None)],
    }
    assert history(known, "hubspot_account_history") == HUBSPOTS_HISTORY
    assert history(known, "salesforce_account_history") == [
        ("acme", "2026-04-01 00:00", TRIAL[0], None, TRIAL[1]),
        ("acme", "2026-05-02 08:00", PRO[0], None, PRO[1]),
    ]
    assert history(known, "intercom_account_history") == [
        ("acme", "2026-04-01 00:00", "trial", None, None),
        ("acme", "2026-05-02 08:00", "pro", None, None),
    ]


def test_tickets_ratings_and_spend_are_facts_of_their_days(known: Company) -> None:
    found: dict[tuple[str, str, str], dict[int, float]] = {}
    for vendor in ("hubspot", "zendesk", "intercom"):
        for account, name, day, value in known.query(
            "select account_id, name, date_diff('day', date '2026-04-30', measured_on), value"
            f" from engagement_internal.{vendor}_account_facts order by all"
        ):
            of_fact = found.setdefault((vendor, account, name), {})
            assert day not in of_fact
            of_fact[day] = value
    assert found == FACTS


def test_what_several_know_is_merged_in_the_order_of_the_sources(known: Company) -> None:
    accounts = known.query(
        "select account_id, parent_account_id, name, plan, industry, owner, seats,"
        " cast(renews_on as text) from engagement_internal.stg_accounts order by account_id"
    )
    assert accounts == [
        # The blank name of the company's own file is none; its seats are.
        ("acme", None, "Acme Ltd", "pro", "Technology", PRO[1], 30, "2027-05-02"),
        ("north", "acme", "North", None, None, LEFT, None, None),
        ("solo", None, "Solo", None, None, None, None, None),
        ("south", "acme", "South", None, None, None, None, "2026-12-31"),
    ]
    users = known.query(
        "select user_id, account_id, email, role, is_internal,"
        " strftime(created_at, '%Y-%m-%d %H:%M') from engagement_internal.stg_users order by all"
    )
    assert users == [
        ("u-anna", None, None, None, None, "2026-05-01 09:00"),
        ("u-ben", "acme", "ben@acme.example", "buyer", None, "2026-04-20 08:00"),
        ("u-staff", None, "s@ourcompany.example", None, True, None),
    ]
    assert history(known, "stg_account_history") == HISTORY
    attributes = known.query("select entity_id, value from engagement_internal.stg_attributes")
    assert {row for row in attributes if row[1]} == {("acme", "eu")}
    facts = known.value("select count(*) from engagement_internal.stg_account_facts")
    assert facts == sum(len(values) for values in FACTS.values())


def test_the_order_of_the_sources_decides(company: Company) -> None:
    write_company(company)
    company.build(only="stg_accounts", sources=["hubspot", "salesforce"], **VARIABLES)
    acme = company.query(
        "select industry, owner, cast(renews_on as text) from engagement_internal.stg_accounts"
        " where account_id = 'acme'"
    )
    assert acme == [("COMPUTER_SOFTWARE", CSM, "2027-01-01")]
