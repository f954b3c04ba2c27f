"""The DeepSpeed engine for one phase: this process's rank of it, ZeRO stage 0 to 3, float32 or bfloat16."""

from __future__ import annotations

import atexit
import contextlib
import logging
import os
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import nn

from harness.errors import UserError
from harness.hyper import Hyper
from harness.training.machine import free_gpu, kept_casts, use_threads

if TYPE_CHECKING:
    from harness.modeling.heads.base import Batch
    from harness.modeling.model import TaskModel


LINEAR = nn.functional.linear
"""Torch's own, kept from before ZeRO 3 puts another one in its place."""


class BrokenCheckpoint(UserError):
    """A checkpoint in the middle of a phase that cannot be read."""

    def __init__(self, path: Path) -> None:
        fix = f"delete {path.parent}; the phase starts anew"
        super().__init__("the checkpoint that training would go on from cannot be read", where=str(path), fix=fix)


class IdleAwareAdamW(torch.optim.AdamW):
    """AdamW that leaves groups marked as idle exactly as they are: weights, moments and step counts.

    Under ZeRO an idle head gets a gradient of zeros, which would still decay its weights and moments. ZeRO 1 to 3
    call `step` once a group with that group alone in `param_groups`, stage 0 once with all of them: both work.
    """

    def step(self, closure: Callable[[], float] | None = None) -> Any:
        """One update of the groups that are not idle."""
        groups = self.param_groups
        self.param_groups = [group for group in groups if not group.get("idle")]
        try:
            return super().step(closure)
        finally:
            self.param_groups = groups


@dataclass(frozen=True)
class StepResult:
    """What an optimiser step reports: loss averaged over its targets, and the gradient's norm before clipping."""

    loss: float
    gradient_norm: float


class Engine:
    """Trains a `TaskModel`: each step is a sum over micro-batches and ranks divided by one count, then one update.

    All ranks call the same methods in the same order, each with micro-batches of its own, but equally many.
    """

    def __init__(self, model: TaskModel, hyper: Hyper, precision: str) -> None:
        _start_distributed()
        import deepspeed

        use_threads(model.encoder.config.hidden_size)
        free_gpu()
        self.model = model
        self.hyper = hyper
        fused = torch.cuda.is_available() or hyper.zero_stage == 0
        optimizer = IdleAwareAdamW(
            _parameter_groups(model, hyper.weight_decay), lr=hyper.lr, eps=hyper.adam_epsilon, fused=fused
        )
        with warnings.catch_warnings():
            # DeepSpeed's own use of deprecated torch calls is nothing a user can fix.
            warnings.simplefilter("ignore")
            self._engine, self._optimizer, _, _ = deepspeed.initialize(
                model=model, optimizer=optimizer, config=_configuration(hyper, precision)
            )
        self.device = self._engine.device
        self._rank, self._ranks = torch.distributed.get_rank(), torch.distributed.get_world_size()
        self._alone = self._ranks == 1 and hyper.zero_stage == 0
        if self._alone:
            # Summing gradients with nobody would copy all of them there and back.
            self._engine.enable_backward_allreduce = False

    def step(
        self,
        task: str,
        batches: Sequence[Callable[[], Batch]],
        count: int,
        learning_rate: float,
        *,
        seeds: Sequence[int] = (),
        counts: Sequence[bool] = (),
    ) -> StepResult:
        """One optimiser step.

        Args:
            task: whose head takes part; the others stay as they are.
            batches: makers of this rank's micro-batches.
            count: targets of the whole step, on all ranks, which the summed loss is divided by.
            learning_rate: of this step.
            seeds: what each micro-batch's dropout is drawn from; by default torch's generator as it is.
            counts: whether each micro-batch's loss is part of the step's; by default all are.
        """
        for group in self._optimizer.param_groups:
            group["lr"] = learning_rate
            group["idle"] = group["head"] not in ("", task)
        self._engine.train()
        total = torch.zeros((), device=self.device)
        with _quiet():
            # ZeRO 3 lets go of whole weights after each pass, and casts would stay.
            with kept_casts() if self.hyper.zero_stage < 3 else contextlib.nullcontext():
                for number, make in enumerate(batches):
                    self._engine.set_gradient_accumulation_boundary(number == len(batches) - 1)
                    if seeds:
                        torch.manual_seed(seeds[number])
                    loss = self._engine(task, make()) * (counts[number] if counts else 1)
                    # DeepSpeed averages gradients over ranks; what is wanted is their sum.
                    self._engine.backward(loss * self._ranks / count)
                    total += loss.detach()
            self._forget_idle_gradients(task)
            self._fill_missing_gradients()
            norm = self._clip()
            self._engine.step()
        if self._ranks > 1:
            torch.distributed.all_reduce(total)
        return StepResult(
            float(total) / count, norm if norm is not None else float(self._engine.get_global_grad_norm())
        )

    def scores(self, task: str, batch: Batch) -> torch.Tensor:
        """The task head's scores in evaluation mode, in the arithmetic of training."""
        self._engine.eval()
        with _quiet():
            scores: torch.Tensor = self._engine(task, batch, scores=True)
        return scores

    def encoder_weights(self) -> dict[str, torch.Tensor]:
        """The encoder's weights, whole, on the CPU; nothing on other ranks than 0."""
        with _quiet(), self._gathered(self.model.encoder):
            return {} if self._rank else _on_cpu(self.model.encoder)

    def head_weights(self) -> dict[str, dict[str, torch.Tensor]]:
        """Each head's weights, whole, on the CPU; nothing on other ranks than 0."""
        with _quiet(), self._gathered(self.model.heads):
            return {} if self._rank else {task: _on_cpu(head) for task, head in self.model.heads.items()}

    def save(self, directory: Path, tag: str) -> None:
        """Write everything that training needs to go on, optimiser state included."""
        with _quiet():
            self._engine.save_checkpoint(str(directory), tag=tag, save_latest=False)

    def load(self, directory: Path, tag: str) -> None:
        """Go on from what `save` wrote. DeepSpeed unpickles: only for directories that this store wrote.

        Raises:
            BrokenCheckpoint: it cannot be read.
        """
        try:
            with _quiet():
                found, _ = self._engine.load_checkpoint(str(directory), tag=tag)
        except Exception as error:
            raise BrokenCheckpoint(directory / tag) from error
        if found is None:
            raise BrokenCheckpoint(directory / tag)

    def close(self) -> None:
        """Give the engine's memory back."""
        self._engine.destroy()
        # ZeRO 3 puts one of its own there for the whole process, which rounds otherwise.
        nn.functional.linear = LINEAR

    def _clip(self) -> float | None:
        """At stage 0 DeepSpeed clips without reporting the norm, so clipping is done here."""
        if self.hyper.zero_stage:
            return None
        limit = self.hyper.max_grad_norm or float("inf")
        return float(nn.utils.clip_grad_norm_(self.model.parameters(), limit, foreach=True))

    def _forget_idle_gradients(self, task: str) -> None:
        """ZeRO 3 keeps an idle head's last gradient and would count it in the norm that clipping goes by."""
        if self.hyper.zero_stage < 3:
            return
        from deepspeed.utils import safe_get_local_grad, safe_set_local_grad

        for name, head in self.model.heads.items():
            if name != task:
                for parameter in head.parameters():
                    safe_set_local_grad(parameter, torch.zeros_like(safe_get_local_grad(parameter)))

    def _fill_missing_gradients(self) -> None:
        """Weights that the loss does not depend on get zeros, as DeepSpeed gives them where it sums over ranks."""
        for parameter in self.model.parameters() if self._alone else ():
            if parameter.requires_grad and parameter.grad is None:
                parameter.grad = torch.zeros_like(parameter)

    def _gathered(self, module: nn.Module) -> contextlib.AbstractContextManager[None]:
        if self.hyper.zero_stage < 3:
            return contextlib.nullcontext()
        import deepspeed

        gathered: contextlib.AbstractContextManager[None] = deepspeed.zero.GatheredParameters(list(module.parameters()))
        return gathered


