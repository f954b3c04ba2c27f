"""Predictions of one checkpoint on one task, split and language, with what was found while making them."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar

from harness.hookspecs import hookimpl
from harness.perturbations import condition_name
from harness.planning.stages.base import Checkpoint, Stage, StageType
from harness.planning.stages.encoding import encoded
from harness.planning.stages.head_of import check_head_of
from harness.planning.stages.models import ENCODING
from harness.planning.stages.rows import Rows
from harness.planning.stages.training import MODELING, PHASES, phase_facts

if TYPE_CHECKING:
    from harness.planning.store import Building
    from harness.planning.workbench import Workbench


@dataclass(frozen=True)
class Tuning:
    """Validation rows on which a task's threshold is tuned, and the metric that it is the best one for.

    Attributes:
        rows: in the language that is scored.
    """

    rows: Rows
    metric: str
    metric_version: int

    FIRST: ClassVar[Mapping[str, int]] = {"mining_f1": 1, "squad_v2_f1": 1}
    """Metrics, one per kind, and their versions from before digests counted them: stored digests do not name these."""

    @property
    def inputs(self) -> dict[str, Any]:
        """What of it decides predictions."""
        counted = {"tuned_by": [self.metric, self.metric_version]}
        return {"tuning": self.rows.encoding, **(counted if self.FIRST.get(self.metric) != self.metric_version else {})}


@dataclass(frozen=True, kw_only=True)
class Predict(Stage):
    """Predictions of one checkpoint.

    Attributes:
        rows: what is predicted.
        precision: "fp32" or "bf16".
        tuning: for tasks with a metric that reads what is tuned on validation rows.
        head_of: the checkpoint whose head of the task is put on the encoder, where it is not the checkpoint's own; one
            that the same model was trained to.
    """

    checkpoint: Checkpoint
    rows: Rows
    precision: str
    tuning: Tuning | None = None
    head_of: Checkpoint | None = None
    kind: ClassVar[str] = "predict"
    folder: ClassVar[str] = "predict"
    loads_model: ClassVar[bool] = True
    version: ClassVar[int] = 3
    code: ClassVar[tuple[str, ...]] = (
        *ENCODING,
        *MODELING,
        "harness/evaluation/predictions.py",
        "harness/planning/overlap.py",
        "harness/planning/stages/training.py",
        "harness/planning/stages/predicting.py",
    )

    def __post_init__(self) -> None:
        check_head_of(self.head_of, self.checkpoint)

    def parents(self) -> Mapping[str, Stage]:
        """The checkpoint, the model behind it, the encoded rows, and the checkpoint that the head is of."""
        rows = encoded(self.rows, self.checkpoint)
        return {
            "checkpoint": self.checkpoint,
            "origin": self.checkpoint.origin,
            "rows with the tokenizer's ids": rows.whole,
            "rows": rows,
            **({"tuning rows": encoded(self.tuning.rows, self.checkpoint)} if self.tuning else {}),
            **({"head": self.head_of} if self.head_of else {}),
        }

    @property
    def inputs(self) -> dict[str, Any]:
        """Checkpoint, rows, and how outputs become predictions."""
        return {
            "checkpoint": self.checkpoint.digest,
            "data": self.rows.encoding,
            "split": self.rows.split,
            "language": self.rows.language,
            "decoding": self.rows.decoding_inputs,
            "precision": self.precision,
            **(self.tuning.inputs if self.tuning else {}),
            **({"head_of": self.head_of.digest} if self.head_of else {}),
        }

    def with_head_of(self, checkpoint: Checkpoint) -> Stage:
        """By its head, where another one is not named."""
        return self if self.head_of else replace(self, head_of=checkpoint)

    def build(self, bench: Workbench, out: Building) -> None:
        """Predict, tune where the task asks for it, and look for overlap."""
        from harness.evaluation import predictions

        rows, out.facts["truncated"] = self._predicted(bench, self.rows)
        out.facts["unknown"] = self._unknown(bench)
        out.facts[PHASES] = phase_facts(bench, self.checkpoint)
        tuning = self.tuning.rows if self.tuning else None
        overlaps = bench.overlap.of(bench.data.clean(self.rows), self.checkpoint.phases, tuning)
        out.facts["overlap"] = [overlap.to_json() for overlap in overlaps]
        if self.tuning:
            development, _ = self._predicted(bench, self.tuning.rows)
            metric = bench.registry.metric(self.tuning.metric)
            tuned = bench.kind(self.rows.task).tune(predictions.columns_of(development), metric)
            predictions.write(out.directory, development, predictions.TUNING_FILE)
            rows = [row | tuned for row in rows]
        predictions.write(out.directory, rows)

    def describe(self) -> str:
        """Which rows."""
        changed = f", {condition_name(self.rows.transforms)}" if self.rows.transforms else ""
        return f"{self.rows.task} {self.rows.split}, {self.rows.language}{changed}"

    def _predicted(self, bench: Workbench, rows: Rows) -> tuple[list[dict[str, Any]], int]:
        """Predictions of some rows, and of how many rows some text was cut off."""
        from harness.planning.heads import decoded, predictor_for
        from harness.training.failures import translated
        from harness.training.predict import Predictor

        features = encoded(rows, self.checkpoint).load(bench)
        head = bench.registry.task(rows.task).trained_as
        with translated(f"predicting {rows.where}", rows.hyper, training=False):
            predictor = predictor_for(bench, rows, self.checkpoint, self.head_of, self.precision)
            predictor.mine.told = functools.partial(self.advanced, bench)
            computed = predictor.call(Predictor.outputs, head, features, rows.hyper.token_budget)
        return decoded(bench, rows, computed, features), features.truncated

    def _unknown(self, bench: Workbench) -> float:
        """Percent of the tokens of the rows that the tokenizer does not know."""
        encoder = bench.text_encoder(self.checkpoint.origin.obtain(bench))
        tokens, unknown = encoder.counts(encoded(self.rows, self.checkpoint).whole.load(bench).ids)
        return round(100 * unknown / max(1, tokens), 2)


@hookimpl
def register_stages(register: Callable[[StageType], None]) -> None:
    """Register these stages."""
    register(StageType(name=Predict.kind, stage=Predict, description="predictions of a checkpoint"))
