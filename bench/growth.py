"""How each table grows with users, accounts, history and events: `python bench/growth.py`.

Builds a small company, and the same company with twice as much of one thing at a time. Rows depend
on nothing but the inputs, so any machine says the same.
"""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import duckdb

from engagement.publication import working_file

FOLDER = Path(__file__).resolve().parent
WORK = FOLDER / ".work" / "growth"
RESULTS = FOLDER / "results"
ENGAGEMENT = Path(sys.executable).with_name("engagement")
SMALL = {"users": 1000, "accounts": 50, "days": 250}
#: Tables with fewer rows than this in every company are left out: they hold the configuration, or
#: what one run has to do.
SMALLEST = 1000
TWICE = {
    "users": {"users": 2000},
    "accounts": {"accounts": 100},
    "history": {"days": 500},
    "events": {},
}


def rows(name: str, company: dict[str, int], copies: int = 1) -> dict[str, int]:
    """Simulates and builds a company; the rows of each of its tables."""
    folder, database = WORK / name, WORK / f"{name}.duckdb"
    options = [part for key, value in company.items() for part in (f"--{key}", str(value))]
    _run(ENGAGEMENT, "simulate", "--out", folder, *options)
    for copy in range(1, copies):
        _query(
            None,
            f"""
            copy (
                select * replace ('copy_{copy}_' || event_id as event_id)
                from read_parquet('{folder}/events/*.parquet', union_by_name = true)
            ) to '{folder}/events/copy_{copy}.parquet'
            """,
        )
    _run(
        *(ENGAGEMENT, "build", "--data", folder, "--database", database),
        *("--exclude", "test_type:data"),
    )
    database = working_file(database)
    tables = _query(
        database,
        "select schema_name || '.' || table_name from duckdb_tables() where not internal",
    )
    counts = {table: _query(database, f"select count(*) from {table}")[0][0] for (table,) in tables}
    return {table.split(".")[1]: int(count) for table, count in counts.items()}


def page(small: dict[str, int], factors: dict[str, dict[str, float]]) -> str:
    """The table as Markdown, the largest first."""
    wanted = ", ".join(f"{number:,} {what}" for what, number in SMALL.items())
    lines = [
        f"# Rows of {wanted}, and by what they grow with twice as much of each",
        "",
        "Twice the events are the same events twice. Written by `python bench/growth.py`.",
        "",
        f"| table | rows | {' | '.join(f'2 x {what}' for what in factors)} |",
        f"|---|---|{'---|' * len(factors)}",
    ]
    for table, count in sorted(small.items(), key=lambda item: -item[1]):
        grown = " | ".join(f"{factor[table]:.1f}" for factor in factors.values())
        lines.append(f"| {table} | {count:,} | {grown} |")
    return "\n".join(lines) + "\n"


def main() -> None:
    """Builds the companies and writes results/growth.json and .md."""
    shutil.rmtree(WORK, ignore_errors=True)
    WORK.mkdir(parents=True)
    small = rows("small", SMALL)
    larger = {
        what: rows(what, {**SMALL, **more}, copies=2 if what == "events" else 1)
        for what, more in TWICE.items()
    }
    shown = {
        table: count
        for table, count in small.items()
        if max(count, *(grown[table] for grown in larger.values())) >= SMALLEST and count
    }
    factors = {
        what: {table: grown[table] / count for table, count in shown.items()}
        for what, grown in larger.items()
    }
    RESULTS.mkdir(exist_ok=True)
    content = {"company": SMALL, "rows": small, "twice": larger}
    (RESULTS / "growth.json").write_text(json.dumps(content, indent=2) + "\n")
    (RESULTS / "growth.md").write_text(page(shown, factors))
    print(page(shown, factors))
    shutil.rmtree(WORK)


def _run(*command: str | Path) -> None:
    subprocess.run([str(part) for part in command], check=True, stdout=subprocess.DEVNULL)


def _query(database: Path | None, sql: str) -> list[tuple[object, ...]]:
    with duckdb.connect(str(database or ":memory:"), read_only=bool(database)) as connection:
        return connection.execute(sql).fetchall()


if __name__ == "__main__":
    main()
