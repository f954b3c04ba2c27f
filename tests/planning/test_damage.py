"""What was damaged in the store becomes no score: it is refused where it is used, by its place."""

from __future__ import annotations

import dataclasses
import shutil
from typing import TYPE_CHECKING

import pytest

from harness.evaluation.rescore import rescore
from harness.evaluation.stored_items import StoredItems
from harness.integrity import MANIFEST
from harness.planning.housekeeping import prune
from tests.raising import raises_code
from tests.recorded import results

if TYPE_CHECKING:
    from pathlib import Path

    from harness.planning.execute import Outcome
    from tests.planning.conftest import Bench

ASKED = {"intermediate": ("qqp", "ccg"), "target": ("pawsx", "tatoeba")}


@pytest.fixture
def copy(finished: tuple[Bench, Outcome], tmp_path: Path) -> Bench:
    """A copy of what a run left."""
    shutil.copytree(finished[0].runs.with_name("alone"), tmp_path / "copy")
    return dataclasses.replace(finished[0], runs=tmp_path / "copy")


def zero_half(path: Path) -> None:
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2] + bytes(len(content) - len(content) // 2))


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
