"""What a build costs beside a hand-written script, pandas, polars and a bare scan: `make bench`.

Everything is measured in one run on one machine, so that ratios mean something: README.md.
"""

import argparse
import json
import os
import platform
import shutil
import sys
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

import duckdb
from chart import bar_chart
from company import DAYS, Company, empty, prepare
from measure import Measure, measure
from report import page, verdict

from engagement.publication import working_file

FOLDER = Path(__file__).resolve().parent
PROJECT = FOLDER.parent
WORK = FOLDER / ".work"
RESULTS = FOLDER / "results"
BIN = Path(sys.executable).parent
#: From so many events on, dbt's fixed cost is not subtracted in the ratios.
LARGE = 100_000_000
#: The tables that the hand-written script makes.
SCRIPTED = (
    *("user_scores", "account_scores", "score_calibrations", "user_adoption", "account_adoption"),
    *("feature_adoption", "activity", "lifecycle", "activation_steps", "user_activation"),
    *("account_activation", "product_scores", "user_profiles", "account_profiles"),
    *("event_inventory", "rejected_events", "run_history"),
)
#: How many nodes a profile names.
PROFILED = 12
SCAN = """
import sys, duckdb
duckdb.sql(f\"\"\"
    select count(*) from (
        select cast(occurred_at as date) as day, user_id, account_id, event_name, count(*) as n
        from read_parquet('{sys.argv[1]}/events/*.parquet', union_by_name = true) group by all
    )
\"\"\").fetchall()
"""


class Bench:
    """Measures one after the other, each from the same start."""

    def __init__(self, company: Company, repeat: int, memory_limit: str) -> None:
        """The company to measure, how often, and the memory that DuckDB may use ('': its own)."""
        self.company = company
        self.repeat = repeat
        self.work = company.folder / "run"
        self.log = company.folder / "log.txt"
        self.memory_limit = memory_limit
        self.profiles: dict[str, dict[str, float]] = {}
        self.measures: dict[str, Measure] = {}
        shutil.rmtree(self.work, ignore_errors=True)
        self.work.mkdir(parents=True)

    def run(
        self,
        name: str,
        command: list[str | Path],
        *,
        before: Callable[[], None] = lambda: None,
        database: Path | None = None,
        repeat: int | None = None,
        given: Mapping[str, str] | None = None,
    ) -> Measure:
        """Measures a command under a name, and says so; given: environment variables."""
        environment = {**(given or {}), "DO_NOT_TRACK": "1"}
        environment |= {"DBT_TARGET_PATH": str(self.work / "target")}
        environment |= {"DBT_LOG_PATH": str(self.work / "logs")}
        if self.memory_limit:
            environment["ENGAGEMENT_MEMORY_LIMIT"] = self.memory_limit
        found = measure(
            command,
            repeat=repeat or self.repeat,
            before=before,
            database=database,
            environment=environment,
            log=self.log,
        )
        self.measures[name] = found
        seconds = found.failure if found.seconds is None else f"{found.seconds:8.2f} s"
        print(
            f"{name:<28} {seconds}  {found.memory_bytes / 1e9:5.1f} GB memory"
            f"  {found.disk_bytes / 1e6:8.1f} MB on disk",
            flush=True,
        )
        return found

    def parse(self, data: Path, database: Path) -> None:
        """Has dbt read our project, which it keeps for later runs on the same database."""
        command: list[str | Path] = [BIN / "dbt", "parse", "--quiet", *_project(PROJECT)]
        self.run("dbt parse", command, repeat=1, given=_inputs(data, database))

    def profile(self, name: str) -> None:
        """Notes the nodes of the run just measured that took longest, in seconds."""
        results = json.loads((self.work / "target" / "run_results.json").read_text())["results"]
        taken = {result["unique_id"]: round(result["execution_time"], 2) for result in results}
        slowest = sorted(taken, key=lambda node: -taken[node])[:PROFILED]
        self.profiles[name] = {node.split(".")[2]: taken[node] for node in slowest}

    def ours(self, name: str, company: Company) -> None:
        """The scripted tables and all, without and with tests, and the nights that follow."""
        database, evening = self.work / f"{name}.duckdb", self.work / f"{name}_evening.duckdb"
        working = working_file(database)
        build: list[str | Path] = [BIN / "engagement", "build", "--data", company.data]
        build += ["--database", database]
        plain: list[str | Path] = [*build, "--exclude", "test_type:data"]

        def nothing() -> None:
            company.arrive()
            working.unlink(missing_ok=True)
            database.unlink(missing_ok=True)

        def night(*files: Path) -> Callable[[], None]:
            def begin() -> None:
                company.arrive(*files)
                shutil.copy(evening, working)

            return begin

        self.parse(company.data, database)
        scripted = [f"--select=+{table}" for table in SCRIPTED]
        self.run(f"{name} scripted", [*plain, *scripted], before=nothing, database=working)
        with_tests = [*build, *scripted]
        self.run(f"{name} scripted with tests", with_tests, before=nothing, database=working)
        self.run(name, plain, before=nothing, database=working)
        if company.new_day.is_file():
            self.profile(name)
        # Only with tests is a run published; the nights go on from there.
        self.run(f"{name} with tests", build, before=nothing, database=working)
        shutil.move(working, evening)
        if company.new_day.is_file():
            self.profile(f"{name} with tests")
            self.run(f"{name} night", plain, before=night(company.new_day), database=working)
            late = night(company.new_day, company.late_rows)
            self.run(f"{name} night late", plain, before=late, database=working)
            self.profile(f"{name} night late")
            merge = night(company.new_day, company.merged_id)
            self.run(f"{name} night merge", plain, before=merge, database=working)
        self.run(f"{name} again", plain, before=night(), database=working)

    def handwritten(self) -> None:
        """The same tables from one script, and its nights."""
        database, evening = self.work / "hand.duckdb", self.work / "hand_evening.duckdb"
        script: list[str | Path] = [sys.executable, FOLDER / "handwritten" / "run.py"]
        options: list[str | Path] = ["--data", self.company.data, "--database", database]
        options += ["--memory-limit", self.memory_limit] if self.memory_limit else []
        self.company.arrive()
        self.run("handwritten", [*script, "full", *options], database=database)
        shutil.move(database, evening)
        nights = {
            "handwritten night": (self.company.new_day,),
            "handwritten night late": (self.company.new_day, self.company.late_rows),
        }
        for name, files in nights.items():

            def begin(files: tuple[Path, ...] = files) -> None:
                self.company.arrive(*files)
                shutil.copy(evening, database)

            self.run(name, [*script, "night", *options], before=begin, database=database)
        self.company.arrive()

    def baselines(self) -> None:
        """What a user would write instead, and the floor below all of them."""
        self.company.arrive()
        for name in ("polars", "pandas"):
            script = FOLDER / "baselines" / f"{name}_script.py"
            command: list[str | Path] = [sys.executable, script, self.company.data]
            self.run(name, [*command, self.work / name], repeat=min(self.repeat, 2))
        self.run("scan and group", [sys.executable, "-c", SCAN, self.company.data])

    def plain_dbt(self) -> None:
        """`dbt build` with nothing new beside as many nodes of `select 1`."""
        database = self.work / "ours.duckdb"
        shutil.copy(self.work / "ours_evening.duckdb", working_file(database))
        self.parse(self.company.data, database)
        given = _inputs(self.company.data, database)
        build: list[str | Path] = [BIN / "dbt", "build", "--quiet"]
        build += ["--exclude-resource-type", "unit_test"]
        ours: list[str | Path] = [*build, *_project(PROJECT)]
        self.run("dbt build, nothing new", ours, database=database, given=given)
        ones: list[str | Path] = [*build, *_project(select_one_project(self.work / "ones"))]
        self.run("as many select 1 (first)", ones, repeat=1)
        self.run("as many select 1", ones)
        build = [BIN / "engagement", "build", "--data", self.company.data, "--database", database]
        self.run("engagement build (first)", build, repeat=1)
        self.run("engagement build, nothing new", build)


