"""What the dashboard holds: a whole publication, the part of one owner, or no names."""

import json
import re
import shutil
from dataclasses import astuple
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest
from conftest import Company
from test_command_line import engagement

from engagement.dashboard import dashboard, formats, page
from engagement.dashboard.accounts import Accounts, accounts
from engagement.dashboard.bands import Bands
from engagement.dashboard.charts import Series, lines
from engagement.dashboard.page import unpacked
from engagement.dashboard.product import _verdict
from engagement.dashboard.reading import read_tables
from engagement.dashboard.today import today
from engagement.dashboard.usage import _median, onboarding
from engagement.errors import UsageError
from engagement.project import CHECKOUT, Settings

MAY = date(2026, 5, 12)


def settings_of(database: Path) -> Settings:
    return Settings(CHECKOUT, database=database)


@pytest.fixture(scope="module")
def whole(simulated: Company) -> str:
    return dashboard(settings_of(simulated.database))


def asked(database: Path, sql: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(database), read_only=True) as connection:
        connection.execute("use engagement")
        return connection.execute(sql).fetchall()


def test_the_same_publication_gives_the_same_page_to_the_byte(
    simulated: Company, whole: str
) -> None:
    page._library.cache_clear()
    assert dashboard(settings_of(simulated.database)) == whole


def test_the_page_holds_all_and_asks_for_nothing(whole: str) -> None:
    assert "https://" not in re.sub(r'id="packed-\w+">[^<]*<', "<", whole)
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', whole)
    assert policy is not None
    assert policy[1].startswith("default-src &#39;none&#39;; script-src &#39;sha256-")
    assert "unsafe-eval" not in policy[1] and "unsafe-hashes" not in policy[1]


def test_every_account_is_in_it_with_its_score(simulated: Company, whole: str) -> None:
    data = json.loads(unpacked(whole)["data"])
    scores = dict(asked(simulated.database, "select account_id, score from account_profiles"))
    shown = dict(zip(data["accounts"]["id"], data["accounts"]["score"], strict=True))
    assert shown == {name: pytest.approx(score, abs=0.05) for name, score in scores.items()}
    first = asked(
        simulated.database,
        "select account_id from account_priorities order by priority_rank, account_id",
    )
    assert data["accounts"]["id"][: len(first)] == [name for (name,) in first]


def test_the_page_of_an_owner_holds_nobody_elses_accounts(simulated: Company) -> None:
    ((owner,),) = asked(
        simulated.database,
        "select owner from account_profiles group by owner having owner is not null"
        " order by count(*) desc, owner limit 1",
    )
    mine = asked(
        simulated.database, f"select account_id from account_profiles where owner = '{owner}'"
    )
    html = dashboard(settings_of(simulated.database), owner)
    data = json.loads(unpacked(html)["data"])
    assert sorted(data["accounts"]["id"]) == sorted(name for (name,) in mine)
    assert data["what_if"] is None and 'href="#what-if"' not in html
    assert set(data["users"]["id"]) <= {name for (name,) in mine}
    others = asked(
        simulated.database,
        f"select name from account_profiles where owner <> '{owner}' and name is not null",
    )
    assert not [name for (name,) in others if name in html or name in unpacked(html)["data"]]
    with pytest.raises(UsageError, match="Nobody named Nobody owns an account"):
        dashboard(settings_of(simulated.database), "Nobody")


def test_a_redacted_page_names_nobody(simulated: Company) -> None:
    html = dashboard(settings_of(simulated.database), redact=True)
    everything = html + "".join(unpacked(html).values())
    named = asked(
        simulated.database,
        "select account_id from account_profiles union select name from account_profiles"
        " union select owner from account_profiles union select user_id from user_profiles"
        " union select email from user_profiles",
    )
    assert len(named) > 300
    assert [name for (name,) in named if name and name in everything] == []
    assert "account 1" in everything and "user 1" in everything and "owner 1" in everything
    first = asked(
        simulated.database,
        "select account_priorities.score from account_priorities"
        " order by priority_rank, account_id limit 1",
    )
    assert json.loads(unpacked(html)["data"])["accounts"]["score"][0] == pytest.approx(
        first[0][0], abs=0.05
    )


