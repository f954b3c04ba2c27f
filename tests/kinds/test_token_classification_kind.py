from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import harness
from harness.hyper import Hyper
from harness.kinds.base import DecodeTask
from harness.kinds.features import IGNORED
from harness.kinds.token_classification import TokenClassificationSettings
from harness.registry import Registry
from tests.raising import raises_code

if TYPE_CHECKING:
    from harness.kinds.base import Kind
    from harness.kinds.encoding import TextEncoder
    from harness.kinds.features import Features

TAGS = ("ADJ", "NOUN", "VERB")
WORDS = st.text(alphabet="abcdefox 北京กรุงéß\u0301\u200b\u00a0\x00-'", max_size=14)


@pytest.fixture
def kind(kinds: dict[str, Kind[Any]]) -> Kind[Any]:
    return kinds["token-classification"]


def row(words: list[str]) -> harness.TokenRow:
    return harness.TokenRow(tokens=tuple(words), tags=tuple(TAGS[i % 3] for i in range(len(words))))


def pieces(features: Features) -> list[tuple[list[int], list[int], list[int]]]:
    """Token ids, tags and word indices of each unit."""
    parts = []
    for start, end in pairwise(features.offsets):
        columns = (features.ids, features.token_columns["tag"], features.token_columns["word"])
        parts.append(tuple(column[start:end].tolist() for column in columns))
    return parts


def tokens_of(word: str, hub_tokenizer: Any, room: int) -> list[int]:
    ids: list[int] = hub_tokenizer([word], is_split_into_words=True, add_special_tokens=False)["input_ids"]
    return ids if 0 < len(ids) <= room else [hub_tokenizer.unk_token_id]


def test_a_words_first_token_carries_its_tag(kind: Kind[Any], encoder: TextEncoder, hub_tokenizer: Any) -> None:
    words = ["The", "quick", "Şişli'de", "北京", "dog"]
    features = kind.encode([row(words)], TAGS, encoder, Hyper())
    tokens = [tokens_of(word, hub_tokenizer, 100) for word in words]
    assert max(map(len, tokens)) > 1
    ((ids, tags, indices),) = pieces(features)
    assert ids == [hub_tokenizer.cls_token_id, *(i for t in tokens for i in t), hub_tokenizer.sep_token_id]
    wanted = [tag for i, t in enumerate(tokens) for tag in [i % 3] + [IGNORED] * (len(t) - 1)]
    assert tags == [IGNORED, *wanted, IGNORED]
    assert [i for i in indices if i >= 0] == [0, 1, 2, 3, 4]
    assert [tag >= 0 for tag in tags] == [index >= 0 for index in indices]
    assert features.weights.tolist() == [5]


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(
    sentences=st.lists(st.lists(WORDS, min_size=1, max_size=25), min_size=1, max_size=3), max_length=st.integers(3, 20)
)
def test_every_word_is_in_exactly_one_piece(
    sentences: list[list[str]], max_length: int, kind: Kind[Any], encoder: TextEncoder, hub_tokenizer: Any
) -> None:
    rows = [row(words) for words in sentences]
    features = kind.encode(rows, TAGS, encoder, Hyper(max_length=max_length))
    seen: list[list[int]] = [[] for _ in rows]
    for owner, (ids, tags, indices) in zip(features.rows.tolist(), pieces(features), strict=True):
        assert len(ids) <= max_length
        here = [i for i in indices if i >= 0]
        seen[owner] += here
        assert [tag for tag in tags if tag >= 0] == [word % 3 for word in here]
        wanted = [tokens_of(rows[owner].tokens[word], hub_tokenizer, max_length - 2) for word in here]
        assert ids[1:-1] == [i for tokens in wanted for i in tokens]
    assert seen == [list(range(len(words))) for words in sentences]
    assert features.weights.sum() == sum(map(len, sentences))


