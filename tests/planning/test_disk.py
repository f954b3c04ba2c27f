"""What a plan says its checkpoints will take is what they take."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from rich.console import Console

from harness.config import settings_from
from harness.planning.disk import checkpoint_bytes, kept_bytes
from harness.planning.missing import missing_phases
from harness.planning.session import Session, plan_training
from harness.report.plan import plan_view
from tests.planning.conftest import SMALL

if TYPE_CHECKING:
    from pathlib import Path

    from tests.planning.conftest import Bench

FREEZING: dict[str, dict[str, Any]] = {
    "nothing": {},
    "embeddings": {"freeze_embeddings": True},
    "embeddings and layers": {"freeze_embeddings": True, "freeze_layers": 2},
    "targets only": {"target.freeze_embeddings": True, "target.freeze_layers": 3},
    "more and more": {"freeze_embeddings": True, "target.freeze_layers": 2, "intermediate.snapshots": True},
}


def planned(
    bench: Bench,
    *,
    seeds: tuple[int, ...] = (1,),
    keep: str = "all",
    keep_precision: str = "",
    score_snapshots: bool = False,
    **changes: Any,
) -> Session:
    """qqp, then ccg, then pawsx; and pawsx alone; on the encoder that comes with mini, which is given."""
    sizes = {name: value for name, value in SMALL.items() if not name.startswith("model.")}
    asked: dict[str, Any] = {
        "intermediate": ("qqp", "ccg"),
        "target": ("pawsx",),
        "mode": "sequential",
        "model": "mini",
    }
    asked |= {"data": str(bench.map), "languages": ("en",), "seeds": seeds, "keep": keep}
    asked |= {"keep_precision": keep_precision, "score_snapshots": score_snapshots}
    settings = settings_from(bench.registry, asked | {"set": {**sizes, "max_length": 64, **changes}})
    return plan_training(settings, bench.registry, bench.runs)


def estimated(session: Session) -> int:
    missing = missing_phases(session.plan, session.bench)
    copies = {phase.digest: phase.cost(session.bench).checkpoints for phase in missing}
    return checkpoint_bytes(session.plan, session.bench, copies)


def taken(runs: Path) -> int:
    """Bytes of the blocks of all checkpoints, each file once, as `du` counts."""
    store = runs / "store"
    files = [
        path for folder in ("train", "rounded", "shared") for path in (store / folder).rglob("*") if path.is_file()
    ]
    return sum({path.stat().st_ino: path.stat().st_blocks * 512 for path in files}.values())


@pytest.mark.parametrize("frozen", FREEZING.values(), ids=FREEZING.keys())
def test_the_estimate_is_within_a_tenth(bench: Bench, frozen: dict[str, Any]) -> None:
    session = planned(bench, **frozen)
    expected = estimated(session)
    assert session.execute().failures == []
    assert taken(bench.runs) == pytest.approx(expected, rel=0.1)
    # All is there.
    assert estimated(planned(bench, **frozen)) == 0


@pytest.mark.parametrize("keep", ["all", "intermediate", "none"])
@pytest.mark.parametrize("precision", ["", "bf16"])
def test_what_stays_is_told_too(bench: Bench, keep: str, precision: str) -> None:
    frozen: dict[str, Any] = {"freeze_embeddings": True}
    session = planned(bench, keep=keep, keep_precision=precision, **frozen)
    copies = {phase.digest: 1 for phase in session.plan.phases}
    expected = kept_bytes(session.plan, session.bench, copies)
    assert session.execute().failures == []
    # What is known of a checkpoint stays when it goes.
    facts = sum(path.stat().st_blocks * 512 for path in (bench.runs / "store").rglob("let-go.json"))
    assert taken(bench.runs) - facts == pytest.approx(expected, rel=0.1)
    assert expected < checkpoint_bytes(session.plan, session.bench, copies) or (keep, precision) == ("all", "")


def test_steps_on_the_way_are_counted_where_they_are_rounded_too(bench: Bench) -> None:
    """Those of target phases, which are scored; intermediate phases leave theirs as they are."""
    steps: dict[str, Any] = {"target.steps": 4}
    for precision in ("", "bf16"):
        there = replace(bench, runs=bench.runs.with_name(f"runs-{precision}"))
        session = planned(there, keep_precision=precision, score_snapshots=True, **steps)
        copies = {phase.digest: phase.cost(session.bench).checkpoints for phase in session.plan.phases}
        expected = kept_bytes(session.plan, session.bench, copies)
        assert session.execute().failures == []
        facts = sum(path.stat().st_blocks * 512 for path in (there.runs / "store").rglob("let-go.json"))
        assert taken(there.runs) - facts == pytest.approx(expected, rel=0.1)


def test_what_is_there_already_is_not_counted_again(bench: Bench) -> None:
    embeddings: dict[str, Any] = {"freeze_embeddings": True}
    first = estimated(planned(bench, **embeddings))
    planned(bench, **embeddings).execute()
    before = taken(bench.runs)
    session = planned(bench, seeds=(1, 2), **embeddings)
    second = estimated(session)
    # The embeddings of 983 words and 66 positions, in float32, and a tokenizer.
    assert first - second > 4 * 128 * (983 + 66)
    assert session.execute().failures == []
    assert taken(bench.runs) - before == pytest.approx(second, rel=0.1)


def last_line(session: Session) -> str:
    console = Console(file=io.StringIO(), width=120)
    console.print(plan_view(session))
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue().splitlines()[-1]


def test_a_vocabulary_that_is_to_be_trimmed_is_known_once_it_is(bench: Bench) -> None:
    asked: dict[str, Any] = {"intermediate": (), "trim_vocab": "pawsx"}
    assert " of training, at most " in last_line(bench.session(**asked))
    assert bench.run(**asked).failures == []
    more = bench.session(**asked, seeds=(1, 2))
    assert "at most" not in last_line(more)
    before, expected = taken(bench.runs), estimated(more)
    assert more.execute().failures == []
    assert taken(bench.runs) - before == pytest.approx(expected, rel=0.2)


def test_a_model_that_is_to_be_built_is_estimated_by_its_sizes(bench: Bench) -> None:
    sizes = {"model.hidden_size": 64, "model.feed_forward": 128, "model.vocabulary": 200, "freeze_embeddings": True}
    session = plan_training(bench.settings(set=sizes), bench.registry, bench.runs)
    expected = estimated(session)
    assert session.execute().failures == []
    assert taken(bench.runs) == pytest.approx(expected, rel=0.2)
