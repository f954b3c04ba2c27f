from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from harness.benchmarks.files import File
from harness.benchmarks.layouts import Scorable
from harness.benchmarks.layouts.bitext_mining import LAYOUT
from harness.item_scores import item_scores
from harness.registry import default_registry

GOLD = "de-1\ten-1\nde-1\ten-2\nde-3\ten-3\n"


def test_pairs_are_compared_as_sets(pair: Callable[..., Scorable]) -> None:
    # Two of three mined pairs are right, and two of three gold pairs are found, though both share a foreign sentence
    # and the wrong one stands between them: F1 = 2/3.
    columns = pair("bucc2018", "de-1\ten-2\nde-1\ten-9\nde-1\ten-1\n", GOLD).columns
    assert len(columns["gold"]) == 4
    metric = default_registry().metric("mining_f1")
    assert item_scores(metric, columns).value == pytest.approx(200 / 3)


def test_no_pair_at_all_is_a_result(pair: Callable[..., Scorable]) -> None:
    columns = pair("bucc2018", "", GOLD).columns
    assert item_scores(default_registry().metric("mining_f1"), columns).value == 0


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("de-1 en-1\n", "predictions-of-bucc2018:1 [not-a-pair]"),
        ("de-1\ten-1\t0.9\n", "predictions-of-bucc2018:1 [not-a-pair]"),
        ("de-1\ten-1\nde-2\t\n", "predictions-of-bucc2018:2 [not-a-pair]"),
        ("de-1\ten-1\n\nde-3\ten-3\n", "predictions-of-bucc2018:2 [not-a-pair]"),
        ("en-1\tde-1\nen-3\tde-3\n", "predictions-of-bucc2018:1 [ids-out-of-order]"),
    ],
    ids=["no tab", "three columns", "blank id", "blank line", "swapped"],
)
def test_a_mistake_is_refused_by_line(refusal: Callable[..., str], text: str, message: str) -> None:
    assert refusal("bucc2018", text, GOLD) == message


def test_a_repeated_pair_counts_once_and_is_said(make_file: Callable[..., File]) -> None:
    twice = "de-1\ten-1\nde-3\ten-3\nde-1\ten-1\n"
    for noun in ("predictions", "labels"):
        file = make_file("bucc2018", twice, noun=noun)
        assert getattr(LAYOUT, noun)(file) == {b"de-1\ten-1", b"de-3\ten-3"}
        assert file.notes == [f"1 repeated pair of {noun}, counted once"]
    # What is uploaded has each once.
    listing = make_file("bucc2018", twice, listing=True)
    LAYOUT.predictions(listing)
    assert [problem.code for problem in listing.found or ()] == ["repeated-pair"]


def test_swapped_ids_of_any_form_are_seen_beside_labels(refusal: Callable[..., str]) -> None:
    assert refusal("bucc2018", "t1\ts9\nt1\ts1\n", "s1\tt1\n") == ("predictions-of-bucc2018:2 [ids-out-of-order]")


def test_only_pairs_that_reach_the_threshold_are_written(make_file: Callable[..., File]) -> None:
    rows: list[dict[str, Any]] = [
        {"source": "de-1", "prediction": "en-1", "score": 1.2, "threshold": 1.1, "gold": ["en-1", "en-2"]},
        {"source": "de-2", "prediction": "en-7", "score": 1.1, "threshold": 1.1, "gold": []},
        {"source": "de-3", "prediction": "en-3", "score": 1.0, "threshold": 1.1, "gold": ["en-3"]},
        {"source": "de-4", "prediction": None, "score": None, "threshold": 1.1, "gold": []},
    ]
    assert LAYOUT.write_predictions(rows) == "de-1\ten-1\nde-2\ten-7\n"
    assert LAYOUT.write_labels(rows) == "de-1\ten-1\nde-1\ten-2\nde-3\ten-3\n"
