"""Why a score moved: each of the four terms alone, by hand; its drivers; and what stays published.

Scores are linear (k = 0) and windows are a week, so that points and changes are round.
"""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from conftest import VERSION_COLUMNS, Company, event

from engagement.errors import UsageError
from engagement.explain import explain

BEFORE, NOW, DAY = date(2026, 3, 7), date(2026, 3, 14), timedelta(days=1)
TERMS = "correction_change", "version_change", "population_change", "behaviour_change"
WEIGHTS = "version,event_name,weight,daily_cap,counts_as_active"


def configure(
    company: Company, versions: str = "v1,1970-01-01,7,0.5,0,,1,,frozen", weights: str = ""
) -> None:
    """One version with a cap of 100 that never moves, unless the test says otherwise."""
    company.configure("scoring_versions", f"{VERSION_COLUMNS}\n{versions}")
    company.configure("event_weights", f"{WEIGHTS}\n{weights or 'v1,report,1,,true'}")
    company.configure(
        "calibration_caps",
        "version,entity_type,normalization_group,cap\n"
        + "\n".join(
            f"{line.split(',')[0]},{entity_type},all,100"
            for line in versions.split()
            if line.endswith("frozen")
            for entity_type in ("user", "account")
        ),
    )


def events(
    user: str, day: date, count: int, name: str = "report", **columns: Any
) -> list[dict[str, Any]]:
    return [
        event(f"{user}{day}{name}{number}", name, user, f"{day} 09:00:00", **columns)
        for number in range(count)
    ]


def terms(company: Company, user: str) -> list[float]:
    """correction, version, population, behaviour of a user's change until NOW."""
    ((score_change, *found),) = company.query(
        f"select change_since_published, {', '.join(TERMS)} from engagement.score_changes"
        f" where score_date = '{NOW}' and entity_type = 'user' and entity_id = '{user}'"
    )
    assert sum(found) == pytest.approx(score_change)
    return [round(term, 9) for term in found]


def test_only_the_cap_moved(company: Company) -> None:
    """The median of 10 and 10 is 10, that of 10 and 20 is 15: who stands still falls by a third of
    99, and who doubled makes good for it."""
    configure(company, "v1,1970-01-01,7,0.5,0,,1,,rolling")
    company.write(
        "events",
        events("still", BEFORE, 10)
        + events("still", NOW, 10)
        + events("doubled", BEFORE, 10)
        + events("doubled", NOW, 20),
    )
    company.build(only="score_change_drivers", tests=True, as_of=NOW)
    assert terms(company, "still") == [0, 0, -33, 0]
    assert terms(company, "doubled") == [0, 0, -33, 33]
    assert company.differences(as_of=NOW) == []


def test_only_one_late_event(company: Company) -> None:
    configure(company)
    on_time = events("u", BEFORE, 10, loaded_at=f"{BEFORE + DAY} 10:00:00")
    company.write("events", on_time)
    company.build(as_of=BEFORE)
    late = events("u", BEFORE - DAY, 1, loaded_at=f"{NOW + DAY} 10:00:00")
    company.write(
        "events", on_time + late + events("u", NOW, 11, loaded_at=f"{NOW + DAY} 10:00:00")
    )
    company.build(as_of=NOW)
    assert terms(company, "u") == [0.99, 0, 0, 0]
    assert company.query(
        f"select published_previous_score from engagement.score_changes where score_date = '{NOW}'"
    ) == [(pytest.approx(10.9),)]
    assert company.differences(as_of=NOW) == []


def test_only_the_version(company: Company) -> None:
    """Twice the weight from NOW on: the new version scores the week before as well."""
    configure(
        company,
        f"v1,1970-01-01,7,0.5,0,,1,,frozen\nv2,{NOW},7,0.5,0,,1,,frozen",
        "v1,report,1,,true\nv2,report,2,,true",
    )
    company.write("events", events("u", BEFORE, 10) + events("u", NOW, 10))
    company.build(only="score_change_drivers", as_of=NOW)
    assert terms(company, "u") == [0, 9.9, 0, 0]
    assert company.differences(as_of=NOW) == []


def test_a_version_has_its_own_window_and_cap(company: Company) -> None:
    """The new version looks back three days only, and its cap is that of its own points: 4 of 4."""
    configure(
        company,
        f"v1,1970-01-01,7,0.5,0,,1,,frozen\nv2,{NOW},3,0.5,0,,1,,rolling",
        "v1,report,1,,true\nv2,report,1,,true",
    )
    company.write(
        "events",
        events("u", date(2026, 3, 4), 9) + events("u", date(2026, 3, 9), 4) + events("u", NOW, 4),
    )
    company.build(only="score_change_drivers", tests=True, as_of=NOW)
    assert terms(company, "u") == [0, round(99 - 0.99 * 4, 9), 0, 0]
    assert company.differences(as_of=NOW) == []


