"""Masked language modelling as one of the tasks of a phase."""

from __future__ import annotations

import functools
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from harness.hyper import Hyper
from harness.kinds.features import FeatureBuilder, Features, Masking
from harness.modeling.checkpoints import load_encoder, load_head
from harness.modeling.heads.base import HeadConfig, build_head
from harness.modeling.model import TaskModel
from harness.training import replica
from harness.training.batching import collate, cut
from harness.training.engine import Engine
from harness.training.loop import run_phase
from harness.training.phase import Development, Phase
from harness.training.predict import Predictor

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

HYPER = Hyper(lr=3e-3, batch_size=8, steps=6, token_budget=100, checkpoint_every=2, max_grad_norm=0.0)
CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def vocabulary(start: Path) -> int:
    return int(load_encoder(start)[0].config.vocab_size)


@pytest.fixture(scope="module")
def texts(vocabulary: int) -> Features:
    """Sequences of 4 to 20 tokens of few different ids, so that there is something to learn at once."""
    generator = np.random.default_rng(2)
    builder = FeatureBuilder()
    for unit in range(24):
        length = int(generator.integers(4, 21))
        builder.sequence([0, *generator.integers(5, 12, length).tolist(), 2])
        builder.end_unit(unit, weight=max(1, round(0.15 * length)))
    return builder.build(Masking(mask_id=4, special_ids=(0, 1, 2, 3, 4), vocabulary=vocabulary))


@pytest.fixture
def mlm_config(vocabulary: int) -> HeadConfig:
    head = "harness.modeling.heads.fill_mask:FillMaskHead"
    return HeadConfig(task="mlm", head=head, labels=(), dropout=0.1, hidden_size=32, layers=1, vocabulary=vocabulary)


@pytest.fixture
def phase_in(
    dropping_start: Path,
    texts: Features,
    mlm_config: HeadConfig,
    features_of: Callable[..., Features],
    head_config: Callable[..., HeadConfig],
) -> Callable[..., Phase]:
    """A phase of `mlm` and a classification task, whose work directory is the one given."""

    def make(work: Path, start: Path = dropping_start, **changes: Any) -> Phase:
        work.mkdir()
        kind = "text-classification"
        phase = Phase(
            name="intermediate",
            features={"p": features_of(kind), "mlm": texts},
            heads={"p": head_config(kind, "p", dropout=0.1), "mlm": mlm_config},
            start=start,
            origin=start,
            work=work,
            hyper=HYPER,
            precision="fp32",
            seed=3,
        )
        return replace(phase, **changes)

    return make


@pytest.fixture
def model_of(start: Path, mlm_config: HeadConfig, head_config: Callable[..., HeadConfig]) -> Callable[[], TaskModel]:
    """An encoder without dropout with heads for `p` and `mlm`; each call gives the same weights."""

    def make() -> TaskModel:
        with torch.random.fork_rng():
            torch.manual_seed(1)
            heads = {"p": build_head(head_config("text-classification", "p")), "mlm": build_head(mlm_config)}
        return TaskModel(load_encoder(start)[0], heads)

    return make


@pytest.fixture
def engine_of(model_of: Callable[[], TaskModel]) -> Iterator[Callable[..., Engine]]:
    engines: list[Engine] = []

    def make(stage: int, precision: str = "fp32") -> Engine:
        hyper = replace(HYPER, zero_stage=stage, adam_epsilon=1e-3)
        engines.append(Engine(model_of(), hyper, precision))
        return engines[-1]

    yield make
    for engine in engines:
        engine.close()


def makers(features: Features, device: torch.device, seed: int, budget: int = 100) -> list[Any]:
    batches = cut(features, np.arange(8), budget, 32)
    return [functools.partial(collate, features, batch.units, 1, device, seed) for batch in batches]


