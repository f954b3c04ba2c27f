"""Check of metrics: gold scored against gold is 100 percent, and the gold of other items well below."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from random import Random
from typing import Any

from harness.evaluation.predictions import columns_of
from harness.item_scores import item_scores
from harness.kinds.base import Kind
from harness.metrics import Metric
from harness.rows import Row
from harness.validation.report import Outcome
from harness.validation.subject import Subject

MOST_SHUFFLED = 80.0
"""Percent that the gold of other items may score; above it, a score says little."""
FEWEST = 10
"""With fewer items, exchanging their gold proves nothing."""
MANY_CANDIDATES = 20
"""With fewer different answers to a search, neither does that."""
SEED = 0

Predictions = Sequence[Mapping[str, Any]]


def gold(subject: Subject) -> Outcome:
    """Score right answers, and the same ones exchanged between items, by each metric in each language."""
    found = Outcome()
    task = subject.task
    if not subject.scored:
        return found
    predicted = {code: gold_of(subject, split.rows, code) for code, split in subject.scored.items()}
    if not any(predicted.values()):
        found.say("gold", f"not scored: rows of {task.kind} do not hold what is predicted")
        return found
    for language, right in predicted.items():
        where = f"{subject.scored[language].split} rows in {language}"
        if not right:
            found.refuse("gold", "no row is asked about", where=where, fix="see that rows say what is right of them")
            continue
        for name in task.metrics:
            _score(subject, subject.registry.metric(name), language, right, where, found)
    if not any(finding.problem for finding in found.findings):
        judged = [name for name in task.metrics if _is_judged(subject.registry.metric(name))]
        found.say("gold", f"scores 100 by {', '.join(judged)}")
    return found


def _is_judged(metric: Metric) -> bool:
    """Whether right answers have to score 100 by it: not errors, of which they have none, nor ranks."""
    return metric.higher_is_better and metric.unit == "percent"


def gold_of(subject: Subject, rows: Sequence[Row], language: str) -> list[dict[str, Any]]:
    """Right predictions of some rows, tuned where the task's metrics need it."""
    right = [fields | {"language": language} for _, fields in subject.kind.gold_predictions(rows)]
    metric = subject.registry.tuned_metric(subject.task)
    tuned = subject.kind.tune(columns_of(right), metric) if metric and right else {}
    return [fields | tuned for fields in right]


def shuffled(predictions: Predictions, kind: Kind[Any]) -> list[dict[str, Any]]:
    """Each item with the answer of another; answers that are lists, such as tags, exchange their members instead."""
    rng = Random(SEED)
    if isinstance(predictions[0]["prediction"], list):
        members = [member for one in predictions for member in one["prediction"]]
        rng.shuffle(members)
        rest = iter(members)
        return [{**one, "prediction": [next(rest) for _ in one["prediction"]]} for one in predictions]
    answers = list(predictions)
    rng.shuffle(answers)
    return [kind.answered_as({**one}, {**answer}) for one, answer in zip(predictions, answers, strict=True)]


def _score(
    subject: Subject, metric: Metric, language: str, right: list[dict[str, Any]], where: str, found: Outcome
) -> None:
    try:
        best = item_scores(metric, columns_of(right)).value
        worse = item_scores(metric, columns_of(shuffled(right, subject.kind))).value
    except Exception as error:  # noqa: BLE001  (a metric that fails is what is looked for)
        found.refuse_error("gold", error, where=f"{metric.name}, {where}")
        return
    known = found.facts.get(language, {"gold": {}, "shuffled": {}})
    found.fact(language, gold=known["gold"] | {metric.name: best}, shuffled=known["shuffled"] | {metric.name: worse})
    if not _is_judged(metric):
        return
    if abs(best - 100) > 1e-6:
        found.refuse(
            "gold",
            f"{metric.name} of right answers is {best:.2f}, not 100",
            where=f"{where}{_first_wrong(metric, right)}",
            fix="see whether what is gold can be answered, and what the metric makes of it",
        )
    # Of a handful of candidates, the right one is among the best whatever is asked.
    few = "candidates" in right[0] and len({str(one["prediction"]) for one in right}) < MANY_CANDIDATES
    if len(right) >= FEWEST and not few and worse > MOST_SHUFFLED:
        found.refuse(
            "gold",
            f"{metric.name} of other items' answers is {worse:.2f}",
            where=where,
            fix="see whether gold answers differ, and whether the metric compares them",
        )


def _first_wrong(metric: Metric, right: list[dict[str, Any]]) -> str:
    """The first item that alone does not score 100, in words; "" where each does."""
    for one in right:
        try:
            if abs(item_scores(metric, columns_of([one])).value - 100) > 1e-6:
                return f", such as gold {str(one['gold'])[:60]}, answered by {str(one['prediction'])[:60]}"
        except Exception:  # noqa: BLE001  (one item may be too few for a metric)
            return ""
    return ""
