"""What is known of the SQL of each warehouse that its parser here lets pass."""

import re
from collections.abc import Callable, Iterator

from sqlglot import ErrorLevel, exp, parse
from sqlglot.dialects.dialect import Dialect
from sqlglot.errors import SqlglotError
from sqlglot.tokens import Token, TokenType

#: The functions that the project and dbt call, and that the warehouse is known to have.
COMMON = """
    abs cast ceil chr coalesce count date_trunc dense_rank exp extract first_value floor greatest
    lag lead least length ln lower max md5 min mod nullif percentile_cont power rank replace round
    row_number sqrt substr sum trim upper
"""
FUNCTIONS = {
    "snowflake": """
        array_generate_range array_sort array_to_string as_array bitand bitor_agg convert_timezone
        dateadd datediff dayofweekiso filter flatten get hash listagg position regexp_count
        regexp_like regexp_replace to_char to_json to_timestamp_ntz to_variant transform try_cast
        try_parse_json
    """,
    "bigquery": """
        bit_count bit_or current_timestamp date date_diff datetime farm_fingerprint format_timestamp
        generate_date_array json_query json_query_array json_value parse_json regexp_contains
        regexp_replace safe_cast string_agg strpos timestamp timestamp_add timestamp_diff
        timestamp_micros to_hex to_json_string unnest
    """,
    "redshift": """
        bit_or convert_timezone dateadd datediff farmfingerprint64 json_extract_array_element_text
        json_extract_path_text json_serialize listagg position regexp_count regexp_replace
        timezone to_char to_hex try_cast
    """,
    "databricks": """
        array_sort bit_count bit_or concat concat_ws convert_timezone date_add datediff explode
        from_json get_json_object listagg map named_struct position regexp_replace sequence
        timestamp_micros timestampdiff to_json to_utc_timestamp transform try_cast xxhash64
    """,
}
#: The types there; (n) stands for a length, or for precision and scale.
COMMON_TYPES = {"bigint", "integer", "date", "boolean"}
TYPES = {
    "snowflake": {"varchar", "text", "double", "decimal(n)", "timestamp_ntz", "timestamp_tz"},
    "bigquery": {"string", "float64", "bignumeric", "timestamp", "datetime"},
    "redshift": {
        *("varchar(n)", "double precision", "decimal(n)", "timestamp", "timestamptz"),
        "timestamp with time zone",
    },
    "databricks": {"string", "double", "decimal(n)", "int", "timestamp", "timestamp_ntz"},
}
MISSING_OPERATORS = {"snowflake": {"&", "|", "~"}, "bigquery": {"~"}}
#: Words before a parenthesis that are no function.
WORDS = """
    and as by decimal exists from group in join not on options or over select using values varchar
    when where
"""
TYPE = re.compile(
    r"(?<= as )(string|text|varchar|float64|double precision|double|bignumeric|numeric|decimal"
    r"|bigint|integer|int|date|datetime|boolean|timestamp with time zone|timestamp\w*)"
    r"( ?\([\d, ]+\))?(?=\s*\))"
)


def problems(target: str, sql: str) -> list[str]:
    """What a warehouse would not understand, or would understand otherwise."""
    try:
        trees = parse(sql, dialect=target, error_level=ErrorLevel.RAISE)
    except SqlglotError as error:
        return [str(error)]
    tokens = Dialect.get_or_raise(target).tokenize(sql)
    steps = {step.alias for tree in trees if tree for step in tree.find_all(exp.CTE, exp.Values)}
    found = [
        *_unknown_functions(target, tokens, steps),
        *_unknown_operators(target, tokens),
        *_unknown_types(target, sql),
    ]
    for tree in trees:
        if isinstance(tree, exp.Command):
            found.append(f"not understood: {tree.sql()[:60]}")
        elif tree:
            found += [problem for rule in RULES.get(target, []) for problem in rule(tree)]
    return found