@pytest.mark.parametrize("stage", [0, 1, 2, 3])
def test_shared_embeddings_are_trained_alike_at_every_zero_stage(
    stage: int,
    texts: Features,
    features_of: Callable[..., Features],
    engine_of: Callable[..., Engine],
    model_of: Callable[[], TaskModel],
) -> None:
    engine, model = engine_of(stage), model_of()
    optimizer = torch.optim.AdamW(
        [
            {"params": [p for p in model.parameters() if p.ndim > 1], "weight_decay": HYPER.weight_decay},
            {"params": [p for p in model.parameters() if p.ndim < 2], "weight_decay": 0.0},
        ],
        lr=1e-3,
        eps=1e-3,
    )
    for number, task in enumerate(("mlm", "p", "mlm", "mlm")):
        features = texts if task == "mlm" else features_of("text-classification", units=8)
        count = int(features.weights[:8].sum())
        found = engine.step(task, makers(features, engine.device, number), count, 1e-3)
        optimizer.zero_grad(set_to_none=True)
        wanted = sum(model(task, make()) / count for make in makers(features, CPU, number))
        wanted.backward()
        optimizer.step()
        assert found.loss == pytest.approx(float(wanted.detach()), rel=1e-5)
    weights = engine.encoder_weights()
    for name, weight in model.encoder.state_dict().items():
        torch.testing.assert_close(weights[name], weight, rtol=0, atol=2e-6, msg=name)
    heads = engine.head_weights()["mlm"]
    assert not any("embeddings" in name for name in heads)
    for name, weight in model.head("mlm").state_dict().items():
        torch.testing.assert_close(heads[name], weight, rtol=0, atol=2e-6, msg=name)
    batch = makers(texts, CPU, 0)[0]()
    with torch.no_grad():
        scores = engine.scores("mlm", {name: tensor.to(engine.device) for name, tensor in batch.items()})
        wanted_scores = model.eval()("mlm", batch, scores=True)
    torch.testing.assert_close(scores.cpu(), wanted_scores, rtol=1e-4, atol=1e-4)


def test_bfloat16_gives_nearly_the_same_loss(texts: Features, engine_of: Callable[..., Engine]) -> None:
    count = int(texts.weights[:8].sum())
    engines = [engine_of(0, precision) for precision in ("fp32", "bf16")]
    fp32, bf16 = (engine.step("mlm", makers(texts, engine.device, 0), count, 1e-3).loss for engine in engines)
    # Eight bits of mantissa: 1/256 of each score.
    assert bf16 == pytest.approx(fp32, rel=0.01)
    assert bf16 != fp32


def test_loss_and_masks_do_not_depend_on_the_token_budget(texts: Features, model_of: Callable[[], TaskModel]) -> None:
    model = model_of().eval()
    losses, masks = [], []
    for budget in (1, 60, 10_000):
        batches = [make() for make in makers(texts, CPU, 11, budget)]
        losses.append(sum(float(model("mlm", batch).detach()) for batch in batches))
        hidden = [t[t != 1].tolist() for batch in batches for t in batch["input_ids"]]
        masks.append(sorted(hidden))
    assert losses == pytest.approx([losses[0]] * 3, rel=1e-5)
    assert masks[0] == masks[1] == masks[2]


def test_two_steps_of_training_lower_the_loss(texts: Features, engine_of: Callable[..., Engine]) -> None:
    engine = engine_of(0)
    count = int(texts.weights[:8].sum())
    losses = [engine.step("mlm", makers(texts, engine.device, 0), count, 3e-3).loss for _ in range(3)]
    # Untrained, all ids of the vocabulary are about as likely.
    assert losses[0] == pytest.approx(np.log(engine.model.head("mlm").config.vocabulary), rel=0.05)
    assert losses[0] > losses[1] > losses[2]


def test_a_phase_broken_off_goes_on_bit_for_bit(
    phase_in: Callable[..., Phase], observe: Callable[..., Any], tmp_path: Path
) -> None:
    life, seen = observe()
    with life:
        whole = run_phase(phase_in(tmp_path / "whole"), life)
    assert {step["task"] for step in seen.steps} == {"p", "mlm"}
    phase = phase_in(tmp_path / "work")
    life, _ = observe(5)
    with life, pytest.raises(InterruptedError):
        run_phase(phase, life)
    life, again = observe()
    with life:
        resumed = run_phase(phase, life)
    assert [step["loss"] for step in again.steps] == [step["loss"] for step in seen.steps[4:]]
    for name in ("model", "head-mlm", "head-p"):
        left, right = (load_file(run.checkpoint / f"{name}.safetensors") for run in (whole, resumed))
        assert left.keys() == right.keys()
        assert all(torch.equal(left[key], right[key]) for key in left)


