"""The engine against a plain PyTorch loop that skips idle heads, at every ZeRO stage."""

from __future__ import annotations

import contextlib
import functools
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch

from harness.hyper import Hyper
from harness.training.batching import collate, cut
from harness.training.engine import BrokenCheckpoint, Engine
from tests.raising import raises_code

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from harness.kinds.features import Features
    from harness.modeling.model import TaskModel

STAGES = (0, 1, 2, 3)
TASKS = {"p": "text-classification", "q": "token-classification", "r": "question-answering"}
MIXED = "pqpprqqrp"
# Adam divides a gradient by its own size: a larger epsilon keeps it from blowing up the rounding of those near 0.
COMMON = {"weight_decay": 0.1, "adam_epsilon": 1e-3, "lr": 1e-2, "max_grad_norm": 0.1}


@pytest.fixture
def steps(features_of: Callable[..., Features]) -> Callable[[str], list[Any]]:
    """(task, features, micro-batches, learning rate) of each step of a sequence of tasks."""

    def make(sequence: str, budget: int = 100) -> list[Any]:
        made = []
        for number, task in enumerate(sequence):
            features = features_of(TASKS[task], units=8, seed=number)
            made.append(
                (task, features, [b.units for b in cut(features, np.arange(8), budget, 32)], 1e-2 / (number + 1))
            )
        return made

    return make


@pytest.fixture
def engine_of(make_model: Callable[..., TaskModel]) -> Iterator[Callable[..., Engine]]:
    engines: list[Engine] = []

    def make(stage: int, precision: str = "fp32", **changes: float) -> Engine:
        engines.append(Engine(make_model(**TASKS), Hyper(zero_stage=stage, **(COMMON | changes)), precision))  # type: ignore[arg-type]
        return engines[-1]

    yield make
    for engine in engines:
        engine.close()


def run(engine: Engine, steps: Sequence[Any]) -> list[Any]:
    results = []
    for task, features, batches, rate in steps:
        makers = [functools.partial(collate, features, units, 1, engine.device) for units in batches]
        results.append(engine.step(task, makers, int(features.weights.sum()), rate))
    return results


def weights(engine: Engine) -> dict[str, torch.Tensor]:
    heads = {f"{task}.{name}": w for task, ws in engine.head_weights().items() for name, w in ws.items()}
    return engine.encoder_weights() | heads


def run_plainly(model: TaskModel, steps: Sequence[Any], **changes: float) -> tuple[list[Any], dict[str, torch.Tensor]]:
    hyper = COMMON | changes
    matrices, vectors = [p for p in model.parameters() if p.ndim > 1], [p for p in model.parameters() if p.ndim < 2]
    groups = [{"params": matrices, "weight_decay": hyper["weight_decay"]}, {"params": vectors, "weight_decay": 0.0}]
    optimizer = torch.optim.AdamW(groups, eps=hyper["adam_epsilon"])
    results = []
    for task, features, batches, rate in steps:
        for group in optimizer.param_groups:
            group["lr"] = rate
        # Without gradient, AdamW leaves a parameter alone.
        optimizer.zero_grad(set_to_none=True)
        count, total = int(features.weights.sum()), 0.0
        for units in batches:
            loss = model(task, collate(features, units, 1, torch.device("cpu"))) / count
            loss.backward()
            total += float(loss.detach())
        limit = hyper["max_grad_norm"] or float("inf")
        norm = torch.nn.utils.clip_grad_norm_([p for p in model.parameters() if p.grad is not None], limit)
        optimizer.step()
        results.append((total, float(norm)))
    heads = {f"{task}.{n}": w.detach() for task in TASKS for n, w in model.head(task).state_dict().items()}
    return results, {n: w.detach() for n, w in model.encoder.state_dict().items()} | heads


@pytest.mark.parametrize("stage", STAGES)
def test_weights_that_no_loss_depends_on_decay_alike_at_every_stage(
    stage: int, steps: Callable[..., list[Any]], make_model: Callable[..., TaskModel]
) -> None:
    model = make_model(**TASKS)
    model.encoder.register_parameter("unused", torch.nn.Parameter(torch.ones(4, 4)))
    engine = Engine(model, Hyper(zero_stage=stage, **COMMON), "fp32")  # type: ignore[arg-type]
    run(engine, steps("pp"))
    found = engine.encoder_weights()["unused"]
    engine.close()
    # Learning rates 1e-2 and 5e-3.
    wanted = (1 - 1e-2 * COMMON["weight_decay"]) * (1 - 5e-3 * COMMON["weight_decay"])
    torch.testing.assert_close(found, torch.full((4, 4), wanted), rtol=0, atol=1e-7)


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("limit", [0.1, 0.0])
def test_a_mixed_sequence_ends_where_a_plain_loop_ends(
    stage: int,
    limit: float,
    steps: Callable[..., list[Any]],
    engine_of: Callable[..., Engine],
    make_model: Callable[..., TaskModel],
) -> None:
    engine, sequence = engine_of(stage, max_grad_norm=limit), steps(MIXED)
    found = run(engine, sequence)
    wanted, wanted_weights = run_plainly(make_model(**TASKS), sequence, max_grad_norm=limit)
    assert max(len(batches) for _, _, batches, _ in sequence) > 1
    assert [result.loss for result in found] == pytest.approx([loss for loss, _ in wanted], rel=1e-5)
    assert [result.gradient_norm for result in found] == pytest.approx([norm for _, norm in wanted], rel=1e-4)
    assert min(norm for _, norm in wanted) > 0.1
    found_weights = weights(engine)
    assert found_weights.keys() == wanted_weights.keys()
    for name, wanted_weight in wanted_weights.items():
        torch.testing.assert_close(found_weights[name], wanted_weight, rtol=0, atol=2e-6, msg=name)


