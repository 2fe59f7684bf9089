"""What init proposes from a company's data: weights, features, milestones, and whose tables."""

import csv
import shutil
from datetime import date, datetime
from pathlib import Path

import duckdb
import pytest
from conftest import Company
from test_command_line import engagement
from test_sources import copy_layout

from engagement import runner
from engagement.errors import UsageError
from engagement.project import PACKAGE
from engagement.proposal.events import EventUse, weights, words_of
from engagement.proposal.features import features
from engagement.proposal.milestones import Alike, Early, milestones
from engagement.proposal.recognition import recognize
from engagement.proposal.schemas import copied_schema
from engagement.tables import analysis, rows_of


def use(name: str, events: int, accounts: int = 50, users: int = 80, days: int = 0) -> EventUse:
    return EventUse(
        name=name,
        events=events,
        users=users,
        accounts=accounts,
        user_days=days or events,
        last_on=date(2026, 5, 31),
        recent_events=events,
        previous_events=events,
        all_accounts=100,
        all_users=100,
    )


def test_what_is_rare_is_worth_more_by_the_root_of_rarity() -> None:
    found = weights([use("a", 4000), use("b", 1000), use("c", 250), use("d", 1000), use("e", 111)])
    assert {weight.event_name: weight.weight for weight in found} == {
        "a": 0.5,
        "b": 1,
        "c": 2,
        "d": 1,
        "e": 3,
    }


@pytest.mark.parametrize(
    ("event", "weight", "reason"),
    [
        (use("page_viewed", 250), 0.5, "it comes with looking"),
        (use("UserLoggedIn", 250), 0.5, "it comes with looking"),
        (use("time_logged", 250), 2, "rarer than most"),
        (use("email_delivered", 250), 0, "by its name no person does it"),
        (use("exported", 250, accounts=4), 1, "too few to say more"),
        (use("signed_up", 100), 1, "once a user: a step rather than use"),
    ],
)
def test_a_weight_has_its_reason(event: EventUse, weight: float, reason: str) -> None:
    (found,) = weights([event, use("b", 1000), use("d", 1000)])[:1]
    assert (found.weight, reason in found.reason) == (weight, True), found.reason
    assert found.counts_as_active == (weight > 0)


def test_what_happens_often_on_a_day_is_limited() -> None:
    (found,) = weights([use("typed", 1000, days=100)])
    assert (found.daily_cap, "usually 10 a day" in found.reason) == (30, True)
    assert weights([use("typed", 1000, days=500)])[0].daily_cap is None


def test_words_of_names_in_any_style() -> None:
    for name in ("project_created", "Project Created", "projectCreated", "ProjectCreated"):
        assert words_of(name) == ["project", "created"]
    assert words_of("$autocapture") == ["autocapture"]
    assert words_of("") == []


def test_a_feature_is_what_events_speak_of() -> None:
    found = features(
        [
            use("task_created", 9),
            use("task viewed", 9, accounts=90),
            use("ReportsExported", 9),
            use("Page Viewed", 9),
            use("logged_in", 9),
        ]
    )
    assert [(feature.name, list(feature.event_names)) for feature in found] == [
        ("task", ["task viewed", "task_created"]),
        ("report", ["ReportsExported"]),
    ]


def early(name: str, stayed: int, gone: int, day: float = 1, of: int = 100) -> Early:
    return Early("account", name, [Alike(stayed, gone, of, of)], day)


def test_milestones_are_steps_of_those_who_stayed_in_their_order() -> None:
    rows = [
        early("invited", 60, 20, day=5),
        early("created", 90, 50, day=1),
        early("searched", 80, 78),
        early("exported", 10, 0),
    ]
    found = milestones(rows, {row.event_name for row in rows})
    assert [(step.event_name, step.position) for step in found] == [("created", 1), ("invited", 2)]
    assert "60% of those who stayed" in found[1].reason
    assert "20% of those who left" in found[1].reason


def test_no_evidence_is_told() -> None:
    rows = [early("searched", 80, 78), early("created", 90, 88)]
    reasons = [step.reason for step in milestones(rows, {"searched", "created"})]
    assert len(reasons) == 2
    assert all("no evidence that it matters" in reason for reason in reasons)
    few = milestones([early("created", 5, 0, of=5)], {"created"})
    assert "too few are known to say more" in few[0].reason
    assert milestones([], set()) == []


def test_who_comes_often_does_more_of_everything_which_is_no_evidence() -> None:
    """67 % and 50 % did it; of those as active, as many of those who stayed as of the others."""
    seldom, often = Alike(20, 80, 50, 200), Alike(280, 70, 400, 100)
    (found,) = milestones([Early("user", "searched", [seldom, often], 1)], {"searched"})
    assert "67% of those who stayed" in found.reason
    assert "50% of those who left" in found.reason
    assert "no evidence that it matters" in found.reason
    more = Early("user", "searched", [Alike(40, 80, 50, 200), often], 1)
    assert "also among those active on as many days" in milestones([more], {"searched"})[0].reason


