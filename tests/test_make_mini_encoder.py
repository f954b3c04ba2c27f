"""scripts/make_mini_encoder.py makes the encoder that is shipped."""

from __future__ import annotations

import importlib.util
import json
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest
import torch
from safetensors.torch import load_file
from transformers import AutoModelForMaskedLM, AutoTokenizer

from harness.sources.mini import encoder
from harness.sources.mini.corpus import Corpus
from harness.sources.mini.languages import CONSTRUCTED, LANGUAGES, grammar_of
from harness.sources.mini.vocabulary import CONTENT_WORDS, FUNCTION_WORDS

SCRIPT = Path(__file__).parent.parent / "scripts" / "make_mini_encoder.py"
LAST_LOSS, TOLERANCE = 0.470, 0.03
"""Of the shipped encoder's pretraining; and what the script promises on other machines."""


@pytest.fixture(scope="module")
def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_mini_encoder", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_shipped_tokenizer_is_the_scripts(script: ModuleType) -> None:
    shipped = (encoder.DIRECTORY / "tokenizer.json").read_text(encoding="utf-8")
    assert json.loads(script.make_tokenizer().to_str()) == json.loads(shipped)


@pytest.mark.parametrize("code", LANGUAGES)
def test_every_word_is_one_piece(code: str) -> None:
    tokenizer = AutoTokenizer.from_pretrained(encoder.DIRECTORY)
    lexicon = grammar_of(code).lexicon
    prefixes = LANGUAGES[code].rules.past_affix.endswith("-")
    nouns = [word for word in (*CONTENT_WORDS, *FUNCTION_WORDS) if " " not in lexicon[word]]
    pieces = {word: tokenizer.tokenize(lexicon[word]) for word in nouns}
    in_pieces = [word for word, parts in pieces.items() if len(parts) > 1]
    # Stems that always follow a prefix have no piece that begins a word.
    assert not in_pieces if not prefixes else len(in_pieces) <= 24


def test_the_same_seed_gives_the_same_weights(script: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    tokenizer = script.make_tokenizer()
    monkeypatch.setattr(script, "DOCUMENTS", 4200)
    documents = script.encode(tokenizer, Corpus())
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    first, second, other = (script.pretrain(tokenizer, documents, seed=seed, steps=3) for seed in (0, 0, 1))
    torch.set_num_threads(threads)
    weights = [dict(model.named_parameters()) for model in (first, second, other)]
    assert all(torch.equal(weights[0][name], weights[1][name]) for name in weights[0])
    assert not all(torch.equal(weights[0][name], weights[2][name]) for name in weights[0])


def test_the_shipped_encoder_fills_masks_and_has_aligned_its_languages(script: ModuleType) -> None:
    model = AutoModelForMaskedLM.from_pretrained(encoder.DIRECTORY, dtype=torch.float32).eval()
    tokenizer = script.make_tokenizer()
    ids = torch.tensor([tokenizer.encode("the dog is a kind of <mask>.").ids])
    with torch.no_grad():
        best = model(ids).logits[0, list(ids[0]).index(script.MASK)].argmax()
    assert tokenizer.decode([int(best)]) == "animal"
    centred = [int(re.findall(r"\d+", line)[-1]) for line in script.alignment(model, tokenizer)]
    # Chance is 1 of 400.
    assert len(centred) == len(CONSTRUCTED)
    assert min(centred) > 10
    assert sorted(centred, reverse=True)[2] > 60


@pytest.mark.full
def test_the_script_reproduces_the_shipped_encoder(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, SCRIPT, tmp_path], capture_output=True, text=True, check=True)
    loss = float(re.findall(r"loss ([\d.]+)", done.stdout)[-1])
    assert loss == pytest.approx(LAST_LOSS, abs=TOLERANCE)
    made, shipped = (load_file(path / "model.safetensors") for path in (tmp_path, encoder.DIRECTORY))
    assert {name: tensor.shape for name, tensor in made.items()} == {n: t.shape for n, t in shipped.items()}
