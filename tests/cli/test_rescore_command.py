from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from tests.fixtures import Cli, Results, RunDirectory

BLOCKED = """
import sys

class Blocker:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("torch", "transformers", "deepspeed", "datasets"):
            raise ImportError(f"{name} is not installed here")

sys.meta_path.insert(0, Blocker())
"""


def test_values_are_the_same(cli: Cli, runs: Path, run_directory: RunDirectory, results: Results) -> None:
    before = run_directory(runs)
    done = cli("rescore", "--runs", runs)
    assert done.code == 0
    assert "22 scores; 0 of 22 values differ from the run's" in done.out
    after = run_directory(runs)
    assert after.name.endswith("-pawsx-tatoeba-rescored")
    assert done.err.splitlines()[0] == f"run: {before}"
    assert results(after) == results(before)


def test_works_without_torch(runs: Path, tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(BLOCKED)
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    program = "import sys; from harness.cli.main import run; sys.exit(run(sys.argv[1:]))"
    for command in (["rescore"], ["summary"], ["ls"], ["show", "pawsx"]):
        options = ["--runs", str(runs)] if command[0] in ("rescore", "summary") else []
        done = subprocess.run(
            [sys.executable, "-c", program, *command, *options],
            env=environment,
            check=False,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
    blocked = subprocess.run(
        [sys.executable, "-c", "import torch"], env=environment, check=False, capture_output=True, text=True
    )
    assert "torch is not installed here" in blocked.stderr


def test_predictions_that_are_gone_fail_alone(
    cli: Cli, runs: Path, run_directory: RunDirectory, results: Results
) -> None:
    before = run_directory(runs)
    lost = results(before)[0]
    shutil.rmtree(runs / "store" / "predict" / lost["predictions"])
    done = cli("rescore", "--runs", runs)
    assert done.code == 1
    assert "21 scores, 1 failed" in done.out
    assert "its predictions are gone" in done.out
    assert "Traceback" not in done.out + done.err
    failed = [s for s in results(run_directory(runs)) if s["status"] == "failed"]
    assert [(s["task"], s["language"], s["value"]) for s in failed] == [(lost["task"], lost["language"], None)]


def test_another_metric_leaves_the_run_as_it_is(
    cli: Cli, runs: Path, run_directory: RunDirectory, results: Results
) -> None:
    records = run_directory(runs) / "records.jsonl"
    before = records.read_bytes()
    done = cli("rescore", "--metric", "duplicate_f1", "--runs", runs)
    assert done.code == 0
    assert "12 scores; new to the run" in done.out
    assert records.read_bytes() == before
    assert {(s["metric"], s["main"]) for s in results(run_directory(runs))} == {("duplicate_f1", False)}


def test_output_is_not_overwritten(cli: Cli, runs: Path, tmp_path: Path) -> None:
    options = ("rescore", "--runs", runs, "--output", tmp_path / "again")
    assert cli(*options).code == 0
    refused = cli(*options)
    assert refused.code == 2
    assert "[output-exists]" in refused.err
    below_a_file = cli("rescore", "--runs", runs, "--output", tmp_path / "again" / "records.jsonl" / "below")
    assert below_a_file.code == 2
    assert "[not-a-directory]" in below_a_file.err


def test_rescoring_twice_does_not_stack_names(cli: Cli, runs: Path) -> None:
    for _ in range(2):
        assert cli("rescore", "--runs", runs).code == 0
    assert [path.name.count("rescored") for path in runs.glob("*-rescored*")] == [1, 1]


def test_a_metric_of_no_task_of_the_run_is_refused(cli: Cli, runs: Path) -> None:
    done = cli("rescore", "--metric", "squad_f1", "--runs", runs)
    assert done.code == 2
    assert "[metric-scores-nothing]" in done.err
    assert "pawsx, tatoeba" in done.err
    assert not list(runs.glob("*-rescored*"))


def test_a_run_given_as_a_path_brings_its_own_store(cli: Cli, runs: Path, run_directory: RunDirectory) -> None:
    done = cli("rescore", run_directory(runs))
    assert done.code == 0
    assert "0 of 22 values differ" in done.out
    summary = cli("summary", run_directory(runs))
    # Gains have intervals only where predictions are found.
    assert re.search(r"en .* [+-]\d+\.\d \[[+-]", summary.out)


def test_records_validate(cli: Cli, runs: Path, tmp_path: Path) -> None:
    assert cli("rescore", "--runs", runs, "--output", tmp_path / "again").code == 0
    lines = (tmp_path / "again" / "records.jsonl").read_text(encoding="utf-8").splitlines()
    assert {json.loads(line)["record"] for line in lines} == {"run", "model", "score"}
