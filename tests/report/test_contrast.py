"""What a report asks first, and what it answers, from rows whose gains are known."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from harness.report.contrast import Contrast, contrast_of
from harness.results.scores import Scores
from harness.statistics.answer import Reply
from harness.testing.simulated import simulate
from harness.testing.worlds import SimulatedTask, World
from tests.flat import flat_row
from tests.raising import raises_code

ARMS = {"none": 0.0, "mnli": 2.0, "squad": 6.0}
LANGUAGES = {"en": 100.0, "de": 1.0, "sw": 3.0}
"""What an arm's gain is multiplied with."""


def rows(*, seeds: int = 1, unit: str = "percent") -> list[dict[str, Any]]:
    return [
        flat_row(
            50.0 + gain * times / 10 + seed * (arm != "none") / 10,
            arm=arm,
            mode="none" if arm == "none" else "single",
            against="" if arm == "none" else "none",
            task=task,
            language=language,
            seed=seed,
            unit=unit,
        )
        for task in ("xnli", "pawsx")
        for arm, gain in ARMS.items()
        for language, times in LANGUAGES.items()
        for seed in range(seeds)
    ]


def made(found: list[dict[str, Any]], arm: str | None = None) -> Contrast:
    contrast = contrast_of(Scores(found), arm)
    assert contrast is not None
    return contrast


def test_all_arms_count_the_same_and_english_is_left_out() -> None:
    contrast = made(rows())
    assert contrast.pairs == (("mnli", "none"), ("squad", "none"))
    assert contrast.languages == ("de", "sw")
    gain = contrast.gain(*contrast.languages)
    # Of mnli 0.2 and 0.6, of squad 0.6 and 1.8 points.
    assert gain is not None
    assert gain.value == pytest.approx(0.8)
    assert contrast.asked == (
        "the mean of 2 arms against no intermediate training, on 2 targets in other languages than English"
    )
    english = contrast.gain("en")
    assert english is not None
    assert english.value == pytest.approx(40.0)


def test_one_arm_can_be_asked_about_and_only_one_that_is_there() -> None:
    gain = made(rows(), "mnli").gain("sw")
    assert gain is not None
    assert gain.value == pytest.approx(0.6)
    with raises_code("unknown-arm"):
        made(rows(), "qqp")
    with raises_code("arm-without-reference"):
        made(rows(), "none")


def test_a_language_that_one_side_lacks_has_no_gain() -> None:
    found = [row for row in rows() if (row["arm"], row["language"]) != ("none", "sw")]
    contrast = made(found)
    assert contrast.gain("sw") is None
    gain = contrast.gain("de", "sw")
    assert gain is not None
    assert gain.value == pytest.approx(0.4)


def test_what_not_every_arm_has_is_left_out_and_named() -> None:
    found = [row for row in rows() if (row["arm"], row["task"]) != ("squad", "pawsx")]
    contrast = made([row for row in found if (row["task"], row["arm"], row["language"]) != ("xnli", "none", "de")])
    assert contrast.places == (("xnli", "sw"),)
    assert contrast.left_out == (("xnli", "de"), ("pawsx", "de"), ("pawsx", "sw"))
    assert "on 1 target in" in contrast.asked
    assert made(rows()).left_out == ()


def test_a_seed_that_has_only_begun_is_left_out_and_one_failure_is_not_a_seed() -> None:
    found = [row for row in rows(seeds=3) if row["seed"] < 2 or (row["task"], row["language"]) == ("xnli", "de")]
    assert made(found).seeds == (0, 1)
    failed = [row for row in rows(seeds=3) if (row["seed"], row["task"], row["language"]) != (2, "xnli", "de")]
    contrast = made(failed)
    assert contrast.seeds == (0, 1, 2)
    assert contrast.left_out == (("xnli", "de"),)


