"""What arms gain over several targets: values worked out by hand, and choices that development rows alone decide."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from harness.benchmarks.definition import Benchmark, BenchmarkTask, benchmark
from harness.benchmarks.gains import BestArm, average_gains, best_per_target, not_in_percent, values_of
from harness.registry import default_registry
from harness.results.comparison import PERCENT, PERCENT_GAIN, Bounds, Estimate
from harness.results.scores import Scores
from harness.statistics.intervals import t_interval
from tests.flat import flat_row

REGISTRY = default_registry()
Rows = list[dict[str, Any]]


def score(
    arm: str,
    task: str,
    language: str,
    value: float | None,
    *,
    metric: str = "accuracy",
    seed: int = 1,
    development: float | None = None,
    **other: Any,
) -> dict[str, Any]:
    chosen = {
        "development_score": development,
        "development_metric": None if development is None else "accuracy",
        "main": metric != "squad_exact_match",
    }
    return flat_row(value, arm=arm, task=task, language=language, metric=metric, seed=seed, **{**chosen, **other})


def pawsx(scores: Mapping[str, tuple[float | None, float]], *, task: str = "pawsx", seed: int = 1) -> Rows:
    """A target in German with each arm's score and development score."""
    return [
        score(arm, task, "de", value, seed=seed, development=development)
        for arm, (value, development) in scores.items()
    ]


def of_one_seed(value: float, bounds: Bounds = PERCENT_GAIN) -> Estimate:
    return Estimate(value=value, seeds=1, by_seed={1: value}, bounds=bounds)


def the_best(rows: Rows) -> BestArm:
    (line,) = best_per_target(Scores(rows), REGISTRY).lines
    return line


# --- scores as a benchmark names them


def test_values_have_the_printed_names_and_only_what_the_benchmark_has() -> None:
    rows = [
        score("none", "tydiqa", "en", 40.0, metric="squad_f1"),
        score("none", "tydiqa", "en", 30.0, metric="squad_exact_match"),
        score("none", "tydiqa", "de", 99.0, metric="squad_f1"),
        score("none", "udpos", "en", 80.0, metric="udpos_f1_xtreme"),
        score("none", "udpos", "en", 85.0, metric="token_accuracy"),
        score("none", "mnli", "en", 70.0),
    ]
    assert values_of(rows, benchmark("xtreme", REGISTRY)) == {
        "tydiqa": {"f1": {"en": 40.0}, "exact_match": {"en": 30.0}},
        "udpos": {"f1": {"en": 80.0}},
    }


def test_values_of_several_seeds_are_means_over_all_of_them() -> None:
    task = BenchmarkTask(name="pawsx", languages=("de", "en", "fr"), metrics={"acc": "accuracy"}, score=("acc",))
    small = Benchmark(name="small", description="", tasks={"pawsx": task}, groups={})
    rows = [score("none", "pawsx", "de", 50.0), score("none", "pawsx", "de", 60.0, seed=2)]
    # English failed with seed 2, French was not scored with it.
    rows += [score("none", "pawsx", "en", 70.0), score("none", "pawsx", "en", None, seed=2)]
    rows += [score("none", "pawsx", "fr", 40.0)]
    assert values_of(rows, small) == {"pawsx": {"acc": {"de": 55.0}}}


# --- average gain


def test_the_average_gain_is_over_targets_and_not_over_languages() -> None:
    rows = [
        *(score("none", "pawsx", language, 50.0) for language in ("de", "fr", "ja")),
        *(score("mnli", "pawsx", language, 53.0) for language in ("de", "fr", "ja")),
        score("none", "copa", "en", 60.0),
        score("mnli", "copa", "en", 59.0),
    ]
    # pawsx +3 in each of three languages, copa -1: (3 - 1) / 2. Over languages it would be (3 + 3 + 3 - 1) / 4 = 2.
    (found,) = average_gains(Scores(rows), REGISTRY)
    assert (found.arm, found.gain, found.n, found.of) == ("mnli", of_one_seed(1.0), 2, 2)


def test_the_gain_of_question_answering_is_that_of_both_metrics() -> None:
    rows = [
        score("none", "xquad", "en", 60.0, metric="squad_f1"),
        score("none", "xquad", "en", 50.0, metric="squad_exact_match"),
        score("mnli", "xquad", "en", 63.0, metric="squad_f1"),
        score("mnli", "xquad", "en", 55.0, metric="squad_exact_match"),
    ]
    # (63 + 55) / 2 - (60 + 50) / 2; F1 alone, the main metric, gains 3.
    (found,) = average_gains(Scores(rows), REGISTRY)
    assert found.gain == of_one_seed(4.0)


