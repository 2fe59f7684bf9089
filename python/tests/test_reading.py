"""Files are read by fixed rules: every dialect gives the same rows, all else is one sentence."""

import csv
import gzip
import io
import json
import os
import random
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml
from macros import Macros

from engagement.errors import UsageError
from engagement.inputs.contract import request_of
from engagement.inputs.reading import Reading, read_folder
from engagement.project import CHECKOUT

VARIABLES = yaml.safe_load((CHECKOUT / "dbt_project.yml").read_text())["vars"]
HEADER = "event_id,event_name,user_id,occurred_at"
EVENTS = f"{HEADER}\n1,click,u,2026-05-01\n"
#: Drawn tables of each format.
DRAWS = int(os.environ.get("ENGAGEMENT_DRAWS", "34"))
DUCKDB = Macros("duckdb")
Content = str | bytes | Callable[[Path], None]


@pytest.fixture
def read(tmp_path: Path) -> Callable[..., Reading]:
    """Reads a folder of files, whose contents are given by name."""

    def reading(files: Mapping[str, Content], **variables: Any) -> Reading:
        for name, content in files.items():
            path = tmp_path / "data" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            if callable(content):
                content(path)
            else:
                path.write_bytes(content.encode() if isinstance(content, str) else content)
        request = request_of(CHECKOUT, VARIABLES | variables)
        read_folder.cache_clear()
        return read_folder(tmp_path / "data", request, tmp_path / "scratch")

    return reading


def rows(reading: Reading, name: str = "events", columns: str = "*") -> list[tuple[Any, ...]]:
    """The rows of an input, sorted."""
    with duckdb.connect() as connection:
        connection.execute("set timezone = 'Asia/Tokyo'")
        query = f"select {columns} from {reading.relations[name].sql} order by all"
        return connection.execute(query).fetchall()


def parquet(select: str) -> Callable[[Path], None]:
    """Writes the rows of a query as a Parquet file."""

    def write(path: Path) -> None:
        with duckdb.connect() as connection:
            connection.execute("set timezone = 'America/New_York'")
            connection.execute(f"copy ({select}) to '{path}' (format parquet)")

    return write


# -- what is read ------------------------------------------------------------------------------