def _inputs(data: Path, database: Path) -> dict[str, str]:
    return {"ENGAGEMENT_DATA": str(data), "ENGAGEMENT_DATABASE": str(database)}


def _project(folder: Path) -> list[str | Path]:
    return ["--project-dir", folder, "--profiles-dir", folder]


def select_one_project(folder: Path) -> Path:
    """A dbt project with as many models, and as many tests, as ours has models, seeds and tests."""
    manifest = json.loads((folder.parent / "target" / "manifest.json").read_text())
    kinds = [node["resource_type"] for node in manifest["nodes"].values()]
    (folder / "models").mkdir(parents=True)
    (folder / "dbt_project.yml").write_text(
        "name: ones\nprofile: ones\nmodels:\n  +materialized: table\n"
        "flags:\n  send_anonymous_usage_stats: false\n"
    )
    (folder / "profiles.yml").write_text(
        f"ones:\n  target: dev\n  outputs:\n    dev:\n      type: duckdb\n      threads: 2\n"
        f"      path: '{folder / 'ones.duckdb'}'\n"
    )
    (folder / "tests").mkdir()
    for number in range(kinds.count("model") + kinds.count("seed")):
        (folder / "models" / f"one_{number}.sql").write_text("select 1 as one\n")
    for number in range(kinds.count("test")):
        query = f"select * from {{{{ ref('one_{number % 50}') }}}} where one = 2\n"
        (folder / "tests" / f"test_{number}.sql").write_text(query)
    return folder


