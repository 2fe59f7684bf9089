"""Exports public tables to files, for tools that cannot read the warehouse.

    exported = export(settings, ["account_scores"], Path("exports"), "csv")

writes whole tables, or what has changed since an earlier export. `tables` reads the warehouse,
`states` tells what has changed, `files` sees to it that nobody reads half a file, `views` says
what a table looks like to a CRM.
"""

from .files import FORMATS
from .views import CRMS
from .writing import Export, export

__all__ = ["CRMS", "FORMATS", "Export", "export"]