def test_several_seeds_are_averaged_over_targets_first() -> None:
    rows: Rows = []
    for seed, (first, second) in {1: (2.0, 4.0), 2: (1.0, 1.0), 3: (6.0, 4.0)}.items():
        rows += pawsx({"none": (50.0, 0.0), "mnli": (50.0 + first, 0.0)}, seed=seed)
        rows += pawsx({"none": (70.0, 0.0), "mnli": (70.0 + second, 0.0)}, task="copa", seed=seed)
    (found,) = average_gains(Scores(rows), REGISTRY)
    # Seeds 3, 1 and 5: mean 3, standard deviation 2, t interval 3 +- 4.30265 * 2 / sqrt(3).
    assert found.gain is not None
    assert (found.gain.value, found.gain.seeds, found.gain.spread) == (3.0, 3, 2.0)
    assert found.gain.interval == t_interval([3.0, 1.0, 5.0])
    assert found.gain.interval.low == pytest.approx(3 - 4.968, abs=1e-3)


def test_targets_with_different_seeds_are_averaged_over_those_that_all_have() -> None:
    rows: Rows = []
    for seed, gain in {1: 2.0, 2: 8.0}.items():
        rows += pawsx({"none": (50.0, 10.0), "mnli": (50.0 + gain, 20.0)}, seed=seed)
    rows += pawsx({"none": (70.0, 10.0), "mnli": (74.0, 20.0)}, task="copa")
    # Seed 1 alone: (2 + 4) / 2, whichever target comes first.
    for ordered in (rows, rows[::-1]):
        (found,) = average_gains(Scores(ordered), REGISTRY)
        assert (found.gain, found.n, found.of) == (of_one_seed(3.0), 2, 2)
        assert best_per_target(Scores(ordered), REGISTRY).gain == of_one_seed(3.0)


def test_targets_that_share_no_seed_have_no_average_gain() -> None:
    rows = pawsx({"none": (50.0, 10.0), "mnli": (52.0, 20.0)})
    rows += pawsx({"none": (70.0, 10.0), "mnli": (74.0, 20.0)}, task="copa", seed=2)
    (found,) = average_gains(Scores(rows), REGISTRY)
    assert found.gain is None
    assert best_per_target(Scores(rows), REGISTRY).gain is None


def test_targets_that_lack_a_language_are_left_out_and_counted() -> None:
    rows = [
        *(score(arm, "pawsx", "de", value) for arm, value in (("none", 50.0), ("mnli", 90.0), ("qqp", 51.0))),
        *(score(arm, "pawsx", "fr", value) for arm, value in (("none", 50.0), ("mnli", None), ("qqp", 51.0))),
        *(score(arm, "copa", "en", value) for arm, value in (("none", 60.0), ("mnli", 62.0), ("qqp", 63.0))),
        *(score(arm, "tatoeba", "de", value) for arm, value in (("mnli", 70.0), ("qqp", 70.0))),
    ]
    found = {line.arm: line for line in average_gains(Scores(rows), REGISTRY)}
    # Without pawsx, of which French failed, and without tatoeba, which has no baseline.
    assert (found["mnli"].gain, found["mnli"].n, found["mnli"].of) == (of_one_seed(2.0), 1, 3)
    assert (found["qqp"].gain, found["qqp"].n, found["qqp"].of) == (of_one_seed(2.0), 2, 3)


def test_without_baseline_there_is_no_average_gain() -> None:
    (found,) = average_gains(Scores(pawsx({"mnli": (50.0, 60.0)})), REGISTRY)
    assert (found.gain, found.n, found.of) == (None, 0, 1)


# --- the best arm of each target


def test_the_best_arm_is_chosen_on_development_rows_and_reported_on_test_rows() -> None:
    # On test rows qqp is far better; development rows say mnli.
    line = the_best(pawsx({"none": (50.0, 99.0), "mnli": (52.0, 81.0), "qqp": (70.0, 80.0)}))
    assert (line.arm, line.development_score, line.development_metric, line.tied) == ("mnli", 81.0, "accuracy", ())
    assert line.baseline == of_one_seed(50.0, PERCENT)
    assert line.score == of_one_seed(52.0, PERCENT)
    assert line.gain == of_one_seed(2.0)


def test_the_choice_is_by_the_mean_over_seeds() -> None:
    rows = pawsx({"none": (50.0, 0.0), "mnli": (51.0, 90.0), "qqp": (54.0, 80.0)})
    rows += pawsx({"none": (50.0, 0.0), "mnli": (51.0, 60.0), "qqp": (56.0, 80.0)}, seed=2)
    line = the_best(rows)
    # 75 after mnli, 80 after qqp, though mnli has the highest single score.
    assert (line.arm, line.development_score) == ("qqp", 80.0)
    assert line.gain is not None
    assert (line.gain.value, line.gain.interval) == (5.0, t_interval([4.0, 6.0]))


def test_of_equal_arms_the_first_is_taken_and_the_others_are_said() -> None:
    line = the_best(pawsx({"qqp": (51.0, 80.0), "none": (50.0, 0.0), "mnli": (60.0, 80.0), "ccg": (70.0, 79.0)}))
    assert (line.arm, line.tied) == ("qqp", ("mnli",))


