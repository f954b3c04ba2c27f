"""Frozen parts of an encoder, and activations that are computed again, at every ZeRO stage."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
import torch
from safetensors.torch import load_file

from harness.hyper import Hyper
from harness.modeling.checkpoints import load_encoder
from harness.modeling.heads.base import build_head
from harness.modeling.model import TaskModel
from harness.modeling.scratch import build
from harness.modeling.shape import weight_files
from harness.modeling.sharing import Pool
from harness.training.engine import Engine
from harness.training.freezing import embedding_of, freeze, layers_of, prepare
from harness.training.loop import run_phase
from harness.training.phase import Phase
from tests.raising import raises_code

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from harness.kinds.features import Features
    from harness.modeling.heads.base import HeadConfig

STAGES = (0, 1, 2, 3)
HYPER = Hyper(lr=3e-3, batch_size=8, steps=5, token_budget=120, checkpoint_every=3, weight_decay=0.1)
FROZEN = {"freeze_embeddings": True, "freeze_layers": 1}


@pytest.fixture(scope="module")
def two_layers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny encoder of two layers, with dropout."""
    directory = tmp_path_factory.mktemp("two")
    shape = {"hidden_size": 32, "layers": 2, "heads": 2, "feed_forward": 48, "positions": 66, "vocabulary": 300}
    build(directory, ["a b c", "the dog and the fox", "it ends"], {**shape, "dropout": 0.1})
    return directory


@pytest.fixture
def phase_in(
    two_layers: Path, features_of: Callable[..., Features], head_config: Callable[..., HeadConfig]
) -> Callable[..., Phase]:
    def make(work: Path, **changes: Any) -> Phase:
        work.mkdir(exist_ok=True)
        return Phase(
            name="target",
            features={"p": features_of("text-classification")},
            heads={"p": head_config("text-classification", "p", dropout=0.1)},
            start=two_layers,
            origin=two_layers,
            work=work,
            hyper=replace(HYPER, **changes),
            precision="fp32",
            seed=3,
            pool=Pool(work.with_name("pool")),
        )

    return make


def trained(phase: Phase, observe: Callable[..., Any], stop_after: int = 0) -> tuple[dict[str, torch.Tensor], Any]:
    life, seen = observe(stop_after)
    with life:
        return load_encoder(run_phase(phase, life).checkpoint)[0].state_dict(), seen


def kept_still(name: str) -> bool:
    return name.startswith(("embeddings.", "encoder.layer.0."))


@pytest.mark.parametrize("stage", STAGES)
def test_frozen_weights_stay_bit_for_bit_and_the_others_move(
    stage: int, phase_in: Callable[..., Phase], observe: Callable[..., Any], two_layers: Path, tmp_path: Path
) -> None:
    before = load_encoder(two_layers)[0].state_dict()
    after, _ = trained(phase_in(tmp_path / "work", zero_stage=stage, **FROZEN), observe)
    same = {name for name in after if torch.equal(before[name], after[name])}
    assert same == {name for name in after if kept_still(name)}
    # Two layers of 16 tensors each; embeddings of words, positions and types and the two of their norm.
    assert len(same) == 16 + 5


@pytest.mark.parametrize("stage", STAGES)
def test_frozen_weights_are_on_the_disk_once(
    stage: int, phase_in: Callable[..., Phase], observe: Callable[..., Any], tmp_path: Path
) -> None:
    phases = [phase_in(tmp_path / name, zero_stage=stage, lr=lr, **FROZEN) for name, lr in (("a", 1e-3), ("b", 2e-3))]
    for phase in phases:
        life, _ = observe()
        with life:
            run_phase(phase, life)
    (first, own), (second, other) = (weight_files(phase.work / "last-5") for phase in phases)
    assert first.samefile(second)
    assert not own.samefile(other)
    assert {kept_still(name) for name in load_file(first)} == {True}
    assert {kept_still(name) for name in load_file(own)} == {False}


@pytest.mark.parametrize("stage", STAGES)
def test_an_interrupted_phase_with_frozen_parts_goes_on_bit_for_bit(
    stage: int, phase_in: Callable[..., Phase], observe: Callable[..., Any], tmp_path: Path
) -> None:
    whole, _ = trained(phase_in(tmp_path / "whole", zero_stage=stage, **FROZEN), observe)
    with pytest.raises(InterruptedError):
        trained(phase_in(tmp_path / "work", zero_stage=stage, **FROZEN), observe, 4)
    resumed, seen = trained(phase_in(tmp_path / "work", zero_stage=stage, **FROZEN), observe)
    assert [step["step"] for step in seen.steps] == [4, 5]
    assert all(torch.equal(whole[name], resumed[name]) for name in whole)


