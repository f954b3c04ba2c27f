from __future__ import annotations

import json
from statistics import fmean, stdev
from typing import Any

import pytest

from harness.results.comparison import Comparison, Line, Mean, compare, compare_arms, compare_perturbed
from harness.results.scores import Row, Scores
from harness.statistics.intervals import Interval, t_interval
from tests.flat import flat_row
from tests.raising import raises_code

PAIRED = Interval(low=-1.0, high=3.0, level=0.95, method="paired", answers="")


def score(language: str, value: float | None, **other: Any) -> dict[str, Any]:
    return flat_row(value, language=language, **other)


class Paired(Scores):
    """Scores whose differences all have the same interval."""

    def gain_interval(self, left: Row, right: Row) -> Interval:
        assert (left["language"], left["seed"]) == (right["language"], right["seed"])
        return PAIRED


def compare_rows(rows: list[dict[str, Any]]) -> list[Comparison]:
    return compare_arms(Paired(rows))


def line(comparison: Comparison, language: str) -> Line:
    return next(line for line in comparison.lines if line.language == language)


def test_selection_on_other_languages_is_marked_and_on_english_is_not() -> None:
    def selected(*languages: str) -> str:
        return json.dumps([{"phase": "target", "language": code} for code in languages])

    rows = [score("de", 60.0, selected_on=selected("en")), score("de", 61.0, arm="mnli", selected_on="[]")]
    assert line(compare_rows(rows)[0], "de").marks == frozenset()
    rows[1]["selected_on"] = selected("en", "fr")
    assert line(compare_rows(rows)[0], "de").marks == {"selected"}
    # The baseline's counts as well.
    rows = [score("de", 60.0, selected_on=selected("de")), score("de", 61.0, arm="mnli", selected_on=selected("en"))]
    assert line(compare_rows(rows)[0], "de").marks == {"selected"}


def test_arms_by_target_are_known_by_their_tasks() -> None:
    def by_target(arm: str) -> bool:
        (found,) = compare_rows([score("de", 60.0, arm=arm)])
        return found.by_target

    names = ("target-english", "mnli + target-english", "target-english > mnli", "mnli", "not-target-english")
    assert [by_target(name) for name in names] == [True, True, True, False, False]


def test_gains_are_scores_minus_the_baseline_of_the_same_language() -> None:
    rows = [score("en", 80.0), score("de", 60.0), score("en", 81.0, arm="mnli"), score("de", 66.0, arm="mnli")]
    (comparison,) = compare_rows(rows)
    english, german = comparison.lines
    assert (english.baseline and english.baseline.value, english.score and english.score.value) == (80.0, 81.0)
    assert english.score is not None
    assert english.score.interval is not None
    assert (english.score.interval.low, english.score.interval.high) == (80.0, 83.0)
    assert german.gain is not None
    assert (german.gain.value, german.gain.interval, german.gain.spread) == (6.0, PAIRED, None)
    assert comparison.mean("gain") == Mean(3.5, 2, 2)
    # Of one language it is the score itself.
    assert german.score is not None
    assert comparison.mean("score", english=False) == Mean(66.0, 1, 1, interval=german.score.interval)
    assert comparison.transfer_gap("score") == Mean(15.0, 1, 1)
    assert comparison.transfer_gap("baseline") == Mean(20.0, 1, 1)


def test_the_baseline_alone_is_its_own_comparison() -> None:
    (comparison,) = compare_rows([score("en", 80.0)])
    assert comparison.arm == "none"
    assert (comparison.lines[0].baseline, comparison.lines[0].gain) == (None, None)


def test_without_baseline_there_are_scores_only() -> None:
    (comparison,) = compare_rows([score("en", 80.0, arm="mnli")])
    assert comparison.lines[0].score is not None
    assert (comparison.lines[0].baseline, comparison.lines[0].gain) == (None, None)
    assert comparison.mean("gain") is None


