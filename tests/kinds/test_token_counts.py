from __future__ import annotations

import numpy as np
import pytest
from tokenizers import AddedToken, Tokenizer, models, pre_tokenizers, processors

from harness.kinds.encoding import TextEncoder


@pytest.mark.parametrize("special", [False, True])
def test_unknown_tokens_stand_for_text_and_special_ones_do_not(special: bool) -> None:
    tokenizer = Tokenizer(models.WordLevel({"<unk>": 0, "<s>": 1, "a": 2}, unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    names = ["<s>", *(["<unk>"] if special else [])]
    tokenizer.add_special_tokens([AddedToken(name, special=True) for name in names])
    tokenizer.post_processor = processors.TemplateProcessing(single="<s> $A", pair=None, special_tokens=[("<s>", 1)])
    encoder = TextEncoder(tokenizer, unknown_id=0)
    (encoding,) = encoder.encode(["a b c a"], [None], 16)
    # <s> a <unk> <unk> a: four words, of which two are unknown.
    assert encoder.counts(np.asarray(encoding.ids)) == (4, 2)
