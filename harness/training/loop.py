"""The one training loop: a phase from its start checkpoint to the checkpoint it keeps, resumable at any step."""

from __future__ import annotations

import functools
import json
import math
import os
import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from harness.errors import UserError
from harness.hyper import Hyper
from harness.kinds.features import Features
from harness.modeling.checkpoints import LoadReport, load_encoder, load_pretrained, save_checkpoint
from harness.modeling.heads.base import HeadConfig, build_head
from harness.modeling.model import TaskModel
from harness.training.batching import collate, cut, whole
from harness.training.engine import Engine
from harness.training.sampling import Sampler, random_seed, steps_of

if TYPE_CHECKING:
    from harness.lifecycle import LifeCycle
    from harness.modeling.heads.base import Batch, Head

STATE = "state.json"


class Diverged(UserError):
    """A loss or a gradient that is not a number."""


@dataclass(frozen=True, kw_only=True)
class Phase:
    """What a phase trains, on what, and from where.

    Attributes:
        name: "intermediate" or "target".
        features: encoded training rows of each task.
        heads: head of each task.
        start: checkpoint the encoder comes from; its heads are not used.
        origin: the model that the chain of phases began with, whose own files may have a head's first weights.
        work: directory of this phase's own, kept until the phase is done.
        development: the score that selects the checkpoint, higher is better; None keeps the last one.
        task_weights: what the tasks are mixed by, where not by their rows.
    """

    name: str
    features: Mapping[str, Features]
    heads: Mapping[str, HeadConfig]
    start: Path
    origin: Path
    work: Path
    hyper: Hyper
    precision: str
    seed: int
    development: Callable[[Development], float] | None = None
    task_weights: Mapping[str, float] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """What the phase's random numbers depend on beside the seed."""
        return f"{self.name}:{'+'.join(self.features)}"

    @functools.cached_property
    def steps(self) -> int:
        """Optimiser steps of the phase."""
        sizes = {task: len(features) for task, features in self.features.items()}
        hyper = self.hyper
        return hyper.steps or steps_of(sizes, cap=hyper.cap, epochs=hyper.epochs, batch_size=hyper.batch_size)


@dataclass(frozen=True)
class Development:
    """What scores development rows in the middle of training."""

    scores: Callable[[str, Batch], torch.Tensor]
    head: Callable[[str], Head]
    device: torch.device
    pad_id: int


@dataclass
class State:
    """How far a phase is; written last, so that what it names is whole.

    Attributes:
        step: optimiser steps done.
        checkpoint: tag of the engine's checkpoint at that step.
        best: directory name, step and score of the best checkpoint so far.
        waited: development scores since the best one.
        tokens: real tokens seen; padded_tokens: tokens computed.
    """

    step: int = 0
    checkpoint: str = ""
    best: str = ""
    best_step: int = 0
    best_score: float = -math.inf
    waited: int = 0
    tokens: int = 0
    padded_tokens: int = 0
    seconds: float = 0.0
    zero_stage: int = 0
    history: list[dict[str, float]] = field(default_factory=list)


@dataclass(frozen=True)
class PhaseResult:
    """The checkpoint a phase kept, and what happened on the way."""

    checkpoint: Path
    steps: int
    kept_step: int
    tokens: int
    padded_tokens: int
    seconds: float
    weights: dict[str, Any]
    history: list[dict[str, float]]


def run_phase(phase: Phase, hooks: LifeCycle) -> PhaseResult:
    """Train a phase, going on from its last checkpoint if there is one.

    Raises:
        Diverged: the loss or the gradient became infinite or not a number.
        BrokenCheckpoint: the checkpoint to go on from cannot be read.
    """
    encoder, report = load_encoder(phase.start)
    heads = {task: _fresh_head(config, phase.seed) for task, config in phase.heads.items()}
    pretrained = [task for task, head in heads.items() if load_pretrained(head, phase.origin)]
    pad_id = encoder.config.pad_token_id or 0
    engine = Engine(TaskModel(encoder, heads), phase.hyper, phase.precision)
    try:
        state = _resume(phase, engine)
        weights = _weights(report, phase, heads, pretrained)
        hooks.phase_started(phase=_announcement(phase, state, weights))
        _train(phase, engine, state, hooks, pad_id)
        kept = phase.work / state.best if state.best else _export(phase, engine, f"last-{state.step}")
    finally:
        engine.close()
    kept_step = state.best_step or state.step
    result = PhaseResult(
        kept, state.step, kept_step, state.tokens, state.padded_tokens, state.seconds, weights, state.history
    )
    hooks.phase_finished(
        phase={
            "name": phase.name,
            "steps": state.step,
            "kept_step": kept_step,
            "seconds": state.seconds,
            "tokens": state.tokens,
        }
    )
    return result