ROW = ("1", "click", "u", "2026-05-01")
READABLE: dict[str, tuple[Mapping[str, Content], list[tuple[Any, ...]]]] = {
    "a row that begins with #": (
        {"events.csv": f"{EVENTS}#2,click,u,2026-05-01\n"},
        [("#2", *ROW[1:]), ROW],
    ),
    "empty lines": ({"events.csv": f"{HEADER}\n\n\n1,click,u,2026-05-01\n\n"}, [ROW]),
    "no line end at the end": ({"events.csv": EVENTS.rstrip()}, [ROW]),
    "CR LF": ({"events.csv": EVENTS.replace("\n", "\r\n")}, [ROW]),
    "CR": ({"events.csv": EVENTS.replace("\n", "\r")}, [ROW]),
    "several line ends": (
        {"events.csv": f'{HEADER}\r\n1,click,u,2026-05-01\n2,"a\r\nb",u,2026-05-01\r\n'},
        [ROW, ("2", "a\r\nb", "u", "2026-05-01")],
    ),
    "several line ends in files of one name": (
        {
            "events/a/x.csv": EVENTS.replace("\n", "\r\n", 1),
            "events/b/x.csv": EVENTS.replace("\n", "\r\n", 1).replace("1,", "2,", 1),
        },
        [ROW, ("2", *ROW[1:])],
    ),
    "a byte order mark": ({"events.csv": f"\ufeff{EVENTS}"}, [ROW]),
    "a byte order mark before a quote": (
        {"events.csv": f'\ufeff"event_id",event_name,user_id,occurred_at{EVENTS[len(HEADER) :]}'},
        [ROW],
    ),
    "quotes": (
        {"events.csv": f'{HEADER}\n"1","say ""hi"", you",u,"2026-05-01"\n'},
        [("1", 'say "hi", you', "u", "2026-05-01")],
    ),
    "semicolons": ({"events.csv": EVENTS.replace(",", ";")}, [ROW]),
    "tabs": ({"events.tsv": EVENTS.replace(",", "\t")}, [ROW]),
    "pipes": ({"events.csv": EVENTS.replace(",", "|")}, [ROW]),
    "a header with spaces": ({"events.csv": EVENTS.replace(",", ", ", 3)}, [ROW]),
    "capitals": ({"Events.CSV": f"{HEADER.upper()}{EVENTS[len(HEADER) :]}"}, [ROW]),
    "a column without a name": (
        {"events.csv": f",{HEADER}\n0,1,click,u,2026-05-01\n"},
        [("0", *ROW)],
    ),
    "gzip": ({"events.csv.gz": gzip.compress(EVENTS.encode())}, [ROW]),
    "a header only": ({"events.csv": HEADER}, []),
    "files of several dialects": (
        {
            "events/a.csv": EVENTS,
            "events/b.csv": "user_id;event_id;event_name;occurred_at\nu;2;click;2026-05-01\n",
            "events/.hidden.csv": "x",
            "events/_temporary/c.csv": "x",
        },
        [ROW, ("2", *ROW[1:])],
    ),
    "names with the signs of a pattern": (
        {"events/a[1].csv": EVENTS, "events/it's *.csv": EVENTS.replace("1,", "2,", 1)},
        [ROW, ("2", *ROW[1:])],
    ),
    "ids of which some end in .0": (
        {"events.csv": f"{HEADER}\n1.0,click,u,2026-05-01\n", "users.csv": "user_id\n7.0\n8\n"},
        [("1.0", *ROW[1:])],
    ),
    "whole floats": (
        {
            "events.parquet": parquet(
                "select 1.0::double event_id, 'click' event_name, 'u' user_id,"
                " '2026-05-01' occurred_at"
            )
        },
        [ROW],
    ),
    "types that differ": (
        {
            "events/a.parquet": parquet(
                "select 9007199254740993 event_id, 'click' event_name,"
                " 'u' user_id, '2026-05-01' occurred_at"
            ),
            "events/b.parquet": parquet(
                "select 42.0::double event_id, 'click' event_name,"
                " 7 user_id, '2026-05-01' occurred_at"
            ),
            "events/c.parquet": parquet(
                "select '42.0' event_id, 'click' event_name, 'u' user_id, '2026-05-01' occurred_at"
            ),
        },
        [
            ("42", "click", "7", "2026-05-01"),
            ("42.0", *ROW[1:]),
            ("9007199254740993", *ROW[1:]),
        ],
    ),
    "times that differ": (
        {
            "events/a.parquet": parquet(
                "select '1' event_id, 'click' event_name, 'u' user_id,"
                " date '2026-05-01' occurred_at"
            ),
            "events/b.parquet": parquet(
                "select '2' event_id, 'click' event_name, 'u' user_id,"
                " timestamptz '2026-05-01 23:30:00+00' occurred_at"
            ),
        },
        [
            ("1", "click", "u", datetime(2026, 5, 1)),
            ("2", "click", "u", datetime(2026, 5, 1, 23, 30)),
        ],
    ),
    "partitions": (
        {
            f"events/user_id={user}/a.parquet": parquet(
                "select '1' event_id, 'click' event_name, '2026-05-01' occurred_at"
            )
            for user in ("007", "a%20b", "__HIVE_DEFAULT_PARTITION__")
        },
        [
            ("1", "click", "2026-05-01", "007"),
            ("1", "click", "2026-05-01", "a b"),
            ("1", "click", "2026-05-01", None),
        ],
    ),
    "a partition that the file has, too": (
        {
            "events/user_id=x/a.parquet": parquet(
                "select '1' event_id, 'click' event_name, 'u' user_id, '2026-05-01' occurred_at"
            )
        },
        [ROW],
    ),
}


