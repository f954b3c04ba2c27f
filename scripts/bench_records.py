#!/usr/bin/env python
"""How fast the scores of a large run are read: its records, the flat table, and every arm's gains.

    .venv/bin/python scripts/bench_records.py --scores 100000

The run is made up from one that the tests keep. Beside it, what json and dataclasses take, without any check.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from harness.results.comparison import compare_arms
from harness.results.records import FILE, as_json, read_records
from harness.results.schema import LANGUAGE, SCHEMA, Score
from harness.results.scores import Scores

STORED = Path(__file__).parent.parent / "tests" / "results" / "schema1" / "single"


def write_run(directory: Path, scores: int) -> None:
    """The stored run's scores again and again, each time in other languages."""
    records = read_records(STORED)
    lines: list[tuple[str, Any, Any]] = [("run", one.result, one.environment) for one in records.runs]
    lines += [("model", one.result, one.environment) for one in records.models.values()]
    for number in range(scores):
        again, place = divmod(number, len(records.clean))
        score = records.clean[place]
        at = score.result.at | {LANGUAGE: f"{score.result.at[LANGUAGE]}{again}"}
        lines.append(("score", msgspec.structs.replace(score.result, at=at), score.environment))
    with (directory / FILE).open("w", encoding="utf-8") as file:
        for kind, result, environment in lines:
            parts = {"result": as_json(result), "environment": as_json(environment)}
            file.write(json.dumps({"schema": SCHEMA, "record": kind, **parts}) + "\n")


def timed(what: str, work: Callable[[], Any]) -> Any:
    """What some work gives, once the time and the most memory so far are printed."""
    started = time.perf_counter()
    found = work()
    seconds = time.perf_counter() - started
    print(f"{what}: {seconds:.2f} s, {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:,.0f} MB")
    return found


def read_plainly(path: Path) -> list[Any]:
    """The scores by json, as dataclasses that nothing checks."""
    plain = dataclasses.make_dataclass("Plain", [(name, Any, None) for name in Score.__struct_fields__])
    lines = (json.loads(line) for line in path.read_text(encoding="utf-8").splitlines())
    return [plain(**line["result"]) for line in lines if line["record"] == "score"]


def import_seconds(code: str) -> float:
    """The least time of five that a fresh interpreter takes for some code."""
    times = []
    for _ in range(5):
        started = time.perf_counter()
        subprocess.run([sys.executable, "-c", code], check=True)
        times.append(time.perf_counter() - started)
    return min(times)


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description="How fast the scores of a large run are read.")
    parser.add_argument("--scores", type=int, default=100_000)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        write_run(directory, arguments.scores)
        print(f"{arguments.scores:,} scores, {(directory / FILE).stat().st_size / 1e6:.0f} MB")
        records = timed("records", lambda: read_records(directory))
        scores = timed("flat rows", lambda: Scores.of(records))
        timed("table", scores.table)
        timed("gains of all arms", lambda: compare_arms(scores.clean))
        timed("the same file by json and dataclasses, unchecked", lambda: read_plainly(directory / FILE))
    nothing = import_seconds("pass")
    for code in ("import harness.results.schema", "import msgspec", "import dataclasses, json"):
        print(f"{code}: {1000 * (import_seconds(code) - nothing):.0f} ms")


if __name__ == "__main__":
    main()
