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
from harness.studies.candidates import CandidateScores, known_task, measured, of_kinds
from harness.studies.evidence import Evidence
from harness.studies.gains import gains, in_languages, means
from harness.studies.item_gains import gain_interval
from harness.studies.options import StudyOptions, study_option
from harness.studies.pick_tables import (
    answer_gains,
    forest_of_picks,
    oracle,
    scatter_of_candidates,
    table_of_criteria,
    table_of_outcomes,
    table_of_picks,
)
from harness.studies.picks import Criterion, Judged, Pool, judge, mean_gain
from harness.studies.tables import gain_cell, gain_tables

VERSION = 1

__all__ = [
    "LANGUAGES",
    "VERSION",
    "Answer",
    "Answered",
    "CandidateScores",
    "Cell",
    "Criterion",
    "Curves",
    "Estimate",
    "Evidence",
    "Figure",
    "Findings",
    "Forest",
    "Judged",
    "Point",
    "Pool",
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
    "answer_gains",
    "average",
    "compare",
    "forest_of_picks",
    "gain_cell",
    "gain_interval",
    "gain_tables",
    "gains",
    "in_languages",
    "judge",
    "known_task",
    "mean_gain",
    "means",
    "measured",
    "of_kinds",
    "oracle",
    "over_seeds",
    "scatter_of_candidates",
    "study_option",
    "subtract",
    "table_of_criteria",
    "table_of_outcomes",
    "table_of_picks",
]
