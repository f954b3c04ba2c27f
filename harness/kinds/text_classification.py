"""text-classification: one text or a pair of texts, one label."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from random import Random
from typing import TYPE_CHECKING, ClassVar

from harness.hookspecs import hookimpl
from harness.kinds.base import DecodeTask, Fields, Kind, cluster_name
from harness.kinds.encoding import log_softmax, pair_start
from harness.rows import ClassificationRow, Row
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


@dataclass(frozen=True, kw_only=True)
class TextClassificationSettings(KindSettings):
    """What only text-classification reads."""

    classifier_pooling: str = setting(
        "encoding",
        "text-classification: how tokens become label scores: first is XLM-R's head, a dense layer with tanh over the "
        "first token; late is EuroBERT's, a dense layer with GELU over every token and the mean of the scores",
        default="first",
        choices=("first", "late"),
        later=True,
    )


class TextClassification(Kind[ClassificationRow]):
    """Pairs are encoded together and cut to `max_length`, the longer text first."""

    row_type: ClassVar[type[Row]] = ClassificationRow
    settings: ClassVar[type[KindSettings]] = TextClassificationSettings

    def check(self, row: ClassificationRow, labels: Sequence[str]) -> None:
        """Refuse rows without label, or with one that the task does not have."""
        if not row.label:
            raise BadRow("no label")
        if labels and row.label not in labels:
            raise BadRow(f"unknown label {row.label!r}; the task has {', '.join(labels)}")

    def texts(self, row: ClassificationRow) -> tuple[str, ...]:
        """The text, and its pair if there is one."""
        return (row.text,) if row.text_pair is None else (row.text, row.text_pair)

    def labels(self, rows: Sequence[ClassificationRow]) -> tuple[str, ...]:
        """Distinct labels, sorted."""
        return tuple(sorted({row.label for row in rows if row.label}))

    def edited(self, row: ClassificationRow, edit: Edit) -> ClassificationRow:
        """Both texts are changed."""
        pair = None if row.text_pair is None else edit(row.text_pair, "text_pair")
        return replace(row, text=edit(row.text, "text"), text_pair=pair)

    def with_random_labels(self, rows: Sequence[ClassificationRow], draw: Random) -> list[ClassificationRow]:
        """The labels of all rows, dealt anew."""
        labels = [row.label for row in rows]
        draw.shuffle(labels)
        return [replace(row, label=label) for row, label in zip(rows, labels, strict=True)]

    def group(self, row: ClassificationRow) -> str:
        """The first text of a pair, such as the premise of several hypotheses."""
        return "" if row.text_pair is None else cluster_name(row.text)

    def encode(
        self, rows: Sequence[ClassificationRow], labels: Sequence[str], encoder: TextEncoder, hyper: Hyper
    ) -> Features:
        """One sequence a row."""
        from harness.kinds.features import IGNORED, FeatureBuilder

        ids = {label: i for i, label in enumerate(labels)}
        builder = FeatureBuilder()
        encodings = encoder.encode([row.text for row in rows], [row.text_pair for row in rows], hyper.max_length)
        for index, (row, encoding) in enumerate(zip(rows, encodings, strict=True)):
            if encoding.overflowing:
                builder.truncated_rows.add(index)
            builder.sequence(encoding.ids, pair_start=pair_start(encoding.type_ids, encoding.sequence_ids))
            builder.end_unit(index, label=ids.get(row.label or "", IGNORED))
        return builder.build(pair_types=encoder.pair_types)

    def decode(
        self,
        outputs: Sequence[NDArray[np.float32]],
        features: Features,
        rows: Sequence[ClassificationRow],
        task: DecodeTask,
    ) -> list[tuple[int, Fields]]:
        """The most probable label, and the log-probability of each."""
        decoded: list[tuple[int, Fields]] = []
        for index, scores in zip(features.rows.tolist(), outputs, strict=True):
            log_probs = log_softmax(scores)
            fields: Fields = {
                "gold": rows[index].label,
                "prediction": task.labels[int(log_probs.argmax())],
                "log_probs": log_probs.tolist(),
            }
            decoded.append((index, fields))
        return decoded

    def gold_predictions(self, rows: Sequence[ClassificationRow]) -> list[tuple[int, Fields]]:
        """The label of each row."""
        return [(i, {"gold": row.label, "prediction": row.label}) for i, row in enumerate(rows)]


@hookimpl
def register_kinds(register: Callable[[Kind[ClassificationRow]], None]) -> None:
    """Register this kind."""
    register(
        TextClassification(
            name="text-classification",
            head="harness.modeling.heads.text_classification:TextClassificationHead",
            head_with=("classifier_pooling",),
        )
    )
