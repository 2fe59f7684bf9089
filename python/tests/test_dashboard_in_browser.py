"""The dashboard as people meet it: in Chromium, from disk, without a network."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest
from axe_playwright_python.sync_playwright import Axe
from browser import drawn, visiting
from conftest import Company, event
from playwright.sync_api import Browser, sync_playwright

from engagement.dashboard import write
from engagement.project import CHECKOUT, Settings

PAGES = (
    *("today", "overview", "accounts", "users", "features", "onboarding", "cohorts"),
    *("evidence", "data", "what-if"),
)
HOSTILE = """<img src=x onerror=alert(1)><script>alert(2)</script>"'`</script>{{7*7}}\u202e"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=shutil.which("chromium"))
        yield chromium
        chromium.close()


def settings_of(database: Path) -> Settings:
    return Settings(CHECKOUT, database=database)


@pytest.fixture(scope="module")
def file(simulated: Company, tmp_path_factory: pytest.TempPathFactory) -> Path:
    written = tmp_path_factory.mktemp("dashboard") / "dashboard.html"
    write(settings_of(simulated.database), written)
    return written


@pytest.fixture
def known(simulated: Company) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(str(simulated.database), read_only=True) as connection:
        connection.execute("use engagement")
        yield connection


def changed(simulated: Company, folder: Path, *statements: str) -> Path:
    """The dashboard of the simulated company after changes to what it has published."""
    database = folder / "changed.duckdb"
    shutil.copy(simulated.database, database)
    with duckdb.connect(str(database)) as connection:
        connection.execute("use engagement")
        for statement in statements:
            connection.execute(statement)
    write(settings_of(database), folder / "changed.html")
    return folder / "changed.html"


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_page_opens_without_a_complaint_and_is_accessible(
    browser: Browser, file: Path, theme: str
) -> None:
    problems = []
    with visiting(browser, file, color_scheme=theme) as visit:
        for name in (*PAGES, "account"):
            if name == "account":
                visit.go("accounts").page.locator("table.large tbody a").first.click()
            else:
                visit.go(name)
            drawn(visit)
            assert visit.page.locator("section.current").get_attribute("id") == name
            found = Axe().run(visit.page)
            problems += [
                (name, one["id"], node["html"])
                for one in found.response["violations"]
                for node in one["nodes"]
            ]
        assert problems == []
        assert visit.complaints() == []


def test_the_check_for_complaints_finds_what_the_policy_refuses(
    browser: Browser, file: Path
) -> None:
    with visiting(browser, file) as visit:
        visit.page.evaluate(
            "markup => document.body.insertAdjacentHTML('beforeend', markup)", HOSTILE
        )
        visit.page.wait_for_function("() => window.refused.length > 0")
        refused = " ".join(visit.refused())
        assert "script-src" in refused or "img-src" in refused
        assert visit.dialogs == []


def test_markup_in_names_is_text(
    browser: Browser, simulated: Company, tmp_path: Path, known: duckdb.DuckDBPyConnection
) -> None:
    text = HOSTILE.replace("'", "''")
    of_accounts = known.execute(
        "select table_name from duckdb_columns() where column_name = 'account_id'"
    ).fetchall()
    hostile = changed(
        simulated,
        tmp_path,
        *(f"update {name} set account_id = account_id || '{text}'" for (name,) in of_accounts),
        f"update account_profiles set name = name || '{text}', owner = '{text}', plan = '{text}'",
        f"update account_profiles set band = band || '{text}' where band <> 'inactive'",
        f"update band_targets set target_band = target_band || '{text}'",
        f"update score_outcomes set group_value = group_value || '{text}' where group_by = 'band'",
        f"update cohort_retention set cohort = cohort || '{text}'",
        f"update account_priorities set top_sentence = '{text}', owner = '{text}'",
        f"update signals set sentence = '{text}', action_by = '{text}'",
        f"update event_inventory set event_name = event_name || '{text}'",
        f"update user_profiles set user_id = user_id || '{text}', role = '{text}'",
        f"update scored_event_days set event_name = event_name || '{text}'",
        f"update score_contributions set event_name = event_name || '{text}'",
        f"update run_history set message = '{text}'",
        f"update account_risk set reasons = '{text}'",
        f"update feature_adoption set feature = feature || '{text}'",
        f"update account_features set feature = feature || '{text}'",
        f"update activation_steps set milestone = milestone || '{text}'",
        f"update rejected_events set event_name = '{text}'",
    )
    with visiting(browser, hostile) as visit:
        for name in (*PAGES, "account"):
            if name == "account":
                visit.go("accounts").page.locator("table.large tbody a").first.click()
                visit.page.wait_for_selector("#account.current h2")
            else:
                visit.go(name)
            drawn(visit)
            shown = visit.page.locator("section.current").text_content() or ""
            assert "<img src=x onerror=alert(1)>" in shown, name
        assert visit.page.locator("main img, main script").count() == 0
        assert visit.complaints() == []


