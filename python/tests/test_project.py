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


def test_every_model_seed_source_and_column_is_documented(manifest: dict[str, Any]) -> None:
    nodes = [
        node
        for node in [*ours(manifest, "nodes").values(), *ours(manifest, "sources").values()]
        if node["resource_type"] in ("model", "seed", "source")
    ]
    assert len(nodes) > 60
    assert [node["name"] for node in nodes if not node["description"]] == []
    assert [
        f"{node['name']}.{column['name']}"
        for node in nodes
        for column in node["columns"].values()
        if not column["description"]
    ] == []


def test_every_column_that_is_built_is_described(
    manifest: dict[str, Any], simulated: Company
) -> None:
    built: dict[str, set[str]] = {}
    for table, column in simulated.query(
        "select table_name, column_name from information_schema.columns"
        " where table_schema like 'engagement%'"
    ):
        built.setdefault(table, set()).add(column)
    described = {
        node["name"]: set(node["columns"])
        for node in ours(manifest, "nodes").values()
        if node["resource_type"] in ("model", "seed")
        and node["config"]["materialized"] != "ephemeral"
    }
    assert built == described


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
    found = hashlib.md5(b"".join(path.read_bytes() for path in macros)).hexdigest()
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
    assert len(public) == 30
    for node in public:
        assert node["access"] == "public", node["name"]
        assert node["contract"]["enforced"], node["name"]
        assert node["unique_id"] in tested, node["name"]


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


def test_what_a_model_makes_again_is_known_before_it_is_tested(manifest: dict[str, Any]) -> None:
    nodes = ours(manifest, "nodes")
    named = [
        (key, model)
        for key, node in nodes.items()
        for meta in [node["config"].get("meta") or {}]
        for model in (meta.get("replaced"), (meta.get("made_again") or [None, None])[1])
        if node["resource_type"] == "model" and model
    ]
    assert len(named) > 15
    for key, model in named:
        assert f"model.product_engagement.{model}" in ancestors(nodes, key), (key, model)


def test_a_run_is_recorded_last(manifest: dict[str, Any]) -> None:
    nodes = ours(manifest, "nodes")
    models = {key for key, node in nodes.items() if node["resource_type"] == "model"}
    last = "model.product_engagement.run_history"
    assert models - ancestors(nodes, last) == {last}
