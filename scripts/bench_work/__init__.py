"""What the benchmarks of training work on: rows of a task, encoded, and a random encoder of a shape."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from harness.hyper import Hyper
from harness.kinds.features import Features
from harness.modeling import scratch
from harness.modeling.checkpoints import load_encoder
from harness.modeling.heads.base import Batch, HeadConfig, build_head
from harness.modeling.model import TaskModel
from harness.modeling.tokenizer import load_text_encoder
from harness.planning.data import Data
from harness.registry import default_registry
from harness.sources.base import open_source
from harness.training.batching import MicroBatch, collate, cut
from harness.training.engine import Engine
from harness.training.machine import batch_overhead
from harness.training.mixing import Mixing
from harness.training.sampling import Sampler

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

TASKS = {"mnli": Hyper(max_length=128), "squad": Hyper(max_length=384)}
SHAPES = {
    "small": {"hidden_size": 384, "layers": 6, "heads": 6, "feed_forward": 1536},
    "base": {"hidden_size": 768, "layers": 12, "heads": 12, "feed_forward": 3072},
    "large": {"hidden_size": 1024, "layers": 24, "heads": 16, "feed_forward": 4096},
}
SIZES = {"vocabulary": 20_000, "positions": 514, "dropout": 0.1}
"""Of every shape; `base` and `large` with these are XLM-R's, but for most of its vocabulary."""
PAD_ID = 1

Step = Callable[[Sequence[Callable[[], Batch]], int], None]
"""An optimiser step: takes the makers of its micro-batches, and its number of targets."""


@dataclass(frozen=True)
class Work:
    """A task's rows, encoded, and the model to train on them."""

    task: str
    hyper: Hyper
    features: Features
    model: Path
    head: HeadConfig

    def fresh(self) -> TaskModel:
        """The model, with the same new head each time."""
        torch.manual_seed(0)
        encoder, _ = load_encoder(self.model)
        return TaskModel(encoder, {self.task: build_head(self.head)})

    def cut(self, units: NDArray[np.int64]) -> list[MicroBatch]:
        """The micro-batches of an optimiser step on a CPU."""
        overhead = batch_overhead(self.head.hidden_size, torch.device("cpu"))
        return cut(self.features, units, self.hyper.token_budget, overhead)

    def drawn(self, steps: int) -> list[list[MicroBatch]]:
        """The micro-batches of the first steps of a phase."""
        sampler = Sampler(
            seed=1,
            phase="bench",
            sizes={self.task: len(self.features)},
            mixing=Mixing.of(self.hyper, {}),
            batch_size=self.hyper.batch_size,
            steps=steps,
        )
        return [self.cut(sampler.draw(step).units) for step in range(steps)]

    def seconds(self, step: Step, batches: list[list[MicroBatch]]) -> float:
        """What steps take, with making their tensors."""
        device, started = torch.device("cpu"), time.perf_counter()
        for cuts in batches:
            makers = [functools.partial(collate, self.features, batch.units, PAD_ID, device) for batch in cuts]
            step(makers, sum(int(self.features.weights[batch.units].sum()) for batch in cuts))
        return time.perf_counter() - started

    def step_of(self, engine: Engine) -> Step:
        """An engine's steps."""

        def step(makers: Sequence[Callable[[], Batch]], count: int) -> None:
            engine.step(self.task, makers, count, self.hyper.lr)

        return step


def prepare(task: str, shape: str, source: str, directory: Path, *, batch_size: int = 32) -> Work:
    """Rows of a source encoded by a tokenizer trained on them, and a random encoder of that vocabulary."""
    registry = default_registry()
    data = Data(registry, open_source(source, registry))
    kind = registry.kind(registry.task(task).kind)
    rows, labels, hyper = data.training(task).rows, data.labels(task), replace(TASKS[task], batch_size=batch_size)
    model = directory / f"model-{task}"
    model.mkdir()
    scratch.build(model, (text for row in rows for text in kind.texts(row)), SHAPES[shape] | SIZES)
    head = HeadConfig(
        task=task,
        head=kind.head,
        labels=labels,
        dropout=0.1,
        hidden_size=SHAPES[shape]["hidden_size"],
        layers=SHAPES[shape]["layers"],
    )
    return Work(task, hyper, kind.encode(rows, labels, load_text_encoder(model), hyper), model, head)
