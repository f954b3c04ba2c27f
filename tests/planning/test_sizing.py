"""How long texts are, and the measure of it: of rows under each condition, too."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import harness
from harness.measures import Measure, check_measure
from harness.planning.planner import build_plan
from harness.planning.stages.sizing import TextSizes
from harness.registry import default_registry
from tests.raising import raises_code

if TYPE_CHECKING:
    from pathlib import Path

    from tests.planning.conftest import Bench


def test_every_text_of_a_row_counts_once_and_whole(bench: Bench) -> None:
    session = bench.session(intermediate=(), target=("pawsx",), languages=("en",), set={"max_length": 8})
    (cell,) = session.plan.cells
    stage = TextSizes(cell.stage.rows, cell.stage.checkpoint.origin)
    tokens, characters = harness.read_sizes(stage.obtain(session.bench))
    texts = [
        text
        for row in session.bench.data.of(stage.rows).rows
        if isinstance(row, harness.ClassificationRow)
        for text in (row.text, row.text_pair or "")
    ]
    assert characters == sum(len(text.replace(" ", "")) for text in texts)
    encoder = session.bench.text_encoder(stage.origin.obtain(session.bench))
    one_by_one = [encoder.encode([text], [None], 512)[0].ids for text in texts]
    assert tokens == sum(len(ids) - 2 for ids in one_by_one)
    assert max(map(len, one_by_one)) > 8


def test_it_is_of_perturbed_rows_and_other_measures_are_not(bench: Bench) -> None:
    session = bench.session(intermediate=(), target=("pawsx",), languages=("en", "de"))
    plan = build_plan(
        session.plan.settings,
        session.bench.registry,
        session.bench.data,
        measures=["token-fertility", "anisotropy"],
        perturb=["typo:3", "case:2"],
    )
    at = [(one.measure.name, one.at.get("perturbation", ""), one.rows.language) for one in plan.measurings]
    conditions = ("", "typo:3", "case:2")
    assert at == [
        *(("token-fertility", name, code) for code in ("en", "de") for name in conditions),
        *(("anisotropy", "", code) for code in ("en", "de")),
    ]
    found = {place[1:]: one.stage.read(session.bench) for place, one in zip(at[:6], plan.measurings[:6], strict=True)}
    clean, typed = found["", "en"], found["typo:3", "en"]
    assert typed.value > clean.value
    assert clean.n == found["case:2", "en"].n != typed.n


def test_it_is_tokens_over_characters(tmp_path: Path) -> None:
    (tmp_path / "sizes.json").write_text('{"tokens": 30, "characters": 120}')
    found = default_registry().measure("token-fertility").compute({"sizes": tmp_path})
    assert (found.value, found.n) == (0.25, 120)
    (tmp_path / "sizes.json").write_text('{"tokens": 0, "characters": 0}')
    with raises_code("measure-undefined"):
        default_registry().measure("token-fertility").compute({"sizes": tmp_path})


@pytest.mark.parametrize("split", ["validation", "train"])
def test_what_is_not_scored_is_not_perturbed(split: str) -> None:
    registry = default_registry()
    of = registry.measure("token-fertility")
    wrong = Measure(name="wrong", unit="", description="", split=split, perturbed=True, of=of.of, compute=of.compute)
    with raises_code("measure-of-unknown-rows", "perturbed"):
        check_measure(wrong, {}, registry)