def test_arms_without_a_target_in_common_have_no_answer() -> None:
    found = [row for row in rows() if row["arm"] == "none" or (row["arm"] == "mnli") == (row["task"] == "xnli")]
    contrast = made(found)
    assert contrast.gain(*contrast.languages) is None
    assert contrast.answer(1.0).answer.reply is Reply.CANNOT_TELL


def test_english_alone_is_asked_about_where_nothing_else_is_there() -> None:
    contrast = made([row for row in rows() if row["language"] == "en"])
    assert contrast.languages == ("en",)
    assert contrast.asked.endswith("on 2 targets in English")


def test_without_arms_to_compare_nothing_is_asked() -> None:
    assert contrast_of(Scores([row for row in rows() if row["arm"] == "none"])) is None
    assert contrast_of(Scores(rows(unit="bits"))) is None
    assert contrast_of(Scores([{**row, "value": None} for row in rows()])) is None


def experiment(effect: float, seeds: int, items: int = 400) -> Scores:
    tasks = tuple(SimulatedTask(name=name, languages=("en", "de", "sw"), items=items) for name in ("xnli", "xcopa"))
    arms = ("none", "mnli", "squad")
    world = World(arms=arms, tasks=tasks, seeds=seeds, effect=lambda place: effect * (place.arm != "none"))
    return simulate(world, seed=1).scores().where({"main": True})


def test_the_answer_is_for_other_seeds_and_items() -> None:
    contrast = contrast_of(experiment(20.0, seeds=5))
    assert contrast is not None
    answer = contrast.answer(1.0).answer
    assert (answer.reply, answer.material, answer.n) == (Reply.YES, True, 5)
    assert answer.interval is not None
    # A difference of binomial shares alone: wider than what seeds say, and around what is true.
    assert answer.interval.low < 20 < answer.interval.high


def test_each_arm_is_subtracted_from_what_it_is_compared_with_itself() -> None:
    # Two arms against "low", one against "high": gains of 2, 4 and 1, whatever the two baselines are.
    scores = {"low": 20.0, "a": 22.0, "b": 24.0, "high": 60.0, "c": 61.0}
    against = {"a": "low", "b": "low", "c": "high"}
    found = [
        flat_row(
            value, arm=arm, mode="single" if arm in against else "none", against=against.get(arm, ""), language=code
        )
        for arm, value in scores.items()
        for code in ("de", "sw")
    ]
    contrast = made(found)
    assert contrast.pairs == (("a", "low"), ("b", "low"), ("c", "high"))
    gain = contrast.gain("de", "sw")
    assert gain is not None
    assert gain.value == pytest.approx(7 / 3)
    assert contrast.asked.startswith("the mean of 3 arms against low and high, ")


def test_an_arm_that_a_language_lacks_takes_the_language_out() -> None:
    found = [row for row in rows() if (row["arm"], row["language"]) != ("mnli", "sw")]
    contrast = made(found)
    assert contrast.gain("sw") is None
    assert contrast.left_out == (("xnli", "sw"), ("pawsx", "sw"))
    only_english = [row for row in rows() if row["arm"] != "mnli" or row["language"] == "en"]
    assert made(only_english).answer(1.0).answer.reply is Reply.CANNOT_TELL


def test_controls_are_no_part_of_the_question_unless_they_are_all_there_is() -> None:
    control = [{**row, "arm": "longer", "mode": "none", "against": "none"} for row in rows() if row["arm"] == "mnli"]
    assert {arm for arm, _ in made([*rows(), *control]).pairs} == {"mnli", "squad"}
    alone = [*(row for row in rows() if row["arm"] == "none"), *control]
    assert made(alone).pairs == (("longer", "none"),)
    assert made([*rows(), *control], "longer").pairs == (("longer", "none"),)


