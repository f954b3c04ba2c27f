from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from harness.kinds.text_classification import TextClassification
from harness.rows import ClassificationRow, TokenRow
from harness.validation.encoding import encoding
from tests.validation.conftest import Maker


def test_nothing_is_cut_off_or_unknown_of_short_texts(make: Maker) -> None:
    outcome = encoding(make())
    assert outcome.facts["en"] == {"truncated": 0.0, "pieces": 1.0, "unknown": 0.0}
    assert [finding.problem for finding in outcome.findings] == [False]


def test_rows_that_are_cut_off_are_counted_by_language(make: Maker) -> None:
    long = [dataclasses.replace(row, text=f"{row.text} " * 60) for row in make.pairs("test")]
    outcome = encoding(make({**make.good_rows(), ("test", "sw"): long}))
    assert (outcome.facts["en"]["truncated"], outcome.facts["sw"]["truncated"]) == (0.0, 100.0)
    told = outcome.findings[0]
    assert (told.problem, told.what) == (False, "most rows are cut off at 64 tokens in sw")
    assert told.fix.endswith("--set tasks.handmade.max_length=N")


def test_unknown_tokens_are_counted_by_language(make: Maker) -> None:
    # Mini's tokenizer has no Chinese character; each becomes the mark of a blank and the unknown token.
    foreign = [ClassificationRow(text="我 们 不 知 道", label=label) for label in ("no", "yes")]
    outcome = encoding(make({**make.good_rows(), ("test", "sw"): foreign}))
    assert outcome.facts["en"]["unknown"] == 0.0
    assert outcome.facts["sw"]["unknown"] == 50.0
    assert any(finding.problem and "in sw are unknown to mini" in finding.what for finding in outcome.findings)


def test_pieces_of_long_sentences_are_counted(make: Maker) -> None:
    # 62 words of one token fit beside two special ones: 180 words are three pieces, 60 are one.
    def sentence(words: int) -> TokenRow:
        return TokenRow(tokens=("the",) * words, tags=("A", "B") * (words // 2))

    rows = {("train", "en"): [sentence(60)], ("test", "en"): [sentence(180)], ("test", "sw"): [sentence(180)]}
    outcome = encoding(make(rows, kind="token-classification", labels=("A", "B"), metrics=("token_accuracy",)))
    assert (outcome.facts["en"]["pieces"], outcome.facts["sw"]["pieces"]) == (2.0, 3.0)


def test_a_kind_that_cannot_encode_a_split_is_told(make: Maker, monkeypatch: pytest.MonkeyPatch) -> None:
    encode = TextClassification.encode

    def fail(self: TextClassification, rows: Any, *others: Any) -> Any:
        if rows[0].text == "torn":
            raise RuntimeError("no such token")
        return encode(self, rows, *others)

    monkeypatch.setattr(TextClassification, "encode", fail)
    torn = [ClassificationRow(text="torn", label="no")]
    outcome = encoding(make({**make.good_rows(), ("test", "sw"): torn}))
    (problem,) = outcome.findings
    assert (problem.what, problem.where) == ("RuntimeError: no such token", "test rows in sw")
    assert "en" in outcome.facts
