"""Starts a dbt project of the user's own, which installs this one."""

import re
from collections.abc import Iterator
from pathlib import Path

from engagement.errors import UsageError
from engagement.project import LINK, NAME, PACKAGE, PROJECT_FILE, link_package

TEMPLATES = Path(__file__).parent
#: What becomes of a template: its place in the project.
FILES = {
    PROJECT_FILE: PROJECT_FILE,
    "packages.yml": "packages.yml",
    "gitignore": ".gitignore",
    "README.md": "README.md",
    "accounts_to_call.sql": "models/accounts_to_call.sql",
}
PROFILES = "profiles.yml"
SEEDS = "seeds"


def start(folder: Path) -> None:
    """Writes a project into a folder that has none of its files; git and other files may be there.

    Raises:
        UsageError: One of the files is there already.
    """
    contents = dict(_contents(_project_name(folder)))
    there = [name for name in [*contents, LINK] if (folder / name).exists()]
    if there:
        raise UsageError(f"{folder} has {there[0]} already: name another folder.")
    for name, content in contents.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    link_package(folder)


def is_started(folder: Path) -> bool:
    """Whether a folder holds a project that was started here."""
    return (folder / LINK).is_symlink() and (folder / PROJECT_FILE).is_file()


def _project_name(folder: Path) -> str:
    """A name for dbt: letters, digits and underscores, and not that of the package."""
    name = re.sub(r"\W+", "_", folder.resolve().name.lower()).strip("_") or "company"
    return f"company_{name}" if name == NAME or name[0].isdigit() else name


def _contents(name: str) -> Iterator[tuple[str, bytes]]:
    """The files of a project: their places and contents."""
    seeds = sorted((PACKAGE / SEEDS).glob("*.csv"))
    values = {"NAME": name, "SEEDS": "".join(f"\n      - {seed.stem}" for seed in seeds)}
    for template, place in FILES.items():
        text = (TEMPLATES / template).read_text()
        for word, value in values.items():
            text = re.sub(rf"\b{word}\b", value, text)
        if place == PROJECT_FILE:
            text += _seed_settings(name)
        yield place, text.encode()
    profiles = (PACKAGE / PROFILES).read_text()
    yield PROFILES, profiles.replace(f"{NAME}:", "engagement:", 1).encode()
    for seed in seeds:
        yield f"{SEEDS}/{seed.name}", seed.read_bytes()


def _seed_settings(name: str) -> str:
    """The section on seeds of the package's dbt_project.yml, for seeds of another project."""
    (found,) = re.findall(r"^seeds:\n.*?(?=^\S)", (PACKAGE / PROJECT_FILE).read_text(), re.M | re.S)
    settings = found.replace("+schema: internal", "+schema: seeds")
    settings = re.sub(r" +\+meta:.*\n( {8,}.*\n| {6}\]\n)*", "", settings)
    for macro in ("fit_seed_table", "add_optional_columns"):
        settings = settings.replace(f"{{{{ {macro}(", f"{{{{ {NAME}.{macro}(")
    return settings.replace(f"  {NAME}:", f"  {name}:", 1).rstrip() + "\n"
