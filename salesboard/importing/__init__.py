"""Sales data of other programs: read, recognised, compared with the board, then imported in one step."""

from salesboard.importing.applying import ImportFacts, Report, apply, imports, undo_import
from salesboard.importing.columns import IGNORED, KINDS, TARGETS, Mapped
from salesboard.importing.matching import Match
from salesboard.importing.outline import Counts, Options, Plan, Progress, Refusal, write_refused
from salesboard.importing.planning import plan
from salesboard.importing.sources import Source, read_files

__all__ = [
    "IGNORED",
    "KINDS",
    "TARGETS",
    "Counts",
    "ImportFacts",
    "Mapped",
    "Match",
    "Options",
    "Plan",
    "Progress",
    "Refusal",
    "Report",
    "Source",
    "apply",
    "imports",
    "plan",
    "read_files",
    "undo_import",
    "write_refused",
]
