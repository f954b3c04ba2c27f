"""Words with and without a blank before them, with a tokenizer that puts a blank before every text as Llama's does."""

from __future__ import annotations

import pytest
from tokenizers import Tokenizer, decoders, models, normalizers, trainers

from harness.kinds.encoding import TextEncoder


@pytest.fixture
def tokenizer() -> Tokenizer:
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>"))
    tokenizer.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    tokenizer.decoder = decoders.Metaspace()
    trainer = trainers.BpeTrainer(vocab_size=60, special_tokens=["<unk>"], show_progress=False)
    tokenizer.train_from_iterator(["the old house", "a house by the sea"], trainer)
    return tokenizer


def test_what_a_normalizer_puts_before_a_text_is_not_put_before_a_word_without_a_blank(tokenizer: Tokenizer) -> None:
    encoder = TextEncoder(Tokenizer.from_str(tokenizer.to_str()), tokenizer.token_to_id("<unk>"))
    first = encoder.first_words(["the"])["the"]
    joined, apart = (encoder.words(["house"], blank=blank)["house"] for blank in (False, True))
    assert tokenizer.decode([*first, *joined]) == "thehouse"
    assert tokenizer.decode([*first, *apart]) == "the house"
    # The rest of the normalizer stays.
    assert tokenizer.decode(encoder.words(["old sea"], blank=False)["old sea"]) == "old sea"
