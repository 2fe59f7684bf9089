"""The independent check: every public number recomputed from the raw input, in pandas.

It shares no SQL and no code with the models; it follows docs/definitions.md alone.
"""

from .check import Report, validate
from .compare import Difference, TableCheck, compare
from .expected import RECORDS, TABLE_KEYS, expected_tables
from .settings import Settings

__all__ = [
    "RECORDS",
    "TABLE_KEYS",
    "Difference",
    "Report",
    "Settings",
    "TableCheck",
    "compare",
    "expected_tables",
    "validate",
]
