"""The commands in three groups: run, read and tune. cli.py registers them."""