def test_seeds_give_mean_spread_and_t_interval_and_pair_by_seed() -> None:
    base, after = {1: 50.0, 2: 54.0, 3: 55.0}, {3: 60.0, 1: 56.0, 2: 57.0}
    rows = [score("en", value, seed=seed) for seed, value in base.items()]
    rows += [score("en", value, seed=seed, arm="mnli") for seed, value in after.items()]
    (comparison,) = compare_rows(rows)
    (english,) = comparison.lines
    gains = [after[seed] - base[seed] for seed in after]
    assert english.gain is not None
    assert english.gain.value == fmean(gains)
    assert english.gain.spread == stdev(gains)
    assert english.gain.interval == t_interval(gains)
    assert english.score is not None
    assert (english.score.value, english.score.seeds) == (fmean(after.values()), 3)
    assert comparison.seeds == (3, 1, 2)


def test_a_score_whose_items_cannot_tell_has_no_interval() -> None:
    (comparison,) = compare_rows([score("en", 3.0, unit="errors", low=None, high=None, interval=None)])
    for found in (comparison.lines[0].score, comparison.mean("score")):
        assert found is not None
        assert (found.value, found.interval, found.cannot_tell) == (3.0, None, False)


@pytest.mark.parametrize(("values", "told"), [((32.5, 45.7), False), ((38.0, 39.0), True), ((97.0, 99.0, 98.9), False)])
def test_an_interval_over_seeds_stays_within_what_a_score_can_be(values: tuple[float, ...], told: bool) -> None:
    rows = [score(code, value, seed=seed) for code in ("en", "de") for seed, value in enumerate(values, 1)]
    (comparison,) = compare_rows(rows)
    for found in (comparison.lines[0].score, comparison.mean("score")):
        assert found is not None
        assert found.value == pytest.approx(fmean(values))
        assert found.spread == pytest.approx(stdev(values))
        assert (found.interval is not None, found.cannot_tell) == (told, not told)


def test_a_gain_can_be_as_far_below_zero_as_above() -> None:
    for gains, told in (((-2.0, 4.0), True), ((-10.0, 10.0), False), ((5.0, 5.0), False)):
        rows = [score("en", 50.0, seed=seed) for seed in (1, 2)]
        rows += [score("en", 50.0 + gain, seed=seed, arm="mnli") for seed, gain in enumerate(gains, 1)]
        gain = compare_rows(rows)[0].lines[0].gain
        assert gain is not None
        assert (gain.interval is not None, gain.cannot_tell) == (told, gains == (-10.0, 10.0))


def test_values_in_other_units_have_no_bounds() -> None:
    rows = [score("en", value, seed=seed, unit="bits") for seed, value in ((1, 32.5), (2, 45.7))]
    found = compare_rows(rows)[0].lines[0].score
    assert found is not None
    assert found.interval == t_interval([32.5, 45.7])


def test_means_and_gaps_over_languages_have_an_interval_over_seeds() -> None:
    values = {"en": (80.0, 82.0, 81.0), "de": (60.0, 66.0, 63.0), "fr": (50.0, 54.0, 58.0)}
    rows = [score(code, value, seed=seed) for code, found in values.items() for seed, value in enumerate(found, 1)]
    (comparison,) = compare_rows(rows)
    means = [fmean(found[at] for found in values.values()) for at in range(3)]
    without = [fmean((values["de"][at], values["fr"][at])) for at in range(3)]
    gaps = [values["en"][at] - without[at] for at in range(3)]
    for mean, by_seed, n in (
        (comparison.mean("score"), means, 3),
        (comparison.mean("score", english=False), without, 2),
        (comparison.transfer_gap("score"), gaps, 2),
    ):
        assert mean is not None
        assert mean.value == pytest.approx(fmean(by_seed))
        assert mean.n == n
        assert mean.spread == pytest.approx(stdev(by_seed))
        assert mean.interval is not None
        wanted = t_interval(by_seed)
        assert mean.interval.low == pytest.approx(wanted.low)
        assert mean.interval.high == pytest.approx(wanted.high)
    # Where a seed failed in one language, means of different seeds are not of the same languages.
    (comparison,) = compare_rows([row for row in rows if (row["language"], row["seed"]) != ("fr", 3)])
    mean = comparison.mean("score")
    assert mean is not None
    assert (mean.spread, mean.interval) == (None, None)


