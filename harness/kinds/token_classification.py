"""token-classification: one tag a word. Long sentences are split and joined again, never cut (XTREME's protocol)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from random import Random
from typing import TYPE_CHECKING, ClassVar

from harness.errors import counted
from harness.hookspecs import hookimpl
from harness.kinds.base import DecodeTask, Fields, Kind, cut_lengths
from harness.kinds.encoding import TextEncoder
from harness.languages import has_blanks_between_words
from harness.rows import Row, TokenRow
from harness.setting import KindSettings, setting
from harness.tasks import BadRow

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray

    from harness.hyper import Hyper
    from harness.kinds.features import Features
    from harness.perturbations import Edit


AS_WRITTEN = "as-written"


@dataclass(frozen=True, kw_only=True)
class TokenClassificationSettings(KindSettings):
    """What only token-classification reads."""

    word_blanks: str = setting(
        "encoding",
        "token-classification: always puts a blank before every word, as XTREME does; as-written puts none between "
        "words of Burmese, Chinese, Japanese, Khmer, Lao and Thai, which are written without",
        default="always",
        choices=("always", AS_WRITTEN),
        later=True,
    )


class TokenClassification(Kind[TokenRow]):
    """Words are tokenised one by one; a word's first token carries its tag, the others are ignored.

    A sentence that does not fit is filled greedily, word by word, into several pieces. A word that has no token,
    or more than a whole piece holds, becomes the unknown token, so that every word has its tag.
    """

    row_type: ClassVar[type[Row]] = TokenRow
    settings: ClassVar[type[KindSettings]] = TokenClassificationSettings

    def check(self, row: TokenRow, labels: Sequence[str]) -> None:
        """Refuse sentences without words, with missing tags or with tags the task does not have."""
        if not row.tokens:
            raise BadRow("a sentence without words")
        if len(row.tokens) != len(row.tags):
            raise BadRow(f"{counted(len(row.tokens), 'word')} but {counted(len(row.tags), 'tag')}")
        if not all(row.tags):
            raise BadRow(f"no tag at word {row.tags.index('') + 1}")
        unknown = [tag for tag in row.tags if labels and tag not in labels]
        if unknown:
            raise BadRow(f"unknown tag {unknown[0]!r}; the task has {', '.join(labels)}")

    def texts(self, row: TokenRow) -> tuple[str, ...]:
        """The words with spaces between them."""
        return (" ".join(row.tokens),)

    def labels(self, rows: Sequence[TokenRow]) -> tuple[str, ...]:
        """Distinct tags, sorted."""
        return tuple(sorted({tag for row in rows for tag in row.tags}))

    def edited(self, row: TokenRow, edit: Edit) -> TokenRow:
        """Word by word, so that each keeps its tag."""
        return replace(row, tokens=tuple(edit.word(word, f"word {i}") for i, word in enumerate(row.tokens)))

    def with_random_labels(self, rows: Sequence[TokenRow], draw: Random) -> list[TokenRow]:
        """The tags of all words, dealt anew."""
        tags = [tag for row in rows for tag in row.tags]
        draw.shuffle(tags)
        dealt = iter(tags)
        return [replace(row, tags=tuple(islice(dealt, len(row.tags)))) for row in rows]

    def in_language(self, hyper: Hyper, language: str) -> Hyper:
        """Blanks as written are those of `always` where words have blanks, and in several languages together."""
        own = hyper.own(TokenClassificationSettings)
        if own.word_blanks == AS_WRITTEN and has_blanks_between_words(language):
            return replace(hyper, kind_settings=replace(own, word_blanks="always"))
        return hyper

    def check_tokenizer(self, hyper: Hyper, model_type: Callable[[], str]) -> None:
        """Refuse word pieces where blanks are left out: a word's are the same with and without one before it."""
        if hyper.own(TokenClassificationSettings).word_blanks == AS_WRITTEN and model_type() == "WordPiece":
            raise TextEncoder.blanks_not_told()

    def lengths(self, texts: Sequence[float], hyper: Hyper) -> list[float]:
        """Roughly, the tokens of each piece that a text is cut into."""
        return cut_lengths(sum(texts), hyper.max_length)

    def encode(self, rows: Sequence[TokenRow], labels: Sequence[str], encoder: TextEncoder, hyper: Hyper) -> Features:
        """One unit a piece; the token column `tag` holds the tag's id at each word's first token, `word` its index."""
        from harness.kinds.features import IGNORED, FeatureBuilder

        tag_ids = {tag: i for i, tag in enumerate(labels)}
        blank = hyper.own(TokenClassificationSettings).word_blanks != AS_WRITTEN
        vocabulary = encoder.words((word for row in rows for word in row.tokens), blank=blank)
        first_words = vocabulary if blank else encoder.first_words(row.tokens[0] for row in rows)
        room = encoder.room(hyper.max_length)
        builder, filler_id = FeatureBuilder(), encoder.filler_id
        for index, row in enumerate(rows):
            ids_of_words = (first_words[row.tokens[0]], *(vocabulary[word] for word in row.tokens[1:]))
            words = [_fit(ids, room, filler_id) for ids in ids_of_words]
            for first, piece in _pieces(words, room):
                ids = encoder.wrap([i for word in piece for i in word])
                tags, word_indices = [IGNORED] * len(ids), [-1] * len(ids)
                position = encoder.prefix_length
                for offset, word in enumerate(piece):
                    tags[position] = tag_ids.get(row.tags[first + offset], IGNORED)
                    word_indices[position] = first + offset
                    position += len(word)
                builder.sequence(ids, tag=tags, word=word_indices)
                builder.end_unit(index, weight=sum(tag != IGNORED for tag in tags))
        return builder.build()

    def decode(
        self, outputs: Sequence[NDArray[np.float32]], features: Features, rows: Sequence[TokenRow], task: DecodeTask
    ) -> list[tuple[int, Fields]]:
        """The most probable tag of each word, the pieces of a sentence joined."""
        words = features.token_columns["word"]
        tags: list[list[str]] = [[""] * len(row.tokens) for row in rows]
        for unit, best in enumerate(outputs):
            start, end = features.offsets[features.units[unit]], features.offsets[features.units[unit + 1]]
            indices = words[start:end]
            sentence = tags[features.rows[unit]]
            for word, tag in zip(indices[indices >= 0].tolist(), best.tolist(), strict=True):
                sentence[word] = task.labels[int(tag)]
        return [(i, {"gold": list(row.tags), "prediction": tags[i]}) for i, row in enumerate(rows)]

    def gold_predictions(self, rows: Sequence[TokenRow]) -> list[tuple[int, Fields]]:
        """The tags of each sentence."""
        return [(i, {"gold": list(row.tags), "prediction": list(row.tags)}) for i, row in enumerate(rows)]


def _fit(ids: list[int], room: int, filler_id: int) -> list[int]:
    return ids if 0 < len(ids) <= room else [filler_id]


def _pieces(words: list[list[int]], room: int) -> Iterator[tuple[int, list[list[int]]]]:
    """Consecutive words that fit together, with the index of the first."""
    first, piece, used = 0, list[list[int]](), 0
    for index, word in enumerate(words):
        if piece and used + len(word) > room:
            yield first, piece
            first, piece, used = index, [], 0
        piece.append(word)
        used += len(word)
    yield first, piece


@hookimpl
def register_kinds(register: Callable[[Kind[TokenRow]], None]) -> None:
    """Register this kind."""
    register(
        TokenClassification(
            name="token-classification",
            head="harness.modeling.heads.token_classification:TokenClassificationHead",
            by_language=("word_blanks",),
        )
    )
