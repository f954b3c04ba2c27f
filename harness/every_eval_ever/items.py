"""Items of Every Eval Ever: what a checkpoint answered to each, from its stored predictions."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from harness.every_eval_ever.document import in_unit, strings
from harness.every_eval_ever.schema import schema_version
from harness.item_scores import is_right
from harness.results.schema import LANGUAGE, SPLIT, TASK

if TYPE_CHECKING:
    from harness.every_eval_ever.evaluations import Evaluation, Result
    from harness.item_scores import ItemScores
    from harness.metrics import Predictions
    from harness.registry import Registry


def item_records(
    evaluation: Evaluation, result: Result, predictions: Predictions, scores: ItemScores, registry: Registry
) -> Iterator[dict[str, Any]]:
    """A record per item of a result, in the order of the rows.

    Stored predictions have no texts, so the key of the row stands for what the model read: source, task, split,
    language and place. The score of an item is the metric of this item alone, and the full one of a right item in which
    the metric finds nothing to count, such as spans of entities in a sentence without any.

    Args:
        predictions: of the result.
        scores: the metric's numbers of each item.
    """
    score, at = result.score, result.score.at
    task = registry.tasks.get(str(at[TASK]))
    choices = list(task.labels) if task and score.kind == "text-classification" else None
    kind = registry.kinds.get(score.kind)
    golds = predictions["gold"]
    answers = kind.answers(predictions, scores.metric) if kind else predictions["prediction"]
    for place, key in enumerate(predictions["key"]):
        sequence = isinstance(answers[place], list)
        asked = {"raw": key, "reference": _texts(golds[place], sequence=sequence)}
        answer = _texts(answers[place], sequence=sequence)
        right = is_right(answers[place], golds[place], scores.alone(place))
        yield {
            "schema_version": schema_version(),
            "evaluation_id": evaluation.evaluation_id,
            "model_id": evaluation.model_id,
            "evaluation_name": f"{at[TASK]}.{at[LANGUAGE]}",
            "evaluation_result_id": result.name,
            "sample_id": _sample(predictions, place),
            "sample_hash": sample_hash(asked),
            "interaction_type": "single_turn",
            "input": {**asked, "choices": choices} if choices else asked,
            "output": {"raw": answer},
            "answer_attribution": [
                {
                    "turn_idx": 0,
                    "source": "output.raw",
                    "extracted_value": answer[0] if answer else "",
                    "extraction_method": f"xharness {score.kind}",
                    "is_terminal": True,
                }
            ],
            "evaluation": {"score": in_unit(_value(scores, place, right=right), score), "is_correct": right},
            "metadata": strings(
                language=at[LANGUAGE],
                split=at[SPLIT],
                input_is="the key of the row: stored predictions have no texts",
                log_probs=predictions["log_probs"][place] if "log_probs" in predictions else "",
            ),
        }


def sample_hash(asked: Mapping[str, Any]) -> str:
    """SHA-256 of what was asked and its gold answers, by the recipe of the format's other adapters."""
    text = json.dumps({"raw": asked["raw"], "reference": asked["reference"]}, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _sample(predictions: Predictions, place: int) -> str:
    """The id of a row in its dataset, or its key where it has none."""
    named: str = predictions["id"][place] if "id" in predictions else ""
    return named or str(predictions["key"][place])


def _texts(value: Any, *, sequence: bool) -> list[str]:
    """Gold answers, or what was predicted, as texts: none of nothing.

    Args:
        sequence: whether a list is one answer, such as the tags of a sentence, and not several.
    """
    if value is None:
        return []
    if sequence:
        return [" ".join(map(str, value))]
    return [str(one) for one in value] if isinstance(value, list) else [str(value)]


def _value(scores: ItemScores, place: int, *, right: bool) -> float:
    """The metric of an item alone, in its unit: all there is of a right item in which it finds nothing to count."""
    metric, numbers = scores.metric, scores.statistics[place]
    if right and not numbers.any() and metric.unit == "percent" and metric.higher_is_better:
        return 100.0
    try:
        value = float(metric.value(numbers.tolist(), 1))
    except (ArithmeticError, ValueError):
        return 0.0
    return value if math.isfinite(value) else 0.0
