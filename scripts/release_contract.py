"""Writes the public tables, as they are now, as those of the last release (docs/upgrading.md)."""

import sys
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[1]
CONTRACT = ROOT / "python" / "tests" / "released_contract.yml"
sys.path[:0] = [str(ROOT / "python")]

from engagement import runner  # noqa: E402
from engagement.project import Settings  # noqa: E402


def public_tables() -> dict[str, dict[str, str]]:
    """The public tables as {table: {column: type on DuckDB}}."""
    nodes = runner.manifest(Settings(ROOT)).nodes.values()
    return {
        node.name: {name: column.data_type for name, column in sorted(node.columns.items())}
        for node in sorted(nodes, key=lambda node: node.name)
        if str(node.resource_type) == "model" and str(node.access) == "public" and node.columns
    }


def main() -> None:
    """Writes the file, with the version."""
    version = Settings(ROOT).project_file()["version"]
    content = {"version": version, "tables": public_tables()}
    CONTRACT.write_text(yaml.safe_dump(content, sort_keys=False))


if __name__ == "__main__":
    main()