@pytest.mark.parametrize("stage", STAGES)
def test_a_head_that_is_not_drawn_stays_as_it_is(
    stage: int, steps: Callable[..., list[Any]], engine_of: Callable[..., Engine]
) -> None:
    engine = engine_of(stage)
    run(engine, steps("pqr"))
    before = weights(engine)
    run(engine, steps("ppp"))
    after = weights(engine)
    for name, weight in before.items():
        assert torch.equal(after[name], weight) is name.startswith(("q.", "r.")), name


@pytest.mark.parametrize("stage", STAGES)
def test_what_is_saved_goes_on_bit_for_bit(
    stage: int, steps: Callable[..., list[Any]], engine_of: Callable[..., Engine], tmp_path: Path
) -> None:
    sequence = steps(MIXED)
    first = engine_of(stage)
    run(first, sequence[:4])
    first.save(tmp_path, "step-4")
    results = run(first, sequence[4:])
    second = engine_of(stage)
    second.load(tmp_path, "step-4")
    assert run(second, sequence[4:]) == results
    for (name, one), other in zip(weights(first).items(), weights(second).values(), strict=True):
        assert torch.equal(one, other), name


@pytest.mark.parametrize("stage", STAGES)
def test_bfloat16_is_close_to_float32_and_weights_stay_float32(
    stage: int, steps: Callable[..., list[Any]], engine_of: Callable[..., Engine]
) -> None:
    exact = run(engine_of(stage), steps("pqr"))
    engine = engine_of(stage, "bf16")
    rough = run(engine, steps("pqr"))
    assert [result.loss for result in rough] == pytest.approx([result.loss for result in exact], rel=0.02)
    assert [result.loss for result in rough] != [result.loss for result in exact]
    assert {weight.dtype for weight in weights(engine).values()} == {torch.float32}


@pytest.mark.parametrize("stage", STAGES)
def test_casting_weights_once_a_step_changes_nothing(
    stage: int, engine_of: Callable[..., Engine], steps: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    several = steps(MIXED, 40)
    assert min(len(cuts) for _, _, cuts, _ in several) > 1
    once, anew = engine_of(stage, "bf16"), engine_of(stage, "bf16")
    results = run(once, several)
    monkeypatch.setattr("harness.training.engine.kept_casts", contextlib.nullcontext)
    assert run(anew, several) == results
    wanted = weights(anew)
    assert all(torch.equal(weight, wanted[name]) for name, weight in weights(once).items())


@pytest.mark.parametrize("stage", STAGES)
def test_scores_in_between_have_no_dropout_and_change_nothing(
    stage: int, steps: Callable[..., list[Any]], engine_of: Callable[..., Engine], make_model: Callable[..., TaskModel]
) -> None:
    engine, sequence = engine_of(stage), steps("pqp")
    (_, features, _, _) = sequence[0]
    batch = collate(features, np.arange(4), 1, engine.device)
    with torch.no_grad():
        wanted = make_model(**TASKS).eval()("p", batch, scores=True)
        torch.testing.assert_close(engine.scores("p", batch), wanted)
    results = run(engine, sequence[:2])
    with torch.no_grad():
        engine.scores("q", collate(sequence[1][1], np.arange(4), 1, engine.device))
    results += run(engine, sequence[2:])
    assert results == run(engine_of(stage), sequence)


def test_zero_3_leaves_nothing_behind(make_model: Callable[..., TaskModel]) -> None:
    before = torch.nn.functional.linear
    Engine(make_model(**TASKS), Hyper(zero_stage=3), "fp32").close()
    assert torch.nn.functional.linear is before


def test_a_checkpoint_that_cannot_be_read_is_said_to_be_broken(
    steps: Callable[..., list[Any]], engine_of: Callable[..., Engine], tmp_path: Path
) -> None:
    engine = engine_of(0)
    with pytest.raises(BrokenCheckpoint):
        engine.load(tmp_path, "missing")
    engine.save(tmp_path, "cut-short")
    for path in (tmp_path / "cut-short").iterdir():
        path.write_bytes(path.read_bytes()[:100])
    with raises_code("broken-checkpoint") as caught:
        engine.load(tmp_path, "cut-short")
    assert "cut-short" in (caught.value.where or "")


SILENT = """
import sys, tempfile
from pathlib import Path
import torch
from harness.hyper import Hyper
from harness.modeling.checkpoints import load_encoder
from harness.modeling.heads.base import HeadConfig, build_head
from harness.modeling.model import TaskModel
from harness.training.engine import Engine

HEAD = "harness.modeling.heads.text_classification:TextClassificationHead"
batch = {"input_ids": torch.full((2, 4), 7), "attention_mask": torch.ones(2, 4, dtype=torch.long)}
batch["label"] = torch.tensor([0, 1])
for stage in (2, 0, 1, 3):
    config = HeadConfig(task="t", head=HEAD, labels=("a", "b"), dropout=0.0, hidden_size=32, layers=1)
    heads = {"t": build_head(config), "u": build_head(config)}
    engine = Engine(TaskModel(load_encoder(Path(sys.argv[1]))[0], heads), Hyper(zero_stage=stage), "bf16")
    engine.step("t", [lambda: batch, lambda: batch], 4, 1e-3)
    work = Path(tempfile.mkdtemp(dir=sys.argv[2]))
    engine.save(work, "one")
    engine.load(work, "one")
    engine.scores("u", batch)
    engine.head_weights()
    engine.close()
"""


def test_deepspeed_says_nothing(start: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-c", SILENT, str(start), str(tmp_path)]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