@pytest.mark.parametrize("stage", STAGES)
def test_frozen_weights_have_no_optimiser_state(
    stage: int, two_layers: Path, features_of: Callable[..., Features], head_config: Callable[..., HeadConfig]
) -> None:
    import functools

    import numpy as np

    from harness.training.batching import collate

    def moments(**frozen: Any) -> int:
        """Numbers of AdamW's first moment after a step."""
        encoder, _ = load_encoder(two_layers)
        hyper = replace(HYPER, zero_stage=stage, **frozen)
        prepare(encoder, hyper)
        head = build_head(head_config("text-classification", "p"))
        engine = Engine(TaskModel(encoder, {"p": head}), hyper, "fp32")
        batch = functools.partial(collate, features_of("text-classification"), np.arange(8), 1, engine.device)
        engine.step("p", [batch], 8, 1e-3)
        # ZeRO has an optimiser within its own.
        optimizer = getattr(engine._optimizer, "optimizer", engine._optimizer)
        total: int = sum(state["exp_avg"].numel() for state in optimizer.state.values())
        engine.close()
        return total

    encoder, _ = load_encoder(two_layers)
    parts = (embedding_of(encoder), layers_of(encoder)[0])
    frozen = sum(weight.numel() for part in parts for weight in part.parameters())
    assert moments() - moments(**FROZEN) == frozen
    # 300 or fewer words, 66 positions and 1 type of 32 numbers, and a norm.
    assert frozen > 66 * 32


def test_layers_are_frozen_from_below(two_layers: Path) -> None:
    encoder, _ = load_encoder(two_layers)
    freeze(encoder, embeddings=False, layers=1)
    frozen = {name for name, weight in encoder.named_parameters() if not weight.requires_grad}
    assert frozen == {name for name, _ in encoder.named_parameters() if name.startswith("encoder.layer.0.")}
    encoder, _ = load_encoder(two_layers)
    freeze(encoder, embeddings=True, layers=0)
    frozen = {name for name, weight in encoder.named_parameters() if not weight.requires_grad}
    assert frozen == {name for name, _ in encoder.named_parameters() if name.startswith("embeddings.")}


def test_a_head_alone_is_trained_on_a_frozen_encoder(
    phase_in: Callable[..., Phase], observe: Callable[..., Any], two_layers: Path, tmp_path: Path
) -> None:
    before = load_encoder(two_layers)[0].state_dict()
    after, seen = trained(phase_in(tmp_path / "work", freeze_embeddings=True, freeze_layers=2), observe)
    assert all(torch.equal(before[name], after[name]) for name in after)
    head = load_file(tmp_path / "work" / "last-5" / "head-p.safetensors")
    assert any(weight.abs().sum() > 0 for name, weight in head.items() if name.endswith("bias"))
    assert all(step["gradient_norm"] > 0 for step in seen.steps)


@pytest.mark.parametrize("stage", STAGES)
def test_gradient_checkpointing_gives_the_same_training(
    stage: int, phase_in: Callable[..., Phase], observe: Callable[..., Any], tmp_path: Path
) -> None:
    plain, steps = trained(phase_in(tmp_path / "plain", zero_stage=stage), observe)
    again, seen = trained(phase_in(tmp_path / "again", zero_stage=stage, gradient_checkpointing=True), observe)
    # Dropout is drawn again as it was.
    assert [step["loss"] for step in seen.steps] == [step["loss"] for step in steps.steps]
    assert all(torch.equal(plain[name], again[name]) for name in plain)


def test_gradient_checkpointing_with_frozen_parts(
    phase_in: Callable[..., Phase], observe: Callable[..., Any], tmp_path: Path
) -> None:
    plain, _ = trained(phase_in(tmp_path / "plain", **FROZEN), observe)
    again, _ = trained(phase_in(tmp_path / "again", gradient_checkpointing=True, **FROZEN), observe)
    assert all(torch.equal(plain[name], again[name]) for name in plain)


@pytest.mark.parametrize(("on", "calls"), [(False, 1), (True, 2)])
def test_layers_are_computed_again_in_the_backward_pass(on: bool, calls: int, two_layers: Path) -> None:
    encoder, _ = load_encoder(two_layers)
    prepare(encoder, Hyper(gradient_checkpointing=on))
    counted: list[None] = []
    next(layers_of(encoder)[0].children()).register_forward_hook(lambda *_: counted.append(None))
    encoder.train()
    ids = torch.full((2, 5), 7)
    encoder(input_ids=ids, attention_mask=torch.ones_like(ids)).last_hidden_state.sum().backward()
    assert len(counted) == calls
    encoder.train(mode=False)
    encoder(input_ids=ids, attention_mask=torch.ones_like(ids))
    assert len(counted) == calls + 1


def test_encoders_that_cannot_are_named() -> None:
    class Config:
        model_type = "odd"
        num_hidden_layers = 3

    class Odd(torch.nn.Module):
        config = Config()
        supports_gradient_checkpointing = False

    with raises_code("cannot-freeze-layers", "odd"):
        freeze(Odd(), embeddings=False, layers=1)  # type: ignore[arg-type]
    with raises_code("cannot-checkpoint-gradients", "odd"):
        prepare(Odd(), Hyper(gradient_checkpointing=True))  # type: ignore[arg-type]