def test_the_difference_among_those_as_active_by_hand() -> None:
    """Weights 50 * 200 / 250 = 40 and 400 * 100 / 500 = 80; differences 0 and 0.55."""
    groups = [Alike(25, 100, 50, 200), Alike(300, 20, 400, 100)]
    found = Early("user", "invited", groups, 1)
    middle = (40 * 0 + 80 * (0.75 - 0.2)) / 120
    assert found.least_difference(0.5) == pytest.approx(middle)
    variance = 40 * 0.25 * 250 / 249 + 80 * 0.64 * 0.36 * 500 / 499
    assert found.least_difference(0.025) == pytest.approx(middle - 1.959964 * variance**0.5 / 120)
    one_sided = Early("user", "invited", [Alike(9, 0, 10, 0), Alike(0, 3, 0, 10)], 1)
    assert one_sided.least_difference(0.05) == 0  # nobody to compare with


def test_differences_by_chance_are_no_milestones() -> None:
    """Of 40 events without a difference hardly any is chosen: all are looked at together."""
    import numpy as np

    random = np.random.default_rng(5)
    wrong = 0
    for _ in range(200):
        stayed, gone = random.binomial(150, 0.5, 40), random.binomial(60, 0.5, 40)
        rows = [
            Early("account", f"e{number}", [Alike(int(a), int(b), 150, 60)], 1.0)
            for number, (a, b) in enumerate(zip(stayed, gone, strict=True))
        ]
        found = milestones(rows, {row.event_name for row in rows})
        wrong += any("no evidence" not in step.reason for step in found)
    assert wrong <= 20  # 5 % of 200, and chance


def test_what_was_done_early_is_counted_by_how_active_one_was(company: Company) -> None:
    """By hand: of two users on two days one stayed, who reported; who came once left."""
    days = {
        "first": [("2026-01-01", "start"), ("2026-06-01", "start")],  # perhaps no newcomer
        "stayed": [("2026-02-01", "start"), ("2026-02-02", "report"), ("2026-03-05", "start")],
        "once": [("2026-02-01", "start"), ("2026-02-01", "report")],
        "twice": [("2026-02-01", "start"), ("2026-02-03", "start"), ("2026-02-15", "report")],
        "late": [("2026-05-01", "start")],  # not known yet
    }
    company.write(
        "events",
        [
            {
                "event_id": f"{user} {number}",
                "event_name": name,
                "user_id": user,
                "occurred_at": f"{day} 10:00:00",
            }
            for user, events in days.items()
            for number, (day, name) in enumerate(events)
        ],
    )
    company.score_reports()
    company.build(only="int_accepted_events stg_accounts")
    settings = company.settings()
    rows = runner.read(settings, analysis(settings, "proposal_milestones"))
    found = {
        (row.event_name, row.active_days): (row.stayed, row.gone, row.all_stayed, row.all_left)
        for row in rows.itertuples()
    }
    assert found == {
        ("start", 1): (0, 1, 0, 1),
        ("start", 2): (1, 1, 1, 1),
        ("report", 1): (0, 1, 0, 1),
        ("report", 2): (1, 0, 1, 1),
    }
    together = Early.all_of(rows_of(rows))
    assert {(row.event_name, row.stayed, row.all_left, row.days_until) for row in together} == {
        ("start", 1, 2, 0),
        ("report", 1, 2, 0.5),
    }


def write(folder: Path, name: str, text: str) -> None:
    (folder / name).write_text(text)


def test_a_vendor_is_recognized_by_its_columns(tmp_path: Path) -> None:
    columns = "id,anonymous_id,user_id,event,event_text,timestamp,received_at"
    write(tmp_path, "segment_tracks.csv", f"{columns}\n")
    found = recognize(tmp_path, PACKAGE)
    assert found.variables() == {
        "sources": ["segment"],
        "source_tables": {"segment": {"tracks": "segment_tracks"}},
    }
    (tmp_path / "segment_tracks.csv").unlink()
    write(tmp_path, "tracks.csv", f"{columns},context_request_ip\n")
    assert recognize(tmp_path, PACKAGE).variables() == {"sources": ["rudderstack"]}


def test_a_folder_of_a_vendors_name_is_nobody_elses(tmp_path: Path) -> None:
    """It is no table of another vendor, and no table of its own twice."""
    (tmp_path / "posthog" / "events").mkdir(parents=True)
    row = '{"uuid": "1", "event": "a", "distinct_id": "b", "timestamp": 1, "properties": {}}\n'
    write(tmp_path / "posthog" / "events", "1.jsonl", row)
    assert recognize(tmp_path, PACKAGE).variables() == {"sources": ["posthog"]}
    shutil.rmtree(tmp_path / "posthog")
    write(tmp_path, "feature_event.csv", "visitor_id,account_id,feature_id,timestamp,num_events\n")
    assert recognize(tmp_path, PACKAGE).variables() == {"sources": ["pendo"]}


