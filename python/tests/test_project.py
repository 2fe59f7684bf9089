"""What holds for every file of the dbt project: documented, portable, free of the wall clock."""

import hashlib
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
from conftest import Company
from dbt.cli.main import dbtRunner

from engagement import runner
from engagement.project import CHECKOUT
from engagement.runner import release_connections

SQL = sorted(
    path for folder in ("models", "macros", "tests") for path in (CHECKOUT / folder).rglob("*.sql")
)
MODELS = [path for path in SQL if path.is_relative_to(CHECKOUT / "models")]


@pytest.fixture(scope="module")
def manifest(simulated: Company) -> dict[str, Any]:
    content: dict[str, Any] = runner.manifest(simulated.settings()).writable_manifest().to_dict()
    return content


def ours(manifest: dict[str, Any], kind: str) -> dict[str, Any]:
    return {
        key: node
        for key, node in manifest[kind].items()
        if node["package_name"] == "product_engagement"
    }


def test_the_golden_numbers_hold_as_dbt_unit_tests(simulated: Company) -> None:
    with simulated.settings().applied():
        outcome = dbtRunner().invoke(
            [
                *("test", "--select", "test_type:unit", "--log-level", "none"),
                *("--project-dir", str(CHECKOUT), "--profiles-dir", str(CHECKOUT)),
            ]
        )
        release_connections()
    results = {
        result.node.name: str(result.status)
        for result in outcome.result.results
        if result.node.resource_type == "unit_test"
    }
    assert set(results.values()) == {"pass"}, results
    assert len(results) >= 13


def is_inner(node: dict[str, Any]) -> bool:
    """Whether a node is a model whose header comment is its description."""
    folder = node["path"].split("/")[0]
    return node["resource_type"] == "model" and folder not in ("marts", "publication", "staging")


def test_every_public_model_seed_source_and_column_is_documented(manifest: dict[str, Any]) -> None:
    nodes = [
        node
        for node in [*ours(manifest, "nodes").values(), *ours(manifest, "sources").values()]
        if node["resource_type"] in ("model", "seed", "source")
    ]
    assert len(nodes) > 60
    assert [node["name"] for node in nodes if not is_inner(node) and not node["description"]] == []
    assert [
        f"{node['name']}.{column['name']}"
        for node in nodes
        for column in node["columns"].values()
        if not column["description"] and not is_inner(node)
    ] == []


def test_the_header_of_an_inner_model_is_its_only_description(manifest: dict[str, Any]) -> None:
    inner = [node for node in ours(manifest, "nodes").values() if is_inner(node)]
    assert len(inner) > 60
    assert [node["name"] for node in inner if node["description"]] == []


def test_every_public_column_that_is_built_is_described(
    manifest: dict[str, Any], simulated: Company
) -> None:
    built: dict[str, set[str]] = {}
    for table, column in simulated.query(
        "select table_name, column_name from information_schema.columns"
        " where table_schema like 'engagement%'"
    ):
        built.setdefault(table, set()).add(column)
    described = {
        node["name"]: (set(node["columns"]), is_inner(node))
        for node in ours(manifest, "nodes").values()
        if node["resource_type"] in ("model", "seed")
        and node["config"]["materialized"] != "ephemeral"
    }
    assert set(built) == set(described)
    for table, (columns, inner) in described.items():
        assert columns <= built[table] if inner else columns == built[table], table


def test_every_macro_is_documented(manifest: dict[str, Any]) -> None:
    undocumented = [
        macro["name"]
        for macro in ours(manifest, "macros").values()
        if not macro["description"] and not re.match(r"[a-z]+__", macro["name"])
    ]
    assert undocumented == []


def test_a_changed_formula_makes_builds_start_over() -> None:
    here = CHECKOUT / "macros" / "incremental" / "formulas.sql"
    macros = [path for path in SQL if path.is_relative_to(CHECKOUT / "macros") and path != here]
    reading = [path for path in macros if path.parent.name != "scoring"]
    for paths in (macros, reading):
        found = hashlib.md5(b"".join(path.read_bytes() for path in paths)).hexdigest()
        assert f"return('{found}')" in here.read_text(), f"write {found} into {here}"