@pytest.mark.parametrize("table", ["accounts", "users"])
def test_the_script_draws_rows_as_they_stand_in_the_page(
    browser: Browser, file: Path, table: str
) -> None:
    rows = (
        f"() => [...document.querySelectorAll('table[data-table={table}] tbody tr')]"
        ".map((row) => row.outerHTML)"
    )
    with visiting(browser, file, java_script_enabled=False) as visit:
        written = visit.page.locator(f"table[data-table={table}] tbody").inner_html()
        assert visit.page.locator("#evidence").is_visible(), "all pages are shown without a script"
    with visiting(browser, file, table) as visit:
        assert len(visit.page.evaluate(rows)) in (50, written.count("<tr>"))
        drawn_rows = "".join(visit.page.evaluate(rows))
    assert drawn_rows == "".join(written.split("\n")).strip()


def test_accounts_are_searched_filtered_and_sorted_and_the_address_can_be_mailed(
    browser: Browser, file: Path, known: duckdb.DuckDBPyConnection
) -> None:
    ((owner, accounts),) = known.execute(
        "select owner, count(*) from account_profiles where owner is not null"
        " group by owner order by 2 desc, 1 limit 1"
    ).fetchall()
    ranked = known.execute(
        "select coalesce(name, account_id) from account_profiles where owner = ?"
        " order by score_change desc nulls last limit 1",
        [owner],
    ).fetchall()
    with visiting(browser, file, "accounts") as visit:
        visit.page.select_option("form[data-table=accounts] select[name=owner]", owner)
        assert len(visit.texts("table[data-table=accounts] tbody tr")) == accounts
        visit.page.get_by_role("button", name="In 28 days").locator("visible=true").click()
        first = visit.texts("table[data-table=accounts] tbody tr:first-child a")
        assert first == [ranked[0][0]]
        assert visit.page.locator("th[aria-sort=descending]").inner_text().startswith("In 28 days")
        address = visit.page.evaluate("location.hash")
        shown = visit.texts("table[data-table=accounts] tbody a")
        visit.page.locator("form[data-table=accounts] input[name=q]").fill(first[0].lower())
        assert visit.texts("table[data-table=accounts] tbody a") == first
        visit.page.locator("form[data-table=accounts] input[name=q]").fill("no such account")
        assert "No accounts match" in visit.texts("table[data-table=accounts] tbody")[0]
    assert address == f"#accounts?owner={owner.replace(' ', '+')}&sort=-change"
    with visiting(browser, file, address[1:]) as visit:
        assert visit.texts("table[data-table=accounts] tbody a") == shown
        visit.page.locator("table[data-table=accounts] tbody a").first.click()
        assert visit.texts("#account h2") == [shown[0]]
        visit.page.go_back()
        assert visit.texts("table[data-table=accounts] tbody a") == shown
        assert (
            visit.page.locator("form[data-table=accounts] select[name=owner]").input_value()
            == owner
        )


