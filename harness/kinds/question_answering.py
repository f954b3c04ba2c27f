"""question-answering: the span of a context that answers a question, or none; long contexts in overlapping windows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from harness.hookspecs import hookimpl
from harness.kinds.base import DecodeTask, Fields, Kind
from harness.rows import QuestionRow, Row
from harness.tasks import BadRow

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray
    from tokenizers import Encoding

    from harness.hyper import Hyper
    from harness.kinds.encoding import TextEncoder
    from harness.kinds.features import Features


@dataclass(frozen=True, slots=True)
class Span:
    """A candidate answer: token positions in its unit, and the sum of its start and end scores."""

    unit: int
    start: int
    end: int
    score: float


class QuestionAnswering(Kind[QuestionRow]):
    """Each window is a unit; a window without the whole answer points at its first token (SQuAD 2.0's null answer)."""

    row_type: ClassVar[type[Row]] = QuestionRow

    def check(self, row: QuestionRow, labels: Sequence[str]) -> None:
        """Refuse empty texts and answers that are not in the context where they say they are."""
        del labels
        if not row.question.strip():
            raise BadRow("no question")
        if not row.context.strip():
            raise BadRow("no context")
        for answer in row.answers:
            if not answer.text:
                raise BadRow("a blank answer; the labels of this file were probably removed")
            found = row.context[answer.start : answer.start + len(answer.text)]
            if found != answer.text:
                raise BadRow(f"answer {answer.text[:40]!r} is not in its context at {answer.start}: {found[:40]!r}")

    def texts(self, row: QuestionRow) -> tuple[str, ...]:
        """Question and context."""
        return (row.question, row.context)

    def encode(
        self, rows: Sequence[QuestionRow], labels: Sequence[str], encoder: TextEncoder, hyper: Hyper
    ) -> Features:
        """Windows of `max_length` tokens, `doc_stride` tokens apart.

        Unit columns `start` and `end` are token positions of the answer. Token columns `char_start` and `char_end`
        are offsets in the context, -1 outside it.
        """
        from harness.kinds.features import FeatureBuilder

        del labels
        questions = encoder.cut([row.question for row in rows], hyper.max_query_length)
        builder = FeatureBuilder()
        for index, (row, question) in enumerate(zip(rows, questions, strict=True)):
            if question != row.question:
                builder.truncated_rows.add(index)
            # `doc_stride` is the distance between windows (SQuAD's scripts), the tokenizer's stride their overlap.
            room = hyper.max_length - len(encoder.windows(question, "", hyper.max_length, 0)[0])
            overlap = max(0, room - hyper.doc_stride)
            for window in encoder.windows(question, row.context, hyper.max_length, overlap):
                starts, ends = _context_offsets(window)
                start, end = _answer_tokens(row, starts, ends)
                builder.sequence(window.ids, pair_start=window.sequence_ids.index(1), char_start=starts, char_end=ends)
                builder.end_unit(index, start=start, end=end)
        return builder.build()

    def decode(
        self,
        outputs: Sequence[NDArray[np.float32]],
        features: Features,
        rows: Sequence[QuestionRow],
        task: DecodeTask,
    ) -> list[tuple[int, Fields]]:
        """The best span over all windows of a question, its `n_best` rivals, the null answer's score and the paragraph.

        The null score is the smallest over the windows, as in SQuAD 2.0's baseline. Where the task has unanswerable
        questions, a null score above the best span's gives the empty answer.
        """
        from harness.evaluation.score import cluster_name

        hyper = task.hyper
        spans: list[list[Span]] = [[] for _ in rows]
        null_scores = [float("inf")] * len(rows)
        char_starts, char_ends = features.token_columns["char_start"], features.token_columns["char_end"]
        for unit, scores in enumerate(outputs):
            row = int(features.rows[unit])
            begin = features.offsets[features.units[unit]]
            null_scores[row] = min(null_scores[row], float(scores[0, 0] + scores[1, 0]))
            in_context = char_starts[begin : begin + scores.shape[1]] >= 0
            spans[row] += _best_spans(unit, scores, in_context, hyper.n_best, hyper.max_answer_length)
        decoded: list[tuple[int, Fields]] = []
        for index, row_ in enumerate(rows):
            best = sorted(spans[index], key=lambda span: -span.score)[: hyper.n_best]
            candidates = []
            for span in best:
                begin = features.offsets[features.units[span.unit]]
                start, end = int(char_starts[begin + span.start]), int(char_ends[begin + span.end])
                candidates.append({"text": row_.context[start:end], "start": start, "end": end, "score": span.score})
            none_wins = not candidates or (task.task.unanswerable and null_scores[index] > best[0].score)
            fields: Fields = {
                "gold": [answer.text for answer in row_.answers],
                "prediction": "" if none_wins else candidates[0]["text"],
                "no_answer_score": null_scores[index],
                "spans": candidates,
                "cluster": cluster_name(row_.context),
            }
            decoded.append((index, fields))
        return decoded


def _context_offsets(window: Encoding) -> tuple[list[int], list[int]]:
    starts, ends = [], []
    for sequence, (start, end) in zip(window.sequence_ids, window.offsets, strict=True):
        # A token of no characters (a lone word-start mark) cannot begin or end an answer.
        inside = sequence == 1 and end > start
        starts.append(start if inside else -1)
        ends.append(end if inside else -1)
    return starts, ends


def _answer_tokens(row: QuestionRow, starts: list[int], ends: list[int]) -> tuple[int, int]:
    """Token positions of the first answer, or (0, 0) where this window does not hold all of it."""
    if not row.answers:
        return 0, 0
    answer = row.answers[0]
    first = [i for i, (s, e) in enumerate(zip(starts, ends, strict=True)) if s >= 0 and s <= answer.start < e]
    last_character = answer.start + len(answer.text) - 1
    last = [i for i, (s, e) in enumerate(zip(starts, ends, strict=True)) if s >= 0 and s <= last_character < e]
    return (first[0], last[-1]) if first and last else (0, 0)


def _best_spans(
    unit: int, scores: NDArray[np.float32], in_context: NDArray[np.bool_], n_best: int, max_length: int
) -> list[Span]:
    """The best spans of one window that lie in the context, run forward and are not too long."""
    import numpy as np

    usable = np.flatnonzero(in_context)
    if not len(usable):
        return []
    start_scores, end_scores = scores[0, usable], scores[1, usable]
    starts = usable[np.argsort(-start_scores, kind="stable")[:n_best]]
    ends = usable[np.argsort(-end_scores, kind="stable")[:n_best]]
    first, last = np.meshgrid(starts, ends, indexing="ij")
    valid = (last >= first) & (last - first < max_length)
    totals = np.where(valid, scores[0, first] + scores[1, last], -np.inf)
    order = np.argsort(-totals, axis=None, kind="stable")[:n_best]
    chosen = [np.unravel_index(flat, totals.shape) for flat in order]
    return [Span(unit, int(first[at]), int(last[at]), float(totals[at])) for at in chosen if np.isfinite(totals[at])]


@hookimpl
def register_kinds(register: Callable[[Kind[QuestionRow]], None]) -> None:
    """Register this kind."""
    register(
        QuestionAnswering(
            name="question-answering",
            head="harness.modeling.heads.question_answering:QuestionAnsweringHead",
            encode_with=("max_length", "doc_stride", "max_query_length"),
            decode_with=("n_best", "max_answer_length"),
        )
    )
