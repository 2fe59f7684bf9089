"""Text of JSON: the same at each path on every engine, and null where there is none."""

import json
from collections.abc import Callable
from typing import Any

import duckdb
import pytest
from macros import Macros

DOCUMENT = (
    '{"$groups": {"a company": ["x", "two words", null, true, 7.25, {"k": 1}]}, "plain": "p",'
    ' "dotted.key": "d", "it\'s": "quote", "say \\"so\\"": "double", "back\\\\slash": "b",'
    ' "*": "star", "none": null, "no text": "", "ä": "umlaut", "0": "zero"}'
)
#: (text, path, the text there)
CASES: list[tuple[str, list[str | int], str | None]] = [
    (DOCUMENT, ["plain"], "p"),
    (DOCUMENT, ["$groups", "a company", 1], "two words"),
    (DOCUMENT, ["$groups", "a company", 2], None),
    (DOCUMENT, ["$groups", "a company", 3], "true"),
    (DOCUMENT, ["$groups", "a company", 4], "7.25"),
    (DOCUMENT, ["$groups", "a company", 5, "k"], "1"),
    (DOCUMENT, ["$groups", "a company", 6], None),
    (DOCUMENT, ["$groups", "a company", "1"], None),
    (DOCUMENT, ["$groups", 0], None),
    (DOCUMENT, [0], None),
    (DOCUMENT, ["0"], "zero"),
    (DOCUMENT, ["Plain"], None),
    (DOCUMENT, ["dotted.key"], "d"),
    (DOCUMENT, ["it's"], "quote"),
    (DOCUMENT, ['say "so"'], "double"),
    (DOCUMENT, ["back\\slash"], "b"),
    (DOCUMENT, ["none"], None),
    (DOCUMENT, ["ä"], "umlaut"),
    (DOCUMENT, ["plain", "deeper"], None),
    ('["x", {"y": "z"}]', [1, "y"], "z"),
    ("", ["plain"], None),
    ("no JSON", ["plain"], None),
    ('{"plain": "p"', ["plain"], None),
    ("3", ["plain"], None),
]

ENTRIES = """[
    {"key": "b", "value": {"string_value": null, "int_value": 3}},
    {"key": "a", "value": {"string_value": "x \\"y\\"", "set_timestamp_micros": 1}},
    {"key": "c", "value": {"double_value": 12.5}},
    {"key": "none", "value": {"string_value": null, "int_value": null}},
    {"key": "empty", "value": {"string_value": ""}},
    {"key": "no value"},
    {"value": {"string_value": "no key"}}
]"""
#: (a list of entries, the object that it becomes)
OBJECTS: list[tuple[str | None, dict[str, str]]] = [
    (ENTRIES, {"a": 'x "y"', "b": "3", "c": "12.5", "empty": ""}),
    ("[]", {}),
    ("{}", {}),
    ("[1, null]", {}),
    ("no JSON", {}),
    ("", {}),
    (None, {}),
]


def found_in(
    macros: Macros, query: Callable[[str], list[tuple[Any, ...]]], type_text: str = "text"
) -> list[str | None]:
    """What an engine finds of each case; the last row is the one without any text."""
    found = []
    for text, path, _ in CASES:
        literal = macros.text_literal(text)
        value = macros.json_text("document", path)
        found += query(f"select {value} from (select cast({literal} as {type_text}) as document) t")
    missing = macros.json_text("document", ["plain"])
    assert query(f"select {missing} from (select cast(null as {type_text}) as document) t")[0] == (
        None,
    )
    return [row[0] for row in found]


def objects_in(macros: Macros, query: Callable[[str], list[tuple[Any, ...]]]) -> list[Any]:
    """What an engine makes of each list of entries."""
    found = []
    for text, _ in OBJECTS:
        literal = macros.text_literal(text) if text is not None else "null"
        value = macros.object_of_entries("entries")
        found += query(f"select {value} from (select cast({literal} as text) as entries) t")
    return [json.loads(row[0]) for row in found]


def entries_in(
    macros: Macros, query: Callable[[str], list[tuple[Any, ...]]]
) -> list[tuple[str | None, dict[str, str | None]]]:
    """Each list of entries, with what an engine finds in it under each of some keys."""
    keys = ["a", "b", "c", "empty", "none", "no value", "elsewhere"]
    found = []
    for text, _ in OBJECTS:
        literal = macros.text_literal(text) if text is not None else "null"
        values = ", ".join(macros.text_of_entry("entries", key) for key in keys)
        read = f"select {macros.entries_of('listed')} as entries"
        rows = query(
            f"select {values} from ({read} from (select cast({literal} as text) as listed) t) u"
        )
        found.append((text, dict(zip(keys, rows[0], strict=True))))
    return found


def assert_entries(found: list[tuple[str | None, dict[str, str | None]]]) -> None:
    """Under each key there is what the object has under it."""
    assert [text for text, _ in found] == [text for text, _ in OBJECTS]
    for (text, content), (_, expected) in zip(found, OBJECTS, strict=True):
        assert content == {key: expected.get(key) for key in content}, text


def test_text_of_an_entry() -> None:
    with duckdb.connect() as connection:
        assert_entries(entries_in(Macros("duckdb"), lambda sql: connection.execute(sql).fetchall()))


def test_an_object_of_entries() -> None:
    """Their order does not show."""
    macros = Macros("duckdb")
    with duckdb.connect() as connection:
        assert objects_in(macros, lambda sql: connection.execute(sql).fetchall()) == [
            expected for _, expected in OBJECTS
        ]
        turned = json.dumps(json.loads(ENTRIES)[::-1])
        texts = connection.execute(
            f"select count(distinct {macros.object_of_entries('entries')})"
            " from (select unnest([?, ?]) as entries)",
            [ENTRIES, turned],
        )
        assert texts.fetchall() == [(1,)]


def test_text_at_a_path() -> None:
    with duckdb.connect() as connection:
        found = found_in(Macros("duckdb"), lambda sql: connection.execute(sql).fetchall())
    assert found == [expected for *_, expected in CASES]


@pytest.mark.parametrize(
    ("engine", "sql"),
    [
        (
            "spark",
            r"""nullif(get_json_object(p, '$[\'$groups\'][\'a company\'][0]'), 'null')""",
        ),
        (
            "snowflake",
            "cast(get(get(get(try_parse_json(p), '$groups'), 'a company'), 0) as varchar)",
        ),
        (
            "bigquery",
            """coalesce(json_value(safe.parse_json(p, wide_number_mode => 'round'),"""
            """ '$."$groups"."a company"[0]'), nullif(to_json_string(json_query("""
            """safe.parse_json(p, wide_number_mode => 'round'), '$."$groups"."a company"[0]')),"""
            """ 'null'))""",
        ),
        (
            "redshift",
            "nullif(json_extract_array_element_text(json_extract_path_text("
            "json_extract_path_text(p, '$groups', true), 'a company', true), 0, true), '')",
        ),
    ],
)
def test_a_path_in_the_sql_of_the_others(engine: str, sql: str) -> None:
    assert Macros(engine).json_text("p", ["$groups", "a company", 0]) == sql


def test_a_missing_value_is_not_the_text_null() -> None:
    """On BigQuery it would be the first that is there of several columns."""
    found = Macros("bigquery").json_as_text("entity", "JSON")
    assert found.strip() == "nullif(to_json_string(entity), 'null')"
