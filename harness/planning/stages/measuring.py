"""Numbers about stages: what a registered measure comes to, and the loss that one needs a model for."""

from __future__ import annotations

import functools
import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from harness.errors import DataError, SettingsError
from harness.hookspecs import hookimpl
from harness.kinds.features import IGNORED
from harness.measures import Measure, Measured
from harness.outside import read_json
from harness.planning.digests import digest_of
from harness.planning.stages.base import Checkpoint, Stage, StageType
from harness.planning.stages.encoding import encoded
from harness.planning.stages.head_of import check_head_of
from harness.planning.stages.models import ENCODING
from harness.planning.stages.rows import Rows
from harness.planning.stages.training import MODELING

if TYPE_CHECKING:
    from harness.planning.store import Building
    from harness.planning.workbench import Workbench

TOLD = 3
"""Stages that a description names."""
FILE = "measured.json"


@dataclass(frozen=True)
class Measurement(Stage):
    """What a measure comes to. The result is `measured.json`, with `value` and `n`.

    Attributes:
        of: the stages that it is made from, each with what it is to the measure.
    """

    measure: Measure
    of: tuple[tuple[str, Stage], ...]
    kind: ClassVar[str] = "measure"
    folder: ClassVar[str] = "measure"
    code: ClassVar[tuple[str, ...]] = ("harness/planning/stages/measuring.py",)

    def parents(self) -> Mapping[str, Stage]:
        """What it is made from."""
        return dict(self.of)

    @property
    def inputs(self) -> Mapping[str, Any]:
        """Name and version of the measure; what it is made from is known once that can be."""
        return {"measure": self.measure.name, "measure_version": self.measure.version}

    def inputs_in(self, bench: Workbench) -> Mapping[str, Any]:
        """With the digests of what it is made from."""
        return {**self.inputs, "of": {name: stage.digest_in(bench) for name, stage in self.of}}

    @functools.cached_property
    def digest(self) -> str:
        """Not to be had without those of what it is made from."""
        raise AssertionError("a measurement is known by `digest_in`")

    def digest_in(self, bench: Workbench) -> str:
        """Of the measure and of what it is made from."""
        return digest_of(self.folder, self.version, self.inputs_in(bench))

    def is_known(self, bench: Workbench) -> bool:
        """Whether the digests of what it is made from are."""
        return all(stage.is_known(bench) for _, stage in self.of)

    @property
    def key(self) -> str:
        """The measure, and the keys of what it is made from."""
        return f"{self.kind}/{self.measure.name}/{'/'.join(stage.key for _, stage in self.of)}"

    def build(self, bench: Workbench, out: Building) -> None:
        """Compute it.

        Raises:
            DataError: the value is not finite.
        """
        measured = self.measure.compute({name: stage.obtain(bench) for name, stage in self.of})
        if not isinstance(measured, Measured):
            raise DataError(
                f"{self.measure.name} computes a {type(measured).__name__} where a harness.Measured is expected",
                code="not-a-measure",
            )
        if isinstance(measured.value, bool) or (measured.n is not None and int(measured.n) < 0):
            raise DataError(f"{self.measure.name} is {measured}, which is no number of anything", code="not-a-measure")
        if not math.isfinite(measured.value):
            raise DataError(f"{self.measure.name} is {measured.value}", code="measure-not-finite")
        n = None if measured.n is None else int(measured.n)
        (out.directory / FILE).write_text(json.dumps({"value": float(measured.value), "n": n}), encoding="utf-8")

    def describe(self) -> str:
        """Which measure of what; of many stages, such as those of all tasks that are compared, the first few."""
        told = "; ".join(stage.describe() for _, stage in self.of[:TOLD])
        others = len(self.of) - TOLD
        return f"{self.measure.name} of {told}" + (f" and {others} more" if others > 0 else "")

    def read(self, bench: Workbench) -> Measured:
        """The value, computed now if need be."""
        return Measured(**read_json(self.obtain(bench) / FILE))


