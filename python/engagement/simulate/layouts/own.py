"""The project's own inputs, as the contract names them."""

import pyarrow as pa

from engagement.simulate.layouts.layout import Files, Layout, Tables


def events(first_day: str, rows: pa.Table) -> Files:
    """One file a week."""
    return {f"events/{first_day}": rows}


def entities(tables: Tables) -> tuple[Files, Tables]:
    """Everything is our own."""
    return {}, tables


LAYOUT = Layout(events, entities)
