"""Task anli: three corpora with labels of two spellings, one row layout."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from harness import ClassificationRow

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.sources.base import Split


def anli(label: str, **more: Any) -> dict[str, Any]:
    return {"uid": label, "context": "premise", "hypothesis": "guess", "label": label, **more}


def nli(label: str) -> dict[str, Any]:
    return {"pairID": f"p{label}", "sentence1": "premise", "sentence2": "guess", "gold_label": label}


def row(identifier: str, label: str) -> ClassificationRow:
    return ClassificationRow(id=identifier, text="premise", text_pair="guess", label=label)


def test_train_joins_three_rounds_mnli_and_snli(load: Callable[..., Split]) -> None:
    files = {
        "anli_v1.0/R1/train.jsonl": [anli("e")],
        "anli_v1.0/R2/train.jsonl": [anli("n")],
        "anli_v1.0/R3/train.jsonl": [anli("c", reason="because")],
        "multinli_1.0/multinli_1.0_train.jsonl": [nli("neutral")],
        "snli_1.0/snli_1.0_train.jsonl": [nli("-"), nli("contradiction")],
    }
    split = load(files, "anli", "train")
    assert split.rows == [
        row("e", "entailment"),
        row("n", "neutral"),
        row("c", "contradiction"),
        row("pneutral", "neutral"),
        row("pcontradiction", "contradiction"),
    ]
    assert [(skipped.file, skipped.line) for skipped in split.skipped] == [("snli_1.0/snli_1.0_train.jsonl", 1)]
    assert "label '-'" in split.skipped[0].reason


def test_scores_are_on_anli_alone(load: Callable[..., Split]) -> None:
    for split, name in (("validation", "dev"), ("test", "test")):
        files = {f"anli_v1.0/{number}/{name}.jsonl": [anli("e")] for number in ("R1", "R2", "R3")}
        assert load(files, "anli", split).rows == [row("e", "entailment")] * 3


def test_labels_that_are_none_are_left_out(load: Callable[..., Split]) -> None:
    bad: list[dict[str, Any]] = [anli(""), anli("x"), {"context": "c", "hypothesis": "h"}, nli("-1"), {"label": "e"}]
    files = {f"anli_v1.0/{number}/dev.jsonl": [anli("e"), *bad] for number in ("R1", "R2", "R3")}
    split = load(files, "anli", "validation")
    assert len(split.rows) == 3
    assert [skipped.reason.split(";")[0] for skipped in split.skipped[:5]] == [
        "label '' is none of e, n, c, entailment, neutral, contradiction",
        "label 'x' is none of e, n, c, entailment, neutral, contradiction",
        "no column 'label'",
        "label '-1' is none of e, n, c, entailment, neutral, contradiction",
        "no column 'sentence1'",
    ]
