"""Which files of a folder each input takes."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
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
    ".json": "json lines",
    ".json.gz": "json lines",
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
    folder: Path,
    names: Sequence[str],
    called: Mapping[str, str],
    taken: Collection[Path] = (),
) -> tuple[dict[str, InputFiles], list[Path]]:
    """The files of each input that is there, and the files that no input takes.

    `called` says what the file of an input is called, if not as the input (var input_tables);
    `taken` are the files and folders of vendors, which no input takes.
    Names match without regard to case. Hidden files, empty files and folders of unfinished writes
    (_temporary) are skipped.

    Raises:
        UsageError: An input is there more than once, in several formats, or as a table with a log.
    """
    found: dict[str, list[InputFiles]] = {name: [] for name in names}
    names_of = {called.get(name, name).lower(): name for name in names}
    strangers = []
    for entry in sorted(folder.iterdir()):
        stem, ending = name_and_ending(entry.name)
        name = names_of.get((entry.name if entry.is_dir() else stem).lower())
        if entry.name.startswith((".", "_")) or entry in taken:
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


def files_of_source(
    folder: Path, vendor: str, called: Mapping[str, Sequence[str]]
) -> tuple[dict[str, InputFiles], list[Path]]:
    """The files of each of a vendor's tables, as VENDOR.TABLE, and all that lie at their place.

    They lie in the folder of the vendor's name where there is one, else among the others. `called`
    says what the files of a table may be called, of which the first that is there counts; `*` and
    `?` stand for any text or sign, and then several files may be one table.

    Raises:
        UsageError: A table is there more than once, in several formats, or has a log.
    """
    own = next((entry for entry in folder.iterdir() if entry.name.lower() == vendor), None)
    place = own if own and own.is_dir() else folder
    found: dict[str, InputFiles] = {}
    taken = [own] if own and own.is_dir() else []
    for table, names in called.items():
        name = f"{vendor}.{table}"
        for pattern in names:
            entries = [entry for entry in sorted(place.iterdir()) if _is_called(entry, pattern)]
            if not entries:
                continue
            found[name] = _as_one(name, pattern, place, entries)
            taken += entries
            break
    return {name: files for name, files in found.items() if files.paths}, taken


def _is_called(entry: Path, pattern: str) -> bool:
    stem, ending = name_and_ending(entry.name)
    name = entry.name.lower() if entry.is_dir() else stem.lower()
    is_visible = not entry.name.startswith((".", "_"))
    is_readable = entry.is_dir() or ending in FORMATS
    return is_visible and is_readable and fnmatchcase(name, pattern.lower())


def _as_one(name: str, pattern: str, place: Path, entries: Sequence[Path]) -> InputFiles:
    """The files of a table, of one format."""
    if len(entries) > 1 and not set("*?") & set(pattern):
        places = ", ".join(str(entry) for entry in entries)
        raise UsageError(f"The table {name} is there more than once ({places}): keep one.")
    by_format: dict[str, list[Path]] = {}
    for entry in entries:
        files = _in_folder(name, entry)[0] if entry.is_dir() else None
        paths = files.paths if files else [] if entry.is_dir() else [entry]
        for path in paths:
            by_format.setdefault(FORMATS[name_and_ending(path.name)[1]], []).append(path)
    if len(by_format) > 1:
        raise UsageError(
            f"The table {name} at {place} has files of several formats"
            f" ({', '.join(sorted(by_format))}): keep those of one."
        )
    for format_, paths in by_format.items():
        return InputFiles(name, entries[0] if len(entries) == 1 else place, format_, paths)
    return InputFiles(name, entries[0], "", [])


def _in_folder(name: str, folder: Path) -> tuple[InputFiles | None, list[Path]]:
    _refuse_a_log(name, folder)
    by_format: dict[str, list[Path]] = {}
    strangers = []
    for path in _visible(folder):
        ending = name_and_ending(path.name)[1]
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


def name_and_ending(name: str) -> tuple[str, str]:
    """The name of a file without its ending, and the ending, in lower case."""
    lower = name.lower()
    ending = next((ending for ending in FORMATS if lower.endswith(ending)), "")
    return name[: len(name) - len(ending)], ending
