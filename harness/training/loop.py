"""The one training loop: a phase from its start checkpoint to the checkpoint it keeps, resumable at any step."""

from __future__ import annotations

import json
import math
import os
import shutil
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.errors import counted
from harness.modeling.checkpoints import save_checkpoint
from harness.outside import read_json
from harness.training import ranks
from harness.training.failures import diverged
from harness.training.machine import trained_by
from harness.training.phase import SNAPSHOTS, Phase
from harness.training.ranks import Shared
from harness.training.replica import Replica, Step

if TYPE_CHECKING:
    from harness.lifecycle import LifeCycle

STATE = "state.json"
IDLE_TOLD = 0.4
"""Share of passes in which ranks have nothing to do, above which the user hears of it."""


@dataclass
class State:
    """How far a phase is; written last, so that what it names is whole.

    Attributes:
        step: optimiser steps done.
        checkpoint: tag of the engine's checkpoint at that step.
        best: directory name, step and score of the best checkpoint so far.
        waited: development scores since the best one.
        tokens: real tokens seen; padded_tokens: tokens computed.
        task_loss: running mean of each task's loss.
        zero_stage, ranks: that the engine's checkpoint was made with.
        trained_by: what computed the steps, in turn, where the phase was resumed elsewhere.
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
    ranks: int = 1
    history: list[dict[str, float]] = field(default_factory=list)
    task_loss: dict[str, float] = field(default_factory=dict)
    trained_by: list[dict[str, Any]] = field(default_factory=list)


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
    trained_by: list[dict[str, Any]]
    snapshots: tuple[Path, ...] = ()


def run_phase(phase: Phase, hooks: LifeCycle, tell: Callable[[str], None] = lambda _: None) -> PhaseResult:
    """Train a phase on all ranks, going on from its last checkpoint if there is one.

    Args:
        tell: called with a line for people.

    Raises:
        Diverged: the loss or the gradient became infinite or not a number.
        OutOfMemory: model and micro-batches do not fit.
        BrokenCheckpoint: the checkpoint to go on from cannot be read.
        RanksLost: one of several ranks failed, in whatever way.
    """
    shared = Shared(Replica, replace(phase, development=None))
    try:
        state = _resume(phase, shared, tell)
        if (computer := trained_by(phase.hyper)) not in state.trained_by[-1:]:
            state.trained_by.append(computer)
        _forget_snapshots(phase, state)
        weights = shared.mine.weights
        _tell_idle_ranks(phase, shared.mine.idle_share(), tell)
        _tell_idle_tasks(phase, shared.mine, tell)
        hooks.phase_started(phase=_announcement(phase, state, weights, shared.mine.shares))
        _train(phase, shared, state, hooks)
        kept = phase.work / state.best if state.best else _export(phase, shared, f"last-{state.step}")
    finally:
        shared.close(Replica.close)
    kept_step = state.best_step or state.step
    result = PhaseResult(
        kept,
        state.step,
        kept_step,
        state.tokens,
        state.padded_tokens,
        state.seconds,
        weights,
        state.history,
        state.trained_by,
        _snapshots(phase),
    )
    hooks.phase_finished(
        phase={
            "name": phase.name,
            "digest": phase.digest,
            "steps": state.step,
            "kept_step": kept_step,
            "seconds": state.seconds,
            "tokens": state.tokens,
            "task_loss": dict(state.task_loss),
        }
    )
    return result


def _tell_idle_tasks(phase: Phase, replica: Replica, tell: Callable[[str], None]) -> None:
    """Tell tasks that the phase is named by and does not train: each step draws one by its share."""
    for task in replica.idle_tasks:
        share = f"{100 * replica.shares[task]:.2g} % of {counted(phase.steps, 'step')}"
        tell(f"no step of the {phase.name} phase falls on {task}, whose share is {share}: its head stays untrained")


def _tell_idle_ranks(phase: Phase, share: float, tell: Callable[[str], None]) -> None:
    if share > IDLE_TOLD:
        tell(
            f"the {phase.name} phase on {', '.join(phase.features)} leaves its {ranks.team().size} ranks idle in "
            f"{share:.0%} of their passes: its steps are cut into too few micro-batches; a smaller token_budget (now "
            f"{phase.hyper.token_budget}) gives them more to share, and other dropout"
        )


def _train(phase: Phase, shared: Shared[Replica], state: State, hooks: LifeCycle) -> None:
    hyper, steps = phase.hyper, phase.steps
    stopped = False
    while state.step < steps and not stopped:
        started = time.perf_counter()
        done = shared.call(Replica.step, state.step)
        _refuse_divergence(phase, state, done)
        seconds = time.perf_counter() - started
        task, loss = done.draw.task, done.result.loss
        state.step += 1
        state.tokens += done.tokens
        state.padded_tokens += done.padded_tokens
        state.seconds += seconds
        state.task_loss[task] = running_mean(state.task_loss.get(task), loss)
        hooks.step_finished(
            step={
                "step": state.step,
                "steps": steps,
                "task": task,
                "loss": loss,
                "task_loss": state.task_loss[task],
                "learning_rate": done.learning_rate,
                "gradient_norm": done.result.gradient_norm,
                "tokens": done.tokens,
                "padded_tokens": done.padded_tokens,
                "seconds": seconds,
            }
        )
        if hyper.snapshots and state.step.bit_count() == 1:
            _export(phase, shared, f"{SNAPSHOTS}/{state.step}")
        if phase.development and (state.step % hyper.eval_every == 0 or state.step == steps):
            stopped = _select(phase, shared, state)
        if state.step % hyper.checkpoint_every == 0 and state.step < steps and not stopped:
            _save_state(phase, shared, state)


def _refuse_divergence(phase: Phase, state: State, done: Step) -> None:
    loss, norm, draw = done.result.loss, done.result.gradient_norm, done.draw
    if not math.isfinite(loss) or not math.isfinite(norm):
        rows = phase.features[draw.task].rows[draw.units].tolist()
        raise diverged(phase, state.step + 1, draw.task, rows, loss=loss, gradient_norm=norm)


def running_mean(mean: float | None, value: float) -> float:
    """A mean of which each new value is a tenth; the first value where there is none yet."""
    return value if mean is None else 0.9 * mean + 0.1 * value


def _select(phase: Phase, shared: Shared[Replica], state: State) -> bool:
    """Score the development rows and keep the checkpoint if it is the best so far; True ends the phase early."""
    assert phase.development is not None
    started = time.perf_counter()
    development = phase.development
    score = development.score(
        [shared.call(Replica.outputs, development.task, features) for features in development.features]
    )
    state.history.append({"step": state.step, "score": score})
    if score > state.best_score:
        state.best_score, state.best_step, state.waited = score, state.step, 0
        state.best = _export(phase, shared, f"best-{state.step}").name
    else:
        state.waited += 1
    state.seconds += time.perf_counter() - started
    return 0 < phase.hyper.patience <= state.waited


def _export(phase: Phase, shared: Shared[Replica], name: str) -> Path:
    """Write encoder and heads as a checkpoint directory of the given name in the phase's work directory."""
    directory = phase.work / name
    shutil.rmtree(directory, ignore_errors=True)
    directory.parent.mkdir(exist_ok=True)
    save_checkpoint(
        directory,
        origin=phase.start,
        encoder=shared.call(Replica.encoder_weights),
        heads=shared.call(Replica.head_weights),
        configs=phase.heads,
        before=shared.mine.before,
        pool=phase.pool,
    )
    return directory