def _unknown_functions(target: str, tokens: list[Token], steps: set[str]) -> Iterator[str]:
    known = {*COMMON.split(), *FUNCTIONS[target].split(), *WORDS.split(), *steps}
    for before, token, after in zip(tokens, tokens[1:], tokens[2:], strict=False):
        is_name = before.text == "." or token.token_type == TokenType.IDENTIFIER
        is_called = after.token_type == TokenType.L_PAREN and token.text.isidentifier()
        if is_called and not is_name and token.text.lower() not in known:
            yield f"no function {token.text}"


def _unknown_operators(target: str, tokens: list[Token]) -> Iterator[str]:
    missing = MISSING_OPERATORS.get(target, set())
    for token in tokens:
        if token.text in missing and token.token_type != TokenType.STRING:
            yield f"no operator {token.text}"


def _unknown_types(target: str, sql: str) -> Iterator[str]:
    for name, size in TYPE.findall(sql.lower()):
        if name + ("(n)" if size else "") not in COMMON_TYPES | TYPES[target]:
            yield f"no type {name}{size}"


def _outer_joins_without_an_equality(tree: exp.Expr) -> Iterator[str]:
    """BigQuery joins an outer join by an equality of fields of both sides, and perhaps more."""
    for join in tree.find_all(exp.Join):
        condition = join.args.get("on")
        parts = condition.flatten() if isinstance(condition, exp.And) else [condition]
        if join.side and not any(
            isinstance(part, exp.EQ) and part.left.find(exp.Column) and part.right.find(exp.Column)
            for part in parts
        ):
            yield f"an outer join without an equality: {join.sql()}"


def _rows_in_a_subquery(tree: exp.Expr) -> Iterator[str]:
    """BigQuery compares with one column, which may be a struct."""
    for part in tree.find_all(exp.In):
        query = part.args.get("query")
        if query and len(query.this.selects) != 1:
            yield f"more than one column in {part.sql()}"


def _aggregates_of_an_alias(tree: exp.Expr) -> Iterator[str]:
    """In having, BigQuery and Snowflake read the name of an aggregate for that of a column."""
    for select in tree.find_all(exp.Select):
        aliases = {one.alias for one in select.selects if one.find(exp.AggFunc)}
        having = select.args.get("having")
        for aggregate in having.find_all(exp.AggFunc) if having else ():
            for column in aggregate.find_all(exp.Column):
                if not column.table and column.name in aliases:
                    yield f"an aggregate of an aggregate: {aggregate.sql()}"


def _aggregates_without_a_frame(tree: exp.Expr) -> Iterator[str]:
    """Redshift adds up over an order only within a frame."""
    for window in tree.find_all(exp.Window):
        adds_up = isinstance(window.this, exp.Sum | exp.Min | exp.Max | exp.Count | exp.Avg)
        if adds_up and window.args.get("order") and not window.args.get("spec"):
            yield f"no frame: {window.sql()}"


def _recursion(has_columns: bool) -> Callable[[exp.Expr], Iterator[str]]:
    """Redshift must be told the columns of a recursive step, BigQuery must not."""

    def rule(tree: exp.Expr) -> Iterator[str]:
        for step in tree.find_all(exp.CTE):
            is_recursive = any(
                table.name == step.alias and not table.db for table in step.this.find_all(exp.Table)
            )
            if is_recursive and bool(step.args["alias"].columns) != has_columns:
                yield f"the columns of {step.alias}"

    return rule


def _conditions_on_no_table(tree: exp.Expr) -> Iterator[str]:
    """BigQuery has no where without a from."""
    for select in tree.find_all(exp.Select):
        if select.args.get("where") and not select.args.get("from_"):
            yield f"where without from: {select.sql()}"


def _changes_of_everything(tree: exp.Expr) -> Iterator[str]:
    """BigQuery changes nothing without a condition."""
    if isinstance(tree, exp.Update | exp.Delete) and not tree.args.get("where"):
        yield "no condition"


RULES: dict[str, list[Callable[[exp.Expr], Iterator[str]]]] = {
    "snowflake": [_aggregates_of_an_alias],
    "bigquery": [
        _aggregates_of_an_alias,
        _outer_joins_without_an_equality,
        _rows_in_a_subquery,
        _changes_of_everything,
        _conditions_on_no_table,
        _recursion(has_columns=False),
    ],
    "redshift": [_aggregates_without_a_frame, _recursion(has_columns=True)],
}