@dataclass(frozen=True)
class Loss(Stage):
    """A trained head's loss on rows. The result is `loss.json`: `total` over `targets`, in nats.

    The head is the checkpoint's own of the rows' task. Without a phase that has trained one, rows of kind fill-mask are
    read by the masked-LM head of the model that the chain began with, on the checkpoint's encoder. To read them by that
    head in any case: `Loss(checkpoint, rows, head_of=checkpoint.origin)`; by the head of an earlier phase of the chain:
    `head_of=` its checkpoint. A masked-LM head has the encoder's own embeddings as its output matrix.

    Attributes:
        head_of: the checkpoint whose head of the task is put on the encoder, where it is not the checkpoint's own; one
            that the same model was trained to.
    """

    checkpoint: Checkpoint
    rows: Rows
    head_of: Checkpoint | None = None
    kind: ClassVar[str] = "loss"
    folder: ClassVar[str] = "loss"
    loads_model: ClassVar[bool] = True
    code: ClassVar[tuple[str, ...]] = (
        *ENCODING,
        *MODELING,
        "harness/planning/stages/measuring.py",
        "harness/planning/stages/training.py",
    )

    def __post_init__(self) -> None:
        check_head_of(self.head_of, self.checkpoint)

    def parents(self) -> Mapping[str, Stage]:
        """The checkpoint, the model behind it, the encoded rows, and the checkpoint that the head is of."""
        return {
            "checkpoint": self.checkpoint,
            "origin": self.checkpoint.origin,
            "rows": encoded(self.rows, self.checkpoint),
            **({"head": self.head_of} if self.head_of else {}),
        }

    @property
    def inputs(self) -> Mapping[str, Any]:
        """Checkpoint, rows, and what the head reads."""
        return {
            "checkpoint": self.checkpoint.digest,
            "data": self.rows.encoding,
            "decoding": self.rows.decoding_inputs,
            **({"head_of": self.head_of.digest} if self.head_of else {}),
        }

    def with_head_of(self, checkpoint: Checkpoint) -> Stage:
        """By its head, where another one is not named."""
        return self if self.head_of else replace(self, head_of=checkpoint)

    def build(self, bench: Workbench, out: Building) -> None:
        """Sum the loss over the rows.

        Raises:
            SettingsError: the loss of a row depends on the rows beside it, or the kind has none.
            DataError: the loss is not finite.
        """
        from harness.planning.heads import predictor_for, refuse_whole_steps
        from harness.training.failures import translated
        from harness.training.predict import Predictor

        kind = type(bench.kind(self.rows.task))
        if not (kind.trained or kind.pretrained):
            raise SettingsError(f"{self.rows.task} has no loss: nothing is trained on it", code="no-loss")
        refuse_whole_steps(bench, self.rows.task)
        features = encoded(self.rows, self.checkpoint).load(bench)
        weights, labels = features.weights, features.unit_columns.get("label")
        # A label that was not trained on is none to the head.
        counted = weights if labels is None else weights[labels != IGNORED]
        head = bench.registry.task(self.rows.task).trained_as
        with translated(f"scoring {self.rows.where}", self.rows.hyper, training=False):
            predictor = predictor_for(bench, self.rows, self.checkpoint, self.head_of, "fp32")
            total = predictor.call(Predictor.loss, head, features, self.rows.hyper.token_budget)
        if not math.isfinite(total):
            raise DataError(f"the loss on {self.rows.where} is {total}", code="loss-not-finite")
        written = {"total": total, "targets": int(counted.sum())}
        (out.directory / "loss.json").write_text(json.dumps(written), encoding="utf-8")

    def describe(self) -> str:
        """On which rows."""
        return f"loss on {self.rows.where}"


def read_loss(directory: Path) -> tuple[float, int]:
    """Total and number of targets of a `Loss` stage's result."""
    loss = read_json(directory / "loss.json")
    return loss["total"], loss["targets"]


@hookimpl
def register_stages(register: Callable[[StageType], None]) -> None:
    """Register these stages."""
    register(StageType(name=Loss.kind, stage=Loss, description="a head's loss on rows"))
    register(StageType(name=Measurement.kind, stage=Measurement, description="what a measure comes to"))
