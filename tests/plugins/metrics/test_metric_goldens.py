"""The reference scorer's fixture gives the reference's scores (mean over the languages of each task)."""

from __future__ import annotations

import json
import os
from pathlib import Path
from statistics import fmean
from typing import TYPE_CHECKING, Any

import pytest
from harness_plugins.metrics.accuracy import ACCURACY
from harness_plugins.metrics.mining import MINING_F1, MINING_PRECISION, MINING_RECALL
from harness_plugins.metrics.mlqa import MLQA_EXACT_MATCH, MLQA_F1
from harness_plugins.metrics.ranking import MRR_AT_20
from harness_plugins.metrics.retrieval import RETRIEVAL_ACCURACY
from harness_plugins.metrics.spans import (
    SPAN_F1,
    SPAN_PRECISION,
    SPAN_RECALL,
    UDPOS_F1_XTREME,
    UDPOS_PRECISION_XTREME,
    UDPOS_RECALL_XTREME,
)
from harness_plugins.metrics.squad import SQUAD_EXACT_MATCH, SQUAD_F1

from tests.plugins.metrics.conftest import Score

if TYPE_CHECKING:
    import harness

ROOT = Path(__file__).parents[3]
GOLDENS = ROOT / os.environ.get("XHARNESS_SHARED", "../shared") / "goldens" / "xtreme"

pytestmark = pytest.mark.skipif(
    not GOLDENS.is_dir(), reason="the reference scorer's fixture is absent (XHARNESS_SHARED)"
)


@pytest.mark.parametrize(
    ("task", "metric", "figure", "languages"),
    [
        ("pawsx", ACCURACY, "accuracy", 7),
        ("xnli", ACCURACY, "accuracy", 15),
        ("panx", SPAN_F1, "f1", 40),
        ("panx", SPAN_PRECISION, "precision", 40),
        ("panx", SPAN_RECALL, "recall", 40),
        ("udpos", UDPOS_F1_XTREME, "f1", 33),
        ("udpos", UDPOS_PRECISION_XTREME, "precision", 33),
        ("udpos", UDPOS_RECALL_XTREME, "recall", 33),
        ("tatoeba", RETRIEVAL_ACCURACY, "accuracy", 36),
        ("bucc2018", MINING_F1, "f1", 4),
        ("bucc2018", MINING_PRECISION, "precision", 4),
        ("bucc2018", MINING_RECALL, "recall", 4),
        ("mewslix", MRR_AT_20, "map@20", 11),
        ("xquad", SQUAD_EXACT_MATCH, "exact_match", 11),
        ("xquad", SQUAD_F1, "f1", 11),
        ("mlqa", MLQA_EXACT_MATCH, "exact_match", 7),
        ("mlqa", MLQA_F1, "f1", 7),
        ("tydiqa", SQUAD_EXACT_MATCH, "exact_match", 9),
        ("tydiqa", SQUAD_F1, "f1", 9),
    ],
)
def test_reference_scores(score: Score, task: str, metric: harness.Metric, figure: str, languages: int) -> None:
    suites = json.loads((GOLDENS / "expected.json").read_text(encoding="utf-8"))
    expected = suites["xtreme_r" if task == "mewslix" else "xtreme"][task][figure]
    files = sorted((GOLDENS / "labels" / task).iterdir())
    assert len(files) == languages
    assert fmean(score(metric, read_predictions(task, gold)) for gold in files) == pytest.approx(expected, abs=1e-9)


def read_predictions(task: str, gold_file: Path) -> list[dict[str, Any]]:
    """Stored predictions of one language."""
    gold = gold_file.read_text(encoding="utf-8")
    predicted = (GOLDENS / "predictions" / task / gold_file.name).read_text(encoding="utf-8")
    if task in ("xquad", "tydiqa", "mlqa"):
        language = gold_file.stem.removeprefix("test-")
        return [row | {"language": language} for row in read_answers(json.loads(gold), json.loads(predicted))]
    if task == "bucc2018":
        return read_pairs(gold, predicted)
    if task == "mewslix":
        return read_rankings(json.loads(gold), json.loads(predicted))
    if task in ("panx", "udpos"):
        return pair([s.split("\n") for s in sentences(gold)], [s.split("\n") for s in sentences(predicted)])
    if task == "tatoeba":
        return pair([[key] for key in gold.split()], predicted.split())
    return pair(gold.split(), predicted.split())


def sentences(text: str) -> list[str]:
    return text.strip("\n").split("\n\n")


def pair(gold: list[Any], predicted: list[Any]) -> list[dict[str, Any]]:
    return [{"gold": one, "prediction": other} for one, other in zip(gold, predicted, strict=True)]


def read_answers(gold: dict[str, Any], predicted: dict[str, str]) -> list[dict[str, Any]]:
    questions = [q for article in gold["data"] for paragraph in article["paragraphs"] for q in paragraph["qas"]]
    return pair([[a["text"] for a in q["answers"]] for q in questions], [predicted[q["id"]] for q in questions])


def read_pairs(gold: str, predicted: str) -> list[dict[str, Any]]:
    """A prediction for each mined pair, and one without for each source sentence that was only to be found."""
    wanted: dict[str, list[str]] = {}
    for source, target in (line.split("\t") for line in gold.splitlines()):
        wanted.setdefault(source, []).append(target)
    mined = {"score": 1.0, "threshold": 1.0}
    pairs = dict.fromkeys(tuple(line.split("\t")) for line in predicted.splitlines())
    rows = [{"gold": wanted.pop(source, []), "prediction": target, **mined} for source, target in pairs]
    return rows + [{"gold": targets, "prediction": None, **mined} for targets in wanted.values()]


def read_rankings(gold: dict[str, list[str]], predicted: dict[str, list[str]]) -> list[dict[str, Any]]:
    return [
        {"gold": keys, "candidates": [{"key": key} for key in predicted.get(query, ())]} for query, keys in gold.items()
    ]
