"""Gold answers of XQuAD and MLQA, in scripts with and without blanks between words, through encoding and back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import numpy as np
import pytest
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

from harness.hyper import Hyper
from harness.kinds.base import DecodeTask
from harness.kinds.encoding import TextEncoder
from harness.kinds.question_answering import QuestionAnsweringSettings
from harness.modeling.scratch import build
from harness.modeling.tokenizer import load_text_encoder
from harness.registry import Registry
from harness.sources.files.source import open_files

if TYPE_CHECKING:
    from pathlib import Path

    from harness.kinds.base import Kind
    from harness.kinds.features import Features
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


def gold_decoded(kind: Kind[Any], rows: list[QuestionRow], features: Features) -> list[dict[str, Any]]:
    """What is decoded from scores that point at each window's gold tokens."""
    outputs = []
    for unit, length in enumerate(np.diff(features.offsets).tolist()):
        scores = np.zeros((2, length), np.float32)
        first, last = features.unit_columns["start"][unit], features.unit_columns["end"][unit]
        scores[0, first] = scores[1, last] = 5
        outputs.append(scores)
    task = DecodeTask(task=Registry().task("squad"), labels=(), hyper=HYPER)
    return [fields for _, fields in kind.decode(outputs, features, rows, task)]


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
    decoded = gold_decoded(kind, rows, features)
    exceptions = 0
    for row, fields in zip(rows, decoded, strict=True):
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


def test_answers_that_end_with_a_character_without_a_token_are_within_reach(
    shared: Path, tmp_path: Path, kinds: dict[str, Kind[Any]]
) -> None:
    registry, kind = Registry(), kinds["question-answering"]
    path = tmp_path / "map.toml"
    path.write_text(
        f'root = "{shared}/data/mlqa/MLQA_V1/dev"\n[squad.validation]\nfile = "dev-context-es-question-es.json"\n'
    )
    rows = cast(
        "list[QuestionRow]", list(open_files(path, registry).load(registry.task("squad"), "validation", "en").rows)
    )
    assert len(rows) == 500
    edges = [row for row in rows if set(row.answers[0].text[:1] + row.answers[0].text[-1:]) & set("\u200b")]
    assert len(edges) == 10
    tokenizer = Tokenizer(models.WordPiece({"[UNK]": 0, "[CLS]": 1, "[SEP]": 2}, unk_token="[UNK]"))
    # One token a word and a sign: no token reaches over the edge of an answer.
    tokenizer.normalizer, tokenizer.pre_tokenizer = normalizers.BertNormalizer(), pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.BertProcessing(("[SEP]", 2), ("[CLS]", 1))
    features = kind.encode(rows, (), TextEncoder(tokenizer, 0), HYPER)
    wrong = [
        (row.answers[0].text, fields["prediction"])
        for row, fields in zip(rows, gold_decoded(kind, rows, features), strict=True)
        if fields["prediction"] != row.answers[0].text.strip()
    ]
    # Signs that BERT takes for letters, such as the degree's and what joins numbers, reach over.
    assert len(wrong) <= 5
    assert not [pair for pair in wrong if "\u200b" in "".join(pair)]
