"""What was damaged in the store becomes no score: it is refused where it is used, by its place."""

from __future__ import annotations

import collections
import dataclasses
import itertools
import shutil
import subprocess
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest

from harness.errors import UserError
from harness.evaluation import predictions
from harness.evaluation.rescore import rescore
from harness.evaluation.stored_items import StoredItems
from harness.integrity import MANIFEST, file_digests
from harness.planning.housekeeping import prune
from tests.raising import raises_code
from tests.recorded import results

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.planning.execute import Outcome
    from tests.planning.conftest import Bench

ASKED = {"intermediate": ("qqp", "ccg"), "target": ("pawsx", "tatoeba")}


LEARNT = {**ASKED, "set": {"intermediate.steps": 6, "target.steps": 60, "lr": 0.003, "model.hidden_size": 32}}


class Scored(NamedTuple):
    """A score, the SHA-256 of the predictions that it was computed from, and how many different ones there are."""

    value: float
    predictions: str
    answers: int


Scores = dict[tuple[str, ...], Scored]


@pytest.fixture
def copy(finished: tuple[Bench, Outcome], tmp_path: Path) -> Bench:
    """A copy of what a run left."""
    shutil.copytree(finished[0].runs.with_name("alone"), tmp_path / "copy")
    return dataclasses.replace(finished[0], runs=tmp_path / "copy")


def cut_half(path: Path) -> None:
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])


def zero_half(path: Path) -> None:
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2] + bytes(len(content) - len(content) // 2))


def flip_byte(path: Path) -> None:
    """Another byte in the same place of the same content, so that a failure can be repeated."""
    content = bytearray(path.read_bytes())
    if content:
        content[zlib.crc32(content) % len(content)] ^= 0x10
    path.write_bytes(content)


DAMAGES: dict[str, Callable[[Path], None]] = {
    "cut": cut_half,
    "zeroed": zero_half,
    "flipped": flip_byte,
    "deleted": Path.unlink,
}


def nothing(bench: Bench) -> None:
    """What was damaged is met as it is."""
    del bench


def without_predictions(bench: Bench) -> None:
    shutil.rmtree(bench.store.root / "predict")


def without_targets(bench: Bench) -> None:
    """What was trained before a target is trained on, and all rows are read."""
    without_predictions(bench)
    for directory in (bench.store.root / "train").glob("*/"):
        if (directory / "head-pawsx.safetensors").exists():
            shutil.rmtree(directory)


@pytest.fixture(scope="module")
def learnt(finished: tuple[Bench, Outcome], tmp_path_factory: pytest.TempPathFactory) -> tuple[Bench, Scores]:
    """A run of a model whose answers differ, so that a damaged one would show; its scores."""
    bench = dataclasses.replace(finished[0], runs=tmp_path_factory.mktemp("learnt") / "runs", _data={})
    right = scores(bench, bench.run(**LEARNT))
    assert [score.answers for place, score in right.items() if "pawsx" in place].count(2) > 2
    return bench, right


def scores(bench: Bench, outcome: Outcome) -> Scores:
    """Those that did not fail."""
    found = {}
    for score in bench.results(outcome):
        if score["status"] == "ok":
            stored = bench.store.path("predict", score["predictions"])
            answers = {str(row["prediction"]) for row in predictions.read(stored)}
            place = tuple(score[name] for name in ("arm", "task", "language", "metric"))
            found[place] = Scored(score["value"], file_digests(stored)[predictions.FILE], len(answers))
    return found


def next_run(bench: Bench) -> tuple[Scores, str]:
    """The scores of the next run, and what it says that failed."""
    try:
        outcome = bench.run(**LEARNT)
    except UserError as error:
        return {}, f"{error} {error.fix}"
    failures = outcome.directory / "failures.txt"
    return scores(bench, outcome), failures.read_text() if failures.exists() else ""


def damage(bench: Bench, folder: str, pattern: str) -> int:
    """Set half of the bytes of each such file of finished stages to zero; how many files."""
    paths = (bench.store.root / folder).rglob(pattern)
    found = [path for path in paths if path.is_file() and path.suffix != ".lock" and path.name != MANIFEST]
    for path in found:
        zero_half(path)
    return len(found)


@pytest.mark.parametrize(
    ("folder", "pattern"),
    [
        ("train", "*.safetensors"),
        ("model", "*.safetensors"),
        ("model", "tokenizer.json"),
        ("features", "*"),
        ("predict", "*.parquet"),
    ],
)
def test_half_of_a_stage_set_to_zero_is_refused(copy: Bench, folder: str, pattern: str) -> None:
    assert damage(copy, folder, pattern)
    if folder != "predict":
        shutil.rmtree(copy.store.root / "predict")
    session = copy.session(**ASKED)
    with raises_code("damaged-stage", copy.store.root / folder, "xharness store prune --broken --yes"):
        session.execute()


def test_what_is_refused_is_made_again_after_pruning(copy: Bench, finished: tuple[Bench, Outcome]) -> None:
    damage(copy, "train", "*.safetensors")
    shutil.rmtree(copy.store.root / "predict")
    prune(copy.runs, unused=False, broken=True, work=False, delete=True)
    again = copy.run(**ASKED)
    assert again.failures == []
    assert copy.results(again) == finished[0].results(finished[1])


def test_damaged_predictions_are_not_scored_again(copy: Bench) -> None:
    (run,) = copy.runs.glob("*/records.jsonl")
    damage(copy, "predict", "*.parquet")
    done = rescore(run.parent, copy.store.root, copy.registry)
    assert (done.scores, done.failed) == (0, 10)
    assert {one["error"] for one in results(done.directory, "score")} == {
        "stored files are damaged: predictions.parquet"
    }


def test_damaged_predictions_give_no_interval(copy: Bench) -> None:
    damage(copy, "predict", "*.parquet")
    (digest, *_) = [path.name for path in (copy.store.root / "predict").iterdir() if path.is_dir()]
    items = StoredItems([copy.store.root], copy.registry)
    with raises_code("damaged-stage", digest):
        items({"predictions": digest, "metric": "accuracy"})


@pytest.mark.parametrize(
    "share", [pytest.param(1, marks=pytest.mark.full, id="every file"), pytest.param(47, id="some")]
)
def test_no_damage_of_any_file_becomes_another_score(
    share: int, learnt: tuple[Bench, Scores], tmp_path: Path, figures: Callable[[str], None]
) -> None:
    """A run after it gives the scores of before, or refuses and says what helps."""
    whole, right = learnt
    files = [path.relative_to(whole.runs) for path in sorted(whole.store.root.rglob("*")) if path.is_file()]
    cases = list(itertools.product(files, DAMAGES.items(), (nothing, without_predictions, without_targets)))[::share]
    ends = collections.Counter[str]()
    for number, (file, (name, spoil), before) in enumerate(cases):
        bench = dataclasses.replace(whole, runs=tmp_path / "copy", _data={})
        # Files that checkpoints share are one file in the copy, too.
        subprocess.run(["cp", "-a", whole.runs, bench.runs], check=True)
        what = f"{number}: {name} {file}, {before.__name__}"
        spoil(bench.runs / file)
        before(bench)
        found, said = next_run(bench)
        assert found.items() <= right.items(), what
        assert found == right or "store prune --broken" in said, f"{what}: {said}"
        ends["as before" if found == right else "failed in part" if found else "refused"] += 1
        shutil.rmtree(bench.runs)
    figures(f"{len(cases)} damages: {dict(ends)}")
    assert ends["refused"] + ends["failed in part"]
    assert ends["as before"]
