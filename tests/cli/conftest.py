"""The command line called in this process, a finished run to work on, hand-made data, and plugins to install."""

from __future__ import annotations

import contextlib
import dataclasses
import io
import json
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from harness.cli.main import run
from harness.registry import default_registry
from tests import recorded
from tests.fixtures import Cli, HubCache, Install, Result, Results, RunDirectory
from tests.sharing import made_once

MODEL = """
model = "scratch"
set.model = { hidden_size = 16, layers = 1, heads = 2, feed_forward = 32, vocabulary = 400 }
"""
TINY = f"{MODEL}limit = 32\nset.intermediate.steps = 6\nset.target.steps = 4\n"


def call(*arguments: object) -> Result:
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = run([str(argument) for argument in arguments])
    return Result(code, out.getvalue(), err.getvalue())


@pytest.fixture(scope="session")
def program() -> Cli:
    """Calls the command line wherever the tests run, for fixtures that several tests share."""
    return call


@pytest.fixture
def cli(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Cli:
    """Calls the command line in an empty directory."""
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    return call


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """A settings file, which other options override, with which a run takes a second."""
    return settings_file(tmp_path_factory, TINY)


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """A settings file, likewise, that makes the model tiny."""
    return settings_file(tmp_path_factory, MODEL)


def settings_file(tmp_path_factory: pytest.TempPathFactory, text: str) -> list[str]:
    file = tmp_path_factory.mktemp("settings") / "settings.toml"
    file.write_text(text, encoding="utf-8")
    return ["--config", str(file)]


@pytest.fixture(scope="session")
def first(tmp_path_factory: pytest.TempPathFactory, tiny: list[str]) -> tuple[Path, Result]:
    """A directory of runs with one run of two intermediate tasks, two targets and the baseline; what it printed."""

    def train(directory: Path) -> None:
        words = ["--intermediate", "mnli,qqp", "--target", "pawsx,tatoeba", *tiny]
        done = call("train", *words, "--runs", directory / "runs")
        assert done.code == 0, done.out + done.err
        (directory / "printed.json").write_text(json.dumps(dataclasses.asdict(done)), encoding="utf-8")

    directory = made_once(tmp_path_factory, "first", train)
    printed = json.loads((directory / "printed.json").read_text(encoding="utf-8"))
    return directory / "runs", Result(**printed)


@pytest.fixture
def runs(first: tuple[Path, Result], tmp_path: Path) -> Path:
    """A copy of the runs of `first`."""
    return Path(shutil.copytree(first[0], tmp_path / "runs"))


@pytest.fixture(scope="session")
def run_directory() -> RunDirectory:
    """Finds the latest run."""
    return lambda runs: sorted(path.parent for path in runs.glob("*/records.jsonl"))[-1]


@pytest.fixture(scope="session")
def results() -> Results:
    """Reads the `result` parts of a run's records of a kind."""

    def read(directory: Path, kind: str = "score") -> list[dict[str, Any]]:
        return recorded.results(directory, kind)

    return read


@pytest.fixture
def pawsx(tmp_path: Path) -> Path:
    """A data directory with a few pairs of pawsx in English and German."""
    root = tmp_path / "data"
    for language in ("en", "de"):
        for split in ("train", "dev_2k", "test_2k"):
            file = root / "x-final" / language / f"{split}.tsv"
            file.parent.mkdir(parents=True, exist_ok=True)
            pairs = [f"{i}\tthe {i}th house is old\told is the {i}th {language} house\t{i % 2}" for i in range(12)]
            file.write_text("\n".join(["id\tsentence1\tsentence2\tlabel", *pairs]) + "\n", encoding="utf-8")
    return root


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Install]:
    """Installs a module as a third party's plugin, for this process and for subprocesses with this PYTHONPATH."""
    site = tmp_path / "site"
    modules = []

    def add(name: str, code: str) -> None:
        information = site / f"{name}-1.0.dist-info"
        information.mkdir(parents=True, exist_ok=True)
        # A module of the same size, written in the same second as the one before, would be taken for it.
        shutil.rmtree(site / "__pycache__", ignore_errors=True)
        (site / f"{name}.py").write_text(code, encoding="utf-8")
        (information / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        (information / "entry_points.txt").write_text(f"[xharness]\n{name} = {name}\n")
        monkeypatch.syspath_prepend(site)
        monkeypatch.setenv("PYTHONPATH", str(site))
        modules.append(name)
        default_registry.cache_clear()

    yield add
    default_registry.cache_clear()
    for name in modules:
        sys.modules.pop(name, None)


@pytest.fixture
def cached_pawsx(hub_cache: HubCache) -> None:
    """PAWS-X in the hub's cache, with eight rows a split in each of its languages."""
    import datasets

    text = datasets.Value("string")
    columns = {"id": datasets.Value("int32"), "sentence1": text, "sentence2": text}
    features = datasets.Features({**columns, "label": datasets.ClassLabel(names=["0", "1"])})
    for code in default_registry().task("pawsx").languages:
        rows = [
            {"id": i, "sentence1": f"the {code} dog {i}", "sentence2": f"a {code} cat {i}", "label": i % 2}
            for i in range(8)
        ]
        splits = dict.fromkeys(("train", "validation", "test"), rows)
        hub_cache("google-research-datasets/paws-x", splits, features, configuration=code)
