"""Digests stay as they were, so that a store made by an older version goes on being used."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from harness.planning.stagejson import stages_from_json, stages_to_json

if TYPE_CHECKING:
    from pathlib import Path

    from harness.planning.session import Session
    from tests.golden_digests import FILE, PLANS, RUNS, planned, session, stored, write_bert
else:
    from golden_digests import FILE, PLANS, RUNS, planned, session, stored, write_bert

GOLDEN: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def bert(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_bert(tmp_path_factory.mktemp("golden") / "bert")


@pytest.fixture(scope="module", params=PLANS)
def plan(
    request: pytest.FixtureRequest, tiny_map: Path, bert: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[str, Session]:
    """A case and the session that it plans."""
    return request.param, session(PLANS[request.param], tiny_map, bert, tmp_path_factory.mktemp("plan") / "runs")


def test_the_digests_of_a_plan_are_as_they_were(plan: tuple[str, Session]) -> None:
    case, found = plan
    assert planned(found) == GOLDEN["plans"][case]


def test_a_plan_comes_back_from_json_as_it_was(plan: tuple[str, Session]) -> None:
    _, found = plan
    registry, stages = found.bench.registry, found.plan.stages
    lines = [json.dumps(line, allow_nan=False) for line in stages_to_json(stages, registry)]
    again = stages_from_json(map(json.loads, lines), registry)
    assert again == list(stages)
    assert [stage.key for stage in again] == [stage.key for stage in stages]


@pytest.mark.parametrize("case", RUNS)
def test_the_stages_that_a_run_stores_are_those_of_before(
    case: str, tiny_map: Path, bert: Path, tmp_path: Path
) -> None:
    assert stored(session(RUNS[case], tiny_map, bert, tmp_path / "runs")) == GOLDEN["stores"][case]


def test_every_case_is_pinned() -> None:
    assert GOLDEN["plans"].keys() == PLANS.keys()
    assert GOLDEN["stores"].keys() == RUNS.keys()
