"""scored_event_days: the capped counts behind the latest scores, worked out by hand."""

from datetime import date

from conftest import VERSION_COLUMNS, Company, event

AS_OF = date(2026, 5, 20)


def done(
    number: int, name: str, day: int, user: str | None, **columns: object
) -> dict[str, object]:
    row = {"account_id": "a", "quantity": 1} | columns
    return event(f"{number}", name, user, f"2026-05-{day:02} 09:00:00", **row)


def test_the_cap_leaves_so_many_of_each_user_and_of_none(company: Company) -> None:
    """A window of the 7 days from 14 to 20 May, a half-life of 2 days, and 3 reports a day at most.
    On the 18th u has 2 + 2 reports (one as the alias v), w has 1, and a server 5: 3 + 1 + 3 = 7.
    Views weigh nothing yet, exports did under the version before only, and clicks in none. Points
    = 2 · 7 · 0.5 + 2 · 1 · 0.125 + 2 · 2 · 1 = 11.25."""
    company.configure(
        "scoring_versions",
        f"{VERSION_COLUMNS}\nv1,1970-01-01,7,0.5,0,,1,,rolling\nv2,2026-05-10,7,0.5,0,2,1,,rolling",
    )
    company.configure(
        "event_weights",
        """version,event_name,weight,daily_cap,counts_as_active
        v1,report,1,,true
        v1,export,5,,true
        v2,report,2,3,true
        v2,view,0,10,false""",
    )
    company.write("identities", [{"alias_id": "v", "user_id": "u"}])
    company.write(
        "events",
        [
            done(1, "report", 13, "u"),
            done(2, "report", 14, "u"),
            done(3, "report", 18, "u", quantity=2),
            done(4, "report", 18, "v", quantity=2),
            done(5, "report", 18, "w"),
            done(6, "report", 18, None, quantity=5),
            done(7, "report", 18, "u", account_id=None),
            done(8, "report", 20, "w", quantity=2),
            done(9, "report", 21, "w"),
            done(10, "view", 19, "u", quantity=12),
            done(11, "view", 19, "w", quantity=4),
            done(12, "export", 19, "u"),
            done(13, "click", 19, "u"),
            done(14, "view", 15, "x", account_id="b"),
        ],
    )
    company.build(
        only="scored_event_days account_scores score_contributions", tests=True, as_of=AS_OF
    )
    assert company.query("from engagement.scored_event_days order by 2, 3, 4") == [
        (AS_OF, "a", "report", date(2026, 5, 14), 1),
        (AS_OF, "a", "report", date(2026, 5, 18), 7),
        (AS_OF, "a", "report", date(2026, 5, 20), 2),
        (AS_OF, "a", "view", date(2026, 5, 19), 14),
        (AS_OF, "b", "view", date(2026, 5, 15), 1),
    ]
    assert float(
        company.value(f"select points from engagement.account_scores where score_date = '{AS_OF}'")
    ) == (11.25)
    names = "select distinct event_name from engagement.score_contributions"
    assert company.query(names) == [("report",)]
    assert company.differences(as_of=AS_OF) == []


def test_no_event_is_scored_on_a_day_without_a_version(company: Company) -> None:
    company.configure("scoring_versions", f"{VERSION_COLUMNS}\nv1,2026-06-01,7,0.5,0,,1,,rolling")
    company.write("events", [done(1, "task_created", 18, "u"), done(2, "task_created", 19, "u")])
    company.build(only="scored_event_days account_scores", tests=True, as_of=AS_OF)
    assert company.query("from engagement.scored_event_days") == []
    assert company.differences(as_of=AS_OF) == []
