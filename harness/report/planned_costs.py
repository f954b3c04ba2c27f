"""How long training takes, and how much room its checkpoints need, of what is still to be trained."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from rich.filesize import decimal

from harness.errors import StoreError
from harness.planning.disk import checkpoint_bytes, kept_bytes
from harness.planning.missing import missing_phases
from harness.planning.session import Session

FLOPS_PER_WEIGHT_AND_TOKEN = 6
REACHED = 0.3
"""Of a matrix product's rate, what training reaches: a quarter with mini's encoder, two fifths at XLM-R-base's."""


def estimate(sessions: Sequence[Session]) -> Iterator[str]:
    """How long the training takes that several plans have in common with no other, and how much room it needs.

    A line for each model, since a plan is of one.
    """
    known: set[str] = set()
    waiting: dict[str, list[Waiting]] = {}
    for session in sessions:
        missing = [phase for phase in missing_phases(session.plan, session.bench) if phase.digest not in known]
        known |= {phase.digest for phase in missing}
        costs = {phase.digest: phase.cost(session.bench) for phase in missing}
        tokens = sum(cost.tokens for cost in costs.values())
        copies = {digest: cost.checkpoints for digest, cost in costs.items()}
        waiting.setdefault(session.plan.model.digest, []).append(Waiting(session, tokens, copies))
    for own in waiting.values():
        yield f"{own[0].session.plan.settings.model}: {estimate_of(own)}"


@dataclass(frozen=True)
class Waiting:
    """What is still to be trained for a plan, and for no plan before it.

    Attributes:
        tokens: of all these phases.
        copies: how many checkpoints each of them leaves, by its digest.
    """

    session: Session
    tokens: float
    copies: Mapping[str, int]


def estimate_of(waiting: Sequence[Waiting]) -> str:
    """Time from the throughput of earlier phases of such a model, else from a measured matrix product."""
    waiting = [one for one in waiting if one.copies]
    if not waiting:
        return "nothing to train"
    plans = [(one.session.plan, one.session.bench, one.copies) for one in waiting]
    # How many tokens a trimmed model keeps is known once it is made.
    unknown = any(
        model.trimmed and not model.found(bench) for plan, bench, _ in plans for model in plan.models.values()
    )
    size = f"{'at most ' if unknown else ''}{decimal(sum(checkpoint_bytes(*one) for one in plans))}"
    tokens = sum(one.tokens for one in waiting)
    time = f"roughly {_duration(tokens / _tokens_per_second(waiting[0].session))} of training"
    settings = [plan.settings for plan, _, _ in plans]
    if any(one.keep in ("intermediate", "none") or one.keep_precision for one in settings):
        stays = decimal(sum(kept_bytes(*one) for one in plans))
        return f"{time}, {size} of checkpoints in all, {stays} of which stay"
    return f"{time}, {size} of checkpoints"


def _tokens_per_second(session: Session) -> float:
    paths = (session.bench.store.root / "train").glob("*/manifest.json")
    manifests = []
    for path in paths:
        # One of another run that is broken matters to those who use that stage.
        with contextlib.suppress(StoreError):
            manifests.append(session.bench.store.manifest("train", path.parent.name))
    for manifest in sorted(manifests, key=lambda m: -m["started"]):
        origin = manifest["inputs"].get("start")
        facts = manifest["facts"]
        if origin == session.plan.model.digest and facts.get("training_seconds") and facts.get("tokens"):
            rate: float = facts["tokens"] / facts["training_seconds"]
            return rate
    return REACHED * _flops() / (FLOPS_PER_WEIGHT_AND_TOKEN * session.plan.shape.multiplied)


@functools.cache
def _flops() -> float:
    """Floating-point operations a second of a matrix product on this machine's processor, measured once."""
    import time

    import numpy as np

    a = np.ones((1024, 1024), np.float32)
    a @ a
    started = time.perf_counter()
    a @ a
    return 2 * 1024**3 / (time.perf_counter() - started)


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{max(1, seconds):.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