@pytest.mark.parametrize(("files", "expected"), READABLE.values(), ids=READABLE)
def test_what_a_file_holds_is_read(
    read: Callable[..., Reading], files: Mapping[str, Content], expected: list[tuple[Any, ...]]
) -> None:
    assert rows(read(files)) == expected


def test_keys_of_json_lines_are_read_by_name_however_late(read: Callable[..., Reading]) -> None:
    first = {"eventId": 1, "event_name": "click", "userId": 2.0, "occurred_at": 1777626000}
    late = {
        "event_id": "2.0",
        "EventName": "click",
        "user_id": 10**22 + 1,
        "occurredAt": "2026-05-01",
    }
    others = [{**first, f"own_{number}": number} for number in range(100)]
    lines = "\r\n\n".join(json.dumps(row) for row in [*others, {**late, "properties": {"a": [1]}}])
    reading = read({"events.jsonl": f"\ufeff{lines}"})
    found = rows(reading, columns="event_id, event_name, user_id, occurred_at, properties")
    assert found == [("1", "click", "2", "1777626000", None)] * 100 + [
        ("2.0", "click", str(10**22 + 1), "2026-05-01", '{"a":[1]}')
    ]


def test_a_file_of_one_column_needs_no_delimiter(read: Callable[..., Reading]) -> None:
    reading = read({"events.csv": EVENTS, "users.csv": 'user_id\n"a,b"\n\nb;c\n'})
    assert rows(reading, "users") == [("a,b",), ("b;c",)]


def test_a_mapped_name_decides_the_delimiter(read: Callable[..., Reading]) -> None:
    mapping = {"events": {"event_id": "Id", "event_name": "what", "user_id": "who"}}
    reading = read(
        {"events.csv": "Id|what|who|occurred_at,utc\n1|click|u|x\n"},
        input_columns={
            **mapping,
            "events": {**mapping["events"], "occurred_at": "occurred_at,utc"},
        },
    )
    assert rows(reading) == [("1", "click", "u", "x")]


# -- what is refused ---------------------------------------------------------------------------

REFUSED: dict[str, tuple[Mapping[str, Content], str]] = {
    "Latin-1": ({"events.csv": EVENTS, "users.csv": "user_id,role\nJörg,x\n".encode("latin-1")},
                r"users.csv, line 2 is not UTF-8"),
    "UTF-16": ({"events.csv": EVENTS.encode("utf-16")}, "events.csv is UTF-16, not UTF-8"),
    "a NUL byte": ({"events.csv": f"{EVENTS}2,a\0b,u,2026-05-01\n"}, "line 3 holds a NUL byte"),
    "a long row": ({"events.csv": f"{EVENTS}2,click,u,2026-05-01,x\n"},
                   "line 3 has 5 values, and the header has 4 columns"),
    "a short row": ({"events.csv": f"{EVENTS}2,click\n"},
                    "line 3 has 2 values, and the header has 4 columns"),
    "a quote inside a value": ({"events.csv": f'{EVENTS}2,5" pipe,u,2026-05-01\n'},
                               "line 3 has a quote inside a value"),
    "two quotes inside a value": ({"events.csv": f'{EVENTS}2,5" by 6" pipe,u,2026-05-01\n'},
                                  "line 3 has a quote inside a value"),
    "a quote that is not doubled": ({"events.csv": f'{EVENTS}"2","a "b" c","u","2026-05-01"\n'},
                                    "line 3 has a quote inside a value"),
    "a quote that is not closed": ({"events.csv": f'{EVENTS}2,"click,u,2026-05-01\n'},
                                   "line 3 has a quote that is not closed"),
    "a repeated column": ({"events.csv": f"{HEADER},User_ID\n"},
                          "events.csv has the column user_id more than once"),
    "two delimiters": ({"events.csv": "event_id,x;user_id\n"},
                       "may be separated by comma and semicolon"),
    "half a gzip file": ({"events.csv.gz": gzip.compress(EVENTS.encode() * 999)[:-9]},
                         "events.csv.gz is no whole gzip file"),
    "half a Parquet file": ({"events.parquet": b"PAR1 and no more"},
                            "events.parquet is no whole Parquet file"),
    "inexact ids": ({"events.parquet": parquet("select 1e17::double event_id, 'a' event_name,"
                                               " 'u' user_id, '2026-05-01' occurred_at")},
                    "The column event_id of the input events .* holds ids as floats"),
    "no JSON": ({"events.jsonl": '{"event_id": 1}\n{"event_id":\n'}, "line 2 is no JSON object"),
    "a JSON array": ({"events.jsonl": '[{"event_id": 1}]\n'}, "line 1 is no JSON object"),
    "a Delta table": ({"events/_delta_log/0.json": "{}", "events/a.parquet": b"x"},
                      "is a Delta table .*_delta_log"),
    "an Iceberg table": ({"events/metadata/v1.metadata.json": "{}"}, "is an Iceberg table"),
    "an input twice": ({"events.csv": EVENTS, "Events.jsonl": "{}"}, "is there more than once"),
    "formats that differ": ({"events/a.csv": EVENTS, "events/b.jsonl": "{}"},
                            "has files of several formats"),
    "ids that are floats": (
        {"events.csv": EVENTS.replace(",u,", ",42,"), "users.csv": "user_id\n42.0\n7.0\n"},
        "Every id in users.user_id ends in .0, and those in events.user_id do not",
    ),
    "no events": ({"Event.csv": EVENTS}, "There are no events at .* It holds Event.csv"),
    "missing columns": ({"events.csv": "id,event,user,occurred_at\n"},
                        "lacks the required column event_id, event_name, user_id.* It has id,"),
}  # fmt: skip


