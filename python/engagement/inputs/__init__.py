"""Files as inputs: which there are, how each is read, and what is wrong with them.

Nothing depends on a sample or a guess (docs/inputs.md). What is decided here reaches the models as
SQL: the macro `input` asks for it through a function that `duckdb_plugin` adds to DuckDB.
"""