def test_a_table_that_is_disabled_leaves_its_part_out(simulated: Company, tmp_path: Path) -> None:
    database = tmp_path / "less.duckdb"
    shutil.copy(simulated.database, database)
    with duckdb.connect(str(database)) as connection:
        for table in ("cohort_retention", "score_outcomes", "scored_event_days", "feature_impact"):
            connection.execute(f"drop table engagement.{table}")
    html = dashboard(settings_of(database))
    assert "cohort_retention" in html and "Left out: " in html
    assert json.loads(unpacked(html)["data"])["what_if"] is None
    assert 'href="#what-if"' not in html


def test_the_command_writes_the_page_and_says_which_run(simulated: Company, tmp_path: Path) -> None:
    file = tmp_path / "page.html"
    done = engagement("dashboard", "--database", simulated.database, "--out", file)
    assert done.status == 0
    assert re.fullmatch(rf"{file}: \d[\d,]* kB\n", done.out)
    assert "Run " in done.error
    assert file.stat().st_mode & 0o077 == 0
    done = engagement("dashboard", "--database", simulated.database, "--out", tmp_path)
    assert done.status == 2
    assert "is a directory" in done.error


def test_a_file_that_would_be_too_large_leaves_the_days_out(
    simulated: Company, whole: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engagement.dashboard.LARGEST", len(whole) - 1)
    smaller = dashboard(settings_of(simulated.database))
    assert len(smaller) < len(whole)
    what_if = json.loads(unpacked(smaller)["data"])["what_if"]
    assert what_if["by_day"] is False
    by_day = json.loads(unpacked(whole)["data"])["what_if"]["counts"]
    sums = [
        [sum(part[1::2]) if isinstance(part, list) else part for part in counts]
        for counts in by_day
    ]
    assert what_if["counts"] == sums


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        (formats.number(1234.5, 1), "1,234.5"),
        (formats.number(-0.04, 1), "0.0"),
        (formats.number(None), "\N{EN DASH}"),
        (formats.percent(0.425), "42\N{NO-BREAK SPACE}%"),
        (formats.signed(-3.25), "\N{MINUS SIGN}3.2"),
        (formats.signed(0.04), "0.0"),
        (formats.day(MAY), "12 May 2026"),
        (formats.time(MAY, date(2026, 6, 1)), '<time datetime="2026-05-12">12 May</time>'),
        (formats.account_link("a/b c'", "<b>"), '<a href="#account/a%2Fb%20c&#39;">&lt;b&gt;</a>'),
    ],
)  # fmt: skip
def test_numbers_and_days_are_written_as_people_read_them(written: str, shown: str) -> None:
    assert written == shown


def test_a_line_has_a_gap_where_a_value_is_missing() -> None:
    drawn = formats.line([0, 100, None, 50, 50])
    assert 'd="M4 21L26 3M70 12L92 12"' in drawn
    assert '<circle cx="92" cy="12"' in drawn
    assert formats.line([None, 3]) == formats.NOTHING


def test_today_tells_what_has_changed_since_the_publication_before(
    simulated: Company, tmp_path: Path
) -> None:
    database = tmp_path / "nights.duckdb"
    shutil.copy(simulated.database, database)
    with duckdb.connect(str(database)) as connection:
        connection.execute("use engagement")
        connection.execute("update run_history set status = 'published'")
        nights = (("a", 0), ("b", 7))
        for run_id, days in nights:  # Another run of the day, and one of a week before.
            connection.execute(
                f"insert into run_history select * replace ('{run_id}' as run_id,"
                f" as_of - {days} as as_of, started_at - interval {days + 1} hour as started_at)"
                " from run_history order by started_at desc limit 1"
            )
    expected = asked(
        database,
        "select priorities.account_id, round(profiles.score, 1) - round(before.score, 1),"
        " (select count(distinct signal) from signals where account_id = priorities.account_id"
        "  and is_open and opened_on > profiles.as_of - 7)"
        " from account_priorities as priorities"
        " join account_profiles as profiles using (account_id)"
        " join published_scores as before on before.entity_id = priorities.account_id"
        " and before.entity_type = 'account' and before.score_date = profiles.as_of - 7",
    )
    tables = read_tables(settings_of(database))
    known = accounts(tables, {}, Bands.of(tables["bands"]))
    page = today(tables, known, (), None)
    news = {need.values["id"]: need.news for need in (*page.cards, *page.lines)}
    told = {
        account_id: (
            [one.split(" since ")[0] for one in lines if one.startswith("score ")],
            sum(one.startswith("new: ") for one in lines),
        )
        for account_id, lines in news.items()
    }
    for account_id, change, new in expected:
        if account_id in told:
            moved = [f"score {formats.signed(change)}"] if round(change, 1) else []
            assert told[account_id] == (moved, new), account_id
    assert sum(new for _, new in told.values()) > 0
    assert sum(len(moved) for moved, _ in told.values()) > 3