def ratios(found: dict[str, Measure], events: int) -> dict[str, float | None]:
    """The ratios that the bars are about; below LARGE events without dbt's fixed cost."""

    def seconds(name: str) -> float | None:
        return found[name].seconds if name in found else None

    def net(name: str, fixed: str) -> float | None:
        taken, spared = seconds(name), seconds(fixed) or 0.0
        return None if taken is None else taken - (0.0 if events >= LARGE else spared)

    def ratio(part: float | None, whole: float | None) -> float | None:
        return None if part is None or not whole else round(part / whole, 3)

    full, hand = net("ours", "empty company"), seconds("handwritten")
    night, late = (net(f"ours {name}", "empty company again") for name in ("night", "night late"))
    return {
        "full_refresh_vs_handwritten": ratio(net("ours scripted", "empty company scripted"), hand),
        "full_refresh_with_tests_vs_handwritten": ratio(
            net("ours scripted with tests", "empty company scripted with tests"), hand
        ),
        "full_refresh_of_all_tables_vs_handwritten": ratio(full, hand),
        "night_vs_handwritten_night": ratio(night, seconds("handwritten night")),
        "late_night_vs_handwritten_night": ratio(late, seconds("handwritten night late")),
        "night_vs_full_refresh": ratio(night, full),
        "late_night_vs_full_refresh": ratio(late, full),
        "raw_night_vs_full_refresh": ratio(seconds("ours night"), seconds("ours")),
        "raw_late_night_vs_full_refresh": ratio(seconds("ours night late"), seconds("ours")),
        "raw_merge_night_vs_full_refresh": ratio(seconds("ours night merge"), seconds("ours")),
        "raw_full_refresh_vs_handwritten": ratio(seconds("ours"), hand),
        "pandas_vs_ours": ratio(seconds("pandas"), seconds("ours")),
        "polars_vs_ours": ratio(seconds("polars"), seconds("ours")),
        "scan_vs_ours": ratio(seconds("scan and group"), seconds("ours")),
        "dbt_build_vs_select_one": ratio(
            seconds("dbt build, nothing new"), seconds("as many select 1")
        ),
    }


def history(events_a_day: int, repeat: int) -> dict[str, dict[str, object]]:
    """Nights at the same daily volume after 3, 12 and 36 months of history."""
    found = {}
    for months, days in (("3", 90), ("12", 365), ("36", 1095)):
        folder = WORK / f"history_{events_a_day}_{months}"
        company = prepare(folder, events_a_day * 1095, days=1095, last_days=days)
        bench = Bench(company, repeat, "")
        bench.ours("ours", company)
        shutil.rmtree(bench.work)
        found[months] = {
            "events": company.rows(),
            **{name: measured.as_json() for name, measured in bench.measures.items()},
        }
    return found


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=lambda text: int(text.replace("_", "")), default=10**7)
    parser.add_argument("--repeat", type=int, default=3, help="runs of each, of which the median")
    parser.add_argument("--memory-limit", default="", help="for DuckDB, such as 6GB")
    parser.add_argument("--history", type=int, help="instead: nights at so many events a day")
    parser.add_argument("--without-baselines", action="store_true", help="no pandas, no polars")
    arguments = parser.parse_args()
    RESULTS.mkdir(exist_ok=True)
    machine = {
        "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "cores": os.cpu_count(),
        "memory_bytes": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"),
        "python": platform.python_version(),
        "duckdb": duckdb.__version__,
        "repeat": arguments.repeat,
        "memory_limit": arguments.memory_limit or "80%",
    }
    if arguments.history:
        content = {**machine, "months": history(arguments.history, arguments.repeat)}
        (RESULTS / "history.json").write_text(json.dumps(content, indent=2) + "\n")
        return

    company = prepare(WORK / str(arguments.events), arguments.events, DAYS)
    bench = Bench(company, arguments.repeat, arguments.memory_limit)
    bench.ours("empty company", empty(WORK / "empty"))
    bench.ours("ours", company)
    bench.plain_dbt()
    bench.handwritten()
    if not arguments.without_baselines:
        bench.baselines()
    found = ratios(bench.measures, arguments.events)
    content = {
        **machine,
        "events": company.rows(),
        "fixed_cost_subtracted": arguments.events < LARGE,
        "ratios": found,
        "measures": {name: measured.as_json() for name, measured in bench.measures.items()},
        "profiles": bench.profiles,
    }
    (RESULTS / f"{arguments.events}.json").write_text(json.dumps(content, indent=2) + "\n")
    (RESULTS / f"{arguments.events}.md").write_text(page(content))
    colours = {"ours": "#2f6f9f", "handwritten": "#8a8a8a"}
    bars = [
        (name, bench.measures[name].seconds, colours.get(name.split()[0], "#c9a227"))
        for name in (
            *("scan and group", "handwritten", "ours", "ours with tests", "polars", "pandas"),
            *("handwritten night", "ours night", "handwritten night late", "ours night late"),
            *("ours again", "empty company"),
        )
        if name in bench.measures
    ]
    title = f"Seconds for {company.rows():,} events, {os.cpu_count()} cores"
    (RESULTS / f"{arguments.events}.svg").write_text(bar_chart(title, bars))
    for name, value in found.items():
        print(f"{name:<42} {value!s:<8} {verdict(name, value)}")
    shutil.rmtree(bench.work)


if __name__ == "__main__":
    main()
