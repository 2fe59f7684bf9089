"""A company's own dbt project installs this one, with its own weights and its own model."""

import os
import shutil
import subprocess
from pathlib import Path

import duckdb
from conftest import Company, event

from engagement.project import CHECKOUT

DBT = CHECKOUT / ".venv/bin/dbt"
CONSUMER = CHECKOUT / "integration_tests"


def test_a_project_that_installs_this_one_has_its_own_weights(
    company: Company, tmp_path: Path
) -> None:
    company.write(
        "events", [event("1", "invoice_sent", "u", "2026-05-01 09:00:00", account_id="a")]
    )
    project = tmp_path / "consumer"
    shutil.copytree(CONSUMER, project, ignore=shutil.ignore_patterns("dbt_packages", "target"))
    (project / "packages.yml").write_text(f"packages:\n  - local: {CHECKOUT}\n")
    environment = {
        **os.environ,
        "ENGAGEMENT_DATA": str(company.data),
        "ENGAGEMENT_DATABASE": str(company.database),
        "DBT_TARGET_PATH": str(project / "target"),
    }
    for command in (["deps"], ["build", "--exclude-resource-type", "unit_test"]):
        subprocess.run([str(DBT), *command], cwd=project, env=environment, check=True)
    with duckdb.connect(str(company.database), read_only=True) as connection:
        for schema in ("analytics", "analytics_build"):
            points = connection.execute(f"select points from {schema}.account_scores").fetchall()
            assert points == [(7,)], schema
        leading = connection.execute("select account_id, score from analytics.leading_accounts")
        assert leading.fetchall() == [("a", 100)]
