"""Means of the made-up run of conftest.py, checked against sums by hand.

The nine tasks sum up to 360 in every language but English; the seven with English are one point better with it. Seed 2
is one point better than seed 1, `mnli` three points better than nothing, `squad` five.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from harness.benchmarks.leaderboard.tables import tables
from harness.results.runs import mean_gains
from harness.results.schema import Arm, ArmPhase
from tests.benchmarks.leaderboard.conftest import Change, Maker

# 12.706 is the 97.5 % quantile of Student's t with one degree of freedom; the two seeds are one point apart, so that
# their standard deviation is the square root of 1/2 and that of their mean 1/2.
HALF = 12.7062 / 2


def average(document: Any, arm: str, level: str, of: str, measure: str) -> Any:
    system = next(system for system in document["systems"] if system["arm"] == arm)
    (found,) = [a for a in system["averages"] if (a["level"], a["of"], a["measure"]) == (level, of, measure)]
    return found


@pytest.fixture
def document(maker: Maker) -> Any:
    return maker.plain(arms=("none", "mnli", "squad"))


def test_overall_groups_and_tasks(document: Any) -> None:
    expected = {
        ("overall", "xtreme", "score"): 360 / 9 + 7 / 9 + 0.5,
        ("overall", "xtreme", "score without English"): 360 / 9 + 0.5,
        ("group", "classification", "score"): (11 + 21) / 2 + 0.5,
        ("group", "classification", "score without English"): (10 + 20) / 2 + 0.5,
        ("group", "qa", "score"): (51 + 61 + 21) / 3 + 0.5,
        ("group", "retrieval", "score"): (75 + 55) / 2 + 0.5,
        ("task", "xquad", "score"): 51.5,
        ("task", "tatoeba", "score"): 55.5,
        ("task", "tatoeba", "score without English"): 55.5,
        # English is better by 7, the number of languages of pawsx.
        ("task", "pawsx", "transfer gap"): 7.0,
    }
    for name, value in expected.items():
        found = average(document, "none", *name)
        assert found["value"] == pytest.approx(value), name
        assert (found["seeds"], found["marks"]) == ([1, 2], []), name
    assert average(document, "none", "overall", "xtreme", "score")["total"] == 9
    assert average(document, "none", "task", "pawsx", "score")["total"] == 7
    assert average(document, "none", "task", "pawsx", "score without English")["n"] == 6


def test_intervals_are_over_seeds(document: Any) -> None:
    found = average(document, "mnli", "overall", "xtreme", "score")
    middle = 360 / 9 + 7 / 9 + 0.5 + 3
    assert found["value"] == pytest.approx(middle)
    assert found["interval"]["low"] == pytest.approx(middle - HALF, abs=1e-4)
    assert found["interval"]["high"] == pytest.approx(middle + HALF, abs=1e-4)
    assert (found["interval"]["method"], found["interval"]["answers"]) == ("t", "this recipe with other seeds")


def test_one_seed_has_no_interval_of_means_and_rows_have_the_one_over_items(maker: Maker) -> None:
    document = maker.plain(arms=("none",), seeds=(1,))
    assert {mean["interval"] for mean in document["systems"][0]["averages"]} == {None}
    row = document["systems"][0]["rows"][0]
    assert (row["interval"]["method"], row["interval"]["low"], row["seeds"]) == ("wilson", 1.0, 1)


def test_average_gain_is_over_the_baseline_of_the_same_seed(document: Any) -> None:
    for arm, gain in (("mnli", 3.0), ("squad", 5.0)):
        for measure in ("average gain", "average gain without English"):
            found = average(document, arm, "overall", "xtreme", measure)
            assert found["value"] == pytest.approx(gain)
            # Both seeds gain the same.
            assert (found["n"], found["total"], found["interval"]) == (9, 9, None)
    assert not [a for s in document["systems"] if s["arm"] == "none" for a in s["averages"] if "gain" in a["measure"]]


def test_best_per_target_is_chosen_on_development_rows(maker: Maker) -> None:
    def better_on_pawsx(model: dict[str, Any]) -> dict[str, Any]:
        target = model["phases"][-1]
        if target["tasks"] == ["pawsx"] and model["arm"] == "mnli":
            target["development_score"] = 99.0
        if target["tasks"] == ["tatoeba"]:
            target["development_score"] = None
        return model

    (best,) = maker.make(maker.run(arms=("none", "mnli", "squad"), change_model=better_on_pawsx)).document[
        "best_per_target"
    ]
    by_task = {line["task"]: line for line in best["targets"]}
    assert (by_task["pawsx"]["arm"], by_task["pawsx"]["development_score"]) == ("mnli", 99.0)
    assert {line["arm"] for task, line in by_task.items() if task != "pawsx"} == {"squad"}
    assert by_task["xnli"]["score"]["value"] == pytest.approx(21.5 + 5)
    assert best["left_out"] == ["tatoeba"]
    # Seven targets gain five, pawsx gains three.
    assert best["gain"]["value"] == pytest.approx((7 * 5 + 3) / 8)
    assert (best["n"], best["total"], best["marks"]) == (8, 9, ["partial"])


def test_seeds_that_lack_a_task_are_not_averaged_over(maker: Maker, only: Callable[..., Change]) -> None:
    run = maker.run(arms=("none",), change=only(None, task="panx", model="0" * 13 + "023"))
    document = maker.make(run).document
    overall = average(document, "none", "overall", "xtreme", "score")
    assert (overall["seeds"], overall["value"]) == ([1], pytest.approx(360 / 9 + 7 / 9))
    assert average(document, "none", "task", "xnli", "score")["seeds"] == [1, 2]
    assert average(document, "none", "task", "panx", "score")["seeds"] == [1]


def test_a_mean_carries_the_marks_of_what_it_is_over(maker: Maker, only: Callable[..., Change]) -> None:
    run = maker.run(arms=("none",), seeds=(1,), change=only({"truncated": 3}, task="mlqa", language="hi"))
    document = maker.make(run).document
    marked = {(a["level"], a["of"]) for a in document["systems"][0]["averages"] if a["marks"] == ["truncated"]}
    assert marked == {("task", "mlqa"), ("group", "qa"), ("overall", "xtreme")}
    assert {
        a["marks"] == [] for a in document["systems"][0]["averages"] if a["of"] not in ("mlqa", "qa", "xtreme")
    } == {True}
    assert document["marks"] == []


def test_rows_that_differ_from_the_benchmark_are_taken_in_and_marked(maker: Maker, only: Callable[..., Change]) -> None:
    run = maker.run(arms=("none",), seeds=(1,), change=only({"differs": "no accents"}, task="tydiqa", language="fi"))
    document = maker.make(run).document
    assert average(document, "none", "task", "tydiqa", "score")["marks"] == ["differs"]
    rows = [row for row in document["systems"][0]["rows"] if row["marks"]]
    assert {(row["language"], row["scores"][0]["differs"]) for row in rows} == {("fi", "no accents")}


def after(*tasks: str) -> dict[str, Any]:
    return {"text": " + ".join(tasks) or "none", "phases": (ArmPhase(tasks=tasks),) if tasks else ()}


def gains(document: Any) -> dict[str, float]:
    """The average gain of each system by its label."""
    return {
        system.get("label", system["arm"]): found["value"]
        for system in document["systems"]
        for found in system["averages"]
        if found["measure"] == "average gain"
    }


def test_arms_of_one_label_in_several_runs_are_systems_of_their_own(maker: Maker) -> None:
    runs = []
    for arm in ("mnli", "squad"):
        source = maker.run(f"plain {arm}", arms=("none", arm), seeds=(1,))
        runs.append(maker.relabelled(source, arm, {arm: Arm(label="late", **after(arm))}))
    document = maker.make(*runs).document
    (best,) = document["best_per_target"]
    line = next(line for line in best["targets"] if line["task"] == "pawsx")
    assert (line["arm"], line["tied"], line["development_score"]) == ("late: squad", [], 55.0)
    assert [line[name]["value"] for name in ("baseline", "score", "gain")] == pytest.approx([11.0, 16.0, 5.0])
    assert (best["gain"]["value"], best["left_out"]) == (pytest.approx(5.0), [])
    systems = {row[0].text for row in tables(document)[0].rows}
    assert systems == {"xlm-r-base", "xlm-r-base after late: mnli", "xlm-r-base after late: squad"}
    assert maker.make(*reversed(runs)).document == document


def test_gains_are_against_the_arm_that_the_summary_compares_with(maker: Maker) -> None:
    source = maker.run("plain", arms=("none", "mnli", "squad"), seeds=(1,))
    frozen = {"target.freeze_layers": 1}
    arms = {
        "mnli": Arm(label="late", **after("mnli"), settings=frozen),
        "squad": Arm(label="cold", **after(), settings=frozen),
    }
    run = maker.relabelled(source, "frozen", arms)
    # The baseline with the same settings is better by five points, and the arm on top of it by three.
    expected = {"late": 3.0 - 5.0, "cold": 5.0}
    assert gains(maker.make(run).document) == mean_gains(run).gains == pytest.approx(expected)
    # Of a document that was written, too.
    assert gains(maker.make(maker.write(maker.make(run))).document) == pytest.approx(expected)
    # An arm of the same label and tasks without those settings is another system.
    plain = maker.relabelled(source, "plain late", {"mnli": Arm(label="late", **after("mnli"))})
    systems = maker.make(run, plain).document["systems"]
    assert [system.get("settings") for system in systems if system.get("label", system["arm"]) == "late"] == [
        frozen,
        None,
    ]


def test_gains_are_against_the_arm_with_the_same_varied_values(maker: Maker) -> None:
    source = maker.run("plain", arms=("none", "mnli", "squad"), seeds=(1,))
    arms = {
        "none": Arm(label="none, lr=1", base_label="none", **after(), varied={"lr": 1}),
        "squad": Arm(label="none, lr=2", base_label="none", **after(), varied={"lr": 2}),
        "mnli": Arm(label="mnli, lr=2", base_label="mnli", **after("mnli"), varied={"lr": 2}),
    }
    assert gains(maker.make(maker.relabelled(source, "varied", arms)).document) == {"mnli, lr=2": pytest.approx(-2.0)}
