"""text-retrieval: rank candidate texts by their dot product with a query, one encoder for both."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from random import Random
from typing import TYPE_CHECKING, ClassVar

from harness.errors import DataError, counted
from harness.hookspecs import hookimpl
from harness.kinds.base import DecodeTask, Fields, Kind
from harness.rows import RetrievalRow, Row
from harness.tasks import BadRow

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray

    from harness.hyper import Hyper
    from harness.kinds.encoding import TextEncoder
    from harness.kinds.features import Features
    from harness.perturbations import Edit

RANKED = 20
"""Best candidates stored with each prediction."""


class TextRetrieval(Kind[RetrievalRow]):
    """A row to train on is a unit of two sequences, the query and its right candidate; any other row is one sequence.

    A split holds the queries of one language and every candidate they are compared with, of whatever language.
    """

    row_type: ClassVar[type[Row]] = RetrievalRow
    whole_step: ClassVar[bool] = True

    def check(self, row: RetrievalRow, labels: Sequence[str]) -> None:
        """Refuse blank texts, unknown sides, candidates without key and queries without a right candidate."""
        del labels
        if not row.text.strip():
            raise BadRow("a blank text")
        if row.side not in ("query", "candidate"):
            raise BadRow(f"unknown side {row.side!r}; a text is on the side query or candidate")
        if row.side == "candidate" and not row.key:
            raise BadRow("a candidate without key")
        if row.side == "candidate" and (row.matches or row.positive):
            raise BadRow("a candidate with right candidates of its own")
        if row.side == "query" and not row.matches and not row.positive.strip():
            raise BadRow("a query without a right candidate")

    def texts(self, row: RetrievalRow) -> tuple[str, ...]:
        """The text, and the right candidate's where the row has it."""
        return (row.text, row.positive) if row.positive else (row.text,)

    def lengths(self, texts: Sequence[float], hyper: Hyper) -> list[float]:
        """Roughly, the tokens of the text and of the candidate."""
        *before, last = texts
        query_length = min(hyper.max_query_length, hyper.max_length)
        return [sum(min(text, query_length) for text in before) + min(last, hyper.max_length)]

    def group(self, row: RetrievalRow) -> str:
        """What the row says."""
        return row.group

    def take(self, rows: Sequence[RetrievalRow], limit: int) -> Sequence[RetrievalRow]:
        """The first `limit` queries, their right candidates, and the first `limit` candidates in any case."""
        queries = [row for row in rows if row.side == "query"][:limit]
        wanted = {key for row in queries for key in row.matches}
        wanted |= {row.key for row in [row for row in rows if row.side == "candidate"][:limit]}
        kept = set(map(id, queries))
        return [row for row in rows if id(row) in kept or (row.side == "candidate" and row.key in wanted)]

    def edited(self, row: RetrievalRow, edit: Edit) -> RetrievalRow:
        """Queries are changed; candidates are not, since users seldom type a collection in."""
        return replace(row, text=edit(row.text, "text")) if row.side == "query" else row

    def with_random_labels(self, rows: Sequence[RetrievalRow], draw: Random) -> list[RetrievalRow]:
        """The right candidates of all queries to train on, dealt anew."""
        candidates = [row.positive for row in rows if row.positive]
        draw.shuffle(candidates)
        dealt = iter(candidates)
        return [replace(row, positive=next(dealt)) if row.positive else row for row in rows]

    def encode(
        self, rows: Sequence[RetrievalRow], labels: Sequence[str], encoder: TextEncoder, hyper: Hyper
    ) -> Features:
        """Queries of up to `max_query_length` tokens, candidates of up to `max_length`, special ones included."""
        from harness.kinds.features import FeatureBuilder

        del labels
        query_length = min(hyper.max_query_length, hyper.max_length)
        queries = [row.text for row in rows if row.side == "query"]
        passages = [_passage(row) for row in rows if _passage(row)]
        encoded_queries = iter(encoder.encode(queries, [None] * len(queries), query_length))
        encoded_passages = iter(encoder.encode(passages, [None] * len(passages), hyper.max_length))
        builder = FeatureBuilder()
        for index, row in enumerate(rows):
            encodings = [next(encoded_queries)] if row.side == "query" else []
            encodings += [next(encoded_passages)] if _passage(row) else []
            for encoding in encodings:
                if encoding.overflowing:
                    builder.truncated_rows.add(index)
                builder.sequence(encoding.ids)
            builder.end_unit(index)
        return builder.build()

    def decode(
        self,
        outputs: Sequence[NDArray[np.float32]],
        features: Features,
        rows: Sequence[RetrievalRow],
        task: DecodeTask,
    ) -> list[tuple[int, Fields]]:
        """The keys of the best candidates of each query with their cosine, and the query's group.

        Raises:
            DataError: there is no candidate, or a query is one to train on, without keys of right candidates.
        """
        import numpy as np

        from harness.kinds.search.retrieval import nearest

        del features, task
        queries = [i for i, row in enumerate(rows) if row.side == "query"]
        candidates = [i for i, row in enumerate(rows) if row.side == "candidate"]
        unscored = sum(not rows[i].matches for i in queries)
        if not queries or not candidates or unscored:
            raise DataError(
                f"{counted(len(queries), 'query')}, {unscored} of them for training only, and "
                f"{counted(len(candidates), 'candidate')}; "
                "scoring needs both, and the keys of each query's right candidates",
                code="one-side-missing",
            )
        found = nearest(
            np.concatenate([outputs[i] for i in queries]), np.concatenate([outputs[i] for i in candidates]), RANKED
        )
        decoded: list[tuple[int, Fields]] = []
        for row, indices, scores in zip(queries, found.indices.tolist(), found.scores.tolist(), strict=True):
            keys = [rows[candidates[i]].key for i in indices]
            fields: Fields = {
                "gold": list(rows[row].matches),
                "prediction": keys[0],
                "candidates": [{"key": key, "score": score} for key, score in zip(keys, scores, strict=True)],
                "cluster": self.group(rows[row]) or str(row),
            }
            decoded.append((row, fields))
        return decoded

    def gold_predictions(self, rows: Sequence[RetrievalRow]) -> list[tuple[int, Fields]]:
        """The right candidates of each query to be scored, as far as they are among the candidates."""
        there = {row.key for row in rows if row.side == "candidate"}
        found: list[tuple[int, Fields]] = []
        for index, row in enumerate(rows):
            if row.side == "query" and row.matches:
                keys = [key for key in row.matches if key in there][:RANKED]
                fields: Fields = {
                    "gold": list(row.matches),
                    "prediction": keys[0] if keys else None,
                    "candidates": [{"key": key, "score": 1.0} for key in keys],
                    "cluster": self.group(row) or str(index),
                }
                found.append((index, fields))
        return found


def _passage(row: RetrievalRow) -> str:
    """What a row has on the candidates' side; "" for a query to be scored."""
    return row.text if row.side == "candidate" else row.positive


@hookimpl
def register_kinds(register: Callable[[Kind[RetrievalRow]], None]) -> None:
    """Register this kind."""
    register(
        TextRetrieval(
            name="text-retrieval",
            head="harness.modeling.heads.text_retrieval:DualEncoderHead",
            encode_with=("max_length", "max_query_length"),
        )
    )
