"""What stands below tables of scores."""

from __future__ import annotations

import json
from typing import Any

from harness.documents.parts import Paragraph, Tone
from harness.report.footnotes import footnotes, signs_of
from harness.results.marks import MARKS
from tests.report.test_step_tables import score


def test_rows_have_the_signs_of_their_marks() -> None:
    assert signs_of([score("a", "en", 1.0, limited=True), score("a", "de", 1.0, constant=True)]) == "lc"
    assert signs_of([score("a", "en", 1.0)]) == ""


def test_each_mark_comes_with_what_it_refers_to() -> None:
    shared: dict[str, Any] = {"task": "mnli", "split": "train", "use": "training", "n": 300}
    counts: dict[str, Any] = {"ids": 0, "items": 0, "texts": 2, "same_rows": False}
    rows = [
        score("mnli", "en", 50.0, overlap=json.dumps([{**shared, **counts}]), mode="single"),
        score("mnli", "de", None, status="failed", error="no room", mode="single"),
        score("none", "de", None, status="failed", error="no room", mode="none"),
    ]
    assert list(footnotes(rows)) == [
        Paragraph(f"o  {MARKS['overlap'].meaning}", Tone.QUIET),
        Paragraph(f"f  {MARKS['failed'].meaning}", Tone.QUIET),
        Paragraph("overlap: t with mnli train (training): 2 long texts of 300 in en"),
        Paragraph("failed: t de after mnli, seed 1: no room", Tone.FAILED, copied=True),
        Paragraph("failed: t de without intermediate tasks, seed 1: no room", Tone.FAILED, copied=True),
    ]
    assert list(footnotes([score("none", "en", 50.0, mode="none")])) == []
