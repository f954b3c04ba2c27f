"""What a study is written with; hooks, tasks and the like are in `harness` itself.

`VERSION` is raised when a study that was written for the one before has to be changed. What needs numpy or scipy is
imported when it is asked for, so that listing studies stays quick.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from harness.arms import NONE
from harness.documents.figures import Curves, Figure, Forest, Point, Scatter, Series
from harness.documents.parts import Cell, Table
from harness.errors import NothingToShow, SettingsError, counted
from harness.languages import LANGUAGES
from harness.results.comparison import Bounds, Estimate, over_seeds
from harness.results.marks import ENGLISH
from harness.results.scores import Items, Row, Scores
from harness.results.settings_choice import development_scores
from harness.statistics.answer import PERCENT, POINTS, Answer, By, Question, Reply, answer, answer_by_interval
from harness.statistics.intervals import Interval, t_interval
from harness.statistics.multiple import holm
from harness.statistics.refusal import CannotConclude
from harness.studies.base import Answered, DataTable, Findings, FromFiles, Study, StudyRun
from harness.studies.classes import CLASSES, check_low_resource, resource_class, unclassed, without_low
from harness.studies.doubts import CHANCE_LEVEL, doubts, generated, guessed, seen_before, unread
from harness.studies.evidence import Evidence
from harness.studies.family import Contrast, answer_family
from harness.studies.gains import WeightedRow, gains, in_languages, means
from harness.studies.halves import Halves, first_half, half_scores, mean_halves, second_half
from harness.studies.item_gains import answer_gain, answer_weighted, cannot_tell, redrawn_scores
from harness.studies.options import StudyOptions, readable_languages, study_option
from harness.studies.retained import Retained, retained
from harness.studies.swept import ChosenSettings, at_best_settings
from harness.studies.tables import estimate_point, gain_cell, gain_tables, seed_estimate, text_cell, value_cell
from harness.studies.tasks import (
    check_abroad,
    check_other_languages,
    check_targets_abroad,
    is_diagnostic,
    is_trained,
    known_task,
    languages_had,
    of_kinds,
    scores_abroad,
)

if TYPE_CHECKING:
    from harness.statistics.agreement import fleiss_kappa
    from harness.statistics.hierarchy import Reselected
    from harness.statistics.multiple import holm
    from harness.statistics.reliability import disattenuated, kendall, pearson, regret, top_hit
    from harness.statistics.robust import worst_quarter_mean
    from harness.statistics.shares import mcnemar
    from harness.statistics.signed_ranks import signed_ranks
    from harness.statistics.ties import levelled, tied_with_best

VERSION = 1

__all__ = [
    "CHANCE_LEVEL",
    "CLASSES",
    "ENGLISH",
    "LANGUAGES",
    "NONE",
    "PERCENT",
    "POINTS",
    "VERSION",
    "Answer",
    "Answered",
    "Bounds",
    "By",
    "CannotConclude",
    "Cell",
    "ChosenSettings",
    "Contrast",
    "Curves",
    "DataTable",
    "Estimate",
    "Evidence",
    "Figure",
    "Findings",
    "Forest",
    "FromFiles",
    "Halves",
    "Interval",
    "Items",
    "NothingToShow",
    "Point",
    "Question",
    "Reply",
    "Reselected",
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
    "WeightedRow",
    "answer",
    "answer_by_interval",
    "answer_family",
    "answer_gain",
    "answer_weighted",
    "at_best_settings",
    "cannot_tell",
    "check_abroad",
    "check_low_resource",
    "check_other_languages",
    "check_targets_abroad",
    "counted",
    "development_scores",
    "disattenuated",
    "doubts",
    "estimate_point",
    "first_half",
    "fleiss_kappa",
    "gain_cell",
    "gain_tables",
    "gains",
    "generated",
    "guessed",
    "half_scores",
    "holm",
    "in_languages",
    "is_diagnostic",
    "is_trained",
    "kendall",
    "known_task",
    "languages_had",
    "levelled",
    "mcnemar",
    "mean_halves",
    "means",
    "of_kinds",
    "over_seeds",
    "pearson",
    "readable_languages",
    "redrawn_scores",
    "regret",
    "resource_class",
    "retained",
    "scores_abroad",
    "second_half",
    "seed_estimate",
    "seen_before",
    "signed_ranks",
    "study_option",
    "t_interval",
    "text_cell",
    "tied_with_best",
    "top_hit",
    "unclassed",
    "unread",
    "value_cell",
    "without_low",
    "worst_quarter_mean",
]

_ON_DEMAND = dict.fromkeys(
    ("disattenuated", "kendall", "pearson", "regret", "top_hit"), "harness.statistics.reliability"
) | {
    "Reselected": "harness.statistics.hierarchy",
    "fleiss_kappa": "harness.statistics.agreement",
    "levelled": "harness.statistics.ties",
    "tied_with_best": "harness.statistics.ties",
    "holm": "harness.statistics.multiple",
    "mcnemar": "harness.statistics.shares",
    "signed_ranks": "harness.statistics.signed_ranks",
    "worst_quarter_mean": "harness.statistics.robust",
}


def __getattr__(name: str) -> Any:
    """Import what needs numpy only when it is used."""
    if name not in _ON_DEMAND:
        raise AttributeError(f"module 'harness.studykit' has no attribute {name!r}")
    return getattr(importlib.import_module(_ON_DEMAND[name]), name)
