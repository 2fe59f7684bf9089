"""account_features: which key features each account has and uses, worked out by hand."""

from datetime import date

from conftest import Company, event


def used(
    number: int, name: str, account: str, day: int, user: str | None = "u"
) -> dict[str, object]:
    return event(f"{number}", name, user, f"2026-05-{day:02} 09:00:00", account_id=account)


def test_every_account_has_a_row_for_every_launched_feature(company: Company) -> None:
    """A window of the 7 days from 14 to 20 May. Exports launch on the 10th; assistants are yet to
    come; reports are of the plan pro. Account a used an export before its launch only, and b
    reports while it was on pro; c has never come."""
    company.score_reports()
    company.configure(
        "key_features",
        """feature,event_name,launched_on,plans
        reports,report,,pro
        exports,export,2026-05-10,
        boards,board,,pro|free
        boards,lane,,pro|free
        assistants,assistant,2026-06-01,""",
    )
    accounts = [{"account_id": key, "plan": plan} for key, plan in (("a", "pro"), ("b", "free"))]
    company.write("accounts", [*accounts, {"account_id": "c", "plan": None}])
    company.write(
        "events",
        [
            used(1, "report", "a", 1),
            used(2, "report", "a", 14, user=None),
            used(3, "report", "a", 19),
            used(4, "export", "a", 9),
            used(5, "assistant", "a", 19),
            used(6, "report", "b", 2),
            used(7, "report", "b", 18),
            used(8, "board", "b", 3),
            used(9, "lane", "b", 13),
            used(10, "export", "b", 11),
            used(11, "export", "b", 20),
        ],
    )
    company.build(only="account_features account_profiles", tests=True, as_of=date(2026, 5, 20))

    def may(day: int) -> date:
        return date(2026, 5, day)

    assert company.query("from engagement.account_features order by 1, 2") == [
        ("a", "boards", True, False, None, None),
        ("a", "exports", True, False, None, None),
        ("a", "reports", True, True, may(1), may(19)),
        ("b", "boards", True, False, may(3), may(13)),
        ("b", "exports", True, True, may(11), may(20)),
        ("b", "reports", False, False, may(2), may(18)),
        ("c", "boards", False, False, None, None),
        ("c", "exports", True, False, None, None),
        ("c", "reports", False, False, None, None),
    ]
    assert company.query(
        "select account_id, features_available, features_used, features_used_all_time"
        " from engagement.account_profiles order by 1"
    ) == [("a", 3, 1, 1), ("b", 2, 1, 2), ("c", 1, 0, 0)]
    assert company.differences(as_of=date(2026, 5, 20)) == []


def test_without_an_event_no_account_has_a_feature(company: Company) -> None:
    company.write("accounts", [{"account_id": "a", "plan": "pro"}])
    company.write("events", [], "event_id event_name user_id occurred_at")
    company.build(only="account_features account_profiles", tests=True)
    assert company.value("select count(*) from engagement.account_profiles") == 1
    assert company.query("from engagement.account_features") == []
    assert company.differences() == []
