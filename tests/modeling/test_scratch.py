from __future__ import annotations

from pathlib import Path

import torch

from harness.modeling.checkpoints import load_encoder
from harness.modeling.scratch import build
from harness.modeling.tokenizer import load_text_encoder

SHAPE = {"hidden_size": 16, "layers": 2, "heads": 2, "feed_forward": 24, "vocabulary": 300, "positions": 40}


def test_the_same_texts_in_any_order_give_the_same_model(tmp_path: Path) -> None:
    texts = ["one two", "two three", "北京", "one two"]
    for name, order in (("a", texts), ("b", texts[::-1])):
        (tmp_path / name).mkdir()
        torch.manual_seed(len(name))
        build(tmp_path / name, iter(order), {**SHAPE, "dropout": 0.1})
    for path in (tmp_path / "a").iterdir():
        assert path.read_bytes() == (tmp_path / "b" / path.name).read_bytes()


def test_the_model_is_an_ordinary_encoder_for_any_script(tmp_path: Path) -> None:
    build(tmp_path, ["one two"], {**SHAPE, "dropout": 0.1})
    encoder, report = load_encoder(tmp_path)
    text_encoder = load_text_encoder(tmp_path)
    assert (report.new, report.left_out) == ((), ())
    assert encoder.config.vocab_size == text_encoder.vocabulary_size
    (encoding,) = text_encoder.encode(["ሰላም ကမ္ဘာ"], [None], 38)
    assert text_encoder.unknown_id not in encoding.ids
    hidden = encoder(input_ids=torch.tensor([encoding.ids])).last_hidden_state
    assert hidden.shape == (1, len(encoding.ids), 16)
