"""Gold answers of XQuAD, in scripts with and without blanks between words, through encoding and back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import numpy as np
import pytest

from harness.hyper import Hyper
from harness.kinds.base import DecodeTask
from harness.kinds.question_answering import QuestionAnsweringSettings
from harness.modeling.scratch import build
from harness.modeling.tokenizer import load_text_encoder
from harness.registry import Registry
from harness.sources.files.source import open_files

if TYPE_CHECKING:
    from pathlib import Path

    from harness.kinds.base import Kind
    from harness.kinds.encoding import TextEncoder
    from harness.rows import QuestionRow

HYPER = Hyper(max_length=384, kind_settings=QuestionAnsweringSettings(max_answer_length=384, n_best=1))
LANGUAGES = ("ar", "en", "hi", "th", "zh")
QUESTIONS = 400
"""Of 1,190 a language."""


@pytest.fixture(scope="module")
def questions(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[QuestionRow]]:
    registry = Registry()
    rows = {}
    for language in LANGUAGES:
        path = tmp_path_factory.mktemp("map") / "map.toml"
        path.write_text(f'root = "{shared}/data/xquad"\n[squad.validation]\nfile = "xquad.{language}.json"\n')
        split = open_files(path, registry).load(registry.task("squad"), "validation", "en")
        rows[language] = cast("list[QuestionRow]", list(split.rows)[:QUESTIONS])
    return rows


@pytest.fixture(scope="module")
def real_encoder(questions: dict[str, list[QuestionRow]], tmp_path_factory: pytest.TempPathFactory) -> TextEncoder:
    directory = tmp_path_factory.mktemp("model")
    texts = {text for rows in questions.values() for row in rows for text in (row.question, row.context)}
    shape = {"hidden_size": 8, "layers": 1, "heads": 1, "feed_forward": 8, "positions": 514, "dropout": 0.0}
    build(directory, texts, {**shape, "vocabulary": 4000})
    return load_text_encoder(directory)


@pytest.mark.parametrize("language", LANGUAGES)
def test_gold_tokens_decode_to_gold_answers(
    language: str,
    questions: dict[str, list[QuestionRow]],
    real_encoder: TextEncoder,
    kinds: dict[str, Kind[Any]],
) -> None:
    kind, rows = kinds["question-answering"], questions[language]
    assert len(rows) == QUESTIONS
    features = kind.encode(rows, (), real_encoder, HYPER)
    outputs = []
    for unit, length in enumerate(np.diff(features.offsets).tolist()):
        scores = np.zeros((2, length), np.float32)
        first, last = features.unit_columns["start"][unit], features.unit_columns["end"][unit]
        scores[0, first] = scores[1, last] = 5
        outputs.append(scores)
    task = DecodeTask(task=Registry().task("squad"), labels=(), hyper=HYPER)
    exceptions = 0
    for row, (_, fields) in zip(rows, kind.decode(outputs, features, rows, task), strict=True):
        answer, (best,) = row.answers[0], fields["spans"]
        assert best["score"] == 10, "no window holds the answer"
        if fields["prediction"] == answer.text.strip():
            continue
        # The only excuse: a token that reaches over the answer's edge.
        exceptions += 1
        assert answer.text.strip() in fields["prediction"]
        at = np.flatnonzero(features.rows == rows.index(row))
        starts, ends = (
            np.concatenate([features.token_columns[name][features.offsets[u] : features.offsets[u + 1]] for u in at])
            for name in ("char_start", "char_end")
        )
        begin, end = answer.start, answer.start + len(answer.text)
        over_the_start = (starts >= 0) & (starts < begin) & (ends > begin)
        over_the_end = (starts < end) & (ends > end)
        assert over_the_start.any() == (best["start"] < begin)
        assert over_the_end.any() == (best["end"] > end)
        assert (over_the_start | over_the_end).any()
    assert exceptions <= 0.05 * QUESTIONS
