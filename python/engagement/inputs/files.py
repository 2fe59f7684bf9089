"""Which files of a folder each input takes."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from engagement.errors import UsageError

#: The format of a file by its ending.
FORMATS = {
    ".parquet": "parquet",
    ".csv": "csv",
    ".csv.gz": "csv",
    ".tsv": "csv",
    ".tsv.gz": "csv",
    ".jsonl": "json lines",
    ".jsonl.gz": "json lines",
    ".ndjson": "json lines",
    ".ndjson.gz": "json lines",
}
#: What makes a folder a table with a log of its own, and what reads such a table.
LOGS = {"_delta_log": "a Delta", "metadata/*.metadata.json": "an Iceberg", ".hoodie": "a Hudi"}


@dataclass(frozen=True)
class InputFiles:
    """The files of one input, all of one format; `place` is the file or folder they stand for."""

    name: str
    place: Path
    format: str
    paths: Sequence[Path]


def files_of(
    folder: Path, names: Sequence[str], called: Mapping[str, str]
) -> tuple[dict[str, InputFiles], list[Path]]:
    """The files of each input that is there, and the files that no input takes.

    `called` says what the file of an input is called, if not as the input (var input_tables).
    Names match without regard to case. Hidden files, empty files and folders of unfinished writes
    (_temporary) are skipped.

    Raises:
        UsageError: An input is there more than once, in several formats, or as a table with a log.
    """
    found: dict[str, list[InputFiles]] = {name: [] for name in names}
    names_of = {called.get(name, name).lower(): name for name in names}
    strangers = []
    for entry in sorted(folder.iterdir()):
        stem, ending = _split(entry.name)
        name = names_of.get((entry.name if entry.is_dir() else stem).lower())
        if entry.name.startswith((".", "_")):
            continue
        if entry.is_dir() and name:
            files, unread = _in_folder(name, entry)
            strangers += unread
            found[name] += [files] if files else []
        elif entry.is_file() and name and ending in FORMATS:
            found[name].append(InputFiles(name, entry, FORMATS[ending], [entry]))
        else:
            strangers.append(entry)
    for name, inputs in found.items():
        if len(inputs) > 1:
            places = ", ".join(str(files.place) for files in inputs)
            raise UsageError(f"The input {name} is there more than once ({places}): keep one.")
    return {name: inputs[0] for name, inputs in found.items() if inputs}, strangers


def _in_folder(name: str, folder: Path) -> tuple[InputFiles | None, list[Path]]:
    _refuse_a_log(name, folder)
    by_format: dict[str, list[Path]] = {}
    strangers = []
    for path in _visible(folder):
        ending = _split(path.name)[1]
        if ending not in FORMATS:
            strangers.append(path)
        elif path.stat().st_size > 0:
            by_format.setdefault(FORMATS[ending], []).append(path)
    if len(by_format) > 1:
        raise UsageError(
            f"The input {name} at {folder} has files of several formats"
            f" ({', '.join(sorted(by_format))}): keep those of one."
        )
    for format_, paths in by_format.items():
        return InputFiles(name, folder, format_, paths), strangers
    return None, strangers


def _refuse_a_log(name: str, folder: Path) -> None:
    for log, kind in LOGS.items():
        if next(folder.glob(log), None):
            raise UsageError(
                f"The input {name} at {folder} is {kind} table ({log}): its log says which files"
                f" count, and reading all of them would bring back deleted rows. Write its current"
                f" rows to {folder}.parquet, or read it as a table of an engine that knows its log."
            )


def _visible(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        if path.name.startswith((".", "_")):
            continue
        if path.is_dir():
            yield from _visible(path)
        else:
            yield path


def _split(name: str) -> tuple[str, str]:
    """The name of a file without its ending, and the ending, in lower case."""
    lower = name.lower()
    ending = next((ending for ending in FORMATS if lower.endswith(ending)), "")
    return name[: len(name) - len(ending)], ending
