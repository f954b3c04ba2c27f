"""What a study is written with; hooks, tasks and the like are in `harness` itself.

`VERSION` is raised when a study that was written for the one before has to be changed. What needs numpy or scipy is
imported when it is asked for, so that listing studies stays quick.
"""

from __future__ import annotations

from harness.errors import SettingsError
from harness.figures import Curves, Figure, Forest, Point, Scatter, Series
from harness.languages import LANGUAGES
from harness.markup import Cell, Table
from harness.results.comparison import Bounds, Estimate, average, compare, over_seeds, subtract
from harness.results.scores import Row, Scores
from harness.statistics.answer import Answer, Question, Reply, answer
from harness.studies.base import Answered, Findings, Study, StudyRun
from harness.studies.candidates import CandidateScores, known_task, measured, of_kinds
from harness.studies.classes import CLASSES, resource_class, unclassed
from harness.studies.doubts import all_guessed, doubts
from harness.studies.evidence import Evidence
from harness.studies.family import Contrast, answer_family
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
from harness.studies.retained import Kept, Retained, retained
from harness.studies.swept import ChosenSettings, at_best_settings
from harness.studies.tables import gain_cell, gain_tables, value_cell
from harness.studies.tasks import is_trained, languages_had

VERSION = 1

__all__ = [
    "CLASSES",
    "LANGUAGES",
    "VERSION",
    "Answer",
    "Answered",
    "Bounds",
    "CandidateScores",
    "Cell",
    "ChosenSettings",
    "Contrast",
    "Criterion",
    "Curves",
    "Estimate",
    "Evidence",
    "Figure",
    "Findings",
    "Forest",
    "Judged",
    "Kept",
    "Point",
    "Pool",
    "Question",
    "Reply",
    "Retained",
    "Row",
    "Scatter",
    "Scores",
    "Series",
    "SettingsError",
    "Study",
    "StudyOptions",
    "StudyRun",
    "Table",
    "all_guessed",
    "answer",
    "answer_family",
    "answer_gains",
    "at_best_settings",
    "average",
    "compare",
    "doubts",
    "forest_of_picks",
    "gain_cell",
    "gain_interval",
    "gain_tables",
    "gains",
    "in_languages",
    "is_trained",
    "judge",
    "known_task",
    "languages_had",
    "mean_gain",
    "means",
    "measured",
    "of_kinds",
    "oracle",
    "over_seeds",
    "resource_class",
    "retained",
    "scatter_of_candidates",
    "study_option",
    "subtract",
    "table_of_criteria",
    "table_of_outcomes",
    "table_of_picks",
    "unclassed",
    "value_cell",
]