def _configuration(hyper: Hyper, precision: str) -> dict[str, Any]:
    return {
        # Only formal: micro-batches differ in size, and the engine is told where each step ends.
        "train_micro_batch_size_per_gpu": 1,
        "gradient_accumulation_steps": 1,
        "gradient_clipping": hyper.max_grad_norm if hyper.zero_stage else 0.0,
        "zero_allow_untested_optimizer": True,
        "zero_optimization": {"stage": hyper.zero_stage, "overlap_comm": False, "contiguous_gradients": False},
        "torch_autocast": {"enabled": precision == "bf16", "dtype": "bfloat16"},
        "steps_per_print": 2**31,
    }


def _parameter_groups(model: TaskModel, weight_decay: float) -> list[dict[str, Any]]:
    """One group for the encoder and one a head, each twice: with weight decay, and without for vectors."""
    owners = {"": model.encoder, **dict(model.heads.items())}
    groups = []
    for head, module in owners.items():
        for vectors in (False, True):
            parameters = [p for p in module.parameters() if p.requires_grad and (p.ndim < 2) is vectors]
            if parameters:
                decay = 0.0 if vectors else weight_decay
                groups.append({"params": parameters, "weight_decay": decay, "head": head, "idle": False})
    return groups


def _on_cpu(module: nn.Module) -> dict[str, torch.Tensor]:
    return {name: tensor.detach().cpu().clone() for name, tensor in module.state_dict().items()}


def _start_distributed() -> None:
    """DeepSpeed's communication over the ranks that this process has joined; a process group of its own without any."""
    if not torch.cuda.is_available():
        os.environ["DS_ACCELERATOR"] = "cpu"
    backend = "nccl" if torch.cuda.is_available() else "gloo"
    if not torch.distributed.is_initialized() and "RANK" not in os.environ:
        # No port and no address to agree on; and child processes must not take themselves for this rank.
        os.environ["LOCAL_RANK"] = "0"
        alone = torch.distributed.HashStore()  # type: ignore[attr-defined]
        torch.distributed.init_process_group(backend, store=alone, rank=0, world_size=1)
        atexit.register(torch.distributed.destroy_process_group)
    import deepspeed

    if deepspeed.comm.is_initialized():
        return
    logging.getLogger("DeepSpeed").setLevel(logging.ERROR)
    if not torch.cuda.is_available():
        # Otherwise DeepSpeed compiles a shared-memory extension at first use: half a minute, and a compiler is needed.
        deepspeed.ops.__dict__["__compatible_ops__"] = {"deepspeed_shm_comm": False, "deepspeed_not_implemented": False}
    deepspeed.init_distributed(backend, verbose=False)


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", category=FutureWarning)
        yield