def test_keys_search_move_and_go_back(browser: Browser, file: Path) -> None:
    with visiting(browser, file) as visit:
        keyboard = visit.page.keyboard
        keyboard.press("3")
        assert visit.page.locator("section.current").get_attribute("id") == "accounts"
        keyboard.press("/")
        visit.page.wait_for_function("() => document.activeElement.type === 'search'")
        keyboard.press("j")
        assert visit.page.locator("form[data-table=accounts] input[name=q]").input_value() == "j"
        keyboard.press("Backspace")
        keyboard.press("Escape")
        keyboard.press("j")
        keyboard.press("j")
        keyboard.press("k")
        keyboard.press("j")
        second = visit.page.locator("table[data-table=accounts] tbody tr").nth(1)
        assert "row" in (second.get_attribute("class") or "")
        named = second.locator("a").inner_text()
        keyboard.press("Enter")
        visit.page.wait_for_selector("#account.current")
        assert visit.texts("#account h2") == [named]
        keyboard.press("Escape")
        visit.page.wait_for_selector("#accounts.current")
        keyboard.press("?")
        assert visit.page.locator("dialog#help").is_visible()


def test_an_account_shows_what_the_tables_say(
    browser: Browser, file: Path, known: duckdb.DuckDBPyConnection
) -> None:
    ((account_id, name, score, band, champion, members),) = known.execute(
        "select account_id, name, score, band, champion_user_id,"
        " (select count(*) from user_profiles as users where users.account_id = profiles.account_id"
        "  and not coalesce(is_internal, false))"
        " from account_profiles as profiles where name is not null and champion_user_id is not null"
        " and score_change <> 0 order by mrr desc nulls last limit 1"
    ).fetchall()
    parts = known.execute(
        "select population_change, behaviour_change from score_changes where entity_id = ?"
        " and entity_type = 'account' order by score_date desc limit 1",
        [account_id],
    ).fetchall()
    with visiting(browser, file, f"account/{account_id}") as visit:
        text = visit.page.locator("#account").inner_text()
        assert visit.texts("#account h2") == [name]
        assert f"{score:.1f}" in text and band in text and champion in text
        steps = [
            float(row.replace("\N{MINUS SIGN}", "-").replace("+", ""))
            for row in visit.texts(".waterfall tr:not(:first-child):not(:last-child) td.number")
        ]
        assert sum(steps) == pytest.approx(sum(parts[0]), abs=0.06 * len(steps))
        used = known.execute(
            "select feature from account_features where account_id = ? and is_used", [account_id]
        ).fetchall()
        shown = visit.page.locator("#account p:has(.state.s3)").inner_text()
        assert all(feature.replace("_", " ") in shown for (feature,) in used)
        if members > 8:
            visit.page.get_by_role("link", name=f"All {members:,} users").click()
            assert f"{members:,} of" in visit.texts("[data-count=users]")[0]


def test_no_page_of_an_account_shows_what_a_program_says_for_nothing(
    browser: Browser, file: Path, known: duckdb.DuckDBPyConnection
) -> None:
    accounts = known.execute("select account_id from account_profiles order by 1").fetchall()
    with visiting(browser, file) as visit:
        for (account_id,) in accounts:
            text = visit.go(f"account/{account_id}").page.locator("#account").inner_text()
            assert text.count(account_id) >= 1
            assert not re.search(r"null|undefined|NaN|\[object", text), account_id
        assert visit.complaints() == []


def test_an_unknown_account_is_said_to_be_unknown(browser: Browser, file: Path) -> None:
    with visiting(browser, file, "account/%E0%A4%A") as visit:
        assert "There is no account %E0%A4%A in this page." in visit.texts("#account")[0]
        assert visit.complaints() == []


