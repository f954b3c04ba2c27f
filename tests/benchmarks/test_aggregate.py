"""Means over languages, tasks and groups, beside values worked out by hand and those of XTREME's own scorer."""

from __future__ import annotations

import dataclasses
import json

import pytest

from harness.benchmarks.aggregate import Values, aggregates
from harness.benchmarks.definition import Benchmark, BenchmarkTask, benchmark
from harness.errors import UserError
from harness.registry import default_registry
from harness.results.comparison import Mean
from tests.raising import raises_code

ACCURACY = {"accuracy": "accuracy"}
SMALL = Benchmark(
    name="small",
    description="",
    tasks={
        # Resource classes (Joshi et al. 2020): en 5, de 5, th 3, sw 2, te 1.
        "pairs": BenchmarkTask(
            name="pairs", languages=("en", "de", "th", "sw", "te"), metrics=ACCURACY, score=("accuracy",)
        ),
        "answers": BenchmarkTask(
            name="answers",
            languages=("en", "te"),
            metrics={"exact_match": "squad_exact_match", "f1": "squad_f1"},
            score=("exact_match", "f1"),
        ),
        "search": BenchmarkTask(name="search", languages=("de", "sw"), metrics=ACCURACY, score=("accuracy",)),
    },
    groups={"reading": ("pairs", "answers"), "finding": ("search",), "both": ("answers", "search")},
)
VALUES: dict[str, dict[str, dict[str, float]]] = {
    "pairs": {"accuracy": {"en": 90.0, "de": 80.0, "th": 60.0, "sw": 50.0, "te": 40.0}},
    "answers": {"exact_match": {"en": 50.0, "te": 10.0}, "f1": {"en": 70.0, "te": 30.0}},
    "search": {"accuracy": {"de": 30.0, "sw": 25.0}},
}

# Averages over languages that the reference scorer gives for its own fixture (google-research/xtreme at 838c13b).
REFERENCE = {
    "pawsx": {"accuracy": 51.42857142857143},
    "xnli": {"accuracy": 30.666666666666668},
    "panx": {"f1": 57.50793650793652, "precision": 54.729166666666664, "recall": 62.750000000000014},
    "udpos": {"f1": 70.21746048354693, "precision": 71.02232625883823, "recall": 69.54982073976082},
    "bucc2018": {"f1": 55.0, "precision": 55.0, "recall": 55.0},
    "tatoeba": {"accuracy": 53.611111111111114},
    "xquad": {"exact_match": 77.27272727272727, "f1": 79.9586776859504},
    "mlqa": {"exact_match": 57.142857142857146, "f1": 81.76870748299321},
    "tydiqa": {"exact_match": 88.88888888888889, "f1": 97.22222222222223},
}
REFERENCE_GROUPS = {
    "classification": 41.04761904761905,
    "tagging": 63.862698495741725,
    "qa": 80.37568011593986,
    "retrieval": 54.30555555555556,
}
REFERENCE_OVERALL = 62.17319850507248


def without(task: str, metric: str, *languages: str) -> Values:
    kept = {code: value for code, value in VALUES[task][metric].items() if code not in languages}
    return {**VALUES, task: {**VALUES[task], metric: kept}}


def spread(mean: float, languages: tuple[str, ...]) -> dict[str, float]:
    """Values that differ from language to language and have the given mean."""
    middle = (len(languages) - 1) / 2
    return {code: mean + 0.1 * (i - middle) for i, code in enumerate(languages)}


def test_means_over_languages_with_and_without_english() -> None:
    pairs = aggregates(VALUES, SMALL).tasks["pairs"]
    # (90 + 80 + 60 + 50 + 40) / 5 = 64; (80 + 60 + 50 + 40) / 4 = 57.5; 90 - 57.5 = 32.5.
    assert pairs.metrics == {"accuracy": Mean(64.0, 5, 5)}
    assert pairs.metrics_without_english == {"accuracy": Mean(57.5, 4, 4)}
    assert (pairs.score, pairs.score_without_english) == (Mean(64.0, 5, 5), Mean(57.5, 4, 4))
    assert pairs.transfer_gap == Mean(32.5, 4, 4)


