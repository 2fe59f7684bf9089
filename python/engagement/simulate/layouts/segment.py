"""Segment's tables in a warehouse: docs/sources/segment.md."""

from engagement.simulate.layouts.calls import Calls

LAYOUT = Calls("segment", has_users=True, also={}).layout