def test_it_is_read_on_a_phone_and_on_paper(browser: Browser, file: Path) -> None:
    with visiting(browser, file, viewport={"width": 390, "height": 844}) as visit:
        for name in PAGES:
            visit.go(name)
            drawn(visit)
            assert visit.page.evaluate("document.documentElement.scrollWidth") <= 390, name
        visit.go("accounts")
        row = visit.page.locator("table[data-table=accounts] tbody tr").first
        assert row.evaluate("row => getComputedStyle(row).display") == "grid"
    with visiting(browser, file, "accounts") as visit:
        visit.page.emulate_media(media="print")
        assert not visit.page.locator("nav").is_visible()
        assert not visit.page.locator("form[data-table=accounts]").is_visible()
        assert visit.page.locator("table[data-table=accounts]").is_visible()
        assert visit.page.pdf().startswith(b"%PDF")


def test_the_rows_found_are_a_file_for_a_spreadsheet(browser: Browser, file: Path) -> None:
    with visiting(browser, file, "accounts") as visit:
        with visit.page.expect_download() as download:
            visit.page.locator("form[data-table=accounts] [data-csv]").click()
        lines = Path(download.value.path()).read_text().splitlines()
        known = visit.texts("[data-count=accounts]")[0].split()[0]
        assert len(lines) == int(known) + 1
        assert lines[0].startswith("account_id,Account,Owner")
        assert visit.complaints() == []


def test_what_if_is_what_a_build_with_these_seeds_gives(
    browser: Browser, file: Path, simulated: Company, company: Company
) -> None:
    trial = {"curvature": 3.5, "percentile": 0.8, "half_life": 10}
    weights = company.seeds / "event_weights.csv"
    text = weights.read_text().replace("v1,comment_added,2,", "v1,comment_added,7.5,")
    assert text != weights.read_text()
    with visiting(browser, file, "what-if") as visit:
        ids = visit.page.evaluate("window.whatIf.ids")
        now = dict(zip(ids, visit.page.evaluate("window.whatIf.scores({})"), strict=True))
        trial["weights"] = visit.page.evaluate(
            "() => window.whatIf.events.map((name, at) =>"
            " name === 'comment_added' ? 7.5 : window.whatIf.weights[at])"
        )
        then = dict(
            zip(ids, visit.page.evaluate("t => window.whatIf.scores(t)", trial), strict=True)
        )
    shutil.copytree(simulated.data, company.data, dirs_exist_ok=True)
    weights.write_text(text)
    versions = company.seeds / "scoring_versions.csv"
    heads, first = versions.read_text().splitlines()[:2]
    values = dict(zip(heads.split(","), first.split(","), strict=True))
    values |= {"winsor_percentile": "0.8", "curvature": "3.5", "half_life_days": "10"}
    versions.write_text(f"{heads}\n{','.join(values.values())}\n")
    company.build(only="account_profiles")
    built = dict(company.query("select account_id, score from engagement.account_profiles"))
    with duckdb.connect(str(simulated.database), read_only=True) as connection:
        published = dict(
            connection.execute(
                "select account_id, score from engagement.account_profiles"
            ).fetchall()
        )
    assert now == pytest.approx(published, rel=1e-9, abs=1e-9)
    assert then == pytest.approx(built, rel=1e-9, abs=1e-9)
    assert sum(abs(then[one] - now[one]) > 1 for one in ids) > 10


def test_what_if_says_who_moves_and_gives_seed_rows(browser: Browser, file: Path) -> None:
    with visiting(browser, file, "what-if") as visit:
        assert visit.texts("#what-if-verdict")[0].startswith("Nobody moves")
        visit.page.locator("[name=curvature]").fill("6")
        visit.page.wait_for_function(
            "() => document.querySelector('#what-if-verdict').textContent.includes('another band')"
        )
        visit.page.get_by_text("As seed rows, for whoever").click()
        rows = visit.texts("[data-seeds]")[0].splitlines()
        assert rows[1].split(",")[0] == "v1_next" and rows[1].split(",")[4] == "6"
        assert visit.texts("[data-movers] tbody tr")
        visit.page.locator("[name=percentile]").fill("2")
        visit.page.wait_for_function(
            "() => document.querySelector('#what-if-verdict').textContent.includes('be used')"
        )
        visit.page.get_by_role("button", name="Reset").locator("visible=true").click()
        visit.page.wait_for_function(
            "() => document.querySelector('#what-if-verdict').textContent.startsWith('Nobody')"
        )
        assert visit.complaints() == []


