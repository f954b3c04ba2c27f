"""What stops a model at work and can be fixed: infinite numbers, too little memory, no deterministic way."""

from __future__ import annotations

import contextlib
import errno
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np
import torch

from harness.errors import UserError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from harness.hyper import Hyper
    from harness.kinds.features import Features
    from harness.rows import Row
    from harness.training.batching import MicroBatch
    from harness.training.phase import Phase

ROWS_SHOWN = 5

OUT_OF_MEMORY = ("out of memory", "DefaultCPUAllocator", "CUBLAS_STATUS_ALLOC_FAILED")
"""What those errors of torch say that have no class of their own where there is no memory left."""

NOT_DETERMINISTIC = " does not have a deterministic implementation"
"""What torch says behind an operation's name."""


class Diverged(UserError):
    """A loss or a gradient that is infinite or not a number.

    Attributes:
        task: whose rows the step trained on.
        rows: indices of these rows among the task's training rows.
    """

    def __init__(self, what: str, *, task: str, rows: Sequence[int], fix: str) -> None:
        super().__init__(what, fix=fix)
        self.task = task
        self.rows = tuple(dict.fromkeys(rows))

    def name_rows(self, rows: Sequence[Row], keys: Sequence[str]) -> None:
        """Say where it was: the step's first rows by key and the dataset's own id, and how many more.

        Args:
            rows: all training rows of the task; keys: theirs.
        """
        self.where = f"rows of {self.task}: {name_rows(self.rows, rows, keys)}"


def name_rows(indices: Sequence[int], rows: Sequence[Row], keys: Sequence[str]) -> str:
    """Some rows of a split in words: the first ones by key and the dataset's own id, and how many more."""
    first = [f"{keys[i]} (id {rows[i].id})" if rows[i].id else keys[i] for i in indices[:ROWS_SHOWN]]
    more = [f"and {len(indices) - len(first)} more"] if len(indices) > len(first) else []
    return ", ".join([*first, *more])


class NotFinite(UserError):
    """Outputs of a model that are infinite or not a number: nothing can be predicted from them."""


def refuse_not_finite(
    computed: Sequence[NDArray[np.float32]], features: Features, rows: Sequence[Row], keys: Sequence[str], *, about: str
) -> None:
    """Refuse outputs that are infinite or not a number.

    Args:
        computed: one array per unit of the features.
        rows: those that were encoded; keys: theirs.
        about: task, split and language.

    Raises:
        NotFinite: some are.
    """
    wrong = [unit for unit, values in enumerate(computed) if not np.isfinite(values).all()]
    if wrong:
        indices = list(dict.fromkeys(features.rows[wrong].tolist()))
        raise NotFinite(
            f"the model's outputs for {len(indices):,} of {len(rows):,} rows of {about} are infinite or not a number",
            code="not-finite",
            where=f"rows: {name_rows(indices, rows, keys)}",
            fix="train the checkpoint again with a lower lr, compute with precision=fp32 if it is bf16, "
            "or look at these rows",
        )


class OutOfMemory(UserError):
    """A model and its micro-batches that do not fit into memory."""


class NotDeterministic(UserError):
    """An operation that cannot give the same bits each time, where that is asked for."""

    def __init__(self, doing: str, error: RuntimeError) -> None:
        operation = str(error).partition(NOT_DETERMINISTIC)[0]
        super().__init__(
            f"torch has no deterministic way to compute {operation} while {doing}", fix="leave out --deterministic"
        )


def diverged(phase: Phase, step: int, task: str, rows: Sequence[int], *, loss: float, gradient_norm: float) -> Diverged:
    """The error of a phase's step whose loss or gradient is not finite; `step` counts from 1."""
    ways = [f"lower lr (now {phase.hyper.lr:g})"]
    ways += [] if phase.hyper.max_grad_norm else ["clip gradients by max_grad_norm=1 (now 0)"]
    ways += ["compute with precision=fp32 (now bf16)"] if phase.precision == "bf16" else []
    name = phase.name
    return Diverged(
        f"the loss of {task} is {loss:g} at step {step} of the {name} phase, its gradient's norm {gradient_norm:g}",
        task=task,
        rows=rows,
        fix=f"{', '.join(ways)}, or look at these rows",
    )


@contextlib.contextmanager
def translated(
    doing: str, hyper: Hyper, batches: Sequence[MicroBatch] = (), *, training: bool, whole_step: bool = False
) -> Iterator[None]:
    """Turns errors of torch that settings can fix into ones that name them; lets all others through.

    Args:
        doing: what is computed, in words, after "while".
        batches: the micro-batches of it, where it has any.
        whole_step: whether a step is one micro-batch, whatever the budget.

    Raises:
        OutOfMemory: there was not enough memory.
        NotDeterministic: there is no deterministic algorithm, and one is asked for.
    """
    try:
        yield
    except (MemoryError, OSError, RuntimeError) as error:
        if isinstance(error, RuntimeError) and NOT_DETERMINISTIC in str(error):
            raise NotDeterministic(doing, error) from error
        if not is_out_of_memory(error):
            raise
        first = (str(error).strip() or type(error).__name__).splitlines()[0]
        largest = max(batches, key=lambda batch: batch.padded_tokens, default=None)
        where = f"largest micro-batch: {largest.padded_tokens:,} tokens with padding" if largest else None
        ways = "; ".join(_ways(hyper, largest, training=training, whole_step=whole_step))
        raise OutOfMemory(
            f"not enough memory while {doing}: {first}", code="out-of-memory", where=where, fix=ways
        ) from error


def is_out_of_memory(error: Exception) -> bool:
    """Whether an error says that memory could not be had, on a GPU or on the host."""
    if isinstance(error, MemoryError | torch.OutOfMemoryError):
        return True
    if isinstance(error, OSError):
        return error.errno == errno.ENOMEM
    return isinstance(error, RuntimeError) and any(sign in str(error) for sign in OUT_OF_MEMORY)


def _ways(hyper: Hyper, largest: MicroBatch | None, *, training: bool, whole_step: bool) -> Iterator[str]:
    """Settings that need less memory, each with its value now: those first that leave results as they are."""
    alone = largest is not None and len(largest.units) == 1
    if not whole_step and not alone:
        budget = min(hyper.token_budget, largest.padded_tokens) if largest else hyper.token_budget
        yield f"--set token_budget={max(1, budget // 2)} (now {hyper.token_budget})"
    if training and not hyper.gradient_checkpointing:
        yield "--set gradient_checkpointing=true (now false)"
    if training and hyper.zero_stage < 3:
        yield f"--set zero_stage={max(2, hyper.zero_stage + 1)} with --ranks 2 or more (now {hyper.zero_stage})"
    if whole_step:
        yield f"--set batch_size={max(1, hyper.batch_size // 2)} (now {hyper.batch_size}; changes what is trained)"
    if training and not hyper.freeze_embeddings:
        yield "--set freeze_embeddings=true (now false; changes what is trained)"
    if hyper.max_length > 16:
        yield f"--set max_length={hyper.max_length // 2} (now {hyper.max_length}; cuts longer texts off)"
