"""Answers of simulated items."""

from __future__ import annotations

import numpy as np
import pytest

from harness.evaluation.predictions import columns_of
from harness.registry import default_registry
from harness.testing.answers import LEVELS, answer_rows, item_names, levels_of, statistics_of
from tests.raising import raises_code

TASKS = ("xnli", "pawsx", "xcopa", "cosmosqa", "xquad", "mlqa", "udpos", "panx", "ccg", "tatoeba", "lareqa", "bucc2018")


def test_levels_say_how_sure_an_answer_is() -> None:
    margins = np.array([-9.0, -0.51, -0.01, 0.01, 0.51, 9.0], np.float32)
    assert levels_of(margins).tolist() == [0, 2, 3, 4, 5, 7]


@pytest.mark.parametrize("name", TASKS)
def test_the_upper_half_is_right_and_the_lower_wrong(name: str) -> None:
    task = default_registry().task(name)
    metric = default_registry().metric(task.metrics[0])
    numbers = statistics_of(name, metric.name, "es", 60)
    assert numbers.shape[:2] == (LEVELS, 60)
    scores = [metric.value(of.sum(axis=0).tolist(), 60) for of in numbers]
    assert scores[LEVELS // 2 :] == [100.0] * (LEVELS // 2)
    # What is nearly right may have a part of a point, and less of it the less sure it is.
    assert scores == sorted(scores)
    assert scores[0] == 0.0
    assert scores[LEVELS // 2 - 1] <= 50.0


@pytest.mark.parametrize("name", ["xnli", "pawsx", "xcopa", "cosmosqa"])
def test_a_classifier_is_the_surer_of_what_is_right_the_higher_the_level(name: str) -> None:
    gold = []
    for level in range(LEVELS):
        rows = columns_of(list(answer_rows(name, "en", np.full(12, level, np.int8), parallel=True)))
        labels = default_registry().task(name).labels
        places = [labels.index(label) if labels else label for label in rows["gold"]]
        assert np.exp(rows["log_probs"]).sum(axis=1) == pytest.approx(1.0)
        gold.append([of[place] for of, place in zip(rows["log_probs"], places, strict=True)])
        # The prediction is what is most probable.
        best = [of.index(max(of)) for of in rows["log_probs"]]
        assert [labels[place] if labels else place for place in best] == rows["prediction"]
        assert len(set(rows["gold"])) == len(rows["log_probs"][0])
    assert (np.diff(gold, axis=0) > 0).all()


def test_parallel_items_have_one_name_in_all_languages() -> None:
    assert item_names("xnli", "en", 2, parallel=True) == item_names("xnli", "sw", 2, parallel=True)
    assert not {*item_names("tydiqa", "en", 2, parallel=False)} & {*item_names("tydiqa", "sw", 2, parallel=False)}
    keys = [next(answer_rows("xnli", code, np.zeros(1, np.int8), parallel=True))["key"] for code in ("en", "sw")]
    assert keys[0] != keys[1]


@pytest.mark.parametrize("name", ["mlm", "flickr8k"])
def test_kinds_whose_answers_are_not_known(name: str) -> None:
    with raises_code("kind-not-simulated"):
        next(answer_rows(name, "en", np.zeros(1, np.int8), parallel=True))
