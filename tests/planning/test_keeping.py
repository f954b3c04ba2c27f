"""Checkpoints that are let go once all is stored that is made from them, and what then becomes of runs."""

from __future__ import annotations

import io
import json
import shutil
import subprocess
import sys
from collections import Counter
from contextlib import ExitStack
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from rich.console import Console

from harness.config import settings_from
from harness.exporting.chosen import choose
from harness.hookspecs import hookimpl
from harness.planning.housekeeping import LET_GO, entries, faults_of, prune, references
from harness.planning.session import models_of_run, plan_evaluation
from harness.planning.stages.predicting import Predict
from harness.planning.stages.training import Trained
from harness.planning.store import Store
from harness.report.plan import plan_view
from harness.results.runs import RunInfo, at_work, begin
from tests.planning.conftest import Bench
from tests.raising import raises_code

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from harness.planning.execute import Outcome
    from harness.planning.session import Session
    from harness.planning.store import Building
    from harness.planning.workbench import Workbench

ASKED: Mapping[str, Any] = {"intermediate": ("qqp", "ccg"), "target": ("pawsx",), "mode": "sequential"}


@pytest.fixture
def trained(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The phases that are trained, as they are."""
    real, called = Trained.build, list[str]()

    def build(self: Trained, bench: Workbench, out: Building) -> None:
        called.append(f"{self.phase} {'+'.join(self.names)}")
        real(self, bench, out)

    monkeypatch.setattr(Trained, "build", build)
    return called


def states(bench: Bench) -> Counter[tuple[str, str]]:
    """Of phases: which there are, and whether their checkpoint is there."""
    return Counter(
        (entry.about.split()[0], entry.state) for entry in entries(bench.runs) if entry.kind in ("train", "rounded")
    )


def weights(bench: Bench) -> list[Path]:
    return sorted((bench.runs / "store" / "train").rglob("*.safetensors"))


def results(bench: Bench, outcome: Outcome) -> list[Any]:
    """What records say, but for the settings themselves."""
    found = bench.results(outcome, "model") + bench.results(outcome)
    return [{name: value for name, value in one.items() if name != "run"} for one in found]


def screen(session: Session) -> str:
    console = Console(file=io.StringIO(), width=120)
    console.print(plan_view(session))
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def evaluation(bench: Bench, outcome: Outcome, *, tasks: tuple[str, ...], **more: Any) -> Session:
    settings = bench.settings(**ASKED, keep=more.pop("keep", "none"))
    return plan_evaluation(
        replace(settings, target=tasks),
        bench.registry,
        bench.runs,
        models=models_of_run(outcome.directory, bench.runs, bench.registry),
        metrics=None,
        **{"train": True, **more},
    )


@pytest.mark.parametrize(
    ("keep", "left"),
    [
        ("all", {("target", "finished"): 2, ("intermediate", "finished"): 2}),
        ("intermediate", {("target", "let go"): 2, ("intermediate", "finished"): 2}),
        ("none", {("target", "let go"): 2, ("intermediate", "let go"): 2}),
    ],
)
def test_what_is_not_kept_goes_and_nothing_else(
    bench: Bench, trained: list[str], keep: str, left: dict[tuple[str, str], int]
) -> None:
    whole = replace(bench, runs=bench.runs.with_name("whole"))
    expected = whole.run(**ASKED)
    trained.clear()
    outcome = bench.run(**ASKED, keep=keep)
    assert outcome.failures == []
    # Each once: nothing is let go that something is still made from.
    assert Counter(trained) == {"intermediate qqp": 1, "intermediate ccg": 1, "target pawsx": 2}
    assert states(bench) == left
    assert len({path.parent for path in weights(bench)}) == sum(n for (_, state), n in left.items() if state != LET_GO)
    assert results(bench, outcome) == results(whole, expected)
    assert not any(faults_of(entry) for entry in entries(bench.runs) if entry.state == "finished")
    if keep == "none":
        assert not list(bench.store.pool.directory.glob("*"))


def test_a_repeat_trains_nothing_and_says_the_same(bench: Bench, trained: list[str]) -> None:
    first = bench.run(**ASKED, keep="none")
    trained.clear()
    session = bench.session(**ASKED, keep="none")
    assert "4 training phases, 4 of them done" in screen(session)
    assert "nothing to train" in screen(session)
    again = session.execute()
    assert (trained, again.built, again.failures) == ([], 0, [])
    assert bench.results(again) == bench.results(first)
    assert bench.results(again, "model") == bench.results(first, "model")
    assert [p["steps"] for model in bench.results(again, "model") for p in model["phases"]] == [2, 3, 3, 2]


def test_an_interrupted_run_lets_go_when_it_is_repeated(bench: Bench, trained: list[str]) -> None:
    with pytest.raises(KeyboardInterrupt):
        bench.run(StopAfterIntermediate(), **ASKED, keep="none")
    assert bench.run(**ASKED, keep="none").failures == []
    assert states(bench) == {("target", "let go"): 2, ("intermediate", "let go"): 2}


def test_what_failed_keeps_its_checkpoint(bench: Bench, monkeypatch: pytest.MonkeyPatch, trained: list[str]) -> None:
    real = Predict.build

    def build(self: Predict, bench: Workbench, out: Building) -> None:
        if self.rows.language == "de" and len(self.checkpoint.phases) == 3:
            raise ValueError("broken")
        real(self, bench, out)

    monkeypatch.setattr(Predict, "build", build)
    outcome = bench.run(**ASKED, keep="none")
    assert len(outcome.failures) == 1
    assert states(bench) == {("target", "let go"): 1, ("target", "finished"): 1, ("intermediate", "let go"): 2}
    monkeypatch.setattr(Predict, "build", real)
    trained.clear()
    assert bench.run(**ASKED, keep="none").failures == []
    assert trained == []
    assert states(bench) == {("target", "let go"): 2, ("intermediate", "let go"): 2}


def test_an_evaluation_trains_again_what_it_needs_and_says_so(bench: Bench, trained: list[str]) -> None:
    outcome = bench.run(**ASKED, keep="none")
    with raises_code("phases-not-in-store"):
        evaluation(bench, outcome, tasks=("tatoeba",), train=False)
    trained.clear()
    told: list[str] = []
    session = evaluation(bench, outcome, tasks=("tatoeba",), tell=told.append)
    (line,) = told
    assert line == (
        "2 checkpoints that an earlier run let go will be trained again: intermediate phase on ccg, seed 1; "
        "intermediate phase on qqp, seed 1"
    )
    assert trained == []
    assert session.execute().failures == []
    assert trained == ["intermediate qqp", "intermediate ccg"]
    assert states(bench) == {("target", "let go"): 2, ("intermediate", "let go"): 2}


def test_a_run_that_asks_for_them_trains_them_again(bench: Bench, trained: list[str]) -> None:
    first = bench.run(**ASKED, keep="none")
    run = first.directory
    with raises_code("checkpoint-gone") as caught:
        choose(run, bench.runs, bench.registry, task="pawsx", arm="none", seed=None)
    assert "--keep again" in str(caught.value.fix)
    trained.clear()
    # Nothing is trained just because it is not there.
    for keep in ("all", "intermediate"):
        assert bench.run(**ASKED, keep=keep).built == 0
    assert trained == []
    session = bench.session(**ASKED, keep="again")
    assert "4 training phases, 0 of them done" in screen(session)
    again = session.execute()
    assert sorted(trained) == ["intermediate ccg", "intermediate qqp", "target pawsx", "target pawsx"]
    assert states(bench) == {("target", "finished"): 2, ("intermediate", "finished"): 2}
    assert results(bench, again) == results(bench, first)


def test_what_another_run_keeps_stays(bench: Bench) -> None:
    first = bench.run(**ASKED)
    notes: list[str] = []
    more = {**ASKED, "target": ("pawsx", "tatoeba"), "keep": "none"}
    assert bench.session(**more).execute(note=notes.append).failures == []
    assert states(bench) == {("target", "finished"): 2, ("intermediate", "finished"): 2}
    (note,) = (note for note in notes if note.startswith("4 checkpoints not needed, but kept for other runs"))
    assert str(first.directory / "settings.toml") in note
    # One that lets its own go keeps none of another's.
    other = replace(bench, runs=bench.runs.with_name("other"))
    other.run(**ASKED, keep="none", seeds=(1, 2))
    other.run(**more)
    assert {state for _, state in states(other)} == {"let go"}


def test_records_that_cannot_be_read_keep_everything(bench: Bench) -> None:
    first = bench.run(**ASKED)
    # As an earlier version left it, whose records alone say what it refers to.
    info = json.loads((first.directory / "run.json").read_text())
    (first.directory / "run.json").write_text(json.dumps({**info, "checkpoints": None}))
    (first.directory / "records.jsonl").write_text("nonsense\n{}\n")
    notes: list[str] = []
    assert bench.session(**ASKED, keep="none").execute(note=notes.append).failures == []
    assert states(bench) == {("target", "finished"): 2, ("intermediate", "finished"): 2}
    assert any("are kept: the records of a run cannot be read" in note for note in notes)


class StopAfterIntermediate:
    """Interrupts a run when its first intermediate phase is trained and not stored yet."""

    @hookimpl
    def phase_finished(self, phase: dict[str, Any]) -> None:
        if phase["name"] == "intermediate":
            raise KeyboardInterrupt


class StopBeforeTarget:
    """Interrupts a run when its intermediate phases are stored, before any score."""

    @hookimpl
    def phase_started(self, phase: dict[str, Any]) -> None:
        if phase["name"] == "target":
            raise KeyboardInterrupt


class StopAfterScores:
    """Interrupts a run after some scores."""

    def __init__(self, count: int) -> None:
        self._left = count

    @hookimpl
    def record_written(self, record: dict[str, Any]) -> None:
        self._left -= record["record"] == "score"
        if not self._left:
            raise KeyboardInterrupt


def test_what_an_interrupted_run_keeps_stays(bench: Bench) -> None:
    with pytest.raises(KeyboardInterrupt):
        bench.run(StopBeforeTarget(), **ASKED, set={"target.lr": 0.5}, baseline=False)
    assert states(bench)["intermediate", "finished"] == 2
    prune(bench.runs, unused=True, broken=True, work=True, delete=True)
    assert states(bench) == {("intermediate", "finished"): 2}
    assert bench.run(**ASKED, keep="none").failures == []
    assert states(bench) == {("intermediate", "finished"): 2, ("target", "let go"): 2}


def test_other_attempts_at_the_same_hold_nothing(bench: Bench) -> None:
    asked = {**ASKED, "keep": "intermediate"}
    with pytest.raises(KeyboardInterrupt):
        bench.run(StopAfterScores(3), **asked)
    notes: list[str] = []
    bench.session(**asked).execute(note=notes.append)
    assert states(bench) == {("target", "let go"): 2, ("intermediate", "finished"): 2}
    assert not any("kept" in note for note in notes)


def test_another_run_holds_what_its_own_settings_keep(bench: Bench) -> None:
    bench.run(**ASKED, keep="intermediate", seeds=(1, 2))
    bench.run(**ASKED, keep="none")
    assert states(bench) == {("target", "let go"): 4, ("intermediate", "finished"): 4}


def test_a_run_at_work_holds_all_that_it_plans_with(bench: Bench) -> None:
    """However late it began, and whatever it keeps in the end."""

    class Begin:
        def __init__(self) -> None:
            self.stack = ExitStack()

        @hookimpl
        def record_written(self, record: dict[str, Any]) -> None:
            directory = bench.runs / "20260101T000000.0-other"
            if record["record"] == "score" and not directory.exists():
                digests = tuple(phase.digest for phase in bench.plan(**ASKED).phases if phase.phase == "intermediate")
                begin(directory, RunInfo(command="train", checkpoints=digests))
                (directory / "settings.toml").write_text('keep = "none"\n')
                self.stack.enter_context(at_work(directory))

    other, notes = Begin(), list[str]()
    with other.stack:
        bench.session(**ASKED, keep="none").execute(other, note=notes.append)
        assert states(bench) == {("target", "let go"): 2, ("intermediate", "finished"): 2}
        assert any("another process works with this store" in note for note in notes)
    bench.run(**ASKED, keep="none")
    assert {state for _, state in states(bench)} == {"let go"}


HOLDER = """
import sys
from pathlib import Path
from harness.planning.store import lock_of

with lock_of(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_nothing_goes_while_another_process_builds(bench: Bench) -> None:
    built = bench.runs / "store" / "predict" / "0123456789abcdef"
    built.with_name(f"{built.name}.new").mkdir(parents=True)
    notes: list[str] = []
    command = [sys.executable, "-c", HOLDER, str(built)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout
        assert holder.stdout.readline() == b"held\n"
        assert bench.session(**ASKED, keep="none").execute(note=notes.append).failures == []
        holder.communicate()
    assert states(bench) == {("target", "finished"): 2, ("intermediate", "finished"): 2}
    assert any("another process works with this store" in note for note in notes)
    # What a killed process left keeps nothing.
    assert bench.run(**ASKED, keep="none").failures == []
    assert {state for _, state in states(bench)} == {"let go"}


def test_what_was_let_go_is_listed_and_pruned_with_its_run(bench: Bench) -> None:
    outcome = bench.run(**ASKED, keep="none")
    found = entries(bench.runs)
    counts = references(bench.runs, found)
    gone = [entry for entry in found if entry.state == LET_GO]
    assert len(gone) == 4
    assert {counts[entry.digest] for entry in gone} == {1}
    assert all(entry.seconds and entry.size < 20_000 for entry in gone)
    assert {"model"} <= {entry.kind for entry in found if counts[entry.digest]}
    prune(bench.runs, unused=True, broken=True, work=True, delete=True)
    assert entries(bench.runs) == found
    shutil.rmtree(outcome.directory)
    prune(bench.runs, unused=True, broken=False, work=False, delete=True)
    assert entries(bench.runs) == []


def test_an_interruption_while_it_is_let_go_leaves_nothing_that_looks_finished(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.run(**ASKED)
    store = bench.store
    (phase,) = [one for one in bench.plan(**ASKED).phases if one.names == ("ccg",)]
    real = json.loads((store.path("train", phase.digest) / "manifest.json").read_text())

    def crash(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("pathlib.Path.unlink", crash)
        with pytest.raises(KeyboardInterrupt):
            store.let_go("train", phase.digest)
    assert not store.has("train", phase.digest)
    assert store.is_let_go("train", phase.digest)
    assert store.manifest("train", phase.digest) == real
    # What is left of it goes by itself with the next attempt, and otherwise when leftovers are asked to go.
    (left,) = (entry for entry in entries(bench.runs) if entry.state == "partly let go")
    assert (left.digest, left.about) == (phase.digest, "intermediate phase on ccg, seed 1")
    pruned = prune(bench.runs, unused=True, broken=True, work=False, delete=True)
    assert pruned.gone == []
    pruned = prune(bench.runs, unused=True, broken=False, work=True, delete=True)
    assert [entry.digest for entry in pruned.gone] == [phase.digest]
    assert [path.name for path in store.path("train", phase.digest).iterdir()] == ["let-go.json"]
    assert store.manifest("train", phase.digest) == real


def test_a_repeat_finishes_what_was_partly_let_go(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = {**ASKED, "keep": "none"}

    def crash(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("harness.planning.store.delete_remains", crash)
        with pytest.raises(KeyboardInterrupt):
            bench.run(**asked)
    assert ("target", "partly let go") in states(bench)
    bench.run(**asked)
    assert {state for _, state in states(bench)} == {"let go"}
    assert weights(bench) == []


def test_what_another_process_has_let_go_is_gone(tmp_path: Path) -> None:
    store = Store(tmp_path)

    def build(out: Building) -> None:
        (out.directory / "weights").write_bytes(b"w" * 10)
        (out.directory / "steps").mkdir()

    store.build("train", "d1", build, inputs={})
    assert store.let_go("train", "d1")
    assert store.let_go("train", "d1")
    assert [path.name for path in (tmp_path / "train" / "d1").iterdir()] == ["let-go.json"]
    shutil.rmtree(tmp_path / "train" / "d1")
    assert store.let_go("train", "d1")


def test_what_is_known_of_it_survives_an_attempt_to_make_it_again(tmp_path: Path) -> None:
    store = Store(tmp_path)

    def build(out: Building) -> None:
        (out.directory / "weights").write_bytes(b"w" * 10)
        out.facts["steps"] = 7

    store.build("train", "d1", build, inputs={})
    assert store.let_go("train", "d1")
    assert [path.name for path in (tmp_path / "train" / "d1").iterdir()] == ["let-go.json"]

    def fail(_: Building) -> None:
        raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        store.build("train", "d1", fail, inputs={})
    assert store.is_let_go("train", "d1")
    assert store.manifest("train", "d1")["facts"] == {"steps": 7}
    store.build("train", "d1", build, inputs={})
    assert not store.is_let_go("train", "d1")
    assert sorted(path.name for path in (tmp_path / "train" / "d1").iterdir()) == ["manifest.json", "weights"]


@pytest.mark.parametrize(("setting", "value"), [("keep", "some"), ("keep_precision", "fp16")])
def test_other_values_are_refused(bench: Bench, setting: str, value: str) -> None:
    with raises_code("unknown-value"):
        settings_from(bench.registry, {"target": ("pawsx",), setting: value})
