"""What other runs need of the checkpoints in a store."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from harness.planning.others import OtherRun, OtherRuns
from harness.planning.stages.rounded import Rounded
from harness.results.runs import RunInfo, at_work, begin

if TYPE_CHECKING:
    from pathlib import Path

    from tests.planning.conftest import Bench

KEEPING = {"all": ("intermediate", "target"), "again": ("intermediate", "target"), "intermediate": ("intermediate",)}


def other(runs: Path, *digests: str, settings: str = "", asked: str = "") -> Path:
    """A run that was interrupted."""
    directory = runs / "20260101T000000.0-other"
    begin(directory, RunInfo(command="train", asked=asked, checkpoints=digests))
    (directory / "settings.toml").write_text(settings)
    return directory


@pytest.mark.parametrize("keep", ["all", "again", "intermediate", "none"])
def test_an_interrupted_run_needs_what_its_settings_keep(bench: Bench, keep: str) -> None:
    phases = bench.plan(baseline=False).phases
    run = other(bench.runs, *(phase.digest for phase in phases), settings=f'keep = "{keep}"')
    found = OtherRuns(bench.runs / "this", bench.runs).now()
    needed = tuple(p.phase for p in phases if any(one.needs(p, bench.store) for one in found))
    assert needed == KEEPING.get(keep, ())
    with at_work(run):
        (working,) = OtherRuns(bench.runs / "this", bench.runs).now()
        assert all(working.needs(phase, bench.store) for phase in phases)
        assert not any(working.needs(Rounded(phase), bench.store) for phase in phases)


def test_what_is_kept_rounded_is_needed_until_it_is_rounded(bench: Bench) -> None:
    session = bench.session(intermediate=())
    (phase,) = session.plan.phases
    phase.obtain(session.bench)
    other(bench.runs, phase.digest, Rounded(phase).digest, settings='keep_precision = "bf16"')
    (run,) = OtherRuns(bench.runs / "this", bench.runs).now()
    assert run.needs(phase, session.bench.store)
    Rounded(phase).obtain(session.bench)
    assert not run.needs(phase, session.bench.store)
    assert run.needs(Rounded(phase), session.bench.store)


def test_another_attempt_at_the_same_counts_only_while_it_is_at_work(tmp_path: Path) -> None:
    (tmp_path / "store").mkdir()
    run = other(tmp_path, "d1", asked="a")
    this = tmp_path / "this"
    begin(this, RunInfo(command="train", asked="a", checkpoints=("d1",)))
    others = OtherRuns(this, tmp_path)
    assert others.now() == []
    with at_work(run):
        assert [one.directory for one in others.now()] == [run]


def test_settings_that_cannot_be_read_keep_everything(bench: Bench) -> None:
    (phase,) = bench.plan(intermediate=()).phases
    other(bench.runs, phase.digest, settings="keep = ")
    runs: list[OtherRun] = OtherRuns(bench.runs / "this", bench.runs).now()
    assert [one.needs(phase, bench.store) for one in runs] == [True]