def test_the_score_of_question_answering_is_the_mean_of_both_metrics() -> None:
    answers = aggregates(VALUES, SMALL).tasks["answers"]
    # Exact match (50 + 10) / 2 = 30, F1 (70 + 30) / 2 = 50; English 60, Telugu 20.
    assert answers.metrics == {"exact_match": Mean(30.0, 2, 2), "f1": Mean(50.0, 2, 2)}
    assert answers.score == Mean(40.0, 2, 2)
    assert answers.by_language == {"en": 60.0, "te": 20.0}
    assert answers.transfer_gap == Mean(40.0, 1, 1)


def test_without_english_rows_there_is_no_transfer_gap() -> None:
    search = aggregates(VALUES, SMALL).tasks["search"]
    assert search.transfer_gap is None
    assert search.score == search.score_without_english == Mean(27.5, 2, 2)


def test_means_by_resource_class_say_their_languages() -> None:
    tasks = aggregates(VALUES, SMALL).tasks
    # Swahili 50, Telugu 40.
    assert tasks["pairs"].of_classes(0, 1, 2) == (Mean(45.0, 2, 2), ("sw", "te"))
    assert tasks["pairs"].of_classes(5) == (Mean(85.0, 2, 2), ("en", "de"))
    assert tasks["pairs"].of_classes(4) == (None, ())
    given = tasks["pairs"].as_dict()
    assert given["low_resource"] == {"value": 45.0, "n": 2, "of": 2}
    assert given["low_resource_languages"] == ["sw", "te"]


def test_groups_and_overall_are_means_over_tasks() -> None:
    found = aggregates(VALUES, SMALL)
    # Scores 64, 40 and 27.5. The mean of the three groups would be (52 + 27.5 + 33.75) / 3 = 37.75.
    assert found.groups == {"reading": Mean(52.0, 2, 2), "finding": Mean(27.5, 1, 1), "both": Mean(33.75, 2, 2)}
    assert found.overall is not None
    assert found.overall.value == pytest.approx(131.5 / 3)
    assert (found.overall.n, found.overall.of) == (3, 3)


def test_incomplete_means_are_refused_with_what_is_missing() -> None:
    values = {**without("pairs", "accuracy", "sw", "te"), "search": {}}
    with pytest.raises(UserError) as caught:
        aggregates(values, SMALL)
    assert caught.value.where == "pairs accuracy in sw te; search"
    with raises_code("means-lack-scores", "answers f1 in every language"):
        aggregates({**VALUES, "answers": {"exact_match": {"en": 50.0, "te": 10.0}}}, SMALL)


def test_partial_means_say_over_how_many_and_take_no_part_in_groups() -> None:
    values = {**VALUES, "pairs": {"accuracy": {"de": 70.0, "th": 60.0, "sw": 50.0}}}
    found = aggregates(values, SMALL, partial=True)
    pairs = found.tasks["pairs"]
    # Of 70, 60 and 50, without the English and the Telugu one.
    assert (pairs.score, pairs.score_without_english) == (Mean(60.0, 3, 5), Mean(60.0, 3, 4))
    assert (pairs.transfer_gap, pairs.of_classes(0, 1, 2)[0]) == (None, Mean(50.0, 1, 2))
    assert found.groups["reading"] == Mean(40.0, 1, 2)
    assert found.overall == Mean(33.75, 2, 3)


def test_a_language_with_one_of_two_metrics_has_no_score() -> None:
    found = aggregates(without("answers", "f1", "en"), SMALL, partial=True)
    answers = found.tasks["answers"]
    assert (answers.metrics["exact_match"], answers.metrics["f1"]) == (Mean(30.0, 2, 2), Mean(30.0, 1, 2))
    assert answers.score == Mean(20.0, 1, 2)


def test_nothing_at_all_has_no_means() -> None:
    found = aggregates({}, SMALL, partial=True)
    assert (found.tasks, found.groups, found.overall) == ({}, {}, None)


