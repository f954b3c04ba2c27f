"""Training runs that are also measured, and scored on perturbed rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from harness.planning.session import plan_training
from harness.planning.stages.models import Trimmed
from tests.raising import raises_code

if TYPE_CHECKING:
    from tests.planning.conftest import Bench


def test_a_training_run_is_measured_and_scored_under_conditions(bench: Bench) -> None:
    settings = bench.settings(languages=("de",))
    session = plan_training(
        settings, bench.registry, bench.runs, measures=["anisotropy", "anisotropy"], perturb=["typo:2"]
    )
    outcome = session.execute()
    assert not outcome.failures
    scores = bench.results(outcome)
    assert {(one["arm"], one.get("perturbation", "")) for one in scores} == {
        (arm, condition) for arm in ("none", "qqp") for condition in ("", "typo:2")
    }
    measures = bench.results(outcome, "measure")
    assert [(one["arm"], one["measure"], one["status"]) for one in measures] == [
        ("none", "anisotropy", "ok"),
        ("qqp", "anisotropy", "ok"),
    ]
    assert not any("perturbation" in one for one in measures)
    plain = plan_training(settings, bench.registry, bench.runs)
    assert plain.asked != session.asked
    assert {cell.stage.digest for cell in plain.plan.cells} < {cell.stage.digest for cell in session.plan.cells}


def test_a_trimmed_model_keeps_the_tokens_of_perturbed_rows(bench: Bench) -> None:
    settings = bench.settings(trim_vocab="pawsx", languages=("de",))
    for perturb, kept in (((), False), (("typo:2",), True)):
        model = plan_training(settings, bench.registry, bench.runs, perturb=perturb).plan.model
        assert isinstance(model, Trimmed)
        assert any(rows.transforms for rows in model.rows) is kept


@pytest.mark.parametrize(
    ("asked", "code"),
    [({"measures": ["anisotropie"]}, "unknown-measure"), ({"perturb": ["typ:2"]}, "unknown-perturbation")],
)
def test_what_is_not_known_is_refused_before_rows_are_read(
    bench: Bench, asked: dict[str, list[str]], code: str
) -> None:
    settings = bench.settings(intermediate=("hellaswag",))
    with raises_code("no-training-rows"):
        plan_training(settings, bench.registry, bench.runs)
    with raises_code(code):
        plan_training(
            settings, bench.registry, bench.runs, measures=asked.get("measures", ()), perturb=asked.get("perturb", ())
        )