def test_other_seeds_and_steps_mask_other_tokens(
    texts: Features,
    phase_in: Callable[..., Phase],
    observe: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    drawn: list[bytes] = []

    def remember(*arguments: Any) -> Any:
        batch = collate(*arguments)
        drawn.append(batch["target"].numpy().tobytes())
        return batch

    monkeypatch.setattr(replica, "collate", remember)
    # A step takes the whole data, so that only masks can differ.
    hyper = replace(HYPER, batch_size=len(texts), steps=3, token_budget=10_000)
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        phase = phase_in(tmp_path / name, seed=seed, hyper=hyper, features={"mlm": texts})
        life, _ = observe()
        with life:
            run_phase(replace(phase, heads={"mlm": phase.heads["mlm"]}), life)
    third = len(drawn) // 3
    assert third >= 3
    assert drawn[third : 2 * third] == drawn[:third]
    # Every micro-batch of every step, and of the other seed's, is masked in its own way.
    assert len(set(drawn)) == 2 * third


def test_first_weights_come_from_the_model_that_all_began_with(
    dropping_start: Path, phase_in: Callable[..., Phase], observe: Callable[..., Any], tmp_path: Path, vocabulary: int
) -> None:
    """As after a phase of another task, whose checkpoint has no language model's head any more."""
    from shutil import copytree

    origin = tmp_path / "origin"
    copytree(dropping_start, origin)
    shapes: dict[str, tuple[int, ...]] = {"bias": (vocabulary,), "dense.weight": (32, 32), "dense.bias": (32,)}
    shapes |= {"layer_norm.weight": (32,), "layer_norm.bias": (32,)}
    torch.manual_seed(4)
    own = {f"lm_head.{name}": torch.randn(shape) for name, shape in shapes.items()}
    save_file(load_file(origin / "model.safetensors") | own, origin / "model.safetensors", {"format": "pt"})
    still = replace(HYPER, steps=1, lr=1e-30, weight_decay=0.0)
    for name, start in (("a", origin), ("b", dropping_start)):
        life, seen = observe()
        with life:
            result = run_phase(phase_in(tmp_path / name, start=start, origin=origin, hyper=still), life)
        assert seen.phases[0]["weights"] == result.weights
        assert result.weights["heads_pretrained"] == ["mlm"]
        assert result.weights["heads_new"] == ["p"]
        assert result.weights["encoder_left_out"] == []
        found = load_file(result.checkpoint / "head-mlm.safetensors")
        assert all(torch.equal(found[key.removeprefix("lm_head.")], tensor) for key, tensor in own.items())


def test_a_saved_checkpoint_scores_as_the_model_in_training(
    phase_in: Callable[..., Phase], texts: Features, mlm_config: HeadConfig, observe: Callable[..., Any], tmp_path: Path
) -> None:
    scores: list[Any] = []

    def score(computed: Any) -> float:
        scores.extend(computed)
        return 1.0

    life, _ = observe()
    development = Development("mlm", (texts,), score)
    with life:
        result = run_phase(phase_in(tmp_path / "work", development=development), life)
    assert result.kept_step == 6
    head = load_head(result.checkpoint, mlm_config)
    model = TaskModel(load_encoder(result.checkpoint)[0], {"mlm": head}).eval()
    again = Predictor(model, "fp32").outputs("mlm", texts, HYPER.token_budget)
    assert [output.tobytes() for output in scores[-1]] == [output.tobytes() for output in again]
    batch = collate(texts, np.arange(8), 1, CPU)
    with torch.no_grad():
        before = model("mlm", batch, scores=True)
    embeddings: Any = model.encoder.get_input_embeddings().weight
    with torch.no_grad():
        embeddings[250] += 1
        assert (model("mlm", batch, scores=True) != before).any(0).nonzero().ravel().tolist() == [250]