def of_product(day: date, score: float, adoption: float, growth: float) -> dict[str, Any]:
    rates = {"adoption_rate": adoption, "stickiness_rate": 0.2, "growth_rate": growth}
    return {"score_date": day, "composite_score": score, **rates}


@pytest.mark.parametrize(
    ("before", "said"),
    [
        (
            (50.0, 0.9, 0.4),
            "The product score is 40.0 of 100, 10.0 worse than 13 weeks before (10 Feb 2026). The"
            " largest part of that is adoption (\N{MINUS SIGN}13.3).",
        ),
        (
            (40.2, 0.5, 0.5),
            "The product score is 40.0 of 100, as it was 13 weeks before (10 Feb 2026).",
        ),
        (
            None,
            "The product score is 40.0 of 100. The history does not yet reach back 13 weeks, so"
            " nothing is compared.",
        ),
    ],
)
def test_the_verdict_on_the_product_names_what_moved_it(
    before: tuple[float, float, float] | None, said: str
) -> None:
    latest = of_product(MAY, 40, 0.5, 0.5)
    earlier = of_product(date(2026, 2, 10), *before) if before else None
    assert _verdict(latest, earlier) == said


def test_onboarding_tells_who_reached_a_step_and_how_long_it_took(simulated: Company) -> None:
    tables = read_tables(settings_of(simulated.database))
    found = onboarding(tables, Accounts([], [], [], [], [])).users
    expected = asked(
        simulated.database,
        "with steps as (select *, days_to_reach - lag(days_to_reach) over"
        " (partition by entity_id order by position) as days_between from activation_steps"
        " where entity_type = 'user')"
        " select milestone, count(*) filter (where is_reached), count(*),"
        " median(days_to_reach) filter (where is_reached),"
        " median(days_between) filter (where is_reached and days_between >= 0)"
        " from steps group by position, milestone order by position",
    )
    assert [astuple(step) for step in found] == expected
    assert sum(step.days_between is not None for step in found) > 2


@pytest.mark.parametrize(
    ("counted", "median"),
    [
        ([], None),
        ([(3, 1)], 3),
        ([(1, 1), (4, 1)], 2.5),
        ([(0, 2), (7, 3)], 7),
        ([(0, 2), (7, 2)], 3.5),
    ],
)  # fmt: skip
def test_the_median_of_counted_days(counted: list[tuple[int, int]], median: float | None) -> None:
    assert _median(counted) == median


def test_bands_have_the_ends_of_the_colour_scale_however_many_there_are() -> None:
    bands = Bands(("low", "mid", "high"), (0, 20, 60))
    assert [bands.step(name) for name in ("inactive", "low", "mid", "high")] == [0, 1, 3, 5]
    assert Bands(("all",), (0,)).step("all") == 5


def test_few_points_are_a_list_and_no_chart() -> None:
    values: dict[Any, float | None] = {date(2026, 1, day): float(day) for day in range(1, 12)}
    few = lines("x", "X?", "X.", [Series("x", values)], unit="score")
    assert few.spec is None
    assert few.rows[0] == ("2026-01-01", 1.0)
    more = lines("x", "X?", "X.", [Series("x", {**values, date(2026, 2, 1): None})], unit="score")
    assert more.spec is not None
