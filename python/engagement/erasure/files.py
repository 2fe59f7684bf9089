"""Exports, digests, dashboards and dbt's own files that name a person."""

from collections.abc import Iterator
from pathlib import Path

from engagement.atomic_write import atomic_write, private_files
from engagement.export.files import MEMORY
from engagement.project import Settings
from engagement.tables import connect, text_literal

from .person import Person, selected

#: Endings of files that exports and digests write.
WRITTEN = (".csv", ".jsonl", ".parquet", ".json", ".md", ".html")


def clean_files(settings: Settings, person: Person) -> list[str]:
    """Removes the person from exports and digests; dashboards and dbt's files that name them go."""
    told = []
    for file in _dashboards(settings, person):
        file.unlink()
        told.append(f"{file}: deleted, write it again with engagement dashboard")
    for file in _written_files(settings):
        if not any(word.encode() in file.read_bytes() for word in person.words):
            continue
        if file.suffix == ".parquet":
            with private_files(), atomic_write(file) as new, connect() as connection:
                source = f"read_parquet({text_literal(str(file))})"
                target = f"{text_literal(str(new))} (format parquet)"
                found = connection.execute(f"describe from {source}").fetchall()
                chosen = selected(person, [(row[0], row[1]) for row in found])
                connection.execute(f"copy (select {chosen} from {source}) to {target}")
        else:
            with atomic_write(file) as new:
                new.write_text(person.without(file.read_text()))
                new.chmod(file.stat().st_mode & 0o777)
        told.append(f"{file}: rewritten")
    for folder in (settings.target_folder(), settings.log_folder()):
        for file in folder.rglob("*"):
            if file.is_file() and any(word.encode() in file.read_bytes() for word in person.words):
                file.unlink()
                told.append(f"{file}: deleted")
    return told


def _folders(settings: Settings) -> tuple[Path, ...]:
    """The folder of the project and that of the database."""
    database = [settings.database_file().resolve().parent] if settings.is_duckdb else []
    return tuple(dict.fromkeys((settings.folder, *database)))


def _dashboards(settings: Settings, person: Person) -> list[Path]:
    """The dashboards in these folders that name the person, or that can no longer be read."""
    from engagement.dashboard.page import MARK

    files = {file for folder in _folders(settings) for file in folder.rglob("*.html")}
    return sorted(
        file
        for file in files
        if file.is_file()
        and MARK.encode() in file.read_bytes()
        and _may_name(person, file.read_text(errors="replace"))
    )


def _may_name(person: Person, page: str) -> bool:
    """Whether a dashboard names the person. One that was cut short may."""
    from engagement.dashboard.page import unpacked

    try:
        texts = (page, *unpacked(page).values())
    except ValueError:
        return True
    return any(word in text for word in person.words for text in texts)


def _written_files(settings: Settings) -> Iterator[Path]:
    """The exports and digests in the folders of the project and the database."""
    for folder in _folders(settings):
        for file in folder.rglob("*"):
            inside = set(file.relative_to(folder).parts[:-1])
            is_export = (file.parent / MEMORY).is_dir() or MEMORY in inside
            is_digest = file.name.startswith("digest-") or file.name.endswith(".digest.json")
            if file.suffix in WRITTEN and (is_export or is_digest) and file.is_file():
                yield file
