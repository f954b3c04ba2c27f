"""Answers of simulated items, from surely wrong to surely right, as a task's kind stores them."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from harness.errors import SettingsError
from harness.evaluation.predictions import columns_of
from harness.item_scores import item_scores
from harness.registry import default_registry
from harness.tasks import Task

LEVELS = 8
"""How sure an answer is of what is right: those of the lower half are wrong."""
WIDTH = 0.5
"""Difficulty, in standard deviations, that makes a level of difference."""
PROBABLE = (0.03, 0.12, 0.25, 0.4, 0.6, 0.75, 0.88, 0.97)
"""Probability that a classifier gives the right label, by level."""
NO_ANSWER = -20.0
"""Score of no answer, beside log-probabilities of answers: surely not."""
RANKS = (21, 8, 4, 2, 1, 1, 1, 1)
"""Rank of the right candidate in a search, by level."""
CANDIDATES = 20

Fields = dict[str, Any]
Levels = NDArray[np.int8]


def levels_of(margins: NDArray[np.float32]) -> Levels:
    """The level of each answer, from how far its difficulty is below the threshold: above 0 it is right."""
    return np.asarray(np.clip(np.floor(margins / WIDTH) + LEVELS // 2, 0, LEVELS - 1), np.int8)


def answer_rows(task: str, language: str, levels: Levels, *, parallel: bool) -> Iterator[Fields]:
    """Stored predictions of a task's items in a language, given the level of each.

    Args:
        parallel: whether items are the same in every language.

    Raises:
        SettingsError: nothing is known of how the task's kind answers.
        UnknownName: there is no such task.
    """
    found = default_registry().task(task)
    answer = _answers(found)
    names = item_names(task, language, len(levels), parallel=parallel)
    for item, (name, level) in enumerate(zip(names, levels.tolist(), strict=True)):
        yield {
            "key": f"simulated:{task}/test/{language}:{item}",
            "id": name,
            "item": name,
            "group": name,
            "language": language,
            **answer(found, item, level),
        }


@functools.lru_cache(maxsize=1024)
def item_names(task: str, language: str, items: int, *, parallel: bool) -> tuple[str, ...]:
    """What items are called: the same in all languages of parallel ones."""
    within = task if parallel else f"{task}/{language}"
    return tuple(f"{within}/{item}" for item in range(items))


@functools.lru_cache(maxsize=1024)
def statistics_of(task: str, metric: str, language: str, items: int) -> NDArray[np.float64]:
    """A metric's numbers of each item at each level: (levels, items, numbers)."""
    found = default_registry().metric(metric)
    by_level = []
    for level in range(LEVELS):
        rows = list(answer_rows(task, language, np.full(items, level, np.int8), parallel=True))
        by_level.append(item_scores(found, columns_of(rows)).statistics)
    return np.stack(by_level)


def _answers(task: Task) -> Callable[[Task, int, int], Fields]:
    known: Mapping[str, Callable[[Task, int, int], Fields]] = {
        "text-classification": _label,
        "multiple-choice": _choice,
        "question-answering": _text,
        "token-classification": _tag,
        "sentence-similarity": _candidates,
        "text-retrieval": _candidates,
        "bitext-mining": _mined,
    }
    if task.kind not in known:
        raise SettingsError(
            f"{task.name} is of kind {task.kind}, whose answers cannot be simulated",
            code="kind-not-simulated",
            fix=f"take a task of kind {', '.join(known)}",
        )
    return known[task.kind]


def _label(task: Task, item: int, level: int) -> Fields:
    gold, probable = _distribution(len(task.labels), item, level)
    log_probs = [math.log(one) for one in probable]
    return {
        "gold": task.labels[gold],
        "prediction": task.labels[probable.index(max(probable))],
        "log_probs": log_probs,
    }


def _choice(task: Task, item: int, level: int) -> Fields:
    choices = round(100 / task.chance) if task.chance else 2
    gold, probable = _distribution(choices, item, level)
    log_probs = [math.log(one) for one in probable]
    return {"gold": gold, "prediction": probable.index(max(probable)), "log_probs": log_probs}


def _distribution(labels: int, item: int, level: int) -> tuple[int, list[float]]:
    """The gold label of an item, and a probability of each label, of which a wrong one has nearly all that is left."""
    gold = item % labels
    rival = (gold + 1 + item // labels % (labels - 1)) % labels
    right = PROBABLE[level]
    rest = 0.05 * (1 - right) if labels > 2 else 0.0
    probable = [rest / max(1, labels - 2)] * labels
    probable[gold], probable[rival] = right, 1 - right - rest
    return gold, probable


def _text(task: Task, item: int, level: int) -> Fields:
    """An answer of two words, and its rival; a wrong one that is nearly right has one word of the right one."""
    del task
    gold = f"first{item} second{item}"
    wrong = f"first{item} other{item}" if level == LEVELS // 2 - 1 else f"other{item}"
    right = PROBABLE[level]
    ranked = sorted(((right, gold), (1 - right, wrong)), reverse=True)
    spans = [{"text": text, "start": 0, "end": len(text), "score": math.log(one)} for one, text in ranked]
    return {"gold": [gold], "prediction": ranked[0][1], "no_answer_score": NO_ANSWER, "spans": spans}


def _tag(task: Task, item: int, level: int) -> Fields:
    """A sentence of one token, whose tag is never outside all spans."""
    spans = [label for label in task.labels if label.startswith("B-")]
    tags = spans or [label for label in task.labels if label[0] not in "O."] or ["N", "V"]
    gold = item % len(tags)
    return {"gold": [tags[gold]], "prediction": [tags[gold if level >= LEVELS // 2 else (gold + 1) % len(tags)]]}


def _candidates(task: Task, item: int, level: int) -> Fields:
    keys = [f"simulated:{task.name}/candidates:{item}/{rank}" for rank in range(1, CANDIDATES + 2)]
    gold = keys[RANKS[level] - 1]
    ranked = [{"key": key, "score": 1 / rank} for rank, key in enumerate(keys[:CANDIDATES], start=1)]
    return {"gold": [gold], "prediction": keys[0], "candidates": ranked, "text": f"text {item}"}


def _mined(task: Task, item: int, level: int) -> Fields:
    """A pair that reaches the threshold, right or wrong."""
    gold, other = (f"simulated:{task.name}/{side}:{item}" for side in ("target", "other"))
    return {
        "gold": [gold],
        "prediction": gold if level >= LEVELS // 2 else other,
        "score": 0.9,
        "threshold": 0.5,
        "source": f"simulated:{task.name}/source:{item}",
    }
