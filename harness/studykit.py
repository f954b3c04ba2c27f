"""What a study is written with; hooks, tasks and the like are in `harness` itself.

`VERSION` is raised when a study that was written for the one before has to be changed. What needs numpy or scipy is
imported when it is asked for, so that listing studies stays quick.
"""

from __future__ import annotations

from harness.figures import Curves, Figure, Forest, Point, Scatter, Series
from harness.languages import LANGUAGES
from harness.markup import Cell, Table
from harness.results.comparison import Estimate, average, compare, over_seeds, subtract
from harness.results.scores import Row, Scores
from harness.statistics.answer import Answer, Question, Reply, answer
from harness.studies.base import Answered, Findings, Study, StudyRun
from harness.studies.evidence import Evidence
from harness.studies.gains import gains, in_languages, means
from harness.studies.item_gains import gain_interval
from harness.studies.options import StudyOptions, study_option
from harness.studies.tables import gain_cell, gain_tables

VERSION = 1

__all__ = [
    "LANGUAGES",
    "VERSION",
    "Answer",
    "Answered",
    "Cell",
    "Curves",
    "Estimate",
    "Evidence",
    "Figure",
    "Findings",
    "Forest",
    "Point",
    "Question",
    "Reply",
    "Row",
    "Scatter",
    "Scores",
    "Series",
    "Study",
    "StudyOptions",
    "StudyRun",
    "Table",
    "answer",
    "average",
    "compare",
    "gain_cell",
    "gain_interval",
    "gain_tables",
    "gains",
    "in_languages",
    "means",
    "over_seeds",
    "study_option",
    "subtract",
]
