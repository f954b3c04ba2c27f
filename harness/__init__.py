"""xharness: does training a multilingual encoder on English tasks first make it better in other languages?

This module is the public interface: what plugin authors import, and what notebooks call.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from harness.catalogue.values import Model, Preset, Suite
from harness.errors import DataError, UserError
from harness.hookspecs import hookimpl
from harness.imaging.encoders import ImageEncoder, NetworkEncoder, OpenedImageEncoder
from harness.languages import has_blanks_between_words, iso639_3
from harness.measures import Measure, Measured, TaskPair
from harness.metrics import (
    Metric,
    Predictions,
    answers_by_threshold,
    f1_from_counts,
    field_of,
    percent_of_items,
    precision_from_counts,
    recall_from_counts,
    span_counts,
)
from harness.perturbations import File, Perturbation, SplitEdit
from harness.rows import (
    Answer,
    CaptionRow,
    ClassificationRow,
    Image,
    MultipleChoiceRow,
    QuestionRow,
    RetrievalRow,
    Row,
    SentenceRow,
    TextRow,
    TokenRow,
)
from harness.setting import PerturbationSettings, perturbation_setting
from harness.sources.base import SkippedRow, Source, SourceType, Split
from harness.tasks import BadRow, Format, HubData, Record, Selection, Task
from harness.trackers import Tracker
from harness.version import __version__ as __version__

if TYPE_CHECKING:
    from harness.api import evaluate, load_records, load_run, load_steps, plan, train
    from harness.compared import compare
    from harness.kinds.base import Kind
    from harness.kinds.features import Features
    from harness.modeling.packages import Carrier
    from harness.planning.stages.base import Checkpoint, Stage, StageType
    from harness.planning.stages.counting import TokenCounts
    from harness.planning.stages.embedding import Embed
    from harness.planning.stages.encoding import encoded
    from harness.planning.stages.fisher import Fisher
    from harness.planning.stages.masked import MaskedLoss
    from harness.planning.stages.measuring import Loss, read_loss
    from harness.planning.stages.rows import Rows
    from harness.planning.stages.sizing import TextSizes, read_sizes
    from harness.planning.stages.translations import Translations
    from harness.planning.store import Building
    from harness.planning.workbench import Workbench
    from harness.sources.mini.dictionary import mini_dictionary
    from harness.studied import study
    from harness.tracking.follower import Continued, Curve, RunFollower, needs_extra
    from harness.tracking.summary import RunSummary

__all__ = [
    "Answer",
    "BadRow",
    "Building",
    "CaptionRow",
    "Carrier",
    "Checkpoint",
    "ClassificationRow",
    "Continued",
    "Curve",
    "DataError",
    "Embed",
    "Features",
    "File",
    "Fisher",
    "Format",
    "HubData",
    "Image",
    "ImageEncoder",
    "Kind",
    "Loss",
    "MaskedLoss",
    "Measure",
    "Measured",
    "Metric",
    "Model",
    "MultipleChoiceRow",
    "NetworkEncoder",
    "OpenedImageEncoder",
    "Perturbation",
    "PerturbationSettings",
    "Predictions",
    "Preset",
    "QuestionRow",
    "Record",
    "RetrievalRow",
    "Row",
    "Rows",
    "RunFollower",
    "RunSummary",
    "Selection",
    "SentenceRow",
    "SkippedRow",
    "Source",
    "SourceType",
    "Split",
    "SplitEdit",
    "Stage",
    "StageType",
    "Suite",
    "Task",
    "TaskPair",
    "TextRow",
    "TextSizes",
    "TokenCounts",
    "TokenRow",
    "Tracker",
    "Translations",
    "UserError",
    "Workbench",
    "answers_by_threshold",
    "compare",
    "encoded",
    "evaluate",
    "f1_from_counts",
    "field_of",
    "has_blanks_between_words",
    "hookimpl",
    "iso639_3",
    "load_records",
    "load_run",
    "load_steps",
    "mini_dictionary",
    "needs_extra",
    "percent_of_items",
    "perturbation_setting",
    "plan",
    "precision_from_counts",
    "read_loss",
    "read_sizes",
    "recall_from_counts",
    "span_counts",
    "study",
    "train",
]

_ON_DEMAND = {
    "Building": "harness.planning.store",
    "Carrier": "harness.modeling.packages",
    "Checkpoint": "harness.planning.stages.base",
    "Continued": "harness.tracking.follower",
    "Curve": "harness.tracking.follower",
    "Embed": "harness.planning.stages.embedding",
    "Features": "harness.kinds.features",
    "Fisher": "harness.planning.stages.fisher",
    "Kind": "harness.kinds.base",
    "MaskedLoss": "harness.planning.stages.masked",
    "Loss": "harness.planning.stages.measuring",
    "Rows": "harness.planning.stages.rows",
    "RunFollower": "harness.tracking.follower",
    "RunSummary": "harness.tracking.summary",
    "Stage": "harness.planning.stages.base",
    "StageType": "harness.planning.stages.base",
    "TextSizes": "harness.planning.stages.sizing",
    "TokenCounts": "harness.planning.stages.counting",
    "Translations": "harness.planning.stages.translations",
    "Workbench": "harness.planning.workbench",
    "read_loss": "harness.planning.stages.measuring",
    "read_sizes": "harness.planning.stages.sizing",
    "compare": "harness.compared",
    "encoded": "harness.planning.stages.encoding",
    "evaluate": "harness.api",
    "load_records": "harness.api",
    "load_run": "harness.api",
    "load_steps": "harness.api",
    "mini_dictionary": "harness.sources.mini.dictionary",
    "needs_extra": "harness.tracking.follower",
    "plan": "harness.api",
    "study": "harness.studied",
    "train": "harness.api",
}


def __getattr__(name: str) -> Any:
    """Import what is heavy only when it is used."""
    if name not in _ON_DEMAND:
        raise AttributeError(f"module 'harness' has no attribute {name!r}")
    return getattr(importlib.import_module(_ON_DEMAND[name]), name)


def __dir__() -> list[str]:
    """Every public name, those not imported yet included, for completion."""
    return sorted({*__all__, *(name for name in globals() if name.startswith("__"))})
