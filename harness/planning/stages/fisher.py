"""What parameters of a model matter to a task: the diagonal of the empirical Fisher information."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from harness.errors import DataError, SettingsError
from harness.hookspecs import hookimpl
from harness.planning.stages.base import Checkpoint, Stage, StageType
from harness.planning.stages.encoding import encoded
from harness.planning.stages.models import ENCODING
from harness.planning.stages.rows import Rows
from harness.planning.stages.training import MODELING

if TYPE_CHECKING:
    from harness.planning.store import Building
    from harness.planning.workbench import Workbench


@dataclass(frozen=True, kw_only=True)
class Fisher(Stage):
    """The diagonal of a checkpoint's Fisher information for a task. The result has, as arrays of one file each,

    - `information.npy`: float32 (P,), of each unit of the encoder the mean over the weights into it;
    - `offsets.npy`: int64 (L + 1,), layer l has the values from `offsets[l]` to `offsets[l + 1]`; the first has those
      that are in no numbered layer.

    The head is fitted for it while the encoder stays as it is, whatever heads the checkpoint has.

    Attributes:
        sample: units at most, drawn once where there are more.
    """

    checkpoint: Checkpoint
    rows: Rows
    sample: int
    kind: ClassVar[str] = "fisher"
    folder: ClassVar[str] = "fisher"
    loads_model: ClassVar[bool] = True
    code: ClassVar[tuple[str, ...]] = (
        *ENCODING,
        *MODELING,
        "harness/training/fisher.py",
        "harness/planning/stages/fisher.py",
        "harness/planning/stages/training.py",
    )

    def parents(self) -> Mapping[str, Stage]:
        """The checkpoint and the encoded rows."""
        return {"checkpoint": self.checkpoint, "rows": encoded(self.rows, self.checkpoint)}

    @property
    def inputs(self) -> Mapping[str, Any]:
        """Checkpoint, rows, what the head reads, and how many rows."""
        return {
            "checkpoint": self.checkpoint.digest,
            "data": self.rows.encoding,
            "decoding": self.rows.decoding_inputs,
            "sample": self.sample,
        }

    def build(self, bench: Workbench, out: Building) -> None:
        """Fit a head, then go through the rows one by one.

        Raises:
            SettingsError: nothing is trained on the rows, or the loss of one depends on the rows beside it.
            DataError: a gradient is not finite.
        """
        import numpy as np
        import torch

        from harness.modeling.heads.base import build_head
        from harness.planning.heads import head_config, refuse_whole_steps
        from harness.training.failures import translated
        from harness.training.fisher import fit_head, information
        from harness.training.predict import load_predictor

        if not type(bench.kind(self.rows.task)).trained:
            raise SettingsError(f"{self.rows.task} has no loss: nothing is trained on it", code="no-loss")
        refuse_whole_steps(bench, self.rows.task)
        features = encoded(self.rows, self.checkpoint).load(bench).drawn(self.sample)
        directory = self.checkpoint.obtain(bench)
        config = head_config(bench, self.rows, directory, 0.0)
        bench.release()
        with translated(f"gradients on {self.rows.where}", self.rows.hyper, training=True):
            with torch.random.fork_rng(devices=[]):
                torch.manual_seed(0)
                loaded = load_predictor(directory, functools.partial(build_head, config), "fp32")
            model = loaded.model
            fit_head(model, config.task, features, loaded.device)
            found = information(model, config.task, features, loaded.device)
        if not np.isfinite(found.values).all():
            raise DataError(f"gradients on {self.rows.where} are not finite", code="gradient-not-finite")
        np.save(out.directory / "information.npy", found.values)
        np.save(out.directory / "offsets.npy", found.offsets)

    def describe(self) -> str:
        """Of which rows."""
        return f"Fisher information of at most {self.sample:,} of {self.rows.where}"


@hookimpl
def register_stages(register: Callable[[StageType], None]) -> None:
    """Register this stage."""
    register(StageType(name=Fisher.kind, stage=Fisher, description="what parameters of a model matter to a task"))
