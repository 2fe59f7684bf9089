"""The wheel: the command with the project inside, and projects that it starts."""

import os
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest
import yaml

from engagement.project import CHECKOUT, NAME

EVENTS = "event_id,event_name,user_id,account_id,occurred_at\n" + "".join(
    f"{number},{name},{user},acme,2026-05-{day:02} 09:00:00\n"
    for number, (day, user, name) in enumerate(
        (day, user, name)
        for day in range(1, 11)
        for user in ("ann", "bob")
        for name in ("task_created", "logged_in")
    )
)


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    options = ("--quiet", "--no-deps", "--no-build-isolation", "--wheel-dir", str(folder))
    subprocess.run([sys.executable, "-m", "pip", "wheel", *options, str(CHECKOUT)], check=True)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="session")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that the wheel is installed in."""
    folder = tmp_path_factory.mktemp("installed")
    options = ("--quiet", "--no-deps", "--target", str(folder))
    subprocess.run([sys.executable, "-m", "pip", "install", *options, str(wheel)], check=True)
    return folder


@pytest.fixture
def run(installed: Path, tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Runs a Python module of the installation in a folder."""
    (tmp_path / "data").mkdir()
    (tmp_path / "data/events.csv").write_text(EVENTS)
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("ENG", "DBT_"))
    }

    def called(*command: object, folder: Path = tmp_path) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", *map(str, command)],
            cwd=folder,
            env=environment
            | {"PYTHONPATH": str(installed), "ENGAGEMENT_DATA": str(tmp_path / "data")},
            capture_output=True,
            text=True,
        )

    return called


def test_the_wheel_holds_the_project_whole(wheel: Path) -> None:
    content = zipfile.ZipFile(wheel)
    held = {name for name in content.namelist() if name.startswith(f"engagement/{NAME}/")}
    wanted = {
        f"engagement/{NAME}/{path.relative_to(CHECKOUT)}"
        for folder in ("analyses", "macros", "models", "seeds", "tests")
        for path in (CHECKOUT / folder).rglob("*.*")
    }
    assert held == wanted | {
        f"engagement/{NAME}/{name}.yml" for name in ("dbt_project", "profiles")
    }
    version = yaml.safe_load((CHECKOUT / "dbt_project.yml").read_text())["version"]
    assert wheel.name.split("-")[1] == version


def test_the_command_works_in_any_folder_and_leaves_the_installation_as_it_was(
    run: Callable[..., subprocess.CompletedProcess[str]], installed: Path, tmp_path: Path
) -> None:
    def files() -> dict[Path, int]:
        package = installed / "engagement" / NAME
        return {file: file.stat().st_mtime_ns for file in package.rglob("*")}

    before = files()
    assert run("engagement.cli", "build").returncode == 0
    shown = run("engagement.cli", "show")
    assert shown.returncode == 0
    assert "acme" in shown.stdout
    assert {path.name for path in tmp_path.iterdir()} == {
        *("data", "logs", "target"),
        *("scores.duckdb", "scores.build.duckdb", "scores.build.lock"),
    }
    again = run("engagement.cli", "build")
    assert again.stdout.startswith("Nothing new since the last build of")
    refused = run("engagement.cli", "build", "--seeds", "data")
    assert refused.returncode == 2
    assert "engagement init FOLDER" in refused.stderr
    assert files() == before


def test_a_project_of_ones_own_builds_with_the_command_and_with_dbt(
    run: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path
) -> None:
    folder = tmp_path / "2 Acme"
    assert run("engagement.cli", "init", folder).returncode == 0
    assert yaml.safe_load((folder / "dbt_project.yml").read_text())["name"] == "company_2_acme"

    def points() -> object:
        with duckdb.connect(str(folder / "scores.duckdb"), read_only=True) as connection:
            rows = connection.execute(
                "select max(points) from engagement.account_scores"
            ).fetchone()
            return float(rows[0]) if rows else None

    weights = (folder / "seeds/event_weights.csv").read_text()
    assert "task_created,3" in weights
    built = run("engagement.cli", "build", folder=folder / "models")
    assert built.returncode == 0, built.stdout + built.stderr
    first = points()
    (folder / "seeds/event_weights.csv").write_text(
        weights.replace("task_created,3", "task_created,4")
    )
    built = run("dbt.cli.main", "build", folder=folder)
    assert built.returncode == 0, built.stdout
    assert points() == first + 2 * 9  # type: ignore[operator]
    assert "WARN 1 published_versions_stay" in built.stdout
    with duckdb.connect(str(folder / "scores.duckdb"), read_only=True) as connection:
        calls = connection.execute("select account_id from engagement.accounts_to_call").fetchall()
        assert calls == [("acme",)]

    # What is compiled by dbt is compiled as the package's own, not as the project's.
    for command in (("evaluate",), ("calibrate",)):
        done = run("engagement.cli", *command, folder=folder)
        assert "undefined" not in done.stderr
    assert "too few outcomes" in run("engagement.cli", "evaluate", folder=folder).stdout
    bands = (folder / "seeds/score_bands.csv").rename(folder / "score_bands.csv")
    without = run("engagement.cli", "build", folder=folder)
    assert "There is no seed" in without.stderr
    assert "score_bands.csv: put it back" in without.stderr
    bands.rename(folder / "seeds/score_bands.csv")
    (folder / "dbt_project.yml").write_text("name: acme\n  profile: [")
    broken = run("engagement.cli", "build", folder=folder)
    assert broken.returncode == 2
    assert "dbt_project.yml is no YAML in line 2" in broken.stderr
    (folder / "dbt_project.yml").write_text("name: acme\n")

    again = run("engagement.cli", "init", folder)
    assert (again.returncode, "dbt_project.yml already" in again.stderr) == (2, True)


def test_another_project_of_dbt_is_left_alone(
    run: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path
) -> None:
    (tmp_path / "dbt_project.yml").write_text("name: other\n")
    done = run("engagement.cli", "build")
    assert done.returncode == 2
    assert "is a dbt project that engagement init has not made" in done.stderr
    shown = run("engagement.cli", "show", "--database", "none.duckdb")
    assert "none.duckdb" in shown.stderr
    assert {path.name for path in tmp_path.iterdir()} == {"data", "dbt_project.yml"}
