"""Runs made by hand: complete ones of xtreme with scores that are easy to average, and parts of them."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec
import pytest

from harness.benchmarks.definition import BenchmarkTask, benchmark
from harness.benchmarks.leaderboard.document import Leaderboard, leaderboard
from harness.registry import Registry, default_registry
from harness.results.records import RecordWriter, read_records
from harness.results.schema import Arm

BASE = {
    "pawsx": 10.0,
    "xnli": 20.0,
    "udpos": 30.0,
    "panx": 40.0,
    "xquad": 50.0,
    "mlqa": 60.0,
    "tydiqa": 20.0,
    "bucc2018": 75.0,
    "tatoeba": 55.0,
}
"""A task's score in every language but English, with seed 1 and without intermediate tasks. They sum up to 360."""

ARMS = {"none": ("none", ()), "mnli": ("single", ("mnli",)), "squad": ("single", ("squad",))}
GAINS = {"none": 0.0, "mnli": 3.0, "squad": 5.0}

Change = Callable[[dict[str, Any]], dict[str, Any] | None]


def value(task: BenchmarkTask, language: str, printed: str, arm: str, seed: int) -> float:
    """English is better by as much as the task has languages, which makes the mean better by one point.

    F1 is two points above and exact match two below the score of question answering.
    """
    found = BASE[task.name] + GAINS[arm] + seed - 1
    found += len(task.languages) if language == "en" else 0
    return found + ({"f1": 2, "exact_match": -2}[printed] if len(task.score) > 1 else 0)


def score_results(arm: str, seed: int, registry: Registry) -> Iterator[dict[str, Any]]:
    for task in benchmark("xtreme", registry).tasks.values():
        for language in task.languages:
            for printed in task.score:
                yield {
                    "run": "a" * 16,
                    "model": model_digest(arm, seed, task.name),
                    "task": task.name,
                    "task_version": 1,
                    "role": "target",
                    "kind": registry.task(task.name).kind,
                    "language": language,
                    "split": "test",
                    "metric": task.metrics[printed],
                    "metric_version": 1,
                    "main": True,
                    "unit": "percent",
                    "value": value(task, language, printed, arm, seed),
                    "n": 500,
                    "n_skipped": 0,
                    "truncated": 0,
                    "constant": False,
                    "limited": False,
                    "interval": {"low": 1.0, "high": 99.0, "level": 0.95, "method": "wilson", "answers": "items"},
                    "source": "files",
                    "data": f"rows of {task.name} {language}",
                    "stand_in": False,
                    "overlap": [],
                    "hyper": {"max_length": 128},
                    "precision": "fp32",
                    "predictions": "e" * 16,
                    "status": "ok",
                }


def model_digest(arm: str, seed: int, task: str) -> str:
    return f"{list(ARMS).index(arm)}{seed}{list(BASE).index(task)}".zfill(16)


def model_result(arm: str, seed: int, task: str) -> dict[str, Any]:
    mode, intermediate = ARMS[arm]
    phase = {
        "digest": model_digest(arm, seed, task),
        "phase": "target",
        "tasks": [task],
        "rows": {task: 1000},
        "steps": 10,
        "kept_step": 10,
        "selection": "best accuracy on validation",
        "development_score": 50.0 + GAINS[arm],
        "development_metric": "accuracy",
        "hyper": {"lr": 1e-5},
        "precision": "fp32",
        "stand_in": [],
    }
    before = {**phase, "phase": "intermediate", "tasks": list(intermediate), "rows": dict.fromkeys(intermediate, 9)}
    for name in ("development_score", "development_metric"):
        before = {key: found for key, found in before.items() if key != name}
    return {
        "digest": model_digest(arm, seed, task),
        "name": "xlm-r-base",
        "start": "c" * 16,
        "arm": arm,
        "mode": mode,
        "intermediate": list(intermediate),
        "seed": seed,
        "phases": ([before] if intermediate else []) + [phase],
    }


PLAIN: dict[tuple[tuple[str, ...], tuple[int, ...]], str] = {}
"""JSON of documents by arms and seeds."""


