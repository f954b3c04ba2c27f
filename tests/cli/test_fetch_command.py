"""xharness fetch, and runs on what it has written; the hub is the library's own cache."""

from __future__ import annotations

from typing import TYPE_CHECKING

import datasets

from harness.registry import default_registry
from tests.fixtures import Cli, HubCache, RunDirectory
from tests.recorded import clean_rows

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_what_is_fetched_is_data_for_a_run_without_hub(
    cli: Cli,
    cached_pawsx: None,
    tmp_path: Path,
    tiny: list[str],
    run_directory: RunDirectory,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    done = cli("fetch", "--suite", "pawsx", "--to", tmp_path / "fetched")
    assert done.code == 0, done.err
    assert "1/21 google-research-datasets/paws-x/" in done.out
    assert ": 8 rows" in done.out
    assert "licence free for any purpose, with attribution: google-research-datasets/paws-x" in done.out
    again = cli("fetch", "--suite", "pawsx", "--to", tmp_path / "fetched")
    assert again.out.count("there already") == 21
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", str(tmp_path / "empty"))
    shown = cli("show", "pawsx", "--data", tmp_path / "fetched")
    assert "test: en 8, de 8" in shown.out
    options = [*tiny, "--model", "scratch", "--no-baseline", "--data", tmp_path / "fetched"]
    run = cli("train", "--target", "pawsx", *options, "--runs", tmp_path / "runs")
    assert run.code == 0, run.out + run.err
    scores = clean_rows(run_directory(tmp_path / "runs"))
    assert {score["source"] for score in scores} == {"hub"}
    assert [score["language"] for score in scores] == list(default_registry().task("pawsx").languages)


def test_a_task_that_the_hub_does_not_have_is_named(cli: Cli, cached_pawsx: None, tmp_path: Path) -> None:
    done = cli("fetch", "--suite", "pawsx,ccg", "--to", tmp_path / "fetched")
    assert done.code == 0, done.err
    assert "not on the hub: ccg; `xharness show ccg` names its files" in done.out


def test_without_network_it_says_what_to_do(cli: Cli, hub_cache: HubCache, tmp_path: Path) -> None:
    done = cli("fetch", "--suite", "siqa", "--to", tmp_path / "fetched")
    assert done.code == 2
    assert "[dataset-not-in-cache]" in done.err
    assert "on a machine with a network" in done.err
