"""What a plan says of steps that are one batch, against what a phase measures: tokens, and states that are kept."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import pytest

from harness.config import settings_from
from harness.planning.session import Session, plan_training
from harness.planning.step_memory import WholeStep, whole_steps
from harness.report.planned_steps import whole_step_lines
from tests.raising import raises_code

if TYPE_CHECKING:
    from pathlib import Path

    from harness.planning.stages.training import Trained
    from harness.registry import Registry

ARMS = {
    "captions": "flickr8k{batch_size=16}",
    "text": "flickr8k{images=none, batch_size=8}",
}


@pytest.fixture
def session(registry: Registry, tmp_path: Path) -> Session:
    """Both arms on some of mini's captions, one step each."""
    asked: dict[str, Any] = {
        "target": ("tatoeba",),
        "languages": ("qaa",),
        "limit": 64,
        "baseline": False,
        "arms": ARMS,
        "set": {"intermediate.steps": 1},
    }
    return plan_training(settings_from(registry, asked), registry, tmp_path)


def planned(session: Session, phase: Trained) -> WholeStep:
    (step,) = whole_steps(session.bench.data, phase)
    return step


def test_two_captions_of_a_pair_are_counted_as_two(session: Session) -> None:
    captions, text = session.plan.phases
    first, second = planned(session, captions), planned(session, text)
    assert (first.sequences, second.sequences) == (16, 16)
    assert (first.tokens, first.states, first.weights) == (second.tokens, second.states, second.weights)
    costs = [phase.cost(session.bench) for phase in (captions, text)]
    # mini has two captions a picture: half as many examples, each twice as long.
    assert [cost.tokens for cost in costs] == pytest.approx([costs[0].tokens] * 2)


def test_an_epoch_of_pairs_has_a_step_for_each_batch_of_pairs(registry: Registry, tmp_path: Path) -> None:
    arm = {"text": "flickr8k{images=none, batch_size=8, epochs=3, steps=0}"}
    asked: dict[str, Any] = {"target": ("tatoeba",), "limit": 64, "baseline": False, "arms": arm}
    session = plan_training(settings_from(registry, asked), registry, tmp_path)
    (phase,) = session.plan.phases
    assert phase.cost(session.bench).steps == 3 * math.ceil(32 / 8)


@pytest.mark.loads_torch
def test_plans_say_what_a_phase_measures(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    import torch

    from harness.training.replica import Replica

    kept: list[int] = []
    step = Replica.step

    def measured(self: Replica, number: int) -> Any:
        weights = {weight.untyped_storage().data_ptr() for weight in self.engine.model.parameters()}
        saved: dict[int, torch.Tensor] = {}

        def keep(tensor: torch.Tensor) -> torch.Tensor:
            if tensor.untyped_storage().data_ptr() not in weights:
                saved[tensor.untyped_storage().data_ptr()] = tensor
            return tensor

        with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
            done = step(self, number)
        kept.append(sum(tensor.untyped_storage().nbytes() for tensor in saved.values()))
        return done

    monkeypatch.setattr(Replica, "step", measured)
    phases = session.plan.phases
    assert session.execute().failures == []
    for phase, states in zip(phases, kept, strict=True):
        told, facts = planned(session, phase), session.bench.facts(phase)
        # What is told leaves room for dropout, which mini's encoder has none of.
        assert 1 <= told.states / states < 1.6
        assert told.sequences * told.tokens == pytest.approx(facts["padded_tokens"], rel=0.2)
        assert phase.cost(session.bench).tokens == pytest.approx(facts["tokens"], rel=0.35)


def test_the_plan_tells_the_memory_of_a_step_once(session: Session) -> None:
    (line,) = whole_step_lines(session)
    assert line.startswith("flickr8k: a step is one batch, of 16 texts with up to ~")
    assert line.endswith(" MB of memory")


def test_captions_without_a_second_one_are_refused_while_planning(registry: Registry, tmp_path: Path) -> None:
    asked: dict[str, Any] = {
        "target": ("tatoeba",),
        "limit": 1,
        "arms": {"text": "flickr8k{images=none, epochs=1, steps=0}"},
    }
    session = plan_training(settings_from(registry, asked), registry, tmp_path)
    with raises_code("no-two-captions"):
        session.plan.phases[0].cost(session.bench)
