"""The commands, in three groups: run, read, tune. cli.py puts them together."""
