"""Digests stay as they were, so that a store made by an older version goes on being used."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.golden_digests import FILE, PLANS, RUNS, planned, session, stored, write_bert
else:
    from golden_digests import FILE, PLANS, RUNS, planned, session, stored, write_bert

GOLDEN: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def bert(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_bert(tmp_path_factory.mktemp("golden") / "bert")


@pytest.mark.parametrize("case", PLANS)
def test_the_digests_of_a_plan_are_as_they_were(case: str, tiny_map: Path, bert: Path, tmp_path: Path) -> None:
    assert planned(session(PLANS[case], tiny_map, bert, tmp_path / "runs")) == GOLDEN["plans"][case]


@pytest.mark.parametrize("case", RUNS)
def test_the_stages_that_a_run_stores_are_those_of_before(
    case: str, tiny_map: Path, bert: Path, tmp_path: Path
) -> None:
    assert stored(session(RUNS[case], tiny_map, bert, tmp_path / "runs")) == GOLDEN["stores"][case]


def test_every_case_is_pinned() -> None:
    assert GOLDEN["plans"].keys() == PLANS.keys()
    assert GOLDEN["stores"].keys() == RUNS.keys()
