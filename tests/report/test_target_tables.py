from __future__ import annotations

import dataclasses
import io
import json
from collections.abc import Sequence
from typing import Any

from rich.console import Console

from harness.report.target_tables import target_notes, target_tables
from harness.report.terminal import view
from harness.results.comparison import Comparison, Estimate, Line
from harness.results.settings_choice import BestSettings
from harness.statistics.intervals import Interval
from tests.flat import flat_row


def estimate(value: float, half: float = 1.0, **other: Any) -> Estimate:
    interval = Interval(low=value - half, high=value + half, level=0.95, method="", answers="")
    return Estimate(value=value, interval=interval, **{"seeds": 1, **other})


def line(language: str, base: Estimate | None, score: Estimate | None, gain: Estimate | None, *marks: str) -> Line:
    return Line(at={"language": language}, baseline=base, score=score, gain=gain, n=100, marks=frozenset(marks))


def compared(*lines: Line, arm: str = "mnli", mode: str = "single", seeds: Sequence[int] = (1,)) -> Comparison:
    return Comparison(task="pawsx", metric="accuracy", arm=arm, mode=mode, seeds=tuple(seeds), lines=lines)


def shown(*comparisons: Comparison, rows: Sequence[dict[str, Any]] = (), width: int = 120) -> list[str]:
    console = Console(file=io.StringIO(), width=width, record=True)
    console.print(view([*target_tables(comparisons), *target_notes(comparisons, rows)]), crop=False)
    return [" ".join(line.split()) for line in console.export_text().splitlines()]


FULL = compared(
    line("en", estimate(80), estimate(81), estimate(1)),
    line("de", estimate(60), estimate(66.04), estimate(-0.04, 0.5), "limited", "overlap"),
)


def test_a_table_has_every_language_the_means_and_the_gap() -> None:
    lines = shown(FULL)
    assert lines[0] == "pawsx: accuracy, percent, after mnli"
    assert lines[2] == "language baseline score gain n"
    assert "en 80.0 [79.0,81.0] 81.0 [80.0,82.0] +1.0 [+0.0,+2.0] 100" in lines
    assert "mean 70.0 73.5 +0.5 2/2" in lines
    assert "mean without en 60.0 [59.0,61.0] 66.0 [65.0,67.0] +0.0 [-0.5,+0.5] 1/1" in lines
    assert "transfer gap 20.0 15.0 +1.0 1/1" in lines
    assert any(line.startswith("Intervals: 95 %, these checkpoints on other items like these; gains") for line in lines)


def test_what_rounds_to_zero_has_no_minus_sign() -> None:
    assert "de 60.0 [59.0,61.0] 66.0 [65.0,67.0] +0.0 [-0.5,+0.5] 100 lo" in shown(FULL)


def test_where_seeds_cannot_tell_it_says_so() -> None:
    unsure = Estimate(value=39.1, seeds=2, spread=6.6, cannot_tell=True)
    lines = shown(compared(line("en", None, unsure, None), seeds=(1, 2)))
    assert "en 39.1 ± 6.6 [?] 100" in lines
    assert "[?] so few seeds cannot tell: Student's t would reach beyond what the value can be" in lines
    assert not any("cannot tell" in one for one in shown(FULL))


def test_marks_are_explained_where_they_occur() -> None:
    lines = shown(FULL)
    assert "l limited: only the first rows of each split" in lines
    assert any(line.startswith("o test rows share") for line in lines)
    assert not any(line.startswith(("s ", "k ", "f ")) for line in lines)


def test_without_baseline_there_is_one_column() -> None:
    lines = shown(compared(line("en", None, estimate(81), None), arm="none", mode="none"))
    assert lines[0] == "pawsx: accuracy, percent"
    assert lines[2] == "language score n"
    assert "en 81.0 [80.0,82.0] 100" in lines
    assert not any("mean" in line or "gap" in line for line in lines)


def test_seeds_show_their_spread_and_how_many_there_are() -> None:
    three = estimate(81, spread=1.25, seeds=3)
    lines = shown(compared(line("en", three, estimate(80, spread=0.5, seeds=2), None, "failed"), seeds=(1, 2, 3)))
    assert lines[0].endswith(", 3 seeds")
    assert "en 81.0 ± 1.2 [80.0,82.0] 80.0 ± 0.5 [79.0,81.0] (2/3 seeds) - 100 f" in lines
    assert any("Student's t" in line for line in lines)
    assert not any("these checkpoints" in line for line in lines)


def test_means_over_fewer_languages_say_so() -> None:
    lines = shown(
        compared(
            line("en", estimate(80), estimate(81), estimate(1)),
            line("de", estimate(60), None, None, "failed"),
            line("fr", None, estimate(50), None, "failed"),
        )
    )
    assert "de 60.0 [59.0,61.0] - - 100 f" in lines
    assert "mean 70.0 65.5 +1.0 [+0.0,+2.0] (1/3) 2/3" in lines
    assert "mean without en 60.0 [59.0,61.0] 50.0 [49.0,51.0] - 1/2" in lines


def test_no_english_no_gap() -> None:
    lines = shown(compared(line("de", None, estimate(1), None), line("fr", None, estimate(2), None)))
    assert "mean 1.5 2/2" in lines
    assert not any("without en" in line or "gap" in line for line in lines)


