"""The shipped encoder: it belongs to this generator, and is refused where it does not."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import pytest

from harness.errors import UserError
from harness.sources.mini import encoder
from harness.sources.mini.languages import CONSTRUCTED, LANGUAGES, grammar_of
from harness.sources.mini.vocabulary import CONTENT_WORDS, GENERATOR_VERSION
from tests.raising import raises_code

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return shutil.copytree(encoder.DIRECTORY, tmp_path / "encoder")


def test_the_shipped_encoder_is_the_sealed_one() -> None:
    assert encoder.directory() == encoder.DIRECTORY
    assert {path.name for path in encoder.DIRECTORY.iterdir()} == {encoder.SEAL, *encoder.SEALED}


@pytest.mark.parametrize("name", encoder.SEALED)
def test_a_changed_file_is_refused(copy: Path, name: str) -> None:
    data = bytearray((copy / name).read_bytes())
    data[-2] ^= 1
    (copy / name).write_bytes(data)
    with raises_code("mini-encoder-broken", name) as error:
        encoder.check(copy)
    assert error.value.fix == "install xharness again"


def test_a_missing_file_is_refused(copy: Path) -> None:
    (copy / "model.safetensors").unlink()
    with raises_code("mini-encoder-broken", "model.safetensors"):
        encoder.check(copy)


def test_an_encoder_without_seal_is_refused(copy: Path) -> None:
    (copy / encoder.SEAL).unlink()
    with raises_code("mini-encoder-broken"):
        encoder.check(copy)


def test_an_encoder_of_another_generator_is_refused(copy: Path) -> None:
    seal = json.loads((copy / encoder.SEAL).read_text())
    (copy / encoder.SEAL).write_text(json.dumps(seal | {"generator_version": GENERATOR_VERSION - 1}))
    with raises_code("mini-encoder-outdated", GENERATOR_VERSION - 1) as error:
        encoder.check(copy)
    assert isinstance(error.value, UserError)
    assert error.value.fix
    assert "make_mini_encoder" in error.value.fix


def test_sealing_again_accepts_what_is_there(copy: Path) -> None:
    (copy / "config.json").write_text("{}")
    encoder.seal(copy)
    encoder.check(copy)
    seal = json.loads((copy / encoder.SEAL).read_text())
    assert seal["generator_version"] == GENERATOR_VERSION
    # sha256 of "{}".
    assert seal["sha256"]["config.json"] == "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"


def test_the_tokenizer_knows_every_word() -> None:
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(encoder.DIRECTORY / "tokenizer.json"))
    unknown = tokenizer.token_to_id("<unk>")
    for code in LANGUAGES:
        lexicon = grammar_of(code).lexicon
        assert not [word for word in lexicon if unknown in tokenizer.encode(lexicon[word]).ids]
    nouns = {code: [grammar_of(code).lexicon[word] for word in CONTENT_WORDS] for code in CONSTRUCTED}
    for code in ("qaa", "qab", "qad", "qae"):
        whole = [len(tokenizer.encode(word, add_special_tokens=False).ids) == 1 for word in nouns[code]]
        assert all(whole)


def test_a_seal_that_is_no_json_is_refused(copy: Path) -> None:
    (copy / encoder.SEAL).write_text("{")
    with raises_code("mini-encoder-broken"):
        encoder.check(copy)