def test_what_is_printed_beside_the_score_may_be_left_out_but_not_in_part() -> None:
    tagging = BenchmarkTask(name="t", languages=("en", "de"), metrics={"f1": "a", "recall": "b"}, score=("f1",))
    small = dataclasses.replace(SMALL, tasks={"t": tagging}, groups={})
    f1 = {"en": 10.0, "de": 20.0}
    found = aggregates({"t": {"f1": f1}}, small)
    assert found.tasks["t"].metrics == {"f1": Mean(15.0, 2, 2)}
    with raises_code("means-lack-scores"):
        aggregates({"t": {"f1": f1, "recall": {"en": 1.0}}}, small)


def test_other_languages_and_tasks_take_no_part() -> None:
    more = {
        **VALUES,
        "search": {"accuracy": {**VALUES["search"]["accuracy"], "fr": 99.0}},
        "extra": {"f1": {"en": 1.0}},
    }
    assert aggregates(more, SMALL) == aggregates(VALUES, SMALL)


def test_xtreme_as_the_reference_averages_it() -> None:
    xtreme = benchmark("xtreme", default_registry())
    values = {
        task: {metric: spread(mean, xtreme.tasks[task].languages) for metric, mean in metrics.items()}
        for task, metrics in REFERENCE.items()
    }
    found = aggregates(values, xtreme)
    for task, metrics in REFERENCE.items():
        means = {metric: mean.value for metric, mean in found.tasks[task].metrics.items()}
        assert means == pytest.approx(metrics, abs=1e-9)
    # Exact match and F1 of the three question-answering tasks, averaged.
    assert found.tasks["xquad"].score.value == pytest.approx(78.6157024793, abs=1e-9)
    assert {name: mean.value for name, mean in found.groups.items()} == pytest.approx(REFERENCE_GROUPS, abs=1e-9)
    assert found.overall is not None
    assert found.overall.value == pytest.approx(REFERENCE_OVERALL, abs=1e-9)
    counts = {task: (found.tasks[task].score.n, found.tasks[task].score.of) for task in found.tasks}
    assert counts == {
        "xnli": (15, 15),
        "pawsx": (7, 7),
        "udpos": (33, 33),
        "panx": (40, 40),
        "xquad": (11, 11),
        "mlqa": (7, 7),
        "tydiqa": (9, 9),
        "bucc2018": (4, 4),
        "tatoeba": (36, 36),
    }


def test_xtreme_r_overall_is_the_mean_of_ten_tasks() -> None:
    """Which the reference cannot print. Its xcopa is in two groups and its lareqa in none."""
    xtreme_r = benchmark("xtreme-r", default_registry())
    scores = dict(zip(xtreme_r.tasks, range(10, 110, 10), strict=True))
    values = {
        name: {metric: dict.fromkeys(task.languages, float(scores[name])) for metric in task.metrics}
        for name, task in xtreme_r.tasks.items()
    }
    found = aggregates(values, xtreme_r)
    # In order: xnli 10, xcopa 20, udpos 30, panx 40, xquad 50, mlqa 60, tydiqa 70, tatoeba 80, mewslix 90, lareqa 100.
    assert found.overall == Mean(55.0, 10, 10)
    assert found.groups == {
        "classification": Mean(15.0, 2, 2),
        "tagging": Mean(35.0, 2, 2),
        "qa": Mean(60.0, 3, 3),
        "retrieval": Mean(85.0, 2, 2),
        "multi_choice": Mean(20.0, 1, 1),
    }
    # Quechua (class 1), Haitian (2) and Swahili (2) of xcopa's eleven languages.
    assert set(found.tasks["xcopa"].of_classes(0, 1, 2)[1]) == {"ht", "qu", "sw"}


def test_the_dictionary_is_json() -> None:
    given = json.loads(json.dumps(aggregates(VALUES, SMALL).as_dict()))
    assert given["groups"]["both"] == {"value": 33.75, "n": 2, "of": 2}
    assert given["tasks"]["search"]["transfer_gap"] is None
    assert given["tasks"]["answers"]["metrics"]["f1"] == {"value": 50.0, "n": 2, "of": 2}
