"""question-answering: the span of a context that answers a question, or none; long contexts in overlapping windows."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from random import Random
from typing import TYPE_CHECKING, ClassVar

from harness.hookspecs import hookimpl
from harness.kinds.base import DecodeTask, Fields, Kind, cluster_name
from harness.kinds.encoding import pair_start
from harness.kinds.places import Places, has_droppable, token_places, with_dropped
from harness.metrics import answers_by_threshold
from harness.rows import Answer, QuestionRow, Row
from harness.setting import KindSettings, setting
from harness.tasks import BadRow

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray

    from harness.hyper import Hyper
    from harness.kinds.encoding import TextEncoder
    from harness.kinds.features import Features
    from harness.metrics import Metric, Predictions
    from harness.perturbations import Edit

WITH_DROPPED = 3
"""Version of the rules for rows by which answers reach over characters that normalisers drop."""


@dataclass(frozen=True, kw_only=True)
class QuestionAnsweringSettings(KindSettings):
    """What only question-answering reads."""

    doc_stride: int = setting(
        "encoding",
        "question answering: tokens between the starts of two windows of a context",
        default=128,
        above=0,
    )
    max_answer_length: int = setting("decoding", "question answering: longest answer, in tokens", default=30, above=0)
    n_best: int = setting(
        "decoding", "question answering: candidate answers considered and stored", default=20, above=0
    )


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
    settings: ClassVar[type[KindSettings]] = QuestionAnsweringSettings

    def check(self, row: QuestionRow, labels: Sequence[str]) -> None:
        """Refuse empty texts and answers that are not in the context where they say they are."""
        del labels
        if not row.question.strip():
            raise BadRow("no question")
        if not row.context.strip():
            raise BadRow("no context")
        for answer in row.answers:
            if not answer.text.strip():
                raise BadRow("a blank answer; the labels of this file were probably removed")
            found = row.context[answer.start : answer.start + len(answer.text)]
            if found != answer.text:
                raise BadRow(f"answer {answer.text[:40]!r} is not in its context at {answer.start}: {found[:40]!r}")

    def rules(self, row: QuestionRow) -> int:
        """Later ones where an answer may begin or end with a character that normalisers drop."""
        return WITH_DROPPED if has_droppable(row.context) else super().rules(row)

    def texts(self, row: QuestionRow) -> tuple[str, ...]:
        """Question and context."""
        return (row.question, row.context)

    def edited(self, row: QuestionRow, edit: Edit) -> QuestionRow:
        """The question is changed, and the context outside its answers, which move along with it."""
        spans = [(answer.start, answer.start + len(answer.text)) for answer in row.answers]
        context, starts = edit.around(row.context, "context", spans)
        answers = tuple(Answer(answer.text, start) for answer, start in zip(row.answers, starts, strict=True))
        return replace(row, question=edit(row.question, "question"), context=context, answers=answers)

    def with_random_labels(self, rows: Sequence[QuestionRow], draw: Random) -> list[QuestionRow]:
        """Each row has an answer with as many words as another's, or none as another has, at any place of its context.

        Of several right answers to a question the first one counts, as in training.
        """
        lengths = [len(row.answers[0].text.split()) if row.answers else 0 for row in rows]
        draw.shuffle(lengths)
        return [
            replace(row, answers=(_any_answer(row.context, words, draw),) if words else ())
            for row, words in zip(rows, lengths, strict=True)
        ]

    def encode(
        self, rows: Sequence[QuestionRow], labels: Sequence[str], encoder: TextEncoder, hyper: Hyper
    ) -> Features:
        """Windows of `max_length` tokens, `doc_stride` tokens apart.

        Unit columns `start` and `end` are token positions of the answer. Token columns `char_start` and `char_end`
        are offsets in the context, -1 outside it.
        """
        from harness.kinds.features import FeatureBuilder

        del labels
        distance = hyper.own(QuestionAnsweringSettings).doc_stride
        questions = encoder.cut([row.question for row in rows], hyper.max_query_length)
        builder = FeatureBuilder()
        for index, (row, question) in enumerate(zip(rows, questions, strict=True)):
            if question != row.question:
                builder.truncated_rows.add(index)
            encodings = encoder.windows(question, row.context, hyper.max_length, distance)
            windows = [token_places(encoding, row.context) for encoding in encodings]
            answers = _answer_tokens(row.answers, windows)
            shown = with_dropped(windows, row.context)
            for encoding, places, (start, end) in zip(encodings, shown, answers, strict=True):
                second = pair_start(encoding.type_ids, encoding.sequence_ids)
                builder.sequence(encoding.ids, pair_start=second, char_start=places.starts, char_end=places.ends)
                builder.end_unit(index, start=start, end=end)
        return builder.build(pair_types=encoder.pair_types)

    def group(self, row: QuestionRow) -> str:
        """The context: its questions are alike."""
        return cluster_name(row.context)

    def lengths(self, texts: Sequence[float], hyper: Hyper) -> list[float]:
        """Roughly, the tokens of each window that a context is cut into."""
        *before, context = texts
        question = min(sum(before), hyper.max_query_length)
        room = max(1.0, hyper.max_length - question)
        distance = min(hyper.own(QuestionAnsweringSettings).doc_stride, room)
        windows = []
        while context > room:
            windows.append(question + room)
            context -= distance
        return [*windows, question + context]

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
        own = task.hyper.own(QuestionAnsweringSettings)
        spans: list[list[Span]] = [[] for _ in rows]
        null_scores = [float("inf")] * len(rows)
        char_starts, char_ends = features.token_columns["char_start"], features.token_columns["char_end"]
        for unit, scores in enumerate(outputs):
            row = int(features.rows[unit])
            begin = features.offsets[features.units[unit]]
            null_scores[row] = min(null_scores[row], float(scores[0, 0] + scores[1, 0]))
            in_context = char_starts[begin : begin + scores.shape[1]] >= 0
            spans[row] += _best_spans(unit, scores, in_context, own.n_best, own.max_answer_length)
        decoded: list[tuple[int, Fields]] = []
        for index, row_ in enumerate(rows):
            scores_of: dict[tuple[int, int], float] = {}
            for span in sorted(spans[index], key=lambda span: -span.score):
                begin = features.offsets[features.units[span.unit]]
                place = int(char_starts[begin + span.start]), int(char_ends[begin + span.end])
                # Overlapping windows bring the same span more than once; its best score counts.
                scores_of.setdefault(place, span.score)
            best = list(scores_of.items())[: own.n_best]
            none_wins = not best or (task.task.unanswerable and null_scores[index] > best[0][1])
            fields: Fields = {
                "gold": [answer.text for answer in row_.answers],
                "prediction": "" if none_wins else row_.context[slice(*best[0][0])],
                "no_answer_score": null_scores[index],
                "spans": [
                    {"text": row_.context[start:end], "start": start, "end": end, "score": score}
                    for (start, end), score in best
                ],
                "cluster": self.group(row_),
            }
            decoded.append((index, fields))
        return decoded

    def gold_predictions(self, rows: Sequence[QuestionRow]) -> list[tuple[int, Fields]]:
        """The first accepted answer of each question, or none where the context holds none."""
        found: list[tuple[int, Fields]] = []
        for index, row in enumerate(rows):
            texts = [answer.text for answer in row.answers]
            fields: Fields = {
                "gold": texts,
                "prediction": texts[0] if texts else "",
                "no_answer_score": 0.0 if texts else 2.0,
                "spans": [{"text": text, "score": 1.0} for text in texts[:1]],
                "cluster": self.group(row),
            }
            found.append((index, fields))
        return found

    def tune(self, predictions: Predictions, metric: Metric) -> Fields:
        """The `threshold` of the metric's best value; what no threshold changes counts, too.

        A question is left unanswered where the null score exceeds the best span's by more.
        """
        from harness.kinds.search.no_answer import best_threshold

        return {"threshold": best_threshold(predictions, metric)}

    def answers(self, predictions: Predictions, metric: Metric) -> Sequence[str]:
        """The answers by the tuned threshold, "" where a question is left unanswered; else those by threshold 0."""
        return answers_by_threshold(predictions) if metric.tuned else super().answers(predictions, metric)


def _any_answer(context: str, words: int, draw: Random) -> Answer:
    """So many words of a context, from any of them on; all of one that has fewer."""
    places = [match.span() for match in re.finditer(r"\S+", context)]
    words = min(words, len(places))
    first = draw.randrange(len(places) - words + 1)
    start, end = places[first][0], places[first + words - 1][1]
    return Answer(context[start:end], start)


def _answer_tokens(answers: Sequence[Answer], windows: Sequence[Places]) -> list[tuple[int, int]]:
    """Positions of the first answer's first and last token in each window; (0, 0) where it does not hold all of it."""
    if not answers:
        return [(0, 0)] * len(windows)
    begin, end = answers[0].start, answers[0].start + len(answers[0].text)
    touching = [
        [i for i, (s, e) in enumerate(zip(w.starts, w.ends, strict=True)) if s < end and e > begin] for w in windows
    ]
    # Not every character has a token, so an answer is whole where its tokens reach as far as in any window.
    reaches = [
        (w.starts[at[0]], w.ends[at[-1]]) if at else (end, begin) for w, at in zip(windows, touching, strict=True)
    ]
    whole = (min(first for first, _ in reaches), max(last for _, last in reaches))
    return [(at[0], at[-1]) if at and reach == whole else (0, 0) for at, reach in zip(touching, reaches, strict=True)]


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
            encode_with=("max_length", "max_query_length"),
        )
    )
