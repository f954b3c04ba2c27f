"""Texts to token ids and scores to log-probabilities, the same way for every kind."""

from __future__ import annotations

import functools
import hashlib
import json
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from harness.errors import SettingsError, counted

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from tokenizers import Encoding, Tokenizer


class TextEncoder:
    """A fast tokenizer and the few things kinds ask of it.

    Args:
        tokenizer: a tokenizer of the `tokenizers` library, special tokens configured.
        unknown_id: id of the unknown token, if there is one.
        mask_id: id of the mask token, if there is one.
    """

    def __init__(self, tokenizer: Tokenizer, unknown_id: int | None, mask_id: int | None = None) -> None:
        tokenizer.no_padding()
        tokenizer.no_truncation()
        self.digest = hashlib.sha256(tokenizer.to_str().encode()).hexdigest()
        self.unknown_id = unknown_id
        self._mask_id = mask_id
        self._tokenizer = tokenizer
        self._prefix, self._suffix = self._special_ids()
        self.pair_types = 1 in tokenizer.encode("a", "a").type_ids
        """Whether second texts are of another token type; not so with XLM-R's tokenizer, even before BERT's layers."""

    @property
    def vocabulary_size(self) -> int:
        """Number of ids, added tokens included."""
        size: int = self._tokenizer.get_vocab_size(with_added_tokens=True)
        return size

    @property
    def highest_id(self) -> int:
        """The highest id of all tokens; more than their number suggests where ids in between are unused."""
        return max(self._tokenizer.get_vocab(with_added_tokens=True).values())

    @property
    def mask_id(self) -> int:
        """Id of the mask token.

        Raises:
            SettingsError: the tokenizer has none.
        """
        if self._mask_id is None:
            raise SettingsError(
                "the model's tokenizer has no mask token",
                code="no-mask-token",
                fix="leave out the tasks of kind fill-mask, or take XLM-R",
            )
        return self._mask_id

    @property
    def special_ids(self) -> tuple[int, ...]:
        """Ids of the tokens that stand for no text, ascending."""
        added = self._tokenizer.get_added_tokens_decoder()
        return tuple(sorted(i for i, token in added.items() if token.special))

    def counts(self, ids: NDArray[np.integer]) -> tuple[int, int]:
        """How many ids stand for text, and how many of these are the unknown token."""
        import numpy as np

        unknown = 0 if self.unknown_id is None else int(np.count_nonzero(ids == self.unknown_id))
        special = int(np.isin(ids, self.special_ids).sum())
        # Most tokenizers count the unknown token among the special ones.
        return len(ids) - special + (unknown if self.unknown_id in self.special_ids else 0), unknown

    def token(self, token_id: int) -> str:
        """The token of an id."""
        token: str | None = self._tokenizer.id_to_token(token_id)
        return repr(token)

    def room(self, max_length: int, *, pair: bool = False) -> int:
        """Tokens that a text, or a pair of texts together, may have beside the special ones.

        Raises:
            SettingsError: none at all. The tokenizer itself would quietly exceed `max_length`.
        """
        special: int = self._tokenizer.num_special_tokens_to_add(is_pair=pair)
        if max_length <= special:
            raise SettingsError(
                f"max_length = {max_length} leaves no room beside {special} special tokens", code="max-length-too-short"
            )
        return max_length - special

    def encode(self, texts: Sequence[str], pairs: Sequence[str | None], max_length: int) -> list[Encoding]:
        """Encode texts and pairs of texts; the longer text is cut first where both do not fit.

        Raises:
            SettingsError: nothing fits.
        """
        self.room(max_length, pair=any(pair is not None for pair in pairs))
        self._tokenizer.enable_truncation(max_length, strategy="longest_first")
        inputs = [text if pair is None else (text, pair) for text, pair in zip(texts, pairs, strict=True)]
        encodings: list[Encoding] = self._tokenizer.encode_batch_fast(inputs)
        self._tokenizer.no_truncation()
        return encodings

    def windows(self, question: str, context: str, max_length: int, distance: int) -> list[Encoding]:
        """Encode a question with each window of its context, with character offsets.

        Args:
            distance: tokens between the starts of two windows, as in SQuAD's scripts; where the question leaves
                fewer for the context, windows follow each other without a gap.

        Raises:
            SettingsError: the question leaves no room for its context.
        """
        length = len(self._tokenizer.encode(question, add_special_tokens=False))
        room = self.room(max_length, pair=True) - length
        if room < 1:
            raise SettingsError(
                f"max_length = {max_length} leaves no room for a context beside a question of "
                f"{counted(length, 'token')}",
                code="no-room-for-context",
                fix="raise max_length or lower max_query_length",
            )
        # What the tokenizer calls stride is the overlap of two windows.
        self._tokenizer.enable_truncation(max_length, stride=max(0, room - distance), strategy="only_second")
        first: Encoding = self._tokenizer.encode(question, context)
        self._tokenizer.no_truncation()
        return [first, *first.overflowing]

    def cut(self, texts: Sequence[str], max_tokens: int) -> list[str]:
        """The texts themselves, each cut off after its first `max_tokens` tokens, or before if in mid-character."""
        encodings = self._tokenizer.encode_batch(list(texts), add_special_tokens=False)
        return [text[: _end(encoding, max_tokens)] for text, encoding in zip(texts, encodings, strict=True)]

    def words(self, words: Iterable[str], *, blank: bool = True) -> dict[str, list[int]]:
        """Token ids of each distinct word as it stands behind another, without special tokens.

        Args:
            blank: whether there is a blank between the two.

        Raises:
            SettingsError: there is none, and the tokenizer's tokens do not tell.
        """
        if blank:
            return _ids(self._tokenizer, words, self._blank)
        return _ids(self._joining, words)

    def first_words(self, words: Iterable[str]) -> dict[str, list[int]]:
        """Token ids of each distinct word as a text begins with it, without special tokens."""
        return _ids(self._tokenizer, words)

    @staticmethod
    def blanks_not_told() -> SettingsError:
        """The error for a tokenizer that makes the same tokens of a word with and without a blank before it."""
        return SettingsError(
            "word_blanks = as-written, but the tokenizer makes the same tokens of a word with and without a blank",
            code="blanks-not-told",
            fix="leave word_blanks out, or take a model whose tokens tell, such as XLM-R",
        )

    @functools.cached_property
    def _joining(self) -> Tokenizer:
        """The same tokenizer, for which a text does not begin with a blank.

        Raises:
            SettingsError: it makes the same tokens of it.
        """
        rules = json.loads(self._tokenizer.to_str())
        joining: Tokenizer = type(self._tokenizer).from_str(json.dumps(_without_prefix(rules)))
        if _ids(joining, "a") == _ids(self._tokenizer, "a", self._blank):
            raise self.blanks_not_told()
        return joining

    @functools.cached_property
    def _blank(self) -> str:
        """What a word is to begin with: a blank where the tokenizer counts it to the word, as byte pairs often do."""
        alone, behind, two = (self._tokenizer.encode(text, add_special_tokens=False).ids for text in ("a", " a", "a a"))
        return " " if two == alone + behind and two != alone + alone else ""

    @property
    def filler_id(self) -> int:
        """Id that stands for a word without any token: the unknown token's, else the mask's, else a special one's."""
        found = (self.unknown_id, self._mask_id, *self.special_ids, 0)
        return next(i for i in found if i is not None)

    def wrap(self, ids: list[int]) -> list[int]:
        """Ids of a single text with the special tokens around them."""
        return [*self._prefix, *ids, *self._suffix]

    @property
    def prefix_length(self) -> int:
        """Number of special tokens before a single text."""
        return len(self._prefix)

    def _special_ids(self) -> tuple[list[int], list[int]]:
        encoding = self._tokenizer.encode("a")
        mask = encoding.special_tokens_mask
        first, last = mask.index(0), len(mask) - mask[::-1].index(0)
        return encoding.ids[:first], encoding.ids[last:]


