"""One rank's copy of the model that a phase trains, and its part in each step."""

from __future__ import annotations

import functools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from harness.modeling.checkpoints import LoadReport, load_encoder, load_head, load_pretrained
from harness.modeling.heads.base import HeadConfig, build_head
from harness.modeling.model import TaskModel
from harness.modeling.weights import fingerprints
from harness.training import ranks
from harness.training.batching import collate, cut_step, share_out
from harness.training.engine import Engine, StepResult
from harness.training.failures import translated
from harness.training.freezing import prepare
from harness.training.machine import batch_overhead
from harness.training.phase import Phase
from harness.training.predict import outputs
from harness.training.sampling import Draw, random_seed

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from harness.kinds.features import Features
    from harness.modeling.heads.base import Head
    from harness.training.batching import MicroBatch


LOOKED_AT = 50
"""Steps by which `Replica.idle_share` judges a phase."""


@dataclass(frozen=True)
class Step:
    """What an optimiser step was about and came to, on all ranks together.

    Attributes:
        tokens: real tokens; padded_tokens: tokens that went into the loss, padding included.
    """

    draw: Draw
    learning_rate: float
    result: StepResult
    tokens: int
    padded_tokens: int


class Replica:
    """The encoder and heads of a phase on this rank, in training; its collective methods are for all ranks at once.

    Attributes:
        weights: which weights were loaded, are new or were left out; for `phase_started`.
        before: on rank 0, fingerprints of the encoder's tensors before the first step.
    """

    def __init__(self, phase: Phase) -> None:
        self.phase = phase
        encoder, report = load_encoder(phase.start)
        self.before = fingerprints(encoder.state_dict()) if ranks.team().rank == 0 and phase.pool else {}
        prepare(encoder, phase.hyper)
        heads = {task: _fresh_head(config, phase.seed) for task, config in phase.heads.items()}
        for task in phase.replayed:
            heads[task].load_state_dict(load_head(phase.start, phase.heads[task]).state_dict())
        pretrained = [
            task for task, head in heads.items() if task not in phase.replayed and load_pretrained(head, phase.origin)
        ]
        self.weights = _weights(report, phase, heads, pretrained)
        self._pad_id = encoder.config.pad_token_id or 0
        self._sampler = phase.sampler()
        with translated(f"loading the model of the {phase.name} phase", phase.hyper, training=True):
            self.engine = Engine(TaskModel(encoder, heads), phase.hyper, phase.precision)
        self._overhead = batch_overhead(encoder.config.hidden_size, self.engine.device)

    @property
    def shares(self) -> Mapping[str, float]:
        """Each task's share of the steps."""
        return self._sampler.shares

    @property
    def idle_tasks(self) -> tuple[str, ...]:
        """Tasks on which no step falls."""
        return self._sampler.idle

    def step(self, number: int) -> Step:
        """One optimiser step, counted from 0; collective.

        Raises:
            OutOfMemory: model and micro-batches do not fit.
        """
        phase, hyper, team = self.phase, self.phase.hyper, ranks.team()
        draw = self._sampler.draw(number)
        features = phase.features[draw.task]
        whole_step = draw.task in phase.whole_steps
        batches = self._cut(draw)
        mine = share_out(batches, team.size)[team.rank]
        learning_rate = hyper.lr * schedule(number, phase.steps, hyper.warmup_steps(phase.steps))
        masks, device = random_seed(phase.seed, phase.key, number), self.engine.device
        makers = [functools.partial(collate, features, own.batch.units, self._pad_id, device, masks) for own in mine]
        doing = f"training on {draw.task}, step {number + 1} of the {phase.name} phase"
        with translated(doing, hyper, [own.batch for own in mine], training=True, whole_step=whole_step):
            result = self.engine.step(
                draw.task,
                makers,
                int(features.weights[draw.units].sum()),
                learning_rate,
                seeds=[random_seed(phase.seed, phase.key, number, own.number) for own in mine],
                counts=[own.counts for own in mine],
            )
        tokens = sum(batch.tokens for batch in batches)
        return Step(draw, learning_rate, result, tokens, sum(batch.padded_tokens for batch in batches))

    def _cut(self, draw: Draw) -> list[MicroBatch]:
        return cut_step(
            self.phase.features[draw.task],
            draw.units,
            self.phase.hyper.token_budget,
            self._overhead,
            whole_step=draw.task in self.phase.whole_steps,
        )

    def idle_share(self) -> float:
        """Share of the ranks' passes in the phase's first steps in which they have nothing of their own to compute.

        Steps that stay together are left out, since no setting gives ranks a part of them.
        """
        size = ranks.team().size
        if size == 1:
            return 0.0
        draws = [self._sampler.draw(step) for step in range(min(LOOKED_AT, self.phase.steps))]
        needed = [len(self._cut(draw)) for draw in draws if draw.task not in self.phase.whole_steps]
        return 1 - sum(needed) / sum(math.ceil(count / size) * size for count in needed) if needed else 0.0

    def outputs(self, task: str, features: Features) -> list[NDArray[np.float32]]:
        """A head's output of each unit, as the weights are now; collective, nothing on other ranks than 0."""
        with translated("scoring development rows", self.phase.hyper, training=False):
            return outputs(
                self.engine.scores,
                self.engine.model.head(task),
                features,
                pad_id=self._pad_id,
                budget=self.phase.hyper.token_budget,
                device=self.engine.device,
            )

    def encoder_weights(self) -> dict[str, torch.Tensor]:
        """The encoder's weights; collective, nothing on other ranks than 0."""
        return self.engine.encoder_weights()

    def head_weights(self) -> dict[str, dict[str, torch.Tensor]]:
        """Each head's weights; collective, nothing on other ranks than 0."""
        return self.engine.head_weights()

    def save(self, tag: str) -> None:
        """Write a checkpoint to go on from into the phase's work directory, whole when this returns; collective."""
        self.engine.save(self.phase.work, tag)
        ranks.team().wait_for_all()

    def load(self, tag: str) -> None:
        """Go on from what `save` wrote; collective.

        Raises:
            BrokenCheckpoint: it cannot be read.
        """
        self.engine.load(self.phase.work, tag)

    def close(self) -> None:
        """Give the memory back; collective."""
        self.engine.close()


def schedule(step: int, steps: int, warmup: int) -> float:
    """Share of the peak learning rate at a step counted from 0: linear warm-up, then linear decay to 0."""
    if step < warmup:
        return (step + 1) / warmup
    return (steps - step) / max(1, steps - warmup)


def _fresh_head(config: HeadConfig, seed: int) -> Head:
    """A head whose first weights depend on seed and task alone, so that arms of one seed start alike."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(random_seed(seed, "head", config.task))
        return build_head(config)


def _weights(report: LoadReport, phase: Phase, heads: Mapping[str, Head], pretrained: Sequence[str]) -> dict[str, Any]:
    used = tuple(name for task in pretrained for names in heads[task].pretrained_names for name in names.values())
    return {
        "encoder_loaded": report.loaded,
        "encoder_new": list(report.new),
        "encoder_left_out": [name for name in report.left_out if not name.startswith(used)],
        "heads_new": [task for task in heads if task not in (*pretrained, *phase.replayed)],
        "heads_pretrained": list(pretrained),
        "heads_continued": list(phase.replayed),
        "heads_left_out": [task for task in _heads_in(phase.start) if task not in phase.replayed],
    }


def _heads_in(directory: Path) -> list[str]:
    return sorted(path.stem.removeprefix("head-") for path in directory.glob("head-*.safetensors"))
