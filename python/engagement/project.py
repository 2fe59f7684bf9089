"""Where the dbt project is, and the settings that a run of it gets."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from engagement.errors import UsageError

CHECKOUT = Path(__file__).resolve().parents[2]
DEFAULT_DATABASE = "engagement.duckdb"
DEFAULT_SEEDS = "seeds"
DEFAULT_SCHEMA = "engagement"


def find_project() -> Path:
    """The folder of the dbt project: the working folder, else the checkout the command runs from.

    Raises:
        UsageError: Neither holds a dbt_project.yml.
    """
    for folder in (Path.cwd(), CHECKOUT):
        if (folder / "dbt_project.yml").is_file():
            return folder
    raise UsageError(
        f"There is no dbt_project.yml in {Path.cwd()}: run engagement in the folder of the project."
    )


@dataclass(frozen=True)
class Settings:
    """What one run is asked to do; None leaves a setting to the environment or the default."""

    project: Path
    data: Path | None = None
    database: Path | None = None
    seeds: Path | None = None
    as_of: date | None = None
    target: str | None = None
    variables: Mapping[str, Any] = field(default_factory=dict)

    def environment(self) -> dict[str, str]:
        """The environment variables that the dbt project reads."""
        given = {
            "ENGAGEMENT_DATA": self.data and str(self.data.resolve()),
            "ENGAGEMENT_DATABASE": self.database and str(self.database.resolve()),
            "ENGAGEMENT_SEEDS": self.seeds and str(self._seeds_in_project(self.seeds)),
            "ENGAGEMENT_AS_OF": self.as_of and self.as_of.isoformat(),
            "ENGAGEMENT_TARGET": self.target,
        }
        return {name: value for name, value in given.items() if value}

    @contextmanager
    def applied(self) -> Iterator[None]:
        """The environment of the run for the time of a with block."""
        before = dict(os.environ)
        os.environ.update(self.environment())
        try:
            yield
        finally:
            os.environ.clear()
            os.environ.update(before)

    def data_folder(self) -> Path:
        """The folder of inputs.

        Raises:
            UsageError: None is named, or it does not exist.
        """
        named = self.data or _path_of("ENGAGEMENT_DATA")
        if named is None:
            raise UsageError("No input is named: pass --data DIR, or set ENGAGEMENT_DATA.")
        if not named.is_dir():
            raise UsageError(
                f"The data folder {named} does not exist: pass --data an existing one."
            )
        return named

    def database_file(self) -> Path:
        """The DuckDB file that holds the tables."""
        return self.database or _path_of("ENGAGEMENT_DATABASE") or self.project / DEFAULT_DATABASE

    def built_database(self) -> Path:
        """The DuckDB file, which must be there.

        Raises:
            UsageError: It is not.
        """
        file = self.database_file()
        if not file.is_file():
            raise UsageError(f"There is no database {file}: run engagement build first.")
        return file

    def schema(self) -> str:
        """The schema of the public tables."""
        return os.environ.get("ENGAGEMENT_SCHEMA") or DEFAULT_SCHEMA

    def seeds_folder(self) -> Path:
        """The folder of configuration seeds."""
        return self.project / (self.seeds or _path_of("ENGAGEMENT_SEEDS") or DEFAULT_SEEDS)

    def _seeds_in_project(self, folder: Path) -> Path:
        wanted = {file.name for file in (self.project / DEFAULT_SEEDS).glob("*.csv")}
        missing = wanted - {file.name for file in folder.glob("*.csv")}
        if missing:
            raise UsageError(
                f"The seeds folder {folder} lacks {', '.join(sorted(missing))}:"
                f" copy what is missing from {DEFAULT_SEEDS}/, if only with its first line."
            )
        try:
            return folder.resolve().relative_to(self.project.resolve())
        except ValueError:
            raise UsageError(
                f"The seeds folder {folder} lies outside the project {self.project}:"
                " copy it into the project and name that copy."
            ) from None

    def all_variables(self) -> dict[str, Any]:
        """The vars of dbt_project.yml, overridden by those of this run.

        The var as_of comes before ENGAGEMENT_AS_OF, as in the models.
        """
        content = yaml.safe_load((self.project / "dbt_project.yml").read_text())
        variables = {**content["vars"], **self.variables}
        last_day = self.as_of or os.environ.get("ENGAGEMENT_AS_OF")
        return {**variables, "as_of": variables.get("as_of") or last_day}


def _path_of(variable: str) -> Path | None:
    value = os.environ.get(variable)
    return Path(value) if value else None
