"""The page docs/cli.md, the version, and what the command says of a wrong choice."""

import re
import runpy
import subprocess
import sys
from importlib.metadata import version

import pytest
from typer.testing import CliRunner, Result

from engagement import cli
from engagement.project import CHECKOUT


def engagement(*arguments: str) -> Result:
    return CliRunner().invoke(cli.app, arguments)


def test_the_reference_page_is_what_the_help_says() -> None:
    script = runpy.run_path(str(CHECKOUT / "scripts" / "cli_reference.py"))
    written = (CHECKOUT / "docs" / "cli.md").read_text()
    assert written == script["page"](), "docs/cli.md is out of date: run make cli-reference"


def test_the_reference_page_has_every_command_and_option() -> None:
    page = (CHECKOUT / "docs" / "cli.md").read_text()
    commands = [command.__name__ for group in cli.GROUPS.values() for command in group]
    for name in commands:
        _, _, section = page.partition(f"### engagement {name}\n")
        section = section.partition("\n##")[0]
        shown = engagement(name, "--help").output
        flags = set(re.findall(r"--[a-z][a-z-]*", shown))
        assert flags
        assert {flag for flag in flags if f"`{flag}" not in section} == set(), name


def test_the_help_lists_the_commands_in_three_groups() -> None:
    shown = engagement("--help").output
    names = {
        "Run": ["simulate", "build", "backfill", "rollback", "erase", "validate"],
        "Read": ["show", "history", "explain", "dashboard", "export", "digest"],
        "Tune": ["compare", "evaluate", "calibrate"],
    }
    order = [word for group, commands in names.items() for word in (f" {group} ", *commands)]
    places = [shown.index(f"─{word}" if word.startswith(" ") else f"│ {word} ") for word in order]
    assert places == sorted(places)


def test_the_version_is_that_of_the_package() -> None:
    done = engagement("--version")
    assert (done.exit_code, done.output) == (0, f"engagement {version('product-engagement')}\n")


@pytest.mark.parametrize(
    ("arguments", "value", "choices"),
    [
        (("explain", "team", "a"), "team", ["user", "account"]),
        (("export", "users", "--out", "o", "--format", "xlsx"), "xlsx", ["csv", "parquet"]),
        (("export", "--out", "o", "--view", "pipedrive"), "pipedrive", ["hubspot", "intercom"]),
        (("simulate", "--out", "o", "--layout", "heap"), "heap", ["segment", "ga4"]),
        (("calibrate", "--outcome", "bored"), "bored", ["retained", "churned", "expanded"]),
    ],
)
def test_a_wrong_choice_is_named_with_the_right_ones(
    arguments: tuple[str, ...], value: str, choices: list[str]
) -> None:
    done = engagement(*arguments)
    sentence = " ".join(done.output.replace("│", " ").split())
    assert done.exit_code == 2
    assert f"'{value}' is not one of" in sentence
    assert all(f"'{choice}'" in sentence for choice in choices)


def test_the_command_starts_without_dbt_and_pandas() -> None:
    code = (
        "import sys; from engagement import cli; cli.app(['--version'], standalone_mode=False);"
        " print(sorted({'dbt', 'duckdb', 'pandas', 'numpy', 'pyarrow'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"
