"""Texts are read by tokenizer.json as it is, whatever class transformers takes it for."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from harness.modeling.tokenizer import load_text_encoder
from tests.raising import raises_code

if TYPE_CHECKING:
    from tests.encoders import make_encoder
else:
    from encoders import make_encoder

TEXTS = ("The old house sees a Red dog and the Fox.", "qu'est-ce que c'est")


def change(file: Path, change: dict[str, Any], *, without: tuple[str, ...] = ()) -> None:
    values = json.loads(file.read_text())
    file.write_text(json.dumps({k: v for k, v in values.items() if k not in without} | change))


def ids(directory: Path) -> list[list[int]]:
    return [found.ids for found in load_text_encoder(directory).encode(TEXTS, [None, None], 96)]


def ids_by_file(directory: Path) -> list[list[int]]:
    from tokenizers import Tokenizer

    return [found.ids for found in Tokenizer.from_file(str(directory / "tokenizer.json")).encode_batch(TEXTS)]


@pytest.mark.parametrize(
    "named", [{}, {"tokenizer_class": "BertTokenizer"}, {"tokenizer_class": "XLMRobertaTokenizer"}]
)
def test_a_model_of_berts_type_may_have_the_tokens_of_xlm_r(named: dict[str, str], tmp_path: Path) -> None:
    directory = make_encoder("minilm", tmp_path)
    change(directory / "tokenizer_config.json", named, without=("tokenizer_class",))
    encoder = load_text_encoder(directory)
    assert ids(directory) == ids_by_file(directory)
    assert not encoder.pair_types
    tokens, unknown = encoder.counts(np.concatenate([np.asarray(row) for row in ids(directory)]))
    assert unknown < tokens / 2
    assert encoder.token(encoder.mask_id) == "'<mask>'"


def test_ids_beyond_the_embeddings_are_refused_whatever_the_number_of_tokens(tmp_path: Path) -> None:
    directory = make_encoder("bert", tmp_path)
    file = directory / "tokenizer.json"
    tokenizer = json.loads(file.read_text())
    vocabulary = tokenizer["model"]["vocab"]
    last = max(vocabulary, key=vocabulary.__getitem__)
    size = vocabulary[last] + 1
    change(directory / "config.json", {"vocab_size": size})
    assert load_text_encoder(directory).highest_id == size - 1
    vocabulary[last] = size
    file.write_text(json.dumps(tokenizer))
    with raises_code("tokenizer-of-other-model", f"ids up to {size}"):
        load_text_encoder(directory)


def test_case_is_kept_unless_the_configuration_says_otherwise(tmp_path: Path) -> None:
    directory = make_encoder("bert", tmp_path)
    settings = directory / "tokenizer_config.json"
    cased = ids_by_file(directory)
    change(settings, {}, without=("do_lower_case",))
    assert ids(directory) == cased
    settings.unlink()
    assert ids(directory) == cased
    settings.write_text('{"do_lower_case": true}')
    encoder = load_text_encoder(directory)
    lower = encoder.encode([text.lower() for text in TEXTS], [None, None], 96)
    assert ids(directory) == [found.ids for found in lower] != cased


def test_a_normaliser_of_its_own_is_kept(tmp_path: Path) -> None:
    directory = make_encoder("xlm-roberta", tmp_path)
    cased = ids(directory)
    change(directory / "tokenizer.json", {"normalizer": {"type": "Lowercase"}})
    assert ids(directory) == ids_by_file(directory) != cased


@pytest.fixture
def byte_pairs(tmp_path: Path) -> Path:
    """A tokenizer of byte pairs, where a blank belongs to the word behind it and nothing is unknown."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers
    from transformers import PreTrainedTokenizerFast

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=300,
        special_tokens=["<s>", "</s>", "<pad>", "<mask>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(["the house a dog ! the house"] * 9, trainer)
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", special_tokens=[("<s>", 0), ("</s>", 1)]
    )
    named = {"bos_token": "<s>", "eos_token": "</s>", "pad_token": "<pad>", "mask_token": "<mask>"}
    saved = PreTrainedTokenizerFast(tokenizer_object=tokenizer, **named)  # type: ignore[no-untyped-call]
    saved.save_pretrained(tmp_path)
    return tmp_path


def test_words_have_the_blank_that_their_tokens_begin_with(byte_pairs: Path) -> None:
    encoder = load_text_encoder(byte_pairs)
    (text,) = encoder.encode(["a the house"], [None], 96)
    words = encoder.words(["the", "house"])
    assert text.ids[-1 - len(words["the"]) - len(words["house"]) : -1] == words["the"] + words["house"]
    assert encoder.token(words["house"][0]) == "'Ġhouse'"


@pytest.mark.parametrize("name", ["xlm-roberta", "bert", "mdeberta"])
def test_words_are_as_in_a_text(name: str, tmp_path: Path) -> None:
    encoder = load_text_encoder(make_encoder(name, tmp_path))
    (text,) = encoder.encode(["the old house"], [None], 96)
    words = encoder.words(["the", "old", "house"])
    assert text.ids == encoder.wrap(words["the"] + words["old"] + words["house"])


@pytest.mark.parametrize("name", ["xlm-roberta", "mdeberta", "rembert", "eurobert"])
def test_words_without_blanks_are_as_in_a_text_without(name: str, tmp_path: Path) -> None:
    from tokenizers import Tokenizer

    directory = make_encoder(name, tmp_path)
    encoder = load_text_encoder(directory)
    found = [*encoder.first_words(["the"])["the"], *encoder.words(["house"], blank=False)["house"]]
    tokenizer = Tokenizer.from_file(str(directory / "tokenizer.json"))
    assert tokenizer.decode(found) == "thehouse"
    blank = [*encoder.first_words(["the"])["the"], *encoder.words(["house"])["house"]]
    assert tokenizer.decode(blank) == "the house"
    assert found != blank
    # As a text begins: with what the tokenizer puts before every text, or with nothing.
    (text,) = encoder.encode(["the house"], [None], 96)
    first = encoder.first_words(["the"])["the"]
    assert text.ids[1 : 1 + len(first)] == first


def test_word_pieces_do_not_tell_whether_there_is_a_blank(tmp_path: Path) -> None:
    encoder = load_text_encoder(make_encoder("bert", tmp_path))
    with raises_code("blanks-not-told", "word_blanks"):
        encoder.words(["house"], blank=False)


def test_without_an_unknown_token_nothing_is_unknown(byte_pairs: Path) -> None:
    encoder = load_text_encoder(byte_pairs)
    (text,) = encoder.encode(["!!! ! 猫"], [None], 96)
    tokens, unknown = encoder.counts(np.asarray(text.ids))
    assert (tokens, unknown) == (len(text.ids) - 2, 0)
    assert encoder.unknown_id is None
    # What stands for a word without tokens is no token of a text.
    assert encoder.filler_id == encoder.mask_id
