"""bitext-mining: find which sentences of two sets are translations of each other, by their embeddings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from harness.errors import DataError
from harness.hookspecs import hookimpl
from harness.kinds.base import DecodeTask, Fields, Kind
from harness.kinds.sentence_similarity import EmbeddingSettings, SentenceSimilarity, translated
from harness.rows import SentenceRow
from harness.setting import KindSettings

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray

    from harness.kinds.features import Features
    from harness.metrics import Metric, Predictions


class BitextMining(SentenceSimilarity):
    """As sentence-similarity, but most sentences have no translation: a pair is mined if its score is high enough.

    How high is tuned on development rows in the same language.
    """

    settings: ClassVar[type[KindSettings]] = EmbeddingSettings

    def take(self, rows: Sequence[SentenceRow], limit: int) -> Sequence[SentenceRow]:
        """`limit` sentences of each side in their order, those of the first pairs of translations among them."""
        sources = [row for row in rows if row.side == "source"]
        chosen = sorted(sources, key=lambda row: not row.matches)[:limit]
        wanted = {key for row in chosen for key in row.matches}
        targets = sorted((row for row in rows if row.side == "target"), key=lambda row: row.key not in wanted)[:limit]
        kept = {id(row) for row in (*chosen, *targets)}
        return [row for row in rows if id(row) in kept]

    def decode(
        self,
        outputs: Sequence[NDArray[np.float32]],
        features: Features,
        rows: Sequence[SentenceRow],
        task: DecodeTask,
    ) -> list[tuple[int, Fields]]:
        """Each source sentence's candidate and its score; None for a sentence without one, or that is repeated.

        Sentences of the same text are mined as one. As in XTREME no pair is made of them, because it could not be
        told which of them is meant, but they keep others from their candidates.
        """
        import numpy as np

        from harness.kinds.search.mining import mine
        from harness.kinds.search.retrieval import centred

        del features
        sides = {side: _Side([i for i, row in enumerate(rows) if row.side == side], rows) for side in SIDES}
        source, target = sides["source"], sides["target"]
        if not source.rows or not target.rows:
            raise DataError(
                f"{len(source.rows)} source and {len(target.rows)} target sentences; both are needed",
                code="one-side-missing",
            )
        vectors = [np.stack([outputs[i] for i in side.rows]) for side in (source, target)]
        if task.hyper.own(EmbeddingSettings).centring:
            vectors = [centred(side) for side in vectors]
        mined: dict[int, Fields] = {}
        for pair in mine(*vectors):
            here, there = source.rows[pair.source], target.rows[pair.target]
            if source.is_unique(here) and target.is_unique(there):
                mined[here] = {"prediction": rows[there].key, "score": pair.score}
        return [
            (i, {"gold": list(row.matches), **mined.get(i, {"prediction": None, "score": None}), "source": row.key})
            for i, row in enumerate(rows)
            if row.side == "source"
        ]

    def gold_predictions(self, rows: Sequence[SentenceRow]) -> list[tuple[int, Fields]]:
        """The translation of each source sentence that has one among the target sentences."""
        found: list[tuple[int, Fields]] = []
        for index, row, keys in translated(rows):
            pair: Fields = {"prediction": keys[0], "score": 1.0} if keys else {"prediction": None, "score": None}
            found.append((index, {"gold": list(row.matches), **pair, "source": row.key}))
        return found

    def tune(self, predictions: Predictions, metric: Metric) -> Fields:
        """The threshold of the highest F1."""
        from harness.kinds.search.mining import best_threshold

        del metric
        return {"threshold": best_threshold(predictions)}

    def answers(self, predictions: Predictions, metric: Metric) -> Sequence[str | None]:
        """The mined translation of each source sentence; None where the candidate does not reach the threshold."""
        if not metric.tuned:
            return super().answers(predictions, metric)
        columns = (predictions[name] for name in ("prediction", "score", "threshold"))
        return [
            key if score is not None and score >= threshold else None
            for key, score, threshold in zip(*columns, strict=True)
        ]


SIDES = ("source", "target")


class _Side:
    """The different sentences of one side.

    Attributes:
        rows: index of the last row of each different text, in the order of their first ones.
    """

    def __init__(self, indices: Sequence[int], rows: Sequence[SentenceRow]) -> None:
        self._texts = {i: rows[i].text.strip() for i in indices}
        self._counts = Counter(self._texts.values())
        self.rows = list({text: i for i, text in self._texts.items()}.values())

    def is_unique(self, row: int) -> bool:
        """Whether no other row has the same text."""
        return self._counts[self._texts[row]] == 1


@hookimpl
def register_kinds(register: Callable[[Kind[SentenceRow]], None]) -> None:
    """Register this kind."""
    register(
        BitextMining(
            name="bitext-mining",
            head="harness.modeling.heads.sentence_similarity:SentenceEmbedding",
            decode_with=("layer", "pooling"),
        )
    )