def _train(phase: Phase, engine: Engine, state: State, hooks: LifeCycle, pad_id: int) -> None:
    hyper, steps = phase.hyper, phase.steps
    sizes = {task: len(features) for task, features in phase.features.items()}
    sampler = Sampler(
        seed=phase.seed,
        phase=phase.key,
        sizes=sizes,
        cap=hyper.cap,
        batch_size=hyper.batch_size,
        steps=steps,
        weights=phase.task_weights,
    )
    stopped = False
    while state.step < steps and not stopped:
        started = time.perf_counter()
        draw = sampler.draw(state.step)
        features = phase.features[draw.task]
        together = engine.model.head(draw.task).whole_step
        batches = whole(features, draw.units) if together else cut(features, draw.units, hyper.token_budget)
        seed = random_seed(phase.seed, phase.key, state.step)
        torch.manual_seed(seed)
        learning_rate = hyper.lr * schedule(state.step, steps, hyper.warmup_steps(steps))
        makers = [functools.partial(collate, features, batch.units, pad_id, engine.device, seed) for batch in batches]
        result = engine.step(draw.task, makers, int(features.weights[draw.units].sum()), learning_rate)
        if not math.isfinite(result.loss) or not math.isfinite(result.gradient_norm):
            raise Diverged(
                f"the loss of {draw.task} is {result.loss} at step {state.step + 1}, "
                f"its gradient's norm {result.gradient_norm}",
                where=f"units {draw.units.tolist()[:8]} ... of its training rows",
                mend="lower the learning rate (--set lr=...) or use --set precision=fp32",
            )
        seconds = time.perf_counter() - started
        tokens, padded = sum(b.tokens for b in batches), sum(b.padded_tokens for b in batches)
        state.step += 1
        state.tokens += tokens
        state.padded_tokens += padded
        state.seconds += seconds
        hooks.step_finished(
            step={
                "step": state.step,
                "steps": steps,
                "task": draw.task,
                "loss": result.loss,
                "learning_rate": learning_rate,
                "gradient_norm": result.gradient_norm,
                "tokens": tokens,
                "padded_tokens": padded,
                "seconds": seconds,
            }
        )
        if phase.development and (state.step % hyper.eval_every == 0 or state.step == steps):
            stopped = _select(phase, engine, state, pad_id)
        if state.step % hyper.checkpoint_every == 0 and state.step < steps and not stopped:
            _save_state(phase, engine, state)


def schedule(step: int, steps: int, warmup: int) -> float:
    """Share of the peak learning rate at a step counted from 0: linear warm-up, then linear decay to 0."""
    if step < warmup:
        return (step + 1) / warmup
    return (steps - step) / max(1, steps - warmup)


def _select(phase: Phase, engine: Engine, state: State, pad_id: int) -> bool:
    """Score the development rows and keep the checkpoint if it is the best so far; True ends the phase early."""
    assert phase.development is not None
    started = time.perf_counter()
    score = phase.development(Development(engine.scores, engine.model.head, engine.device, pad_id))
    state.history.append({"step": state.step, "score": score})
    if score > state.best_score:
        state.best_score, state.best_step, state.waited = score, state.step, 0
        state.best = _export(phase, engine, f"best-{state.step}").name
    else:
        state.waited += 1
    state.seconds += time.perf_counter() - started
    return 0 < phase.hyper.patience <= state.waited


def _export(phase: Phase, engine: Engine, name: str) -> Path:
    """Write encoder and heads as a checkpoint directory of the given name in the phase's work directory."""
    directory = phase.work / name
    shutil.rmtree(directory, ignore_errors=True)
    save_checkpoint(
        directory,
        origin=phase.start,
        encoder=engine.encoder_weights(),
        heads=engine.head_weights(),
        configs=phase.heads,
    )
    return directory


def _save_state(phase: Phase, engine: Engine, state: State) -> None:
    """A checkpoint under a new name, then the state that names it, then away with what the state does not name."""
    tag = f"step-{state.step}"
    shutil.rmtree(phase.work / tag, ignore_errors=True)
    engine.save(phase.work, tag)
    _sync(phase.work)
    state.checkpoint, state.zero_stage = tag, phase.hyper.zero_stage
    temporary = phase.work / f"{STATE}.new"
    with temporary.open("w", encoding="utf-8") as file:
        json.dump(asdict(state), file)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(phase.work / STATE)
    for path in phase.work.iterdir():
        if path.is_dir() and path.name not in (tag, state.best):
            shutil.rmtree(path)


def _sync(directory: Path) -> None:
    """Put all files of a directory on the disk, so that a state never outlives what it names."""
    for path in directory.rglob("*"):
        if path.is_file():
            with path.open("rb") as file:
                os.fsync(file.fileno())


def _resume(phase: Phase, engine: Engine) -> State:
    """The saved state with the engine set to it; a fresh one where there is none that this engine can load."""
    try:
        state = State(**json.loads((phase.work / STATE).read_text(encoding="utf-8")))
    except (FileNotFoundError, ValueError, TypeError):
        # Missing, no JSON, or not the fields of a state.
        return State()
    # A checkpoint of one ZeRO stage cannot be loaded at another.
    if state.zero_stage != phase.hyper.zero_stage or not state.checkpoint:
        return State()
    if not all((phase.work / name).is_dir() for name in (state.checkpoint, state.best)):
        return State()
    engine.load(phase.work, state.checkpoint)
    return state


def _fresh_head(config: HeadConfig, seed: int) -> Head:
    """A head whose first weights depend on seed and task alone, so that arms of one seed start alike."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(random_seed(seed, "head", config.task))
        return build_head(config)


def _weights(report: LoadReport, phase: Phase, heads: Mapping[str, Head], pretrained: Sequence[str]) -> dict[str, Any]:
    used = tuple(heads[task].pretrained_prefix for task in pretrained)
    return {
        "encoder_loaded": report.loaded,
        "encoder_new": list(report.new),
        "encoder_left_out": [name for name in report.left_out if not name.startswith(used)],
        "heads_new": [task for task in heads if task not in pretrained],
        "heads_pretrained": list(pretrained),
        "heads_left_out": _heads_in(phase.start),
    }


def _heads_in(directory: Path) -> list[str]:
    return sorted(path.stem.removeprefix("head-") for path in directory.glob("head-*.safetensors"))


def _announcement(phase: Phase, state: State, weights: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "name": phase.name,
        "tasks": list(phase.features),
        "step": state.step,
        "steps": phase.steps,
        "seed": phase.seed,
        "precision": phase.precision,
        "weights": dict(weights),
    }
