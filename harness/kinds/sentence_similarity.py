"""sentence-similarity: find each source sentence's translation among the target sentences, by their embeddings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

from harness.errors import DataError, counted
from harness.hookspecs import hookimpl
from harness.kinds.base import DecodeTask, Fields, Kind
from harness.rows import Row, SentenceRow
from harness.setting import KindSettings, setting
from harness.tasks import BadRow

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray

    from harness.hyper import Hyper
    from harness.kinds.encoding import TextEncoder
    from harness.kinds.features import Features
    from harness.perturbations import Edit

CANDIDATES = 10
"""Nearest sentences stored with each prediction."""


@dataclass(frozen=True, kw_only=True)
class EmbeddingSettings(KindSettings):
    """What the kinds that compare sentences by their embeddings read."""

    centring: bool = setting(
        "decoding",
        "sentence embeddings: subtract the mean of each side's vectors before comparing",
        default=False,
        later=True,
    )
    text_prefix: str = setting(
        "encoding",
        "sentence embeddings: put before every sentence, with a blank behind it, such as query: for E5",
        default="",
        later=True,
    )


@dataclass(frozen=True, kw_only=True)
class SentenceSimilaritySettings(EmbeddingSettings):
    """What sentence-similarity reads of its own."""

    similarity: str = setting(
        "decoding",
        "sentence-similarity: what nearest means",
        default="cosine",
        choices=("cosine", "dot"),
        later=True,
    )
    direction: str = setting(
        "decoding",
        "sentence-similarity: forward asks about English sentences and searches the foreign ones, backward is the "
        "other way round",
        default="forward",
        choices=("forward", "backward"),
        later=True,
    )


class SentenceSimilarity(Kind[SentenceRow]):
    """Not trained on its target: the encoder as it is after the intermediate phase is what is scored."""

    row_type: ClassVar[type[Row]] = SentenceRow
    settings: ClassVar[type[KindSettings]] = SentenceSimilaritySettings
    trained: ClassVar[bool] = False

    def check(self, row: SentenceRow, labels: Sequence[str]) -> None:
        """Refuse empty sentences and unknown sides."""
        del labels
        if not row.text.strip():
            raise BadRow("an empty sentence")
        if row.side not in ("source", "target"):
            raise BadRow(f"unknown side {row.side!r}; a sentence is on the side source or target")

    def texts(self, row: SentenceRow) -> tuple[str, ...]:
        """The sentence."""
        return (row.text,)

    def take(self, rows: Sequence[SentenceRow], limit: int) -> Sequence[SentenceRow]:
        """The first `limit` sentences of each side."""
        seen: Counter[str] = Counter()
        taken = []
        for row in rows:
            seen[row.side] += 1
            if seen[row.side] <= limit:
                taken.append(row)
        return taken

    def edited(self, row: SentenceRow, edit: Edit) -> SentenceRow:
        """Sentences asked about are changed; those searched are not, since users seldom type a collection in."""
        return replace(row, text=edit(row.text, "text")) if row.side == "source" else row

    def encode(
        self, rows: Sequence[SentenceRow], labels: Sequence[str], encoder: TextEncoder, hyper: Hyper
    ) -> Features:
        """One sequence a sentence, with the prefix of the settings."""
        from harness.kinds.features import FeatureBuilder

        del labels
        builder = FeatureBuilder()
        prefix = prefix_of(hyper.own(EmbeddingSettings).text_prefix)
        texts = [f"{prefix}{row.text}" for row in rows]
        for index, encoding in enumerate(encoder.encode(texts, [None] * len(rows), hyper.max_length)):
            if encoding.overflowing:
                builder.truncated_rows.add(index)
            builder.sequence(encoding.ids)
            builder.end_unit(index)
        return builder.build()

    def decode(
        self,
        outputs: Sequence[NDArray[np.float32]],
        features: Features,
        rows: Sequence[SentenceRow],
        task: DecodeTask,
    ) -> list[tuple[int, Fields]]:
        """The nearest target sentence of each source sentence and its nearest rivals; backward, the other way round."""
        import numpy as np

        from harness.kinds.search.retrieval import centred, nearest

        del features
        sources = [i for i, row in enumerate(rows) if row.side == "source"]
        targets = [i for i, row in enumerate(rows) if row.side == "target"]
        own = task.hyper.own(SentenceSimilaritySettings)
        backward = own.direction == "backward"
        asked, searched = (targets, sources) if backward else (sources, targets)
        if not asked or not searched:
            raise DataError(
                f"{counted(len(asked), 'sentence')} to ask about, {len(searched)} to search; both sides are needed",
                code="one-side-missing",
            )
        if backward and not any(rows[i].matches for i in targets):
            raise DataError(
                "direction = backward asks about target sentences, but none of them names its match on the other side",
                code="no-backward-matches",
            )
        queries, candidates = (np.stack([outputs[i] for i in side]) for side in (asked, searched))
        if own.centring:
            queries, candidates = centred(queries), centred(candidates)
        found = nearest(queries, candidates, CANDIDATES, similarity=own.similarity)
        decoded: list[tuple[int, Fields]] = []
        for row, indices, scores in zip(asked, found.indices.tolist(), found.scores.tolist(), strict=True):
            keys = [rows[searched[i]].key for i in indices]
            fields: Fields = {
                "gold": list(rows[row].matches),
                "prediction": keys[0],
                "candidates": [{"key": key, "score": score} for key, score in zip(keys, scores, strict=True)],
                "text": rows[row].text,
            }
            decoded.append((row, fields))
        return decoded

    def gold_predictions(self, rows: Sequence[SentenceRow]) -> list[tuple[int, Fields]]:
        """The translations of each source sentence that are among the target sentences."""
        found: list[tuple[int, Fields]] = []
        for index, row, keys in translated(rows):
            fields: Fields = {
                "gold": list(row.matches),
                "prediction": keys[0] if keys else None,
                "candidates": [{"key": key, "score": 1.0} for key in keys],
                "text": row.text,
            }
            found.append((index, fields))
        return found


def prefix_of(setting: str) -> str:
    """What stands before every sentence: the words of the setting `text_prefix` and a blank, or nothing."""
    return f"{setting.strip()} " if setting.strip() else ""


def translated(rows: Sequence[SentenceRow]) -> Iterator[tuple[int, SentenceRow, list[str]]]:
    """Index and row of each source sentence, and the keys of its translations that the rows hold."""
    there = {row.key for row in rows if row.side == "target"}
    for index, row in enumerate(rows):
        if row.side == "source":
            yield index, row, [key for key in row.matches if key in there]


@hookimpl
def register_kinds(register: Callable[[Kind[SentenceRow]], None]) -> None:
    """Register this kind."""
    register(
        SentenceSimilarity(
            name="sentence-similarity",
            version=2,
            head="harness.modeling.heads.sentence_similarity:SentenceEmbedding",
            decode_with=("layer", "pooling"),
        )
    )
