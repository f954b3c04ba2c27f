"""The tables over a run's targets, read as text."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any

from rich.console import Console

from harness.registry import default_registry
from harness.report.benchmark_tables import benchmark_tables
from harness.report.terminal import view
from harness.results.scores import Scores
from tests.flat import flat_row

Rows = list[dict[str, Any]]
MINI = ("en", "qaa", "qab", "qac", "qad", "qae")
RETRIEVAL = MINI[1:]


def target(
    task: str,
    metric: str,
    scores: Mapping[str, float],
    *,
    languages: tuple[str, ...] = MINI,
    development: Mapping[str, float] | None = None,
    source: str = "mini",
    seed: int = 1,
) -> Rows:
    """A target's rows: each arm's score, the same in all languages."""
    return [
        flat_row(
            value,
            arm=arm,
            task=task,
            language=language,
            metric=metric,
            seed=seed,
            source=source,
            development_score=(development or {}).get(arm),
            development_metric=metric if development else None,
        )
        for arm, value in scores.items()
        for language in languages
    ]


def shown(rows: Rows, width: int = 120) -> list[str]:
    console = Console(file=io.StringIO(), width=width, record=True)
    console.print(view(benchmark_tables(Scores(rows), default_registry())))
    return [" ".join(line.split()) for line in console.export_text().splitlines()]


PAWSX = target("pawsx", "accuracy", {"none": 50.0, "mnli": 52.0}, development={"mnli": 80.0})
XNLI = target("xnli", "accuracy", {"none": 60.0, "mnli": 65.0}, development={"mnli": 80.0})
TATOEBA = target("tatoeba", "retrieval_accuracy", {"none": 30.0, "mnli": 20.0}, languages=RETRIEVAL)


def test_several_tasks_of_a_benchmark_are_averaged_as_it_does() -> None:
    lines = shown(PAWSX + XNLI + TATOEBA)
    assert lines[0] == "xtreme@mini: task scores as the benchmark averages them, percent"
    assert "baseline mnli mean over" in lines
    assert "pawsx 50.0 52.0 +2.0 6/6 languages" in lines
    assert "tatoeba 30.0 20.0 -10.0 5/5 languages" in lines
    # (50 + 60) / 2 and (52 + 65) / 2; of retrieval, bucc2018 is not there.
    assert "classification 55.0 58.5 +3.5 2/2 tasks" in lines
    assert not any(line.startswith("retrieval") for line in lines)
    # (50 + 60 + 30) / 3 = 46.67 and (52 + 65 + 20) / 3 = 45.67.
    assert "overall 46.7 45.7 -1.0 3/9 tasks" in lines
    # With one arm there is nothing to choose from.
    assert not any("Best" in line or "Average" in line for line in lines)


def test_one_target_has_nothing_to_average() -> None:
    assert benchmark_tables(Scores(PAWSX), default_registry()) == []


def test_targets_of_no_benchmark_have_no_benchmark_table() -> None:
    scores = {"none": 50.0, "mnli": 52.0}
    rows = target("copa", "accuracy", scores) + target("siqa", "accuracy", scores)
    assert benchmark_tables(Scores(rows), default_registry()) == []


def test_real_rows_are_those_of_the_benchmark_itself() -> None:
    rows = target("pawsx", "accuracy", {"none": 50.0}, languages=("de", "en"), source="files")
    rows += target("udpos", "udpos_f1_xtreme", {"none": 40.0}, languages=("de", "en"), source="files")
    lines = shown(rows)
    assert lines[0].startswith("xtreme: ")
    assert "score mean over" in lines
    assert "pawsx 50.0 2/7 languages" in lines
    # No task has all its languages.
    assert not any(line.startswith("overall") for line in lines)


def test_an_arm_that_lacks_a_language_says_so_and_has_no_gain() -> None:
    rows = [row for row in PAWSX + XNLI if (row["arm"], row["task"], row["language"]) != ("mnli", "pawsx", "qab")]
    lines = shown(rows)
    assert "pawsx 50.0 52.0 (5/6) 6/6 languages" in lines
    assert "classification 55.0 - 2/2 tasks" in lines
    assert "overall 55.0 65.0 (1/9) 2/9 tasks" in lines


ARMS = {"none": 50.0, "mnli": 52.0, "qqp": 58.0}
SEVERAL = target("pawsx", "accuracy", ARMS, development={"mnli": 81.0, "qqp": 80.0})
SEVERAL += target("tatoeba", "retrieval_accuracy", ARMS, languages=RETRIEVAL)


def test_several_arms_have_average_gains_the_best_first() -> None:
    lines = shown(SEVERAL)
    assert "Average gain over targets in all their languages, the best first" in lines
    assert lines.index("qqp +8.0 2/2") < lines.index("mnli +2.0 2/2")


def test_the_best_arm_is_shown_with_what_chose_it() -> None:
    lines = shown(SEVERAL)
    assert "target intermediate development baseline score gain" in lines
    # By test rows it would be qqp.
    assert "pawsx mnli 81.0 50.0 52.0 +2.0" in lines
    assert "average gain 1/2 targets +2.0" in lines
    assert "Left out, without development rows to choose by: tatoeba" in lines


def test_what_gains_are_against_has_one_name_in_all_tables() -> None:
    rows = [{**row, "against": "" if row["arm"] == "mnli" else "mnli"} for row in SEVERAL]
    lines = shown(rows)
    assert "target intermediate development against score gain" in lines
    assert not any("baseline" in line for line in lines)


def test_targets_without_development_rows_are_listed() -> None:
    lines = shown([*SEVERAL, *target("bucc2018", "bitext_f1", ARMS, languages=RETRIEVAL)])
    assert "Left out, without development rows to choose by: tatoeba, bucc2018" in lines


def test_equal_arms_are_said() -> None:
    rows = target("pawsx", "accuracy", ARMS, development={"mnli": 80.0, "qqp": 80.0}) + XNLI
    lines = shown(rows)
    assert "pawsx mnli* 80.0 50.0 52.0 +2.0" in lines
    assert "* pawsx: qqp equal on the development rows; the first is taken" in lines


def test_seeds_are_averaged_and_their_number_is_said() -> None:
    rows = SEVERAL + target("pawsx", "accuracy", {**ARMS, "mnli": 56.0}, development={"mnli": 81.0}, seed=2)
    rows += target("tatoeba", "retrieval_accuracy", ARMS, languages=RETRIEVAL, seed=2)
    lines = shown(rows)
    assert lines[0].endswith(", mean of 2 seeds")
    assert "pawsx 50.0 54.0 +4.0 58.0 +8.0 6/6 languages" in lines
    # Seeds (2 + 2) / 2 and (6 + 2) / 2: mean 3, standard deviation 1.41, interval 3 +- 12.71.
    assert "mnli +3.0 ± 1.4 [-9.7,+15.7] 2/2" in lines


def test_many_arms_take_several_tables_each_with_the_baseline() -> None:
    arms = {"none": 50.0} | {f"arm{i}": 50.0 + i for i in range(1, 6)}
    lines = shown(target("pawsx", "accuracy", arms) + target("xnli", "accuracy", arms))
    assert "baseline arm1 arm2 arm3 arm4 mean over" in lines
    assert "baseline arm5 mean over" in lines
    assert "overall 50.0 55.0 +5.0 2/9 tasks" in lines


def test_arms_that_begin_with_the_same_tasks_have_columns_of_their_own() -> None:
    arms = {"none": 50.0, "mnli + qqp + squad + ccg": 60.0, "mnli + qqp + squad + hellaswag": 70.0}
    lines = shown(target("pawsx", "accuracy", arms) + target("xnli", "accuracy", arms), width=200)
    (head,) = [line for line in lines if line.startswith("baseline ")]
    assert head == f"baseline {' '.join(f'{arm} (multitask)' for arm in list(arms)[1:])} mean over"
    assert "overall 50.0 60.0 +10.0 70.0 +20.0 2/9 tasks" in lines


def test_targets_of_another_unit_are_in_no_mean_and_named() -> None:
    own = [row | {"unit": "nats"} for row in target("own", "perplexity", {"none": 900.0, "mnli": 400.0, "qqp": 300.0})]
    lines = shown(SEVERAL + own)
    assert "qqp +8.0 2/3" in lines
    assert "Left out of these means, not in percent: own" in lines
    assert not any(line.startswith("Left out of these means") for line in shown(SEVERAL))
