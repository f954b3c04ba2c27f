"""What a kind of task is written with; rows, hooks and tasks are in `harness` itself.

`VERSION` is raised when a kind that was written for the one before has to be changed. What needs torch or numpy is
imported when it is asked for, so that listing a plugin's kinds stays quick: a head belongs in a module of its own.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from harness.errors import counted
from harness.hyper import Hyper
from harness.kinds.base import DecodeTask, Fields, Kind, Remark, cluster_name, cut_lengths
from harness.kinds.encoding import TextEncoder, log_softmax, pair_start
from harness.kinds.features import IGNORED, FeatureBuilder, Features, Masking
from harness.kinds.fill_mask import FillMaskSettings, guesses_of_masked
from harness.kinds.pictured import IMAGE, CaptionKind, ImageSettings
from harness.languages import has_blanks_between_words
from harness.perturbations import Edit
from harness.setting import KindSettings, setting

if TYPE_CHECKING:
    from harness.kinds.search.both_ways import ranked_both
    from harness.kinds.search.retrieval import centred, nearest
    from harness.modeling.heads.base import Batch, Head, HeadConfig, Pooler
    from harness.modeling.heads.fill_mask import FillMaskHead

VERSION = 2

__all__ = [
    "IGNORED",
    "IMAGE",
    "VERSION",
    "Batch",
    "CaptionKind",
    "DecodeTask",
    "Edit",
    "FeatureBuilder",
    "Features",
    "Fields",
    "FillMaskHead",
    "FillMaskSettings",
    "Head",
    "HeadConfig",
    "Hyper",
    "ImageSettings",
    "Kind",
    "KindSettings",
    "Masking",
    "Pooler",
    "Remark",
    "TextEncoder",
    "centred",
    "cluster_name",
    "counted",
    "cut_lengths",
    "guesses_of_masked",
    "has_blanks_between_words",
    "log_softmax",
    "nearest",
    "pair_start",
    "ranked_both",
    "setting",
]

_ON_DEMAND = dict.fromkeys(("Batch", "Head", "HeadConfig", "Pooler"), "harness.modeling.heads.base")
_ON_DEMAND["FillMaskHead"] = "harness.modeling.heads.fill_mask"
_ON_DEMAND |= dict.fromkeys(("centred", "nearest"), "harness.kinds.search.retrieval")
_ON_DEMAND["ranked_both"] = "harness.kinds.search.both_ways"


def __getattr__(name: str) -> Any:
    """Import what needs torch only when it is used."""
    if name not in _ON_DEMAND:
        raise AttributeError(f"module 'harness.kindkit' has no attribute {name!r}")
    return getattr(importlib.import_module(_ON_DEMAND[name]), name)
