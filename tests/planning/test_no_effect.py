"""Settings of decoding that no target is predicted with are refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from harness.errors import SettingsError

if TYPE_CHECKING:
    from tests.planning.conftest import Bench


@pytest.mark.parametrize(
    ("target", "key", "value"),
    [
        ("pawsx", "similarity", "dot"),
        ("pawsx", "centring", True),
        ("pawsx", "kinds.sentence-similarity.direction", "backward"),
        ("tatoeba", "intermediate.centring", True),
        ("tatoeba", "tasks.bucc2018.centring", True),
        ("tatoeba", "kinds.bitext-mining.similarity", "dot"),
        ("tatoeba", "n_best", 5),
    ],
)
def test_what_no_target_is_predicted_with_is_refused(bench: Bench, target: str, key: str, value: Any) -> None:
    name = key.rpartition(".")[2]
    kind = "question-answering" if name == "n_best" else "sentence-similarity"
    with pytest.raises(SettingsError, match=f"{key} has no effect") as caught:
        bench.plan(target=(target,), set={key: value})
    assert f"{name} is for targets of kind" in str(caught.value)
    assert kind in str(caught.value)


@pytest.mark.parametrize("scope", ["", "target.", "kinds.sentence-similarity.", "tasks.tatoeba."])
@pytest.mark.parametrize(("name", "value"), [("similarity", "dot"), ("direction", "backward"), ("centring", True)])
def test_what_one_target_is_predicted_with_is_taken(bench: Bench, scope: str, name: str, value: Any) -> None:
    plan = bench.plan(target=("pawsx", "tatoeba"), set={f"{scope}{name}": value})
    decoding = {scoring.task: scoring.stage.data.decoding for scoring in plan.scorings}
    assert decoding["tatoeba"][name] == value
    assert name not in decoding["pawsx"]