def test_every_public_table_has_a_contract_and_a_test_of_its_grain(
    manifest: dict[str, Any],
) -> None:
    nodes = ours(manifest, "nodes")
    public = [
        node
        for node in nodes.values()
        if node["path"].split("/")[0] == "marts"
        and "sql" in node["path"]
        and node["resource_type"] == "model"
    ]
    tested = {
        node["attached_node"]
        for node in nodes.values()
        if node["resource_type"] == "test"
        and node.get("test_metadata")
        and node["test_metadata"]["name"] == "unique_grain"
    }
    assert len(public) == 40
    for node in public:
        assert node["access"] == "public", node["name"]
        assert node["contract"]["enforced"], node["name"]
        assert node["unique_id"] in tested, node["name"]


@pytest.mark.parametrize(
    ("variable", "name"), [("ENGAGEMENT_SCHEMA", 'a"; drop'), ("ENGAGEMENT_READERS", "ann, b'ob")]
)
def test_dbt_refuses_a_name_that_an_engine_would_misread(
    simulated: Company, monkeypatch: pytest.MonkeyPatch, variable: str, name: str
) -> None:
    with simulated.settings().applied():
        monkeypatch.setenv(variable, name)
        places = ("--project-dir", str(CHECKOUT), "--profiles-dir", str(CHECKOUT))
        outcome = dbtRunner().invoke(["parse", "--log-level", "none", *places])
        release_connections()
    assert not outcome.success
    assert "A schema or reader is named" in str(outcome.exception)


@pytest.mark.parametrize("path", MODELS, ids=lambda path: path.stem)
def test_a_model_opens_with_its_grain_and_is_portable(path: Path) -> None:
    text = path.read_text()
    assert re.match(r"-- One row(s)? ?(per|:|of)?", text), "the first line says what one row is"
    code = re.sub(r"--.*", "", text)
    assert not re.search(
        r"current_date|current_timestamp|now\(\)|qualify|target\.|group by all|::|exclude \(", code
    )


def test_only_stg_events_reads_raw_events() -> None:
    readers = [path.stem for path in MODELS if "input('events')" in path.read_text()]
    assert readers == ["stg_events"]


def test_no_registry_is_named_in_the_repository() -> None:
    listed = subprocess.run(
        ["git", "ls-files"], cwd=CHECKOUT, capture_output=True, text=True, check=True
    )
    hosts = re.compile(r"pypi\.org|pythonhosted\.org|registry\.npmjs|deb\.debian")
    named = [
        name
        for name in listed.stdout.splitlines()
        if name != "python/tests/test_project.py"
        and hosts.search((CHECKOUT / name).read_text(errors="ignore"))
    ]
    assert named == []


def parents(nodes: dict[str, Any], key: str) -> list[str]:
    return list(nodes[key]["depends_on"].get("nodes", [])) if key in nodes else []


def ancestors(nodes: dict[str, Any], key: str) -> set[str]:
    found: set[str] = set()
    waiting = parents(nodes, key)
    while waiting:
        parent = waiting.pop()
        if parent not in found:
            found.add(parent)
            waiting += parents(nodes, parent)
    return found


#: What bookkeeping reads besides staging, configuration and itself: what ids belong to, the daily
#: counts, totals and the periods of entities.
READ_BY_BOOKKEEPING = {
    "int_received_ids",
    "int_primary_memberships",
    "int_daily_event_counts",
    "int_daily_totals",
    "int_event_totals",
    "int_entity_periods",
    "int_milestone_entities",
}
#: The records of what was published, which only append to themselves.
RECORDS = {"published_scores", "published_risk", "published_signals", "signal_history"}


def folder_of(node: dict[str, Any]) -> str:
    parts = Path(node["path"]).parts
    return "/".join(parts[: min(2, len(parts) - 1)])


def models_of(manifest: dict[str, Any]) -> dict[str, dict[str, Any]]:
    nodes = ours(manifest, "nodes")
    return {key: node for key, node in nodes.items() if node["resource_type"] == "model"}


