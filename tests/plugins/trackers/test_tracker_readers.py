"""Each tracker, read back with its tool's own reader; none contacts anything."""

from __future__ import annotations

import importlib.util
import json
import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import harness
from harness.cli.main import run as xharness
from harness.registry import Registry
from harness.testing.simulated import simulate
from harness.testing.worlds import SimulatedTask, World
from harness.testing.written import write_run
from harness.tracking.summary import summarize_run
from tests.plugins.trackers.follow import CURVE
from tests.raising import raises_code

NEEDED = {
    "tensorboard": ["tensorboard"],
    "wandb": ["wandb"],
    "trackio": ["trackio"],
    "mlflow": ["mlflow", "sqlalchemy", "alembic"],
}
"""Packages by tracker."""
ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A simulated run with two arms in two languages."""
    task = SimulatedTask(name="pawsx", languages=("en", "de"), items=50)
    world = World(arms=("none", "qqp"), seeds=2, tasks=(task,), effect=lambda place: 8.0 if place.arm == "qqp" else 0.0)
    return write_run(simulate(world, seed=1), tmp_path_factory.mktemp("simulated") / "runs", "drawn")


@pytest.fixture(scope="module", params=NEEDED)
def followed(request: pytest.FixtureRequest, run: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What a tracker's own reader finds of the run: values by curve and tag."""
    name: str = request.param
    for package in NEEDED[name]:
        if importlib.util.find_spec(package) is None:
            pytest.skip(f"{package} is not installed: pip install 'xharness[{name}]'")
    place = tmp_path_factory.mktemp(name)
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        listener.setblocking(False)
        address = f"http://127.0.0.1:{listener.getsockname()[1]}"
        # Whatever goes out of this machine would come here first.
        proxies = dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy", "ALL_PROXY"), address)
        keep = {key: value for key, value in os.environ.items() if not key.startswith(("WANDB", "TRACKIO", "MLFLOW"))}
        files = {"FOUND": str(place / "found.json"), "HOME": str(place), "WANDB_BASE_URL": address}
        subprocess.run(
            [sys.executable, "-m", "tests.plugins.trackers.follow", name, str(place / name), str(run)],
            check=True,
            cwd=ROOT,
            env={**keep, **proxies, **files},
        )
        with pytest.raises(BlockingIOError):
            listener.accept()
    found: dict[str, Any] = {"tracker": name}
    for curve, tag, values in json.loads((place / "found.json").read_text(encoding="utf-8")):
        found.setdefault(curve, {})[tag] = [tuple(value) for value in values]
    return found


def test_a_phase_has_a_curve_per_task(followed: dict[str, Any]) -> None:
    phase = followed[CURVE]
    assert phase["loss/pawsx"] == [(1, 0.25), (2, 0.5), (3, 0.75)]
    assert [value for _, value in phase["learning_rate"]] == pytest.approx([1e-3, 2e-3, 3e-3])
    assert phase["gradient_norm"] == [(1, 2.0), (2, 2.0), (3, 2.0)]
    assert phase["tokens_per_second"] == [(1, 120.0), (2, 120.0), (3, 120.0)]
    assert phase["padding_percent"] == [(1, 25.0), (2, 25.0), (3, 25.0)]


def test_scores_stand_at_the_step_of_their_checkpoint(followed: dict[str, Any], run: Path) -> None:
    for row in harness.load_records(run).to_dict("records"):
        curve = followed[f"scores/{run.name}/{row['arm']}-seed{row['seed']}"]
        ((step, value),) = curve[f"{row['task']}/{row['metric']}/{row['language']}"]
        assert value == pytest.approx(row["value"])
        models = [json.loads(line) for line in (run / "records.jsonl").read_text(encoding="utf-8").splitlines()]
        (model,) = [one["result"] for one in models if one["result"].get("digest") == row["model"]]
        assert step == model["phases"][-1]["kept_step"]


def test_the_summary_comes_as_tables_and_figures(followed: dict[str, Any], run: Path) -> None:
    shown = followed[f"scores/{run.name}/summary"]
    (table,) = summarize_run(run).tables
    ((_, text),) = shown[table.name]
    gain = table.rows[0][table.columns.index("gain")]
    assert isinstance(gain, float)
    if followed["tracker"] == "tensorboard":
        assert f"| en | {table.rows[0][1]:.1f} |" in text
        assert f"| {gain:.1f} |" in text
        return
    assert json.dumps(gain) in text
    ((_, figure),) = shown[f"{table.name}-gain"]
    assert "<svg" in figure
    assert f"{gain:+.1f}" in figure


@pytest.mark.parametrize("name", NEEDED)
def test_without_its_package_a_tracker_says_what_to_install(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for package in ("torch.utils.tensorboard", *NEEDED[name]):
        monkeypatch.setitem(sys.modules, package, None)
    monkeypatch.setattr(os, "environ", dict(os.environ))
    with raises_code("package-missing") as raised:
        Registry().tracker(name).start(tmp_path / name)
    assert raised.value.fix == f"pip install 'xharness[{name}]'"
    assert not (tmp_path / name).exists()


@pytest.mark.parametrize("name", NEEDED)
def test_without_its_package_a_plan_says_what_the_run_would_say(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for package in ("torch.utils.tensorboard", *NEEDED[name]):
        monkeypatch.setitem(sys.modules, package, None)
    monkeypatch.setattr(os, "environ", dict(os.environ))
    told = {}
    for folder, more in (("planned", ["--plan"]), ("run", [])):
        asked = ["train", "--target", "pawsx", "--limit", "8", "--track", name, "--runs", str(tmp_path / folder)]
        assert xharness([*asked, *more]) == 2
        told[folder] = capsys.readouterr()
    assert told["planned"] == told["run"]
    assert "[package-missing]" in told["planned"].err
    with raises_code("package-missing"):
        harness.plan(runs=tmp_path / "planned", target="pawsx", limit=8, track=name)
    assert not (tmp_path / "planned").exists()