def test_what_every_seed_gives_alike_has_no_interval() -> None:
    rows = [score("en", 77.1, seed=seed) for seed in (1, 2, 3)]
    # Gains that differ by rounding alone are equal, too.
    rows += [score("en", 77.1 + add, seed=seed, arm="mnli") for seed, add in ((1, 0.3), (2, 0.1 + 0.2), (3, 0.3))]
    (english,) = compare_rows(rows)[0].lines
    for estimate in (english.baseline, english.score, english.gain):
        assert estimate is not None
        assert (estimate.interval, estimate.seeds) == (None, 3)


def test_failed_scores_have_no_gain_and_means_say_over_how_many_languages() -> None:
    rows = [score("en", 80.0), score("de", 60.0), score("fr", None)]
    rows += [score("en", 81.0, arm="mnli"), score("de", None, arm="mnli"), score("fr", 70.0, arm="mnli")]
    (comparison,) = compare_rows(rows)
    assert comparison.complete == 2
    assert comparison.mean("score") == Mean(75.5, 2, 3)
    assert comparison.mean("gain") == Mean(1.0, 1, 3, interval=PAIRED)
    assert comparison.transfer_gap("score") == Mean(11.0, 1, 2)
    german, french = line(comparison, "de"), line(comparison, "fr")
    assert (german.score, german.gain, german.n) == (None, None, 0)
    assert (french.baseline, french.gain) == (None, None)
    assert "failed" in german.marks & french.marks
    assert not line(comparison, "en").marks


def test_a_transfer_gap_needs_english_and_others() -> None:
    (german,) = compare_rows([score("de", 60.0)])
    (english,) = compare_rows([score("en", 60.0)])
    (failed,) = compare_rows([score("en", None), score("de", 50.0)])
    assert german.transfer_gap("score") is english.transfer_gap("score") is failed.transfer_gap("score") is None


@pytest.mark.parametrize(
    ("field", "value", "mark"),
    [
        ("stand_in", True, "stand-in"),
        ("limited", True, "limited"),
        ("overlap", '[{"ids": 3, "same_rows": false}]', "overlap"),
        ("overlap", '[{"ids": 0, "items": 0, "texts": 0, "same_rows": true}]', "same rows"),
        ("n_skipped", 2, "skipped"),
        ("truncated", 5, "truncated"),
        ("unknown", 10.5, "unknown"),
        ("constant", True, "constant"),
        ("role", "intermediate", "intermediate head"),
    ],
)
def test_lines_carry_the_marks_of_score_and_baseline(field: str, value: Any, mark: str) -> None:
    rows = [score("en", 1.0, **{field: value}), score("en", 2.0, arm="mnli")]
    assert compare_rows(rows)[0].lines[0].marks == {mark}


def test_a_language_is_out_of_vocabulary_above_a_tenth_only() -> None:
    rows = [score("en", 1.0, unknown=10.0), score("en", 2.0, arm="mnli", unknown=10.0)]
    assert compare_rows(rows)[0].lines[0].marks == frozenset()


def test_comparisons_stand_target_by_target() -> None:
    rows = [score("en", 1.0, arm=arm, task=task) for arm in ("none", "mnli", "qqp") for task in ("pawsx", "tatoeba")]
    order = [(c.task, c.arm) for c in compare_rows(rows)]
    assert order == [("pawsx", "mnli"), ("pawsx", "qqp"), ("tatoeba", "mnli"), ("tatoeba", "qqp")]


def test_perturbed_scores_are_compared_with_clean_ones_of_the_same_arm_and_seed() -> None:
    class SameArm(Paired):
        def gain_interval(self, left: Row, right: Row) -> Interval:
            assert (left["arm"], bool(left["perturbation"]), right["perturbation"]) == (right["arm"], True, "")
            return super().gain_interval(left, right)

    clean = [score("de", 60.0), score("de", 70.0, arm="mnli"), score("fr", 50.0, arm="mnli")]
    rows = [score("de", 55.0, perturbation="typo:1"), score("de", 40.0, perturbation="typo:3")]
    rows += [score(code, 62.0, arm="mnli", perturbation="typo:1") for code in ("de", "fr")]
    found = compare_perturbed(SameArm([*clean, *rows]))
    assert [(c.arm, c.perturbation) for c in found] == [("none", "typo:1"), ("none", "typo:3"), ("mnli", "typo:1")]
    changes = [[one.gain.value if one.gain else None for one in c.lines] for c in found]
    assert changes == [[-5.0], [-20.0], [-8.0, 12.0]]
    assert [c.lines[0].baseline.value if c.lines[0].baseline else None for c in found] == [60.0, 60.0, 70.0]
    assert [c.lines[0].gain.interval if c.lines[0].gain else None for c in found] == [PAIRED] * 3