def _ids(tokenizer: Tokenizer, words: Iterable[str], before: str = "") -> dict[str, list[int]]:
    """Token ids of each distinct word by itself."""
    distinct = sorted(set(words))
    encodings = tokenizer.encode_batch_fast(
        [[f"{before}{word}"] for word in distinct], is_pretokenized=True, add_special_tokens=False
    )
    return {word: encoding.ids for word, encoding in zip(distinct, encodings, strict=True)}


def _without_prefix(rules: Any) -> Any:
    """The rules of a tokenizer without those that put a blank, or what stands for it, before a text."""
    if isinstance(rules, list):
        return [
            _without_prefix(rule) for rule in rules if not (isinstance(rule, dict) and rule.get("type") == "Prepend")
        ]
    if not isinstance(rules, dict):
        return rules
    changed = {name: _without_prefix(rules[name]) for name in ("normalizer", "normalizers") if rules.get(name)}
    changed |= {name: _without_prefix(rules[name]) for name in ("pre_tokenizer", "pretokenizers") if rules.get(name)}
    if rules.get("type") == "Metaspace":
        changed["prepend_scheme"] = "never"
    if rules.get("type") == "ByteLevel":
        changed["add_prefix_space"] = False
    return rules | changed


def _end(encoding: Encoding, tokens: int) -> int | None:
    """Character at which the first `tokens` tokens end, whole characters only; None where there are no more."""
    if len(encoding) <= tokens:
        return None
    offsets: list[tuple[int, int]] = encoding.offsets
    while tokens and offsets[tokens][0] < offsets[tokens - 1][1]:
        tokens -= 1
    return offsets[tokens - 1][1] if tokens else 0


def pair_start(type_ids: Sequence[int], sequence_ids: Sequence[int | None]) -> int:
    """Position at which the second text begins, its leading special token excluded; 0 for a single text."""
    if 1 in type_ids:
        return type_ids.index(1)
    return sequence_ids.index(1) if 1 in sequence_ids else 0


def log_softmax(scores: NDArray[np.float32]) -> NDArray[np.float64]:
    """Log-probabilities of a vector of scores, in double precision."""
    import numpy as np

    shifted = scores.astype(np.float64) - scores.max()
    result: NDArray[np.float64] = shifted - np.log(np.exp(shifted).sum())
    return result