def test_targets_without_development_score_are_left_out_and_counted() -> None:
    rows = pawsx({"none": (50.0, 70.0), "mnli": (53.0, 81.0), "qqp": (51.0, 80.0)})
    rows += [score(arm, "tatoeba", "de", value) for arm, value in (("none", 10.0), ("mnli", 90.0), ("qqp", 20.0))]
    found = best_per_target(Scores(rows), REGISTRY)
    assert [line.target for line in found.lines] == ["pawsx"]
    assert found.left_out == ("tatoeba",)
    assert (found.gain, found.n, found.of) == (of_one_seed(3.0), 1, 2)


def test_the_gain_of_the_best_is_averaged_over_targets() -> None:
    rows = pawsx({"none": (50.0, 0.0), "mnli": (53.0, 81.0), "qqp": (59.0, 80.0)})
    rows += pawsx({"none": (60.0, 0.0), "mnli": (69.0, 81.0), "qqp": (61.0, 82.0)}, task="copa")
    found = best_per_target(Scores(rows), REGISTRY)
    assert [(line.target, line.arm) for line in found.lines] == [("pawsx", "mnli"), ("copa", "qqp")]
    assert (found.gain, found.n, found.of) == (of_one_seed(2.0), 2, 2)


def test_a_chosen_arm_that_failed_on_test_rows_is_not_replaced() -> None:
    found = best_per_target(Scores(pawsx({"none": (50.0, 0.0), "mnli": (None, 81.0), "qqp": (59.0, 80.0)})), REGISTRY)
    assert (found.lines[0].arm, found.lines[0].score, found.lines[0].gain) == ("mnli", None, None)
    assert (found.gain, found.n, found.of) == (None, 0, 1)


def test_an_arm_without_development_score_in_every_seed_is_not_chosen() -> None:
    rows = pawsx({"none": (50.0, 0.0), "mnli": (52.0, 99.0), "qqp": (51.0, 80.0)})
    rows += pawsx({"none": (50.0, 0.0), "qqp": (51.0, 80.0)}, seed=2)
    rows += [score("mnli", "pawsx", "de", None, seed=2)]
    assert the_best(rows).arm == "qqp"


def test_scores_by_different_metrics_choose_nothing() -> None:
    rows = pawsx({"none": (50.0, 0.0), "mnli": (52.0, 81.0)})
    rows += [score("qqp", "pawsx", "de", 51.0, development=90.0, development_metric="span_f1")]
    assert best_per_target(Scores(rows), REGISTRY).left_out == ("pawsx",)


def test_validation_rows_that_are_reported_choose_nothing() -> None:
    rows = pawsx({"none": (50.0, 0.0), "mnli": (52.0, 81.0), "qqp": (51.0, 80.0)}, task="copa")
    found = best_per_target(Scores([row | {"split": "validation"} for row in rows]), REGISTRY)
    assert (found.lines, found.left_out, found.gain, found.of) == ((), ("copa",), None, 1)


def test_the_arm_that_others_are_compared_with_can_be_the_best_and_gains_nothing() -> None:
    rows = pawsx({"none": (50.0, 0.0), "mnli": (80.0, 81.0), "qqp": (70.0, 71.0)})
    rows += pawsx({"none": (50.0, 0.0), "mnli": (60.0, 61.0), "qqp": (75.0, 76.0)}, task="copa")
    found = best_per_target(
        Scores([row | {"against": "" if row["arm"] == "mnli" else "mnli"} for row in rows]), REGISTRY
    )
    own, other = found.lines
    assert (own.arm, own.score, own.baseline) == ("mnli", of_one_seed(80.0, PERCENT), of_one_seed(80.0, PERCENT))
    assert (own.gain, other.arm, other.gain) == (of_one_seed(0.0), "qqp", of_one_seed(15.0))
    assert (found.gain, found.n, found.of) == (of_one_seed(7.5), 2, 2)


def test_an_arm_with_fewer_seeds_than_the_one_it_is_compared_with_is_not_chosen() -> None:
    rows = pawsx({"none": (50.0, 0.0), "mnli": (52.0, 99.0)}) + pawsx({"none": (50.0, 0.0)}, seed=2)
    assert best_per_target(Scores(rows), REGISTRY).left_out == ("pawsx",)


def test_only_targets_in_percent_are_averaged_and_the_others_are_named() -> None:
    rows = pawsx({"none": (50.0, 0.0), "mnli": (60.0, 81.0)})
    rows += [row | {"unit": "nats"} for row in pawsx({"none": (900.0, 0.0), "mnli": (400.0, 81.0)}, task="own")]
    (found,) = average_gains(Scores(rows), REGISTRY)
    assert (found.gain, found.n, found.of) == (of_one_seed(10.0), 1, 2)
    best = best_per_target(Scores(rows), REGISTRY)
    assert ([line.target for line in best.lines], best.gain, best.n, best.of) == (["pawsx"], of_one_seed(10.0), 1, 2)
    assert not_in_percent(Scores(rows), REGISTRY) == ("own",)