def test_pieces_are_filled_before_the_next_begins(kind: Kind[Any], encoder: TextEncoder, hub_tokenizer: Any) -> None:
    words = ["the", "dog", "does", "not", "mind"] * 6
    features = kind.encode([row(words)], TAGS, encoder, Hyper(max_length=12))
    parts = pieces(features)
    assert len(parts) > 1
    for (ids, _, _), (_, _, following) in pairwise(parts):
        first_of_next = tokens_of(words[following[1]], hub_tokenizer, 10)
        assert len(ids) + len(first_of_next) > 12


def test_pieces_are_joined_again(kind: Kind[Any], encoder: TextEncoder) -> None:
    rows = [row(["the", "dog", "\u200b", "mind"] * 8), row(["fox"])]
    features = kind.encode(rows, TAGS, encoder, Hyper(max_length=9))
    assert len(features) > 3
    outputs = [np.asarray([t for t in tags if t >= 0], np.float32) for _, tags, _ in pieces(features)]
    task = DecodeTask(task=Registry().task("ccg"), labels=TAGS, hyper=Hyper())
    decoded = kind.decode(outputs, features, rows, task)
    assert [index for index, _ in decoded] == [0, 1]
    assert [fields["prediction"] for _, fields in decoded] == [list(r.tags) for r in rows]
    assert all(fields["prediction"] == fields["gold"] for _, fields in decoded)


def test_tags_that_training_rows_lack_are_ignored(kind: Kind[Any], encoder: TextEncoder) -> None:
    features = kind.encode([row(["a", "b", "c", "d"])], ("ADJ", "VERB"), encoder, Hyper())
    assert features.weights.tolist() == [3]
    assert sorted(tag for tag in features.token_columns["tag"].tolist() if tag >= 0) == [0, 0, 1]
    assert kind.labels([row(["a"]), row(["a", "b"])]) == ("ADJ", "NOUN")


def test_a_length_without_room_for_a_word_is_refused(kind: Kind[Any], encoder: TextEncoder) -> None:
    with raises_code("max-length-too-short"):
        kind.encode([row(["a"])], TAGS, encoder, Hyper(max_length=2))


@pytest.mark.parametrize(
    ("words", "tags"), [((), ()), (("a", "b"), ("NOUN",)), (("a", "b"), ("NOUN", "")), (("a",), ("X",))]
)
def test_rows_that_cannot_be_scored_are_refused(words: tuple[str, ...], tags: tuple[str, ...], kind: Kind[Any]) -> None:
    with pytest.raises(harness.BadRow):
        kind.check(harness.TokenRow(tokens=words, tags=tags), TAGS)


@pytest.mark.parametrize(
    ("language", "kept"),
    [
        *[(code, True) for code in ("zh", "yue", "ja", "jpn", "th", "my", "lo", "km")],
        *[(code, False) for code in ("en", "ko", "vi", "qaa", "en+zh", "")],
    ],
)
def test_blanks_are_left_out_where_a_language_has_none(language: str, kept: bool, kind: Kind[Any]) -> None:
    hyper = Hyper(kind_settings=TokenClassificationSettings(word_blanks="as-written"))
    found = kind.in_language(hyper, language).own(TokenClassificationSettings).word_blanks
    assert found == ("as-written" if kept else "always")
    assert kind.in_language(Hyper(), language) == Hyper()


def test_without_blanks_only_the_first_word_begins_a_text(
    kind: Kind[Any], encoder: TextEncoder, request: pytest.FixtureRequest
) -> None:
    words = ["dog", "dog", "北京"]
    hyper = Hyper(kind_settings=TokenClassificationSettings(word_blanks="as-written"))
    if "word-piece" in request.node.name:
        with raises_code("blanks-not-told"):
            kind.encode([row(words)], TAGS, encoder, hyper)
        return
    ((ids, tags, indices),) = pieces(kind.encode([row(words)], TAGS, encoder, hyper))
    first, inner = encoder.first_words(words), encoder.words(words, blank=False)
    assert first["dog"] != inner["dog"]
    assert ids == encoder.wrap([*first["dog"], *inner["dog"], *inner["北京"]])
    assert [tag for tag in tags if tag != IGNORED] == [0, 1, 2]
    assert indices.index(1) == 1 + len(first["dog"])
