"""Looks at a company's data and proposes a configuration, with a reason for each line.

What is proposed is written into the seeds and settings of a new project, for a person to edit.
"""

from engagement.proposal.proposing import Proposed, propose
from engagement.proposal.recognition import Recognition, recognize
from engagement.proposal.schemas import USUAL, copied_schema
from engagement.proposal.writing import remember, write, write_variables

__all__ = [
    "USUAL",
    "Proposed",
    "Recognition",
    "copied_schema",
    "propose",
    "recognize",
    "remember",
    "write",
    "write_variables",
]