def reports(*rows: tuple[str, str, str]) -> list[dict[str, Any]]:
    """Reports of one user in one account on a day each."""
    return [
        event(f"e{number}", "report", user, f"{day}T10:00:00", account_id=account)
        for number, (day, user, account) in enumerate(rows)
    ]


TINY = (("2026-03-07", "u1", "a"), ("2026-03-07", "u2", "b"), ("2026-03-08", "u3", "c"))
ENDED = ("2026-03-09", "", "a")


@pytest.mark.parametrize(
    ("events", "said"),
    [
        ([], "No account is known"),
        (reports(*TINY, ENDED), "3 accounts"),
        (reports(("2026-01-06", "u1", "a"), ("2026-01-06", "u2", "b"), ENDED), "2 accounts"),
    ],
    ids=["empty", "tiny", "all inactive"],
)
def test_a_company_of_any_size_has_a_page(
    browser: Browser, company: Company, tmp_path: Path, events: list[dict[str, Any]], said: str
) -> None:
    company.score_reports()
    columns = "event_id event_name user_id account_id occurred_at"
    company.write("events", events, columns)
    company.build()
    company.publish()
    write(settings_of(company.database), tmp_path / "page.html")
    with visiting(browser, tmp_path / "page.html") as visit:
        text = visit.page.locator("main").text_content() or ""
        assert said in text
        for name in PAGES:
            visit.go(name)
            drawn(visit)
            assert visit.page.locator("section.current h2").inner_text()
        assert visit.complaints() == []


#: What the dashboard reads of each account or user.
OF_ENTITIES = (
    *("account_profiles", "account_priorities", "account_risk", "account_scores", "score_targets"),
    *("account_role_scores", "account_features", "scored_event_days", "score_contributions"),
    *("user_profiles", "signals", "activation_steps", "score_changes", "score_change_drivers"),
)
IDS = ("account_id", "user_id", "entity_id", "champion_user_id", "top_user_id")


def test_a_large_company_stays_usable_and_below_the_size_of_a_mail(
    browser: Browser, simulated: Company, known: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    """Fifty companies in one: 2,000 accounts, and 20,000 users."""
    statements = []
    for table in OF_ENTITIES:
        columns = known.execute(
            "select column_name from duckdb_columns() where table_name = ?", [table]
        ).fetchall()
        ids = [f"{name} || n as {name}" for (name,) in columns if name in IDS]
        statements.append(
            f"create or replace table {table} as select {table}.* replace ({', '.join(ids)})"
            f" from {table} cross join (select '-' || range as n from range(50))"
        )
    file = changed(simulated, tmp_path, *statements)
    ((accounts, users),) = known.execute(
        "select 50 * count(*), 50 * (select count(*) from user_profiles"
        " where not coalesce(is_internal, false)) from account_profiles"
    ).fetchall()
    assert accounts > 1_900 and users > 19_000
    assert file.stat().st_size < 3_000_000
    with visiting(browser, file, "accounts") as visit:
        assert visit.texts("[data-count=accounts]")[0].startswith(f"{accounts:,} accounts")
        assert len(visit.texts("table[data-table=accounts] tbody tr")) == 50
        visit.page.get_by_role("button", name="Show more").locator("visible=true").click()
        assert len(visit.texts("table[data-table=accounts] tbody tr")) == 250
        visit.page.locator("form[data-table=accounts] input[name=q]").fill("-49")
        assert "of" in visit.texts("[data-count=accounts]")[0]
        visit.go("users")
        assert visit.texts("[data-count=users]")[0].startswith(f"{users:,} users")
        assert visit.complaints() == []
