"""What checkpoints of a plan take on the disk, estimated: what phases leave as it was counts once, as in the store."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from harness.errors import UserError
from harness.modeling.shape import FIXED_EMBEDDINGS
from harness.modeling.sharing import LEAST
from harness.modeling.sizes import BYTES_PER_WEIGHT, PartSizes, sizes_beside, sizes_in, sizes_of
from harness.planning.others import keeps_phase

if TYPE_CHECKING:
    from harness.planning.plan import Plan
    from harness.planning.stages.base import Checkpoint
    from harness.planning.stages.rows import Rows
    from harness.planning.stages.training import Trained
    from harness.planning.workbench import Workbench

EMBEDDINGS = -1
"""The number of the part below the first layer; layers have theirs, from 0."""

WRITTEN = 4
"""Blocks of the disk for what a checkpoint has beside weights and the model's files: heads.json, manifest, index."""

Part = tuple[int, str]
"""A part of an encoder: its number, and the digest of the model or phase that made it what it is."""

File = frozenset[Part]
"""Parts whose weights lie in one file."""


def checkpoint_bytes(plan: Plan, bench: Workbench, copies: Mapping[str, int]) -> int:
    """Bytes that the checkpoints of phases which are still to be trained take in the store.

    Args:
        copies: how many checkpoints each of these phases leaves, by its digest.
    """
    return _added(plan, _Disk(bench), copies) + _added(plan, _Disk(bench, scale=0.5), _rounded(plan, copies))


def kept_bytes(plan: Plan, bench: Workbench, copies: Mapping[str, int]) -> int:
    """Bytes of them that stay when all is stored that is made from them, as the settings keep and round them."""
    kept = {phase.digest for phase in plan.phases if keeps_phase(phase.phase, plan.settings)}
    staying = {digest: count for digest, count in copies.items() if digest in kept}
    if plan.settings.keep_precision:
        return _added(plan, _Disk(bench, scale=0.5), _rounded(plan, staying))
    return _added(plan, _Disk(bench), staying)


def _rounded(plan: Plan, copies: Mapping[str, int]) -> Mapping[str, int]:
    """How many of the checkpoints of phases are rounded: of steps on the way those that the plan makes something of."""
    chains = (checkpoint.chain for checkpoint, _ in plan.checkpoints)
    rounded = {one.digest: one.phases[-1].digest for chain in chains for one in chain if one.rounded}
    return Counter(phase for phase in rounded.values() if phase in copies)


def _added(plan: Plan, disk: _Disk, copies: Mapping[str, int]) -> int:
    for phase in plan.phases:
        if phase.digest not in copies and disk.bench.has(phase):
            disk.shared.update(disk.files_of(phase))
    return sum(disk.added_by(phase, copies[phase.digest]) for phase in plan.phases if phase.digest in copies)


@dataclass(frozen=True)
class _Model:
    """What is known of a model that phases begin with.

    Attributes:
        beside: bytes of each of its files that are no weights; none as long as it is not there.
    """

    sizes: PartSizes
    beside: tuple[int, ...]


@dataclass
class _Disk:
    """The files of checkpoints as `harness.modeling.weights` writes them.

    Attributes:
        scale: bytes of a weight, as a part of those that it has in float32.
        shared: files of weights that are there.
    """

    bench: Workbench
    scale: float = 1.0
    shared: set[File] = field(default_factory=set)
    _used: set[str] = field(default_factory=set)
    _files: dict[str, tuple[File, ...]] = field(default_factory=dict)
    _models: dict[str, _Model] = field(default_factory=dict)

    def added_by(self, phase: Trained, copies: int) -> int:
        """Bytes that a phase's checkpoints take beyond what is there; from then on, it is there."""
        beside, first = self._of(phase.origin).beside, phase.origin.digest not in self._used
        self._used.add(phase.origin.digest)
        *kept, trained = self.files_of(phase)
        fresh = [file for file in kept if file not in self.shared]
        self.shared.update(kept, [trained])
        heads = round(self.scale * sum(_head_bytes(self.bench, phase, rows) for rows in phase.tasks))
        blocks = WRITTEN + sum(size < LEAST for size in beside)
        own = self._bytes(phase, trained) + heads + LEAST * blocks
        once = sum(self._bytes(phase, file) for file in fresh) + first * sum(size for size in beside if size >= LEAST)
        return copies * own + once

    def files_of(self, checkpoint: Checkpoint) -> tuple[File, ...]:
        """Files of a checkpoint's weights, the trained one last."""
        phase = checkpoint.phases[-1] if checkpoint.phases else None
        digest = phase.digest if phase else checkpoint.digest
        if digest not in self._files:
            everything = [EMBEDDINGS, *range(checkpoint.shape.layers)]
            if phase is None:
                self._files[digest] = (frozenset((number, digest) for number in everything),)
            else:
                start = self.files_of(phase.start)
                kept = {part for file in start for part in file if _is_kept(part[0], phase)}
                whole = [file for file in start if file and file <= kept]
                rest = kept.difference(*whole)
                trained = frozenset((number, digest) for number in everything if not _is_kept(number, phase))
                self._files[digest] = (*whole, *([frozenset(rest)] if rest else []), trained)
        return self._files[digest]

    def _bytes(self, phase: Trained, file: File) -> int:
        sizes, last = self._of(phase.origin).sizes, phase.shape.layers - 1
        total = sum(
            sizes.embeddings if number == EMBEDDINGS else sizes.layer + sizes.other * (number == last)
            for number, _ in file
        )
        return round(self.scale * total)

    def _of(self, model: Checkpoint) -> _Model:
        if model.digest not in self._models:
            found = model.found(self.bench)
            try:
                sizes = sizes_in(found, model.shape.layers) if found else sizes_of(model.shape)
            except UserError:
                sizes = sizes_of(model.shape)
            if model.folder:
                self.shared.update(self.files_of(model))
            self._models[model.digest] = _Model(sizes, sizes_beside(found) if found else ())
        return self._models[model.digest]


def _is_kept(number: int, phase: Trained) -> bool:
    """Whether a phase leaves a part of its encoder as it is."""
    if number == EMBEDDINGS:
        return phase.hyper.freeze_embeddings or phase.architecture in FIXED_EMBEDDINGS
    return number < phase.hyper.freeze_layers


def _head_bytes(bench: Workbench, phase: Trained, rows: Rows) -> int:
    """Bytes of a head, as if it were of a matrix and an output layer; one that guesses tokens has a bias a token."""
    hidden = phase.shape.hidden_size
    tokens = phase.shape.vocabulary if type(bench.kind(rows.task)).pretrained else 0
    return BYTES_PER_WEIGHT * (hidden * (hidden + len(rows.labels) + 3) + tokens)
