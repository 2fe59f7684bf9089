"""The same project on other engines: their servers, and whether they say what DuckDB says."""
