"""What a dashboard costs, of 5,000 accounts and 25,000 users: to write, to open, to use.

Simulates and builds the company into bench/.work (kept for the next call), measures in Chromium.
Bars: a file of 3 MB, written in 20 s, usable in 2 s; a filter or sort 100 ms, an account 200 ms.
"""

import argparse
import json
import shutil
import statistics
import subprocess
import sys
from pathlib import Path
from time import perf_counter

from playwright.sync_api import Page, sync_playwright

WORK = Path(__file__).parent / ".work" / "dashboard"
RESULTS = Path(__file__).parent / "results" / "dashboard.json"
ENGAGEMENT = Path(sys.executable).with_name("engagement")
OPENINGS = 5

#: Milliseconds until the page has been drawn after a step, as JavaScript.
TIMED = """
async ([select, value]) => {
  const started = performance.now();
  const field = document.querySelector(select);
  if (value === null) field.click();
  else { field.value = value; field.dispatchEvent(new Event("input", { bubbles: true })); }
  await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
  return performance.now() - started;
}
"""


def main() -> None:
    """Builds where there is nothing yet, measures, and writes the results."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--accounts", type=int, default=5_000)
    options.add_argument("--users", type=int, default=25_000)
    options.add_argument("--database", type=Path, help="a publication that is there already")
    given = options.parse_args()
    database = given.database or _built(given.accounts, given.users)
    file = WORK / "dashboard.html"
    file.parent.mkdir(parents=True, exist_ok=True)
    started = perf_counter()
    _run("dashboard", "--database", database, "--out", file)
    found = {
        "accounts": given.accounts,
        "users": given.users,
        "file_megabytes": round(file.stat().st_size / 1e6, 3),
        "written_seconds": round(perf_counter() - started, 1),
        **_in_browser(file),
    }
    RESULTS.write_text(json.dumps(found, indent=2) + "\n")
    print(json.dumps(found, indent=2))


def _built(accounts: int, users: int) -> Path:
    database = WORK / f"{accounts}.duckdb"
    if not database.exists():
        data = WORK / f"{accounts}"
        size = ("--accounts", accounts, "--users", users, "--days", 120)
        _run("simulate", "--out", data, *size)
        _run("build", "--data", data, "--database", database)
    return database


def _run(*arguments: object) -> None:
    subprocess.run([ENGAGEMENT, *map(str, arguments)], check=True)


def _in_browser(file: Path) -> dict[str, float]:
    """Medians of some openings, in milliseconds."""
    measured: dict[str, list[float]] = {}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"))
        for _ in range(OPENINGS):
            page = browser.new_page()
            for name, milliseconds in _one_opening(page, file).items():
                measured.setdefault(name, []).append(milliseconds)
            page.close()
        browser.close()
    return {name: round(statistics.median(values)) for name, values in measured.items()}


def _one_opening(page: Page, file: Path) -> dict[str, float]:
    started = perf_counter()
    page.goto(f"{file.resolve().as_uri()}#accounts")
    page.wait_for_selector("html[data-ready]", state="attached")
    opened = 1000 * (perf_counter() - started)
    form = "form[data-table=accounts]"
    owner = page.locator(f"{form} select[name=owner] option").nth(1).get_attribute("value")
    return {
        "usable_ms": opened,
        "filter_ms": page.evaluate(TIMED, [f"{form} select[name=owner]", owner]),
        "search_ms": page.evaluate(TIMED, [f"{form} input[name=q]", "iron"]),
        "sort_ms": page.evaluate(TIMED, ["th[data-key=change] button", None]),
        "account_ms": page.evaluate(TIMED, ["table[data-table=accounts] tbody a", None]),
    }


if __name__ == "__main__":
    main()