def test_the_change_over_seeds_is_paired_by_seed() -> None:
    clean = [score("de", 60.0 + seed, seed=seed) for seed in (1, 2, 3)]
    rows = [score("de", 55.0 + 2 * seed, seed=seed, perturbation="typo:1") for seed in (1, 2, 3)]
    (found,) = compare_perturbed(Paired([*clean, *rows]))
    change = found.lines[0].gain
    assert change is not None
    assert (change.value, change.by_seed) == (-3.0, {1: -4.0, 2: -3.0, 3: -2.0})


def test_gains_are_against_the_arm_that_the_run_says() -> None:
    rows = [score("en", 50.0, against="mnli"), score("en", 60.0, arm="mnli", against="")]
    rows += [score("en", 57.0, arm="qqp", against="mnli")]
    found = compare_rows(rows)
    assert [(c.arm, c.against) for c in found] == [("none", "mnli"), ("qqp", "mnli")]
    assert {c.baseline_mode for c in found} == {"single"}
    assert [c.lines[0].gain.value if c.lines[0].gain else None for c in found] == [-10.0, -3.0]


def test_an_arm_is_the_baseline_by_what_it_is_and_not_by_its_name() -> None:
    rows = [score("en", 50.0, arm="plain", mode="none", against="")]
    rows += [score("en", 60.0, arm="none-of-these", mode="single", against="plain")]
    (found,) = compare_rows(rows)
    assert (found.arm, found.against) == ("none-of-these", "plain")
    assert found.lines[0].gain is not None
    assert found.lines[0].gain.value == 10.0


def test_any_two_sides_are_compared_where_they_agree() -> None:
    rows = [score(code, value, step=step) for code, step, value in (("de", 1, 50.0), ("de", 2, 60.0), ("fr", 2, 70.0))]
    later = compare(Paired(rows), {"step": 2}, {"step": 1}, on=("language",))
    assert [(one.language, one.gain.value if one.gain else None) for one in later] == [("de", 10.0), ("fr", None)]
    # Sides may be tests of rows, and where `on` leaves a column out, a side is its mean over that column.
    (far,) = compare(Paired(rows), lambda row: row["step"] == 2, {"language": "de", "step": 1}, on=("task",))
    assert far.score is not None
    assert (far.score.value, far.gain and far.gain.value) == (65.0, 15.0)


def test_a_transfer_gap_is_a_comparison_of_english_with_the_mean_of_the_others() -> None:
    values = {"en": (80.0, 82.0), "de": (60.0, 66.0), "fr": (50.0, 54.0)}
    rows = [score(code, value, seed=seed) for code, found in values.items() for seed, value in enumerate(found, 1)]
    (gap,) = compare(Paired(rows), {"language": "en"}, {"language": ["de", "fr"]}, on=("task",))
    (whole,) = compare_rows(rows)
    mean = whole.transfer_gap("score")
    assert gap.gain is not None
    assert mean is not None
    assert (gap.gain.value, gap.gain.spread, gap.gain.interval) == (mean.value, mean.spread, mean.interval)
    assert gap.gain.by_seed == {1: 25.0, 2: 22.0}


def test_two_scores_of_a_place_and_seed_are_refused() -> None:
    with raises_code("several-scores-of-a-place"):
        compare_rows([score("en", 50.0), score("en", 60.0), score("en", 70.0, arm="mnli")])
    with raises_code("unknown-column", "colour"):
        compare(Paired([score("en", 50.0)]), {"colour": 1}, {"arm": "none"})