def test_arms_of_one_target_are_ranked_by_gain_the_failed_last() -> None:
    def arm(name: str, gain: float | None) -> Comparison:
        if gain is None:
            return compared(line("en", estimate(50), None, None, "failed"), arm=name)
        return compared(line("en", estimate(50), estimate(50 + gain), estimate(gain)), arm=name)

    lines = shown(arm("none at all", 0.0), arm("worse", -2.0), arm("failed", None), arm("better", 3.0))
    start = next(i for i, line in enumerate(lines) if line.startswith("pawsx: accuracy by intermediate task"))
    assert lines[start + 4 : start + 8] == [
        "better 53.0 [52.0,54.0] - - +3.0 [+2.0,+4.0] 1/1",
        "none at all 50.0 [49.0,51.0] - - +0.0 [-1.0,+1.0] 1/1",
        "worse 48.0 [47.0,49.0] - - -2.0 [-3.0,-1.0] 1/1",
        "failed - - - - 0/1",
    ]


def test_one_arm_needs_no_ranking() -> None:
    assert not any("by intermediate task" in line for line in shown(FULL))


def test_long_arms_are_shortened() -> None:
    names = ["anli", "mnli", "qqp", "squad", "ccg"]
    (line, *_) = shown(compared(arm=" + ".join(names), mode="multitask"))
    assert line.endswith("after anli + mnli + qqp + 2 more (multitask)")
    (line, *_) = shown(compared(arm="anli > mnli", mode="sequential"))
    assert line.endswith("after anli > mnli (sequential)")


def test_a_target_without_an_arm_has_a_dash_and_is_told_why() -> None:
    other = dataclasses.replace(FULL, task="tatoeba")
    alone = dataclasses.replace(FULL, task="bucc2018", arm="none", mode="none")
    lines = shown(FULL, dataclasses.replace(FULL, arm="target-english", intermediate=("target-english",)), other, alone)
    # pawsx has both arms; tatoeba lacks one; bucc2018 has the baseline alone.
    assert lines.count("target-english - - - - -") == 2
    assert [line for line in lines if " has no arm " in line] == [
        "tatoeba has no arm target-english: it trains on no rows of its own",
        "bucc2018 has no arm target-english: it trains on no rows of its own",
    ]


def row(**other: Any) -> dict[str, Any]:
    return flat_row(50.0, **{"language": "de", **other})


def test_failures_are_told_once_a_reason_with_their_languages() -> None:
    rows = [row(language=code, status="failed", error="out of memory") for code in ("de", "fr", "de")]
    rows += [row(status="failed", error="out of memory", arm="mnli", seed=2), row()]
    lines = shown(FULL, rows=rows)
    assert [line for line in lines if line.startswith("failed: ")] == [
        "failed: pawsx de fr without intermediate tasks, seed 1: out of memory",
        "failed: pawsx de after mnli, seed 2: out of memory",
    ]


def test_lines_with_paths_are_not_broken() -> None:
    error = f"cannot read /{'very/' * 40}long"
    assert any(line.endswith(error) for line in shown(FULL, rows=[row(status="failed", error=error)], width=60))


def test_square_brackets_in_names_are_shown() -> None:
    (first, *_) = shown(compared(arm="[red]mnli"))
    assert first.endswith("after [red]mnli")


def overlaps_shown(found: list[tuple[str, dict[str, Any]]]) -> list[str]:
    """Lines about overlap of a run with these findings, by language."""
    rows = [row(language=code, overlap=json.dumps([overlap])) for code, overlap in found]
    return [line for line in shown(FULL, rows=rows, width=200) if line.startswith("overlap: ")]


def test_overlap_is_told_in_words() -> None:
    overlap = {
        "task": "squad",
        "split": "train",
        "use": "trained on",
        "items": 2,
        "texts": 0,
        "ids": 7,
        "same_rows": False,
        "n": 300,
    }
    languages = [(code, overlap) for code in ("de", "de", "fr")] + [("ja", overlap | {"ids": 0})]
    # Languages with the same finding are told together, those with the larger share first.
    assert overlaps_shown([("ja", overlap | {"ids": 0, "items": 1}), *languages]) == [
        "overlap: pawsx with squad train (trained on): 2 whole items and 7 ids of 300 in de, fr; "
        "2 whole items of 300 in ja; 1 whole item of 300 in ja"
    ]
    other = overlap | {"task": "mnli", "items": 0, "ids": 0, "same_rows": True}
    assert overlaps_shown([("de", overlap), ("de", other), ("fr", other | {"texts": 1})]) == [
        "overlap: pawsx with squad train (trained on): 2 whole items and 7 ids of 300 in de",
        "overlap: pawsx with mnli train (trained on): the target's own training rows in de; "
        "1 long text of 300, the target's own training rows in fr",
    ]
    # With many findings, a summary has the first ones; languages that were named are not counted again.
    many = [(code, overlap | {"ids": 9 - at}) for at, code in enumerate(("ar", "de", "de", "fr", "ja", "de", "ko"))]
    assert overlaps_shown(many) == [
        "overlap: pawsx with squad train (trained on): 2 whole items and 9 ids of 300 in ar; "
        "2 whole items and 8 ids of 300 in de; 2 whole items and 7 ids of 300 in de; less in 3 more languages"
    ]


def test_the_title_of_an_arm_without_training_says_what_it_is_compared_with() -> None:
    one = dataclasses.replace(FULL, arm="none", mode="none", against="mnli", baseline_mode="single")
    lines = shown(one)
    assert lines[0] == "pawsx: accuracy, percent, none, against mnli"
    assert "language against score gain n" in lines


def test_equally_good_settings_are_enumerated() -> None:
    labels = ("mnli, lr=1e-4", "mnli, lr=2e-4", "mnli, lr=3e-4")
    best = BestSettings("pawsx", "mnli", labels, "accuracy", 60.0, 4)
    console = Console(file=io.StringIO(), width=120, record=True)
    console.print(view(target_notes([FULL], (), [best])))
    found = "pawsx, arm mnli: of 4 settings, lr=1e-4, lr=2e-4 and lr=3e-4 are equally best on development rows"
    assert found in console.export_text()