def test_other_events_are_mapped_by_what_columns_are_called(tmp_path: Path) -> None:
    write(tmp_path, "log.csv", "uuid;Action;userId;ts;Company\n1;a;b;2026-05-01;c\n")
    assert recognize(tmp_path, PACKAGE).variables() == {
        "input_tables": {"events": "log"},
        "input_columns": {
            "events": {
                "event_id": "uuid",
                "event_name": "Action",
                "user_id": "userId",
                "occurred_at": "ts",
                "account_id": "Company",
            }
        },
    }
    (tmp_path / "log.csv").unlink()
    write(tmp_path, "events.jsonl", '{"event_name": "a", "user_id": "b", "time": 1}\n')
    found = recognize(tmp_path, PACKAGE)
    assert found.input_columns["events"]["occurred_at"] == "time"
    assert "md5(" in found.input_columns["events"]["event_id"]["sql"]
    assert any("No column identifies a row" in reason for reason in found.reasons)


def test_our_own_events_are_read_as_they_are(tmp_path: Path) -> None:
    write(tmp_path, "events.csv", "event_id,event_name,user_id,occurred_at\n")
    assert recognize(tmp_path, PACKAGE).variables() == {}


def test_no_events_are_told_with_what_is_there(tmp_path: Path) -> None:
    write(tmp_path, "people.csv", "id,email\n")
    with pytest.raises(UsageError, match=r"No events were recognized.*Seen: people\."):
        recognize(tmp_path, PACKAGE)
    (tmp_path / "people.csv").unlink()
    with pytest.raises(UsageError, match="no file that can be read"):
        recognize(tmp_path, PACKAGE)


def test_a_schema_of_a_duckdb_file_is_looked_at(tmp_path: Path) -> None:
    """Only what was recognized is copied, under whatever name and in whatever case."""
    file = tmp_path / "warehouse.duckdb"
    with duckdb.connect(str(file)) as connection:
        connection.execute('create schema "Lake"')
        connection.execute(
            "create table \"Lake\".\"Clicks\" as select 1 as id, 'a' as action, 'b' as user_id,"
            " timestamp '2026-05-01 09:00' as ts, {'k': 1}::json as properties"
        )
        connection.execute("create table \"Lake\".accounts as select 'c' as account_id")
        connection.execute('create table "Lake".other as select 1 as n')
    with copied_schema(file, "Lake") as (folder, found):
        assert found.variables() == {
            "input_schema": "Lake",
            "input_tables": {"events": "Clicks"},
            "input_columns": {
                "events": {"event_id": "id", "event_name": "action", "occurred_at": "ts"}
            },
        }
        assert sorted(file.name for file in folder.iterdir()) == [
            "Clicks.parquet",
            "accounts.parquet",
        ]
        with duckdb.connect() as connection:
            copied = connection.execute(f"from '{folder / 'Clicks.parquet'}'").fetchall()
        assert copied == [(1, "a", "b", datetime(2026, 5, 1, 9), '{"k":1}')]
    assert not folder.exists()
    told = "no tables in the schema raw: those with tables are Lake"
    with pytest.raises(UsageError, match=told), copied_schema(file, "raw"):
        pass


def test_three_commands_from_a_vendors_tables_to_a_page(
    company: Company, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And an edited seed stays when the proposal is made again."""
    copy_layout(company, "segment")
    project, data = tmp_path / "shop", ("--data", company.data)
    monkeypatch.setenv("DBT_TARGET_PATH", "target")
    monkeypatch.setenv("DBT_LOG_PATH", "logs")
    told = engagement("init", project, *data)
    assert "the columns are those of segment" in told.out
    assert "5 events have weights, 4 features" in told.out
    with (project / "seeds/event_weights.csv").open() as file:
        rows = {row["event_name"]: row for row in csv.DictReader(file)}
    assert rows["Signed Up"]["reason"] == "once, 1 of 2 accounts"

    monkeypatch.chdir(project)
    built = engagement("build", *data)
    assert built.status == 0, built.error
    assert engagement("dashboard", "--out", "page.html").status == 0
    assert Path("page.html").stat().st_size > 100_000
    checked = engagement("validate", *data)
    assert checked.status == 0, checked.out
    assert "9 raw events" in checked.out

    edited = Path("seeds/event_weights.csv")
    edited.write_text(edited.read_text().replace("Signed Up,1,", "Signed Up,4,"))
    monkeypatch.setattr("engagement.proposal.recognize", None)  # the vars say what the tables are
    again = engagement("init", project, *data)
    assert "seeds/event_weights.csv has been edited, and stays" in again.out.replace("\n", " ")
    assert "Signed Up,4," in edited.read_text()
    assert "Signed Up,1," in Path("proposed/event_weights.csv").read_text()
    assert not Path("proposed/key_features.csv").exists()
