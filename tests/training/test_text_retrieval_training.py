"""Training a dual encoder: what shares a softmax, and that it learns to find."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
from torch.nn import functional

import harness
from harness.evaluation.predictions import columns_of
from harness.hyper import Hyper
from harness.item_scores import item_scores
from harness.kinds.base import DecodeTask
from harness.modeling.checkpoints import load_encoder, load_head
from harness.modeling.model import TaskModel
from harness.modeling.tokenizer import load_text_encoder
from harness.training.batching import collate, whole
from harness.training.loop import PhaseResult, run_phase
from harness.training.mixing import Mixing
from harness.training.phase import Phase
from harness.training.predict import Predictor, outputs
from harness.training.sampling import Sampler

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.kinds.features import Features
    from harness.modeling.heads.base import HeadConfig
    from harness.registry import Registry

KIND = "text-retrieval"
HYPER = Hyper(lr=3e-3, batch_size=8, steps=3, token_budget=100, max_length=16, dropout=0.0)


@pytest.fixture
def run(
    start: Path, tmp_path: Path, head_config: Callable[..., HeadConfig], observe: Callable[..., Any]
) -> Callable[..., tuple[PhaseResult, list[dict[str, Any]]]]:
    """Train on features; each call in a directory of its own."""

    def make(features: Features, **hyper: Any) -> tuple[PhaseResult, list[dict[str, Any]]]:
        work = tmp_path / str(len(list(tmp_path.iterdir())))
        work.mkdir()
        phase = Phase(
            name="target",
            features={"t": features},
            heads={"t": head_config(KIND, "t")},
            whole_steps=frozenset({"t"}),
            start=start,
            origin=start,
            work=work,
            hyper=replace(HYPER, **hyper),
            precision="fp32",
            seed=3,
        )
        life, seen = observe()
        with life:
            return run_phase(phase, life), seen.steps

    return make


def predictor_of(checkpoint: Path, config: HeadConfig) -> Predictor:
    return Predictor(TaskModel(load_encoder(checkpoint)[0], {"t": load_head(checkpoint, config)}), "fp32")


def test_all_pairs_of_a_step_share_a_softmax_whatever_the_token_budget(
    run: Callable[..., Any], features_of: Callable[..., Features]
) -> None:
    features = features_of(KIND)
    (small, steps), (large, same) = run(features, token_budget=1), run(features, token_budget=10**6)
    measured = ("loss", "gradient_norm", "tokens", "padded_tokens")
    assert [[step[name] for name in measured] for step in steps] == [[step[name] for name in measured] for step in same]
    assert len(steps) == 3
    sampler = Sampler(seed=3, phase="target:t", sizes={"t": 24}, mixing=Mixing(cap=10**6), batch_size=8, steps=3)
    lengths = np.diff(features.offsets)
    for number, step in enumerate(steps):
        units = sampler.draw(number).units
        drawn = np.concatenate([lengths[2 * units], lengths[2 * units + 1]])
        assert (step["tokens"], step["padded_tokens"]) == (drawn.sum(), 16 * drawn.max())
    names = [path.name for path in small.checkpoint.glob("*.safetensors")]
    assert "head-t.safetensors" in names
    for name in names:
        assert (small.checkpoint / name).read_bytes() == (large.checkpoint / name).read_bytes()


def test_the_loss_is_the_mean_surprise_of_each_right_candidate_among_those_of_the_step(
    run: Callable[..., Any],
    features_of: Callable[..., Features],
    head_config: Callable[..., HeadConfig],
) -> None:
    features = features_of(KIND)
    # A learning rate this small leaves the weights as they are, and the head as it was at first.
    result, steps = run(features, lr=1e-12, batch_size=24)
    model = predictor_of(result.checkpoint, head_config(KIND, "t")).model
    with torch.no_grad():
        vectors = model("t", collate(features, np.arange(24), 1, torch.device("cpu")), scores=True).numpy()
    logits = 100.0 * vectors[0::2].astype(np.float64) @ vectors[1::2].T.astype(np.float64)
    surprise = np.log(np.exp(logits - np.diag(logits)[:, None]).sum(axis=1))
    assert steps[0]["loss"] == pytest.approx(surprise.mean(), rel=1e-4)


@pytest.mark.parametrize("stage", [1, 2, 3])
def test_every_zero_stage_ends_where_stage_0_ends(
    stage: int,
    run: Callable[..., Any],
    features_of: Callable[..., Features],
    head_config: Callable[..., HeadConfig],
) -> None:
    features = features_of(KIND)
    common = {"adam_epsilon": 1e-5, "max_grad_norm": 0.0, "lr": 1e-2}
    (plain, steps), (found, same) = run(features, **common), run(features, **common, zero_stage=stage)
    assert len(steps) == 3
    assert [step["loss"] for step in same] == pytest.approx([step["loss"] for step in steps], rel=1e-4)
    wanted, weights = (load_head(r.checkpoint, head_config(KIND, "t")).state_dict() for r in (plain, found))
    assert wanted["scale"].item() != 100
    for name, weight in wanted.items():
        torch.testing.assert_close(weights[name], weight, rtol=0, atol=1e-3)


def test_units_stay_together_in_the_order_they_were_drawn(features_of: Callable[..., Features]) -> None:
    features = features_of(KIND)
    (batch,) = whole(features, np.asarray([5, 1, 5]))
    assert batch.units.tolist() == [5, 1, 5]
    lengths = np.diff(features.offsets)[[10, 11, 2, 3, 10, 11]]
    assert (batch.tokens, batch.padded_tokens) == (lengths.sum(), 6 * lengths.max())


WORDS = ("dog", "fox", "cat", "elk", "ant", "bee", "owl", "pig", "rat", "yak")


def test_what_was_trained_on_is_found(
    start: Path,
    run: Callable[..., Any],
    head_config: Callable[..., HeadConfig],
    registry: Registry,
) -> None:
    kind = registry.kind(KIND)
    answers = [f"it is a {word[::-1]}" for word in WORDS]
    pairs = [
        harness.RetrievalRow(text=f"the {word}?", side="query", positive=answer)
        for word, answer in zip(WORDS, answers, strict=True)
    ]
    rows = [harness.RetrievalRow(text=f"the {word}?", side="query", matches=(word,)) for word in WORDS]
    rows += [
        harness.RetrievalRow(text=answer, side="candidate", key=word)
        for word, answer in zip(WORDS, answers, strict=True)
    ]
    text_encoder = load_text_encoder(start)
    features = kind.encode(rows, (), text_encoder, HYPER)
    task = DecodeTask(task=registry.task("mewslix"), labels=(), hyper=HYPER)

    def mrr(steps: int) -> float:
        result, _ = run(kind.encode(pairs, (), text_encoder, HYPER), steps=steps, batch_size=10)
        predictor = predictor_of(result.checkpoint, head_config(KIND, "t"))
        head = predictor.model.head("t")
        computed = outputs(predictor.scores, head, features, pad_id=1, budget=200, device=predictor.device)
        vectors = torch.from_numpy(np.concatenate(computed))
        torch.testing.assert_close(vectors, functional.normalize(vectors, dim=1))
        decoded = kind.decode(computed, features, rows, task)
        metric = registry.metric("mrr_at_20")
        return item_scores(metric, columns_of([fields for _, fields in decoded])).value

    assert mrr(2) < 90
    assert mrr(80) == 100