def test_only_behaviour_split_by_event(company: Company) -> None:
    """Fifteen points more of one event and five fewer of another: each point is 0.99 of score."""
    configure(company, weights="v1,report,3,,true\nv1,login,1,,true")
    company.write(
        "events",
        events("u", BEFORE, 1, account_id="a")
        + events("u", BEFORE, 7, "login", account_id="a")
        + events("u", NOW, 6, account_id="a")
        + events("u", NOW, 2, "login", account_id="a"),
    )
    company.build(only="score_change_drivers", tests=True, as_of=NOW)
    assert terms(company, "u") == [0, 0, 0, 9.9]
    for entity_type in ("user", "account"):
        assert company.query(
            "select event_name, previous_events, events, points, points_change,"
            " round(behaviour_change, 9) from engagement.score_change_drivers"
            f" where entity_type = '{entity_type}' order by event_name"
        ) == [("login", 7, 2, 2, -5, -4.95), ("report", 1, 6, 18, 15, 14.85)]
    assert company.differences(as_of=NOW) == []


@pytest.mark.parametrize(("curvature", "slope"), [("0", 0.99), ("2", 0.4623238325)])
def test_where_points_are_equal_the_drivers_follow_the_slope(
    company: Company, curvature: str, slope: float
) -> None:
    """3 reports more, 6 logins fewer, 20 points as before: the score stands, its parts do not.

    At k = 2 and u = 0.2 the slope is 99 * 2 * e^0.4 / (e^2 - 1) / 100.
    """
    configure(
        company,
        f"v1,1970-01-01,7,0.5,{curvature},,1,,frozen",
        "v1,report,2,,true\nv1,login,1,,true",
    )
    company.write(
        "events",
        events("u", BEFORE, 5)
        + events("u", BEFORE, 10, "login")
        + events("u", NOW, 8)
        + events("u", NOW, 4, "login"),
    )
    company.build(only="score_change_drivers", as_of=NOW)
    assert terms(company, "u") == [0, 0, 0, 0]
    found = dict(
        company.query("select event_name, behaviour_change from engagement.score_change_drivers")
    )
    assert found == {"report": pytest.approx(6 * slope), "login": pytest.approx(-6 * slope)}
    assert company.differences(as_of=NOW) == []


def test_who_is_silent_falls_to_0_and_who_is_new_comes_from_0(company: Company) -> None:
    configure(company)
    company.write("events", events("silent", BEFORE, 10) + events("new", NOW, 20))
    company.build(only="score_change_drivers", as_of=NOW)
    assert terms(company, "silent") == [0, 0, 0, -10.9]
    assert terms(company, "new") == [0, 0, 0, 20.8]
    assert company.differences(as_of=NOW) == []


def test_a_group_that_all_have_left_is_measured_by_the_whole_population(company: Company) -> None:
    """The only one on the plan goes silent: his cap of 10 is gone, that of all is 40."""
    configure(company, "v1,1970-01-01,7,0.5,0,,1,plan,rolling")
    company.write("accounts", [{"account_id": "a", "plan": "pro"}, {"account_id": "b"}])
    company.write(
        "events",
        events("u", BEFORE, 10, account_id="a")
        + events("v", BEFORE, 40, account_id="b")
        + events("v", NOW, 40, account_id="b"),
    )
    company.build(only="score_change_drivers", as_of=NOW)
    assert terms(company, "u") == [0, 0, -74.25, -25.75]
    assert company.differences(as_of=NOW) == []


def test_contributions_keep_the_daily_cap(company: Company) -> None:
    """Capped at 5 a day in each account, and at 5 over both, which the first account carries."""
    configure(company, weights="v1,report,2,5,true")
    company.write(
        "events",
        events("u", NOW, 4, account_id="b")
        + [event(f"x{n}", "report", "u", f"{NOW} 10:00:00", account_id="a") for n in range(7)]
        + events("v", NOW, 1, account_id="b"),
    )
    company.build(only="score_change_drivers", as_of=NOW)
    assert company.query(
        "select user_id, account_id, events, user_points, share_of_user, account_points,"
        " round(share_of_account, 9) from engagement.score_contributions order by 1, 2"
    ) == [
        ("u", "a", 7, 10, 1, 10, 1),
        ("u", "b", 4, 0, 0, 8, 0.8),
        ("v", "b", 1, 2, 1, 2, 0.2),
    ]
    assert company.differences(as_of=NOW) == []


def test_without_a_cap_that_binds_each_account_has_its_own_points(company: Company) -> None:
    configure(company, weights="v1,report,2,20,true")
    company.write(
        "events",
        events("u", NOW, 4, account_id="b")
        + [event(f"x{n}", "report", "u", f"{NOW} 10:00:00", account_id="B") for n in range(7)],
    )
    company.build(only="score_change_drivers", as_of=NOW)
    assert company.query(
        "select account_id, user_points from engagement.score_contributions order by 1"
    ) == [("B", 14), ("b", 8)]
    assert company.differences(as_of=NOW) == []


