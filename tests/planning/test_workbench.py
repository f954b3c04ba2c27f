"""The workbench: one checkpoint with one head is kept in memory, and never taken for another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from harness.training import predict

if TYPE_CHECKING:
    from tests.planning.conftest import Bench


@pytest.mark.parametrize(
    ("change", "loads"),
    [({}, 1), ({"checkpoint": 1}, 2), ({"name": "other"}, 2), ({"precision": "bf16"}, 2)],
)
def test_a_predictor_is_loaded_anew_for_whatever_is_another(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, change: dict[str, Any], loads: int
) -> None:
    loaded: list[tuple[Any, ...]] = []
    monkeypatch.setattr(predict, "load_predictor", lambda *arguments: loaded.append(arguments))
    session = bench.session(target=("tatoeba",))
    phase = session.plan.phases[0]
    checkpoints = [phase.origin, phase]
    asked: dict[str, Any] = {"checkpoint": 0, "name": "head", "precision": "fp32"}
    for wanted in (asked, asked | change, asked | change):
        one = checkpoints[wanted["checkpoint"]]
        session.bench.predictor(one, wanted["name"], lambda: lambda: None, wanted["precision"])  # type: ignore[arg-type, return-value]
    assert len(loaded) == loads
    assert [arguments[0] for arguments in loaded] == [
        checkpoints[number].obtain(session.bench) for number in (0, change.get("checkpoint", 0))[:loads]
    ]
    session.bench.release()
    session.bench.predictor(phase, "head", lambda: lambda: None, "fp32")  # type: ignore[arg-type, return-value]
    assert len(loaded) == loads + 1
