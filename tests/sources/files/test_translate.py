"""From records to rows: what cannot become a row is counted, with its place and the reason."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness import BadRow, ClassificationRow, Record
from harness.sources.files import translate as translate_module
from harness.sources.files.lines import Line
from harness.sources.files.translate import Translated, translate
from tests.raising import raises_code

ROOT = Path("data")


def to_row(record: Record) -> ClassificationRow:
    if record["label"] == "-":
        raise BadRow("no label")
    return ClassificationRow(text=record["text"].strip(), label=record["label"])


def run(*lines: Line) -> Translated:
    done = Translated()
    translate(lines, to_row, ROOT, done)
    return done


def test_rows_are_keyed_by_file_and_line() -> None:
    inside, outside = ROOT / "a" / "x.tsv", Path("/elsewhere/y.tsv")
    record = {"text": " t ", "label": "1"}
    done = run(Line(inside, 2, record), Line(inside, 3, record), Line(outside, 2, record))
    assert done.rows == [ClassificationRow(text="t", label="1")] * 3
    assert done.keys == ["a/x.tsv:2", "a/x.tsv:3", "/elsewhere/y.tsv:2"]
    assert done.skipped == []


def test_every_record_that_is_left_out_is_reported() -> None:
    path = ROOT / "x.tsv"
    done = run(
        Line(path, 1, None, "not JSON"),
        Line(path, 2, {"text": "t", "label": "-"}),
        Line(path, 3, {"text": "t", "gold_label": "1"}),
        Line(path, 4, {"text": None, "label": "1"}),
        Line(path, 5, {"text": "t", "label": "1"}),
        Line(path, 6, {"a text, not a name" * 9: "x"}),
    )
    assert done.keys == ["x.tsv:5"]
    assert [str(row) for row in done.skipped] == [
        "x.tsv:1: not JSON",
        "x.tsv:2: no label",
        "x.tsv:3: no column 'label'; columns are text, gold_label",
        "x.tsv:4: unexpected value: AttributeError: 'NoneType' object has no attribute 'strip'",
        "x.tsv:6: no column 'label'; columns are a text, not a namea text, not a namea te...",
    ]


def test_more_bad_rows_than_can_be_kept_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(translate_module, "MOST_SKIPPED", 2)
    lines = [Line(ROOT / "x.tsv", number, None, "not JSON") for number in (1, 2, 3)]
    assert len(run(*lines[:2]).skipped) == 2
    with raises_code("too-many-bad-rows", "x.tsv:3", "x.tsv:1"):
        run(*lines)