def test_a_tiny_change_of_points_has_drivers_that_add_up(company: Company) -> None:
    """Two events that nearly make good for one another, to 12 digits: no quotient has any left."""
    configure(
        company,
        "v1,1970-01-01,7,0.5,2,0.7,1,,frozen",
        "v1,report,30.001,,true\nv1,login,30,,true",
    )
    company.write("events", events("u", BEFORE, 2) + events("u", NOW, 2, "login"))
    company.build(only="score_change_drivers", tests=True, as_of=NOW)
    assert company.differences(as_of=NOW) == []


def test_who_has_no_points_is_in_the_group_of_the_window_before(company: Company) -> None:
    """Moved to a plan with a cap of 20, but only looked around there: the cap of 100 stayed."""
    configure(
        company,
        "v1,1970-01-01,7,0.5,0,,1,plan,rolling",
        "v1,report,1,,true\nv1,looked,0,,true",
    )
    plans = {"a": "free", "b": "pro", "c": "free"}
    company.write("accounts", [{"account_id": name, "plan": plans[name]} for name in plans])
    company.write(
        "account_history",
        [
            {"account_id": "a", "valid_from": "2026-01-01", "plan": "pro"},
            {"account_id": "a", "valid_from": str(NOW), "plan": "free"},
        ],
    )
    company.write(
        "events",
        events("u", BEFORE, 100, account_id="a")
        + events("u", NOW, 1, "looked", account_id="a")
        + events("v", BEFORE, 100, account_id="b")
        + events("v", NOW, 100, account_id="b")
        + events("w", NOW, 20, account_id="c"),
    )
    home = {"u": "a", "v": "b", "w": "c"}
    company.write("users", [{"user_id": user, "account_id": home[user]} for user in home])
    company.build(only="score_change_drivers", as_of=NOW)
    assert terms(company, "u") == [0, 0, 0, -100]
    assert company.differences(as_of=NOW) == []


def test_what_was_published_is_never_rewritten(company: Company) -> None:
    """Not by a late event, nor by a full refresh; a date is published once, with all its rows."""
    configure(company)
    on_time = events("u", BEFORE, 10, loaded_at=f"{BEFORE + DAY} 10:00:00")
    company.write("events", on_time)
    company.build(as_of=BEFORE)
    published = company.query("from engagement.published_scores order by all")
    assert published
    late = [
        *(
            event(f"late{n}", "report", "u", str(BEFORE), loaded_at=f"{NOW + DAY} 10:00")
            for n in range(5)
        ),
        *events("late", BEFORE, 5, loaded_at=f"{NOW + DAY} 10:00:00"),
    ]
    company.write("events", on_time + late)
    for options in ([], ["--full-refresh"]):
        company.build(*options, as_of=NOW, tests=True)
        kept = f"from engagement.published_scores where score_date <= '{BEFORE}' order by all"
        assert company.query(kept) == published
        assert company.query(
            "select entity_id, round(correction_change, 9) from engagement.score_changes"
            f" where score_date = '{NOW}' order by 1"
        ) == [("late", 5.95), ("u", 4.95)]


def test_explain_says_who_and_what_moved_an_account(company: Company) -> None:
    configure(company)
    company.write(
        "events",
        events("u", BEFORE, 10, account_id="a")
        + events("u", NOW, 2, account_id="a")
        + events("gone", BEFORE, 4, account_id="a")
        + events("new", NOW, 1, account_id="a")
        + events("other", BEFORE - timedelta(days=5), 1),
    )
    company.build(only="score_change_drivers tracking_incidents", as_of=NOW)
    explanation = explain(company.publish().settings(), "account", "a")
    minus = "\N{MINUS SIGN}"
    assert explanation.sentence() == (
        f"{minus}10.9: 8 fewer report ({minus}7.9), one user fell silent ({minus}4.0),"
        " one user is new or back (+1.0)"
    )
    change = explanation.score - explanation.previous_score
    assert sum(part.change for part in explanation.parts) == pytest.approx(change)
    before = explain(company.settings(), "account", "a", NOW - timedelta(days=1))
    assert [part.what for part in before.parts] == ["its own behaviour"]


@pytest.fixture(scope="module")
def built(workshop: Path) -> Company:
    """Two users who have no change to explain until then; only to be read."""
    company = Company(workshop).reset()
    configure(company)
    company.write("events", events("once", date(2026, 2, 1), 1) + events("u", NOW, 1))
    tables = "score_change_drivers tracking_incidents user_profiles account_profiles"
    company.build(only=tables, as_of=NOW)
    return company.publish().kept_as("changes")


@pytest.mark.parametrize(
    ("who", "sentence"),
    [
        (("user", "nobody"), "There is no user nobody: look for the id in user_profiles."),
        (
            ("user", "once"),
            "The user once has no change until 2026-03-14: it scored neither then nor one window"
            " earlier (it was last active on 2026-02-01).",
        ),
        (
            ("user", "once", date(2026, 2, 2)),
            "score_changes has no rows for 2026-02-02: it is not a score date, or the history"
            " begins less than a window before it.",
        ),
    ],
)
def test_explain_says_why_there_is_nothing_to_explain(
    built: Company, who: Any, sentence: str
) -> None:
    with pytest.raises(UsageError) as raised:
        explain(built.settings(), *who)
    assert str(raised.value) == sentence