def test_no_folders_refer_to_each_other_in_a_circle(manifest: dict[str, Any]) -> None:
    models = models_of(manifest)
    edges: dict[str, set[str]] = {}
    for key, node in models.items():
        for parent in parents(models, key):
            if parent in models:
                edges.setdefault(folder_of(node), set()).add(folder_of(models[parent]))
    edges.pop("incremental")
    reached = {folder: others - {folder, "incremental"} for folder, others in edges.items()}
    for _ in reached:
        for folder, others in reached.items():
            reached[folder] = others.union(*(reached.get(other, set()) for other in others))
    assert len(reached) > 20
    assert [folder for folder, others in reached.items() if folder in others] == []


def test_bookkeeping_lies_in_one_folder_and_reads_little(manifest: dict[str, Any]) -> None:
    models = models_of(manifest)
    bookkeeping = {key for key, node in models.items() if folder_of(node) == "incremental"}
    assert 0 < len(bookkeeping) <= 12
    read = {
        models[parent]["name"]
        for key in bookkeeping
        for parent in parents(models, key)
        if parent in models
        and parent not in bookkeeping
        and folder_of(models[parent]) not in ("staging", "configuration")
    }
    assert read <= READ_BY_BOOKKEEPING


def test_only_bookkeeping_and_records_look_back_at_the_last_run(manifest: dict[str, Any]) -> None:
    backwards = re.compile(
        r"built_relation\(|\{\{ this \}\}|is_incremental\(|this_run\(|last_run\(|get_relation\("
    )
    looking = {
        node["name"]
        for node in models_of(manifest).values()
        if backwards.search(node["raw_code"]) and folder_of(node) != "incremental"
    }
    assert looking == RECORDS
    macros = {
        macro["name"]
        for macro in ours(manifest, "macros").values()
        if "built_relation(" in macro["macro_sql"]
    }
    folders = {
        macro["original_file_path"].split("/")[1]
        for macro in ours(manifest, "macros").values()
        if macro["name"] in macros
    }
    assert folders == {"incremental", "publication"}, "no other macros look back"
    called = re.compile(rf"\b({'|'.join(macros - {'should_full_refresh'})})\(")
    assert [
        node["name"]
        for node in models_of(manifest).values()
        if folder_of(node) != "incremental"
        and node["name"] not in RECORDS
        and called.search(node["raw_code"])
    ] == []


def test_a_model_selects_the_rows_that_its_table_replaces(manifest: dict[str, Any]) -> None:
    """The scope in the SQL is that of the strategy, and what both read is built before."""
    models = models_of(manifest)
    restated = [
        (key, node)
        for key, node in models.items()
        if node["config"]["materialized"] == "incremental"
        and node["config"]["incremental_strategy"] == "restate"
    ]
    assert len(restated) > 20
    for key, node in restated:
        meta = node["config"]["meta"] or {}
        above = ancestors(models, key)
        if meta.get("restated_in"):
            assert f"model.product_engagement.{meta['restated_in']}" in above, node["name"]
            continue
        assert "model.product_engagement.int_restatement" in above, node["name"]
        scopes = {
            scope or "events"
            for scope in re.findall(r"restated\('[\w.]+'(?:, '(\w+)')?\)", node["raw_code"])
        }
        assert scopes <= {meta.get("scope", "events")}, node["name"]


def test_an_event_reaches_its_score_in_few_steps(manifest: dict[str, Any]) -> None:
    models = models_of(manifest)
    steps: dict[str, int] = {"model.product_engagement.stg_events": 0}

    def longest(key: str) -> int:
        if key not in steps:
            ways = [longest(parent) for parent in parents(models, key) if parent in models]
            found = [way for way in ways if way >= 0]
            steps[key] = 1 + max(found) if found else -1
        return steps[key]

    assert 0 < longest("model.product_engagement.user_scores") <= 22


def test_no_model_holds_a_dialect(manifest: dict[str, Any]) -> None:
    assert [
        node["name"] for node in models_of(manifest).values() if "target.type" in node["raw_code"]
    ] == []