def test_the_interval_of_one_seed_pairs_each_language_with_its_own_baseline() -> None:
    # Languages of other items and other baselines: paired with another one, the interval would lie elsewhere.
    tasks = (
        SimulatedTask(name="xnli", languages=("de", "sw"), items=300),
        SimulatedTask(name="tydiqa", languages=("de", "sw"), items=200, parallel=False),
    )
    world = World(
        arms=("none", "mnli", "squad"),
        tasks=tasks,
        seeds=1,
        base=lambda place: {"de": 70.0, "sw": 30.0}[place.language],
        effect=lambda place: 0.0 if place.arm == "none" else 10.0,
    )
    scores = simulate(world, seed=2).scores().where({"main": True})
    contrast = contrast_of(scores)
    assert contrast is not None
    gain = contrast.gain("de", "sw")
    assert gain is not None
    assert gain.interval is not None
    assert gain.interval.low < gain.value < gain.interval.high
    generator = np.random.default_rng(0)
    drawn = []
    for _ in range(400):
        means = []
        for task in ("xnli", "tydiqa"):
            own = scores.where({"task": task})
            units = {
                code: generator.integers(0, 300 if task == "xnli" else 200, 300 if task == "xnli" else 200)
                for code in ("de", "sw")
            }
            if task == "xnli":
                units["sw"] = units["de"]
            for arm in ("mnli", "squad"):
                for code in ("de", "sw"):
                    pair = scores.paired_whole(
                        *(own.where({"arm": side, "language": code}).rows[0] for side in (arm, "none"))
                    )
                    assert pair is not None
                    values = [
                        side.metric.value(side.statistics[units[code]].sum(axis=0).tolist(), len(units[code]))
                        for side in pair
                    ]
                    means.append(values[0] - values[1])
        drawn.append(float(np.mean(means)))
    low, high = np.quantile(drawn, [0.025, 0.975])
    assert gain.interval.low == pytest.approx(low, abs=0.8)
    assert gain.interval.high == pytest.approx(high, abs=0.8)


def test_where_predictions_are_gone_the_answer_is_over_seeds_and_says_so() -> None:
    whole = experiment(20.0, seeds=5)
    contrast = contrast_of(Scores(whole.rows))
    assert contrast is not None
    assert not contrast.has_items
    assert contrast.basis == "other seeds on the same items"
    assert contrast.answer(1.0).answer.reply is Reply.YES
    both = contrast_of(whole)
    assert both is not None
    assert both.basis == "other seeds and other items"
    narrow, wide = (one.gain(*one.languages) for one in (contrast, both))
    assert narrow is not None
    assert wide is not None
    assert narrow.interval is not None
    assert wide.interval is not None
    assert wide.interval.high - wide.interval.low > narrow.interval.high - narrow.interval.low


def test_the_mean_of_the_figure_has_the_interval_of_the_answer() -> None:
    contrast = contrast_of(experiment(20.0, seeds=5))
    assert contrast is not None
    gain, answer = contrast.gain(*contrast.languages), contrast.answer(1.0).answer
    assert gain is not None
    assert gain.interval == answer.interval


def test_one_seed_is_known_on_other_items_alone() -> None:
    contrast = contrast_of(experiment(20.0, seeds=1))
    assert contrast is not None
    assert contrast.answer(1.0).answer.reply is Reply.CANNOT_TELL
    gain = contrast.gain(*contrast.languages)
    assert gain is not None
    assert gain.interval is not None
    assert 10 < gain.interval.low < gain.value < gain.interval.high < 30


def test_an_interval_over_items_is_as_wide_as_a_paired_one() -> None:
    # One arm, task and language: the interval that tables have beside such a gain.
    scores = experiment(20.0, seeds=1).where({"task": "xcopa", "language": ["sw", "en"]})
    contrast = contrast_of(scores, "mnli")
    assert contrast is not None
    gain = contrast.gain("sw")
    (left,) = scores.where({"arm": "mnli", "language": "sw"}).rows
    (right,) = scores.where({"arm": "none", "language": "sw"}).rows
    alone = scores.gain_interval(left, right)
    assert gain is not None
    assert gain.interval is not None
    assert alone is not None
    assert gain.interval.high - gain.interval.low == pytest.approx(alone.high - alone.low, rel=0.1)