class Maker:
    """Writes runs and makes leaderboards of them."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.registry = default_registry()

    def run(
        self,
        name: str = "run",
        *,
        arms: tuple[str, ...] = ("none", "mnli"),
        seeds: tuple[int, ...] = (1, 2),
        change: Change = lambda result: result,
        change_model: Change = lambda result: result,
        run: Mapping[str, Any] | None = None,
        started: str = "2026-11-20T10:00:00+00:00",
    ) -> Path:
        """A run; `change` alters a result of a score, or takes it out by returning None."""
        directory = self.directory / name
        directory.mkdir(parents=True)
        result = {"digest": "a" * 16, "command": "train", "settings": {"seeds": list(seeds)}, "source": "files"}
        circumstance = {
            "started": started,
            "versions": {"xharness": "0.1.0", "python": "3.12.0"},
            "plugins": [],
            "device": "cpu, 2 cores",
            "host": f"host of {name}",
            "command_line": [f"/somewhere/{name}/xharness", "train", "--target", "xtreme"],
        }
        lines = []
        for arm in arms:
            for seed in seeds:
                models = [change_model(model_result(arm, seed, task)) for task in BASE]
                scores = [change(dict(copy.deepcopy(found))) for found in score_results(arm, seed, self.registry)]
                lines += [("model", found) for found in models] + [("score", found) for found in scores]
        time = {"time": f"{started} of {name}"}
        text = [record_line("run", {**result, **(run or {})}, circumstance)]
        text += [record_line(kind, found, time) for kind, found in lines if found is not None]
        (directory / "records.jsonl").write_text("".join(text), encoding="utf-8")
        return directory

    def relabelled(self, source: Path, name: str, arms: Mapping[str, Arm]) -> Path:
        """A copy of a run, in the newest schema, whose arms of some labels are others."""
        found, directory = read_records(source), self.directory / name
        directory.mkdir()
        writer = RecordWriter(directory)
        for run in found.runs:
            changed = tuple(arms.get(arm.label, arm) for arm in run.result.arms)
            writer.write(msgspec.structs.replace(run.result, arms=changed), run.environment)
        for model in found.models.values():
            writer.write(model.result, model.environment)
        for score in found.scores:
            label = str(score.result.at["arm"])
            at = {**score.result.at, "arm": arms[label].label if label in arms else label}
            writer.write(msgspec.structs.replace(score.result, at=at), score.environment)
        return directory

    def make(self, *sources: Path, **options: Any) -> Leaderboard:
        return leaderboard(sources, self.registry, **options)

    def plain(self, arms: tuple[str, ...] = ("none", "mnli"), seeds: tuple[int, ...] = (1, 2)) -> dict[str, Any]:
        """The document of a run to which nothing was done, made once for all tests; each gets a copy."""
        if (arms, seeds) not in PLAIN:
            made = self.make(self.run("plain", arms=arms, seeds=seeds))
            PLAIN[arms, seeds] = json.dumps(made.document)
        document: dict[str, Any] = json.loads(PLAIN[arms, seeds])
        return document

    def write(self, made: Leaderboard, name: str = "board.json") -> Path:
        from harness.benchmarks.leaderboard.formats import render

        path = self.directory / name
        path.write_bytes(render(made.document, "json"))
        return path


def record_line(kind: str, result: Mapping[str, Any], circumstance: Mapping[str, Any]) -> str:
    """A record of schema 1, which is read through its upgrade."""
    return json.dumps({"schema": 1, "record": kind, "result": result, "circumstance": circumstance}) + "\n"


@pytest.fixture
def maker(tmp_path: Path) -> Maker:
    return Maker(tmp_path)


@pytest.fixture
def only() -> Callable[..., Change]:
    """A change of the scores that match, such as only({"limited": True}, task="pawsx")."""

    def changes(new: Mapping[str, Any] | None, **wanted: Any) -> Change:
        def change(result: dict[str, Any]) -> dict[str, Any] | None:
            if any(result[name] != found for name, found in wanted.items()):
                return result
            return None if new is None else {**result, **new}

        return change

    return changes