@pytest.mark.parametrize(("files", "sentence"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_read_is_one_sentence(
    read: Callable[..., Reading], files: Mapping[str, Content], sentence: str
) -> None:
    with pytest.raises(UsageError, match=sentence) as stopped:
        read(files)
    assert len(str(stopped.value).splitlines()) == 1


def test_all_that_is_wrong_is_told_at_once(read: Callable[..., Reading]) -> None:
    with pytest.raises(UsageError) as stopped:
        read({"events.csv": "event_id\n1\n", "users.csv": "uid\n1\n", "accounts.csv": b"\xff\n"})
    told = str(stopped.value).splitlines()
    assert [line.split(" lacks")[0].split("/")[-1] for line in told] == [
        "accounts.csv, line 1 is not UTF-8: save the file as UTF-8.",
        "events.csv",
        "users.csv",
    ]
    assert "user_id is perhaps uid" in told[2]


@pytest.mark.parametrize(
    ("files", "warning"),
    [
        ({"account.csv": "x"}, r"No input takes account.csv \(perhaps accounts\)"),
        ({"users.xlsx": "[]"}, r"No input takes users.xlsx \(perhaps users\)"),
        ({"users.csv": "user_id,acount_id\nu,a\n"}, "no column account_id, and acount_id is not"),
        ({"users.csv": ""}, "users.csv is empty: it is read as no users"),
        ({"users.csv": "user_id\r\na\nb\n"}, "mixes line ends"),
    ],
)
def test_what_looks_wrong_is_warned_of(
    read: Callable[..., Reading], files: Mapping[str, Content], warning: str
) -> None:
    (told,) = read({"events.csv": EVENTS, **files}).warnings
    assert re.search(warning, told)


def test_a_file_that_changes_is_noticed(read: Callable[..., Reading], tmp_path: Path) -> None:
    reading = read({"events.csv": EVENTS, "users.csv": "user_id\nu\n"})
    assert reading.changed() == []
    (tmp_path / "data" / "users.csv").write_text("user_id\nu\nv\n")
    assert [path.name for path in reading.changed()] == ["users.csv"]
    (tmp_path / "data" / "events.csv").unlink()
    assert {path.name for path in reading.changed()} == {"events.csv", "users.csv"}


@pytest.mark.parametrize(
    ("mapping", "sentence"),
    [
        ({"event": {}}, "names the input event: perhaps events is meant"),
        (
            {"events": {"userid": "x"}},
            "names the column userid of events: perhaps user_id is meant",
        ),
        ({"events": {"user_id": {"expression": "x"}}}, "write the name of a column, or {sql:"),
    ],
)
def test_a_mapping_of_what_does_not_exist_is_one_sentence(
    read: Callable[..., Reading], mapping: Mapping[str, Any], sentence: str
) -> None:
    with pytest.raises(UsageError, match=sentence):
        read({"events.csv": EVENTS}, input_columns=mapping)


# -- times -------------------------------------------------------------------------------------

TIMES = {
    "2026-05-01": "2026-05-01 00:00:00",
    "2026/05/01": "2026-05-01 00:00:00",
    "2026/05/01 09:00": "2026-05-01 09:00:00",
    "20260501": "2026-05-01 00:00:00",
    "20260501.0": "2026-05-01 00:00:00",
    " 2026-05-01 09:00 ": "2026-05-01 09:00:00",
    "2026-05-01T09:00:00.1234569": "2026-05-01 09:00:00.123456",
    "2026-05-01T09:00:00Z": "2026-05-01 09:00:00",
    "2026-05-01 09:00:00 UTC": "2026-05-01 09:00:00",
    "2026-05-01 09:00:00 GMT": "2026-05-01 09:00:00",
    "2026-05-01 09:00:00 +0000 UTC": "2026-05-01 09:00:00",
    "2026-05-01 09:00:00+02:00": "2026-05-01 07:00:00",
    "2026-05-01 09:00:00 -0230": "2026-05-01 11:30:00",
    "2026-05-01 09:00:00+14": "2026-04-30 19:00:00",
    "1777626000": "2026-05-01 09:00:00",
    "1777626000.5": "2026-05-01 09:00:00.5",
    "1777626000123": "2026-05-01 09:00:00.123",
    "1777626000123456": "2026-05-01 09:00:00.123456",
    "1777626000123456789": "2026-05-01 09:00:00.123456",
    "1.777626e9": "2026-05-01 09:00:00",
    "1.777626E+12": "2026-05-01 09:00:00",
    "2026-05-01T24:00:00": None,
    "2026-05-01 09:60": None,
    "2026-05-01 09:00:00+14:30": None,
    "2026-05-01 09:00:00+25:00": None,
    "2026-05-01 09:00:00 +0200 UTC": None,
    "2026-02-30": None,
    "20260230": None,
    "01-05-2026": None,
    "5/1/2026": None,
    "177762600": None,
    "17776260001": None,
    "2026-05": None,
    "tomorrow": None,
    "": None,
}
MONTHS = {
    "2026-05": "2026-05-01",
    "2026/05": "2026-05-01",
    "202605": "2026-05-01",
    "202605.0": "2026-05-01",
    "2026-05-15": "2026-05-15",
    "20260515": "2026-05-15",
    "1777626000": None,
    "5/2026": None,
}


@pytest.mark.parametrize("zone", ["UTC", "America/New_York"])
def test_what_counts_as_a_time(zone: str) -> None:
    with duckdb.connect() as connection:
        connection.execute(f"set timezone = '{zone}'")
        for expression, known in (
            (DUCKDB.utc_timestamp("text", "varchar"), TIMES),
            (DUCKDB.month_start("text", "varchar"), MONTHS),
        ):
            values = ", ".join(f"('{text}')" for text in known)
            found = connection.execute(
                f"select text, cast({expression} as varchar) from (values {values}) as given (text)"
            ).fetchall()
            assert dict(found) == known


@pytest.mark.parametrize("kind", ["bigint", "double", "decimal(20, 3)"])
def test_a_column_of_numbers_is_read_as_times(kind: str) -> None:
    expression = DUCKDB.utc_timestamp("number", kind)
    with duckdb.connect() as connection:
        found = connection.execute(
            f"select {expression} from (select cast(1777626000000 as {kind}) as number)"
        ).fetchall()
    assert found == [(datetime(2026, 5, 1, 9),)]


# -- every dialect -----------------------------------------------------------------------------

NAMES = (
    "event_id",
    "event_name",
    "user_id",
    "account_id",
    "occurred_at",
    "loaded_at",
    "properties",
    "quantity",
)
TYPED = ("occurred_at", "loaded_at")
PIECES = ("a", "7", "#", "é", "😀", ",", ";", "|", "\t", '"', "'", " x", "null", "\\", "0")
Table = list[dict[str, Any]]


def drawn_table(draw: random.Random) -> Table:
    """Some events: any text in ids and names, times to the microsecond, nulls where they may be."""
    start = datetime(2026, 5, 1)

    def word() -> str:
        return "x" + "".join(draw.choices(PIECES, k=draw.randint(0, 4))) + "y"

    def moment() -> datetime:
        return start + timedelta(microseconds=draw.randrange(10**13))

    return [
        {
            "event_id": str(draw.randrange(10**6)) if draw.random() < 0.5 else word(),
            "event_name": word(),
            "user_id": word(),
            "account_id": word() if draw.random() < 0.5 else None,
            "occurred_at": moment(),
            "loaded_at": moment() if draw.random() < 0.7 else None,
            "properties": json.dumps({"a": word()}) if draw.random() < 0.3 else None,
            "quantity": draw.randrange(10**9) if draw.random() < 0.3 else None,
        }
        for _ in range(draw.randint(0, 12))
    ]


def written(moment: datetime, draw: random.Random) -> str:
    """A time in one of the forms that count as one."""
    micros = int((moment - datetime(1970, 1, 1)) / timedelta(microseconds=1))
    zoned = moment + timedelta(hours=2)
    return draw.choice(
        [
            moment.isoformat(),
            moment.isoformat(" "),
            moment.strftime("%Y/%m/%d %H:%M:%S.%f"),
            f"{moment.isoformat()}Z",
            f"{moment.isoformat(' ')} GMT",
            f"{zoned.isoformat(' ')}+02:00",
            f"{zoned.isoformat()} +0200",
            f"{micros}",
            f"{micros}000",
            f"{micros // 10**6}.{micros % 10**6:06}",
            f"{micros // 1000}.{micros % 1000:03}",
        ]
    )


def as_text_file(table: Table, draw: random.Random, folder: Path) -> None:
    """The table as CSV, in a dialect that docs/inputs.md allows."""
    names = [*draw.sample(NAMES, len(NAMES)), "of no use"]
    end = draw.choice(["\n", "\r\n", "\r"])
    buffer = io.StringIO()
    delimiter = draw.choice(",;\t|")
    writer = (
        csv.writer(buffer, delimiter=delimiter, lineterminator=end)
        if draw.random() < 0.5
        else csv.writer(buffer, delimiter=delimiter, lineterminator=end, quoting=csv.QUOTE_ALL)
    )
    spellings: list[Callable[[str], str]] = [str.lower, str.upper, str.title]
    writer.writerow([draw.choice(spellings)(name) for name in names])
    for row in table:
        cells = {name: written(row[name], draw) for name in TYPED if row[name] is not None}
        writer.writerow([cells.get(name, row.get(name)) for name in names])
    content = (draw.choice(["", "\ufeff"]) + buffer.getvalue()).encode()
    ending = draw.choice([".csv", ".csv.gz", ".tsv"])
    (folder / f"events{ending}").write_bytes(
        gzip.compress(content) if ending.endswith("gz") else content
    )


def as_json_lines(table: Table, draw: random.Random, folder: Path) -> None:
    """The table as JSON lines: sparse keys in any order and spelling."""
    lines = []
    for row in table:
        cells = {**row, **{name: written(row[name], draw) for name in TYPED if row[name]}}
        if cells["event_id"].isdecimal() and str(int(cells["event_id"])) == cells["event_id"]:
            cells["event_id"] = draw.choice([cells["event_id"], float(cells["event_id"])])
        keys = [name for name in cells if cells[name] is not None or draw.random() < 0.5]
        draw.shuffle(keys)
        lines.append(
            json.dumps(
                {_spelled(key, draw): cells[key] for key in keys}
                | {f"own_{draw.randrange(99)}": {"x": 1}},
                ensure_ascii=draw.random() < 0.5,
            )
        )
    if not lines:
        lines = [json.dumps(dict.fromkeys(NAMES))]
        table.append(dict.fromkeys(NAMES))
    content = draw.choice(["", "\ufeff"]) + "".join(
        line + draw.choice(["\n", "\r\n"]) for line in lines
    )
    (folder / "events.jsonl").write_bytes(content.encode())


def _spelled(key: str, draw: random.Random) -> str:
    first, *others = key.split("_")
    return draw.choice([key, first + "".join(part.title() for part in others)])


def as_parquet_files(table: Table, draw: random.Random, folder: Path) -> None:
    """The table as Parquet files, each with types of its own."""
    (folder / "events").mkdir()
    for number, part in enumerate(_split(table, draw)):
        types = {
            name: draw.choice(["timestamp", "timestamptz", "timestamp_ns", "varchar"])
            for name in TYPED
        }
        is_whole = all((row["event_id"] or "x").isdecimal() for row in part) and part
        types["quantity"] = draw.choice(["bigint", "double", "decimal(18, 2)", "varchar"])
        types["event_id"] = draw.choice(["bigint", "double"]) if is_whole else "varchar"
        names = draw.sample(NAMES, len(NAMES))
        with duckdb.connect() as connection:
            connection.execute("set timezone = 'UTC'")
            columns = ", ".join(f'"{name}" {types.get(name, "varchar")}' for name in names)
            connection.execute(f"create table part ({columns})")
            marks = ", ".join("?" for _ in names)
            for row in part:
                connection.execute(
                    f"insert into part values ({marks})", [row[name] for name in names]
                )
            place = folder / "events" / draw.choice([".", f"day={number}"])
            place.mkdir(exist_ok=True)
            connection.execute(f"copy part to '{place / f'{number}.parquet'}' (format parquet)")


def _split(table: Table, draw: random.Random) -> Iterator[Table]:
    size = draw.randint(1, len(table) + 1)
    yield from (table[start : start + size] for start in range(0, len(table) or 1, size))


def typed_rows(reading: Reading) -> list[tuple[Any, ...]]:
    """The rows of events as the models type them."""
    relation = reading.relations["events"]
    columns = {
        name.lower(): {"name": name, "data_type": kind} for name, kind in relation.columns.items()
    }
    events = {"name": "events", "from": relation.sql, "columns": columns}
    selected = ", ".join(DUCKDB.input_column(events, name) for name in NAMES)
    return rows(reading, columns=selected)


def known_rows(table: Sequence[Mapping[str, Any]]) -> list[tuple[Any, ...]]:
    return [tuple(row[name] for name in NAMES) for row in table]


@pytest.mark.parametrize("write", [as_text_file, as_json_lines, as_parquet_files])
def test_every_dialect_of_a_drawn_table_gives_its_rows(
    tmp_path: Path, write: Callable[[Table, random.Random, Path], None]
) -> None:
    request = request_of(CHECKOUT, VARIABLES)
    for seed in range(DRAWS):
        draw = random.Random(f"{write.__name__} {seed}")
        folder = tmp_path / str(seed)
        folder.mkdir()
        table = drawn_table(draw)
        write(table, draw, folder)
        read_folder.cache_clear()
        reading = read_folder(folder, request, tmp_path / "scratch" / str(seed))
        expected = known_rows(table)
        assert sorted(typed_rows(reading), key=repr) == sorted(expected, key=repr), (write, seed)
