"""The one module that opens the tables, and the queries in analyses/ that it reads."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import Company, event

from engagement import runner, tables
from engagement.dashboard.reading import QUERIES as DASHBOARD
from engagement.project import CHECKOUT

PACKAGE = CHECKOUT / "python" / "engagement"
IDS = ("u", "it's", "{{ none }}", "{% raw %}", "back\\slash", "-- no comment", "var('x', 'y')")
#: Analyses that only dbt can read: of two databases at once, or of tables that are not public.
OF_OTHERS = (
    "action_outcomes",
    "compare_pairs",
    "compare_rank_correlations",
    "compare_distribution",
    "outcome_event_counts",
    "outcome_retention",
    "proposal_events",
    "proposal_milestones",
)
ANALYSES = sorted(path.stem for path in (CHECKOUT / "analyses").glob("*.sql"))
#: The independent check; the simulation's and the export's own files, whose columns vary.
MAY_HOLD_SQL = ("validation", "simulate", "export")


def modules() -> Iterator[tuple[Path, str]]:
    for file in sorted(PACKAGE.rglob("*.py")):
        yield file.relative_to(PACKAGE), file.read_text()


def test_one_module_opens_duckdb() -> None:
    opens = [
        str(file)
        for file, text in modules()
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "duckdb.connect"
    ]
    assert opens == ["tables.py"]
    assert not [file for file, text in modules() if re.search(r"from duckdb import", text)]


def test_every_analysis_is_read_by_its_name() -> None:
    sources = "\n".join(text for _, text in modules())
    of_dashboard = {f"dashboard_{name}" for name in DASHBOARD}
    named = {name for name in ANALYSES if f'"{name}"' in sources}
    assert named | of_dashboard == set(ANALYSES)


def test_a_query_of_several_lines_stands_in_analyses() -> None:
    found = [
        f"{file}:{node.lineno}"
        for file, text in modules()
        if file.parts[0] not in MAY_HOLD_SQL
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and re.search(r"^\s*(with|select|from|insert)\b.*\n", node.value)
    ]
    assert found == []


@pytest.fixture(scope="module")
def built(workshop: Path) -> Company:
    """A company of users whose ids SQL or Jinja could take for their own; only to be read."""
    company = Company(workshop).reset()
    company.write(
        "events",
        [
            event(f"{user}{day}", "task_created", user, f"2026-05-0{day} 09:00", account_id="a")
            for user in IDS
            for day in (1, 2, 3)
        ],
    )
    company.build()
    return company.publish().kept_as("tables")


def test_an_analysis_says_the_same_with_and_without_dbt(built: Company) -> None:
    queries = [
        tables.analysis(built.settings(), name, as_of="2026-05-02", since="2026-05-02")
        for name in ANALYSES
        if name not in OF_OTHERS
    ]
    direct = [tables.read(built.settings(), query)[0] for query in queries]
    compiled = runner.read_all(built.settings(), queries)
    assert any(direct)
    for rows, frame in zip(direct, compiled, strict=True):
        assert rows == frame.astype(object).where(frame.notna(), None).to_dict("records")


def test_show_and_explain_start_no_dbt(built: Company) -> None:
    code = (
        "import sys; from contextlib import suppress; from engagement import cli, errors\n"
        "with suppress(errors.UsageError): cli.app(sys.argv[1:], standalone_mode=False)\n"
        "print('dbt' in sys.modules)"
    )
    for command in (("show",), ("explain", "account", "a")):
        arguments = [*command, "--database", str(built.database)]
        done = subprocess.run(
            [sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=True
        )
        assert done.stdout.splitlines()[-1] == "False", command


@pytest.mark.parametrize("user", IDS)
def test_a_value_in_a_query_is_text_whatever_it_holds(built: Company, user: str) -> None:
    query = tables.analysis(
        built.settings(), "explain_last_seen", entity_type="user", entity_id=user
    )
    (direct,) = tables.read(built.settings(), query)
    assert [str(row["last_seen_on"]) for row in direct] == ["2026-05-02"]


def test_a_value_in_a_query_is_text_for_dbt_too(built: Company) -> None:
    queries = [
        tables.analysis(built.settings(), "explain_last_seen", entity_type="user", entity_id=user)
        for user in IDS
    ]
    for frame in runner.read_all(built.settings(), queries):
        assert frame["last_seen_on"].astype("str").to_list() == ["2026-05-02"]
