"""Development rows choose the settings of a regime; rows that are reported do not."""

from __future__ import annotations

import pytest

from harness.results.scores import Row, Scores
from harness.studies.evidence import Evidence
from harness.studies.swept import ChosenSettings, at_best_settings
from tests.raising import raises_code
from tests.study_rows import score_row

# Development scores: 1e-3 is best for one arm, 1e-4 for both on the mean.
DEVELOPMENT = {("a", "1e-3"): 60.0, ("a", "1e-4"): 58.0, ("b", "1e-3"): 40.0, ("b", "1e-4"): 50.0}


def swept(arm: str, lr: str, seed: int, development: float | None, value: float, split: str = "test") -> Row:
    more = {"base_label": arm, "varied": f'{{"intermediate.lr": {lr}}}', "split": split}
    metric = None if development is None else "f1"
    return score_row(
        f"{arm}, lr={lr}",
        seed,
        "udpos",
        "sw",
        value,
        development_score=development,
        development_metric=metric,
        **more,
    )


def evidence(split: str = "test") -> Evidence:
    # What is reported is best where development rows are worst.
    rows = [
        swept(arm, lr, seed, score + seed, 100 - score, split)
        for (arm, lr), score in DEVELOPMENT.items()
        for seed in (1, 2)
    ]
    rows += [score_row(f"{arm}, lr={lr}", 1, "tatoeba", "sw", 10.0, base_label=arm, varied=rows[0]["varied"], phase=1)
             for arm, lr in (("a", "1e-3"),)]  # fmt: skip
    measures = [
        {"arm": "a, lr=1e-4", "measure": "cka", "value": 0.5},
        {"arm": "a, lr=1e-3", "measure": "cka", "value": 0.1},
    ]
    return Evidence(Scores(rows), measures, "again")


def test_all_arms_of_a_regime_have_the_settings_that_are_best_together() -> None:
    found, chosen = at_best_settings(evidence(), {"both": ["a", "b"]}, ["udpos", "tatoeba"])
    low, high = '{"intermediate.lr": 1e-4}', '{"intermediate.lr": 1e-3}'
    assert chosen == (ChosenSettings("both", low, {high: 51.5, low: 55.5}, ("udpos",)),)
    assert {(row["arm"], row["value"]) for row in found.scores.rows} == {("a", 42.0), ("b", 50.0)}
    assert [(row["arm"], row["value"]) for row in found.measures] == [("a", 0.5)]
    assert found.repeat == "again"


def test_each_regime_has_its_own() -> None:
    found, chosen = at_best_settings(evidence(), {"first": ["a"], "second": ["b"]}, ["udpos"])
    assert [one.setting for one in chosen] == ['{"intermediate.lr": 1e-3}', '{"intermediate.lr": 1e-4}']
    assert {(row["arm"], row["value"]) for row in found.scores.rows if row["task"] == "udpos"} == {
        ("a", 40.0),
        ("b", 50.0),
    }
    # What a target without training scores goes with them.
    assert [row["arm"] for row in found.scores.rows if row["task"] == "tatoeba"] == ["a"]


def test_without_several_settings_nothing_is_chosen() -> None:
    rows = [score_row("a", 1, "udpos", "sw", 10.0), score_row("other", 1, "udpos", "sw", 20.0)]
    found, chosen = at_best_settings(Evidence(Scores(rows)), {"one": ["a"]}, ["udpos"])
    assert chosen == ()
    assert [row["arm"] for row in found.scores.rows] == ["a"]


@pytest.mark.parametrize("split", ["validation"])
def test_rows_that_are_reported_do_not_choose(split: str) -> None:
    with raises_code("nothing-chooses"):
        at_best_settings(evidence(split), {"both": ["a", "b"]}, ["udpos"])


def test_a_target_without_training_does_not_choose() -> None:
    with raises_code("nothing-chooses"):
        at_best_settings(evidence(), {"both": ["a", "b"]}, ["tatoeba"])
