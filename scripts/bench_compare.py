#!/usr/bin/env python
"""How long `xharness compare` takes for two runs of many tasks and languages, and what of it is what.

    .venv/bin/python scripts/bench_compare.py --tasks 10 --languages 40

Both runs are made up: stored predictions of text classification, question answering, tagging and retrieval, with about
as many items in each language as XTREME's test sets have, and records that name them.
"""

from __future__ import annotations

import argparse
import cProfile
import json
import pstats
import random
import resource
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from harness.comparing.compare import compare_named
from harness.evaluation import predictions
from harness.registry import default_registry
from harness.results.records import FILE, as_json, read_records
from harness.results.schema import SCHEMA

STORED = Path(__file__).parent.parent / "tests" / "results" / "schema1" / "single"
LABELS = ("entailment", "neutral", "contradiction")
TAGS = ("O", "B-PER", "I-PER", "B-LOC")


def classified(draw: random.Random, gold: random.Random) -> dict[str, Any]:
    """An item of text classification."""
    scores = [draw.random() for _ in LABELS]
    return {"gold": gold.choice(LABELS), "prediction": draw.choice(LABELS), "log_probs": scores}


def answered(draw: random.Random, gold: random.Random) -> dict[str, Any]:
    """An item of question answering, with as many spans as are kept."""
    words = ["the", "answer", "to", "a", "question", "of", "this", "passage", "in", "some", "words"]
    spans = [{"text": " ".join(draw.sample(words, 3)), "start": 1, "end": 9, "score": draw.random()} for _ in range(20)]
    return {
        "gold": [" ".join(gold.sample(words, 3))],
        "prediction": spans[0]["text"],
        "no_answer_score": 0.0,
        "spans": spans,
    }


def tagged(draw: random.Random, gold: random.Random) -> dict[str, Any]:
    """An item of tagging."""
    return {"gold": gold.choices(TAGS, k=15), "prediction": draw.choices(TAGS, k=15)}


def found(draw: random.Random, gold: random.Random) -> dict[str, Any]:
    """An item of retrieval."""
    candidates = [{"key": str(draw.randrange(1000)), "score": draw.random()} for _ in range(10)]
    return {"gold": [str(gold.randrange(1000))], "prediction": candidates[0]["key"], "candidates": candidates}


Item = Callable[[random.Random, random.Random], dict[str, Any]]
KINDS: tuple[tuple[str, str, Item, int], ...] = (
    ("xnli", "accuracy", classified, 2000),
    ("xquad", "squad_f1", answered, 1200),
    ("panx", "span_f1", tagged, 1000),
    ("tatoeba", "retrieval_accuracy", found, 1000),
)
"""A task of each kind, its metric, what makes an item, and items per language."""


def write_run(runs: Path, name: str, tasks: int, languages: int, seed: int) -> None:
    """A run with its predictions in the store."""
    directory = runs / name
    directory.mkdir(parents=True)
    records = read_records(STORED)
    score = records.clean[0]
    kept = {"role": "target", "overlap": (), "run": records.runs[0].result.digest, "error": None}
    lines: list[tuple[str, Any, Any]] = [("run", one.result, one.environment) for one in records.runs]
    lines += [("model", one.result, one.environment) for one in records.models.values()]
    for number in range(tasks):
        task, metric, item, n = KINDS[number % len(KINDS)]
        for language in range(languages):
            digest = f"{seed:04x}{number:04x}{language:08x}"
            place = runs / "store" / "predict" / digest
            place.mkdir(parents=True)
            draw, gold = random.Random(f"{seed} {number} {language}"), random.Random(f"{number} {language}")
            names = {"id": "", "group": "", "language": str(language)}
            rows = [
                {"key": f"k{i}", "item": f"i{i}", **names, **item(draw, gold), **_cluster(task, i)} for i in range(n)
            ]
            predictions.write(place, rows)
            at = {**score.result.at, "task": f"{task}{number}", "language": f"l{language}", "arm": "none"}
            made = {
                "n": n,
                "metric": metric,
                "data": f"d{number}-{language}",
                "predictions": digest,
                "at": at,
                "main": True,
            }
            lines.append(("score", msgspec.structs.replace(score.result, **made, **kept), score.environment))
    with (directory / FILE).open("w", encoding="utf-8") as file:
        for kind, result, environment in lines:
            parts = {"result": as_json(result), "environment": as_json(environment)}
            file.write(json.dumps({"schema": SCHEMA, "record": kind, **parts}) + "\n")


def _cluster(task: str, place: int) -> dict[str, str]:
    return {"cluster": f"c{place // 5}"} if task == "xquad" else {}


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description="How long comparing two large runs takes.")
    parser.add_argument("--tasks", type=int, default=10)
    parser.add_argument("--languages", type=int, default=40)
    parser.add_argument("--by-language", action="store_true", help="test each language, too")
    parser.add_argument(
        "--runs", type=Path, help="where the two runs are, or are to be made; a folder that goes by default"
    )
    parser.add_argument("--profile", action="store_true", help="show which functions take the time")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        runs = arguments.runs or Path(name)
        for seed, run in enumerate(("left", "right")):
            if not (runs / run / FILE).is_file():
                write_run(runs, run, arguments.tasks, arguments.languages, seed)
        registry = default_registry()
        profile = cProfile.Profile(time.process_time)
        if arguments.profile:
            profile.enable()
        started, used = time.perf_counter(), time.process_time()
        compared = compare_named("left", ["right"], runs, registry, by_language=arguments.by_language)
        seconds, used = time.perf_counter() - started, time.process_time() - used
        profile.disable()
        items = sum(language.n for task in compared.tasks for language in task.languages)
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(
            f"{len(compared.tasks)} tasks, {items:,} items on each side: "
            f"{seconds:.1f} s ({used:.1f} s of a core), {memory:,.0f} MB"
        )
        if arguments.profile:
            pstats.Stats(profile).sort_stats("cumulative").print_stats(35)


if __name__ == "__main__":
    main()