def _snapshots(phase: Phase) -> tuple[Path, ...]:
    """Checkpoints kept on the way, by step."""
    return tuple(sorted((phase.work / SNAPSHOTS).glob("*"), key=lambda path: int(path.name)))


def _forget_snapshots(phase: Phase, state: State) -> None:
    """Delete those of steps that will be done again; one of them may have been cut off while it was written."""
    for path in _snapshots(phase):
        if int(path.name) > state.step:
            shutil.rmtree(path)


def _save_state(phase: Phase, shared: Shared[Replica], state: State) -> None:
    """A checkpoint under a new name, then the state that names it, then away with what the state does not name."""
    tag = f"step-{state.step}"
    shutil.rmtree(phase.work / tag, ignore_errors=True)
    shared.call(Replica.save, tag)
    _sync(phase.work)
    state.checkpoint, state.zero_stage, state.ranks = tag, phase.hyper.zero_stage, ranks.team().size
    temporary = phase.work / f"{STATE}.new"
    with temporary.open("w", encoding="utf-8") as file:
        json.dump(asdict(state), file)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(phase.work / STATE)
    for path in phase.work.iterdir():
        if path.is_dir() and path.name not in (tag, state.best, SNAPSHOTS):
            shutil.rmtree(path)


def _sync(directory: Path) -> None:
    """Put all files of a directory on the disk, so that a state never outlives what it names."""
    for path in directory.rglob("*"):
        if path.is_file():
            with path.open("rb") as file:
                os.fsync(file.fileno())


def _resume(phase: Phase, shared: Shared[Replica], tell: Callable[[str], None]) -> State:
    """The saved state with the engines set to it; a fresh one where there is none that these engines can load."""
    try:
        state = State(**read_json(phase.work / STATE))
    except (FileNotFoundError, ValueError, TypeError):
        # Missing, no JSON, or not the fields of a state.
        return State()
    if not state.checkpoint or not all((phase.work / name).is_dir() for name in (state.checkpoint, state.best)):
        return State()
    saved, now = (state.zero_stage, state.ranks), (phase.hyper.zero_stage, ranks.team().size)
    # From ZeRO 1 on, each rank has a part of the optimiser's state.
    if saved != now and (saved[0] or now[0]):
        tell(
            f"the {phase.name} phase on {', '.join(phase.features)} starts anew: its checkpoint of step {state.step} "
            f"is of zero_stage {saved[0]} and --ranks {saved[1]}, and this is zero_stage {now[0]} and --ranks {now[1]}"
        )
        return State()
    shared.call(Replica.load, state.checkpoint)
    return state


def _announcement(
    phase: Phase, state: State, weights: Mapping[str, Any], shares: Mapping[str, float]
) -> dict[str, Any]:
    return {
        "name": phase.name,
        "digest": phase.digest,
        "tasks": list(phase.features),
        "shares": {task: float(share) for task, share in shares.items()},
        "batch_size": phase.hyper.batch_size,
        "step": state.step,
        "steps": phase.steps,
        "seed": phase.seed,
        "precision": phase.precision,
        "weights": dict(weights),
    }
