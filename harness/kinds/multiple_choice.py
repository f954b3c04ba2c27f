"""multiple-choice: a context, an optional question, two or more choices of which one is right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from random import Random
from typing import TYPE_CHECKING, ClassVar

from harness.errors import counted
from harness.hookspecs import hookimpl
from harness.kinds.base import DecodeTask, Fields, Kind, cluster_name
from harness.kinds.encoding import log_softmax, pair_start
from harness.rows import MultipleChoiceRow, Row
from harness.tasks import BadRow

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray

    from harness.hyper import Hyper
    from harness.kinds.encoding import TextEncoder
    from harness.kinds.features import Features
    from harness.perturbations import Edit


class MultipleChoice(Kind[MultipleChoiceRow]):
    """Each choice is encoded with the context and the question; all of a row's sequences are one unit."""

    row_type: ClassVar[type[Row]] = MultipleChoiceRow

    def check(self, row: MultipleChoiceRow, labels: Sequence[str]) -> None:
        """Refuse rows without context or question, and without a right choice among their choices."""
        del labels
        if not isinstance(row.context, str) or not isinstance(row.question, str):
            raise BadRow("a text is missing")
        if len(row.choices) < 2:
            raise BadRow(f"{counted(len(row.choices), 'choice')}, at least 2 are needed")
        if row.label is None:
            raise BadRow("no label")
        if not 0 <= row.label < len(row.choices):
            raise BadRow(f"unknown label {row.label}; the row has choices 0 to {len(row.choices) - 1}")

    def texts(self, row: MultipleChoiceRow) -> tuple[str, ...]:
        """Context with question, then the choices."""
        return (_stem(row), *row.choices)

    def lengths(self, texts: Sequence[float], hyper: Hyper) -> list[float]:
        """Roughly, the tokens of all choices, each with what comes before it."""
        stem, *choices = texts
        return [sum(min(stem + choice, hyper.max_length) for choice in choices)]

    def edited(self, row: MultipleChoiceRow, edit: Edit) -> MultipleChoiceRow:
        """Context, question and choices are changed; the choices stay as they are where two would become the same."""
        choices = tuple(edit(choice, f"choice {number}") for number, choice in enumerate(row.choices))
        if len(set(choices)) < len(set(row.choices)):
            choices = row.choices
        question = edit(row.question, "question")
        return replace(row, context=edit(row.context, "context"), question=question, choices=choices)

    def with_random_labels(self, rows: Sequence[MultipleChoiceRow], draw: Random) -> list[MultipleChoiceRow]:
        """Any choice of a row is as likely to be the right one."""
        return [replace(row, label=draw.randrange(len(row.choices))) for row in rows]

    def group(self, row: MultipleChoiceRow) -> str:
        """The context, where questions are asked about it."""
        return cluster_name(row.context) if row.context and row.question else ""

    def encode(
        self, rows: Sequence[MultipleChoiceRow], labels: Sequence[str], encoder: TextEncoder, hyper: Hyper
    ) -> Features:
        """One unit a row, one sequence a choice."""
        from harness.kinds.features import FeatureBuilder

        del labels
        stems = [_stem(row) for row in rows for _ in row.choices]
        encodings = iter(encoder.encode(stems, [choice for row in rows for choice in row.choices], hyper.max_length))
        builder = FeatureBuilder()
        for index, row in enumerate(rows):
            for _ in row.choices:
                encoding = next(encodings)
                if encoding.overflowing:
                    builder.truncated_rows.add(index)
                builder.sequence(encoding.ids, pair_start=pair_start(encoding.type_ids, encoding.sequence_ids))
            builder.end_unit(index, label=-1 if row.label is None else row.label)
        return builder.build(pair_types=encoder.pair_types)

    def decode(
        self,
        outputs: Sequence[NDArray[np.float32]],
        features: Features,
        rows: Sequence[MultipleChoiceRow],
        task: DecodeTask,
    ) -> list[tuple[int, Fields]]:
        """The most probable choice, and the log-probability of each."""
        del task
        decoded: list[tuple[int, Fields]] = []
        for index, scores in zip(features.rows.tolist(), outputs, strict=True):
            log_probs = log_softmax(scores)
            fields: Fields = {
                "gold": rows[index].label,
                "prediction": int(log_probs.argmax()),
                "log_probs": log_probs.tolist(),
            }
            decoded.append((index, fields))
        return decoded

    def gold_predictions(self, rows: Sequence[MultipleChoiceRow]) -> list[tuple[int, Fields]]:
        """The right choice of each row."""
        return [(i, {"gold": row.label, "prediction": row.label}) for i, row in enumerate(rows)]


def _stem(row: MultipleChoiceRow) -> str:
    return f"{row.context} {row.question}".strip()


@hookimpl
def register_kinds(register: Callable[[Kind[MultipleChoiceRow]], None]) -> None:
    """Register this kind."""
    register(MultipleChoice(name="multiple-choice", head="harness.modeling.heads.multiple_choice:MultipleChoiceHead"))
