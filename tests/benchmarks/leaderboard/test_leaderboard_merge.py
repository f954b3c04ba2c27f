"""Scores of several runs and documents, by several people."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from harness.benchmarks.leaderboard.merge import Conflict
from tests.benchmarks.leaderboard.conftest import Change, Maker
from tests.raising import raises_code

ONE: dict[str, Any] = {"arms": ("none",), "seeds": (1,)}


def row(document: Any, task: str, language: str) -> Any:
    return next(r for s in document["systems"] for r in s["rows"] if (r["task"], r["language"]) == (task, language))


def test_documents_of_two_people_are_one(maker: Maker) -> None:
    mine = maker.write(maker.make(maker.run("mine", seeds=(1,))), "mine.json")
    theirs = maker.write(maker.make(maker.run("theirs", seeds=(2,))), "theirs.json")
    both = maker.make(mine, theirs).document
    assert both["systems"] == maker.make(maker.run("both")).document["systems"]
    # After mnli, three points better than without; of two seeds that are one point apart.
    assert row(both, "pawsx", "de")["value"] == 13.5
    assert [system["seeds"] for system in both["systems"]] == [[1, 2], [1, 2]]


def test_halves_of_a_benchmark_make_a_whole(maker: Maker) -> None:
    def half(*tasks: str) -> Any:
        return lambda result: result if result["task"] in tasks else None

    first = maker.run("first", **ONE, change=half("xnli", "pawsx", "udpos", "panx"))
    second = maker.run("second", **ONE, change=half("xquad", "mlqa", "tydiqa", "bucc2018", "tatoeba"))
    part = maker.write(maker.make(first, allow=["partial"]))
    assert maker.make(part, second).document["marks"] == []
    with raises_code("not-for-a-leaderboard", "partial"):
        maker.make(part)


def test_the_same_score_twice_is_kept_once(maker: Maker) -> None:
    run, again = maker.run("run", **ONE), maker.run("again", **ONE)
    document = maker.make(run, again, maker.write(maker.make(run))).document
    assert document == maker.make(run).document
    assert len(row(document, "pawsx", "de")["scores"]) == 1
    assert len(document["runs"]) == 1


def test_two_names_of_one_model_are_one_system(maker: Maker) -> None:
    def renamed(model: dict[str, Any]) -> dict[str, Any]:
        return {**model, "name": "FacebookAI/xlm-roberta-base"}

    one, two = maker.run("one", **ONE), maker.run("two", arms=("none",), seeds=(2,), change_model=renamed)
    for sources in ((one, two), (two, one)):
        (system,) = maker.make(*sources).document["systems"]
        assert (system["model"], system["seeds"]) == ("FacebookAI/xlm-roberta-base", [1, 2])


def test_scores_that_disagree_are_an_error_that_names_both(maker: Maker, only: Callable[..., Change]) -> None:
    new = only({"value": 12.25, "precision": "bf16"}, task="pawsx", language="de")
    one, two = maker.run("one", **ONE), maker.run("two", **ONE, change=new)
    with pytest.raises(Conflict) as conflict:
        maker.make(one, two)
    assert conflict.value.what == "two scores of xlm-r-base alone: pawsx de accuracy, seed 1"
    assert str(conflict.value.where).split("\n         ") == [
        f"10.0000 (n 500) in {one}",
        f"12.2500 (n 500) in {two}",
        "what else differs: precision",
    ]
    with pytest.raises(Conflict):
        maker.make(one, maker.write(maker.make(two, allow=["mixed"])), allow=["mixed"])


@pytest.mark.parametrize("differs", [{"hyper": {"max_length": 64}}, {"precision": "bf16"}])
def test_an_equal_value_by_other_settings_is_another_score(
    maker: Maker, only: Callable[..., Change], differs: dict[str, Any]
) -> None:
    one, two = maker.run("one", **ONE), maker.run("two", **ONE, change=only(differs, task="pawsx"))
    with raises_code("conflicting-scores", f"what else differs: {next(iter(differs))}"):
        maker.make(one, two)


def test_an_equal_value_of_other_training_is_another_score(maker: Maker) -> None:
    def longer(model: dict[str, Any]) -> dict[str, Any]:
        phases = [{**phase, "steps": 20, "digest": "d" * 16} for phase in model["phases"]]
        return {**model, "phases": phases}

    one, two = maker.run("one", **ONE), maker.run("two", **ONE, change_model=longer)
    with raises_code("conflicting-scores", "what else differs: training"):
        maker.make(one, two)


def test_an_equal_value_of_other_rows_is_another_score(maker: Maker, only: Callable[..., Change]) -> None:
    one, two = maker.run("one", **ONE), maker.run("two", **ONE, change=only({"data": "x"}, task="pawsx"))
    with raises_code("conflicting-scores", "what else differs: data"):
        maker.make(one, two)


def test_of_two_versions_the_newer_is_kept_if_that_is_allowed(maker: Maker, only: Callable[..., Change]) -> None:
    newer = only({"value": 12.25, "metric_version": 2}, task="pawsx", language="de")
    one, two = maker.run("one", **ONE), maker.run("two", **ONE, change=newer)
    with raises_code("not-for-a-leaderboard", "mixed", "metric version 1 in", "metric version 2"):
        maker.make(one, two)
    for sources in ((one, two), (two, one)):
        made = maker.make(*sources, allow=["mixed"])
        assert row(made.document, "pawsx", "de")["value"] == 12.25
        (note,) = made.notes
        assert note.startswith(
            "left out: xlm-r-base alone: pawsx de accuracy, seed 1: task version 1, metric version 1"
        )


def test_a_score_that_failed_gives_way_to_one_that_did_not(maker: Maker, only: Callable[..., Change]) -> None:
    failed = {"status": "failed", "value": None, "interval": None, "n": 0, "error": "no memory"}
    one = maker.run("one", **ONE, change=only(failed, task="pawsx"))
    with raises_code("not-for-a-leaderboard", "failed"):
        maker.make(one)
    document = maker.make(one, maker.run("two", **ONE)).document
    assert (row(document, "pawsx", "de")["value"], document["marks"]) == (10.0, [])
