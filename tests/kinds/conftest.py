"""Three small tokenizers, one of each family that multilingual encoders come with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors, trainers

from harness.kinds.encoding import TextEncoder
from harness.registry import Registry

if TYPE_CHECKING:
    from harness.kinds.base import Kind

SPECIAL = {"cls_token": "<s>", "pad_token": "<pad>", "sep_token": "</s>", "unk_token": "<unk>", "mask_token": "<mask>"}
TEXTS = [
    "The quick brown fox jumps over the lazy dog, and the dog does not mind.",
    "A long sentence about nothing in particular, which goes on and on until it ends.",
    "In 1889 the tower was opened; it stands in Paris, on the left bank of the river.",
    "北京是中华人民共和国的首都。长城位于北京以北。",
    "กรุงเทพมหานครเป็นเมืองหลวงของประเทศไทย",
    "القاهرة هي عاصمة مصر وأكبر مدنها",
    "Şişli'de naïve café déjà vu",
]


def byte_level() -> Tokenizer:
    """As RoBERTa and the model `scratch`: a blank belongs to the token after it, a character may be several tokens."""
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=True)
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    tokenizer.train_from_iterator(
        TEXTS,
        trainers.BpeTrainer(
            vocab_size=360, special_tokens=list(SPECIAL.values()), initial_alphabet=alphabet, show_progress=False
        ),
    )
    return tokenizer


def word_piece() -> Tokenizer:
    """As multilingual BERT: blanks and combining marks belong to no token, pairs have type ids."""
    tokenizer = Tokenizer(models.WordPiece(unk_token="<unk>"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    trainer = trainers.WordPieceTrainer(vocab_size=300, special_tokens=list(SPECIAL.values()), show_progress=False)
    tokenizer.train_from_iterator(TEXTS, trainer)
    return tokenizer


def unigram() -> Tokenizer:
    """As XLM-R: compatibility forms are unified, a mark stands for the blank before a word."""
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.normalizer = normalizers.NFKC()
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    trainer = trainers.UnigramTrainer(
        vocab_size=200, special_tokens=list(SPECIAL.values()), unk_token="<unk>", show_progress=False
    )
    tokenizer.train_from_iterator(TEXTS, trainer)
    return tokenizer


def with_special_tokens(tokenizer: Tokenizer, *, types: bool) -> Tokenizer:
    second = ":1" if types else ":0"
    between = "</s>" if types else "</s> </s>"
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>",
        pair=f"<s> $A {between} $B{second} </s>{second}",
        special_tokens=[(token, tokenizer.token_to_id(token)) for token in ("<s>", "</s>")],
    )
    return tokenizer


@pytest.fixture(scope="session", params=["byte-level", "word-piece", "unigram"])
def hub_tokenizer(request: pytest.FixtureRequest) -> Any:
    """A tokenizer as `AutoTokenizer` would load it."""
    from transformers import PreTrainedTokenizerFast

    make = {"byte-level": byte_level, "word-piece": word_piece, "unigram": unigram}[request.param]
    tokenizer = with_special_tokens(make(), types=request.param == "word-piece")
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, **SPECIAL)  # type: ignore[no-untyped-call]


@pytest.fixture(scope="session")
def encoder(hub_tokenizer: Any) -> TextEncoder:
    """What kinds encode with, independent of `hub_tokenizer`'s own state."""
    own = Tokenizer.from_str(hub_tokenizer.backend_tokenizer.to_str())
    return TextEncoder(own, hub_tokenizer.unk_token_id)


@pytest.fixture(scope="session")
def kinds() -> dict[str, Kind[Any]]:
    return dict(Registry().kinds)
