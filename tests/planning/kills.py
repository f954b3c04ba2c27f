"""Runs that are killed at one of their file operations and repeated: a process that forks, since torch loads slowly.

    python -m tests.planning.kills MAP DIRECTORY

reads numbers of operations from its input, a line each, 0 for none. It writes a line of JSON for each: `killed`,
whether the run was; `operations`, how many the run that followed had; `stored`, what there is afterwards; `answers`,
how many different ones each checkpoint gave.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import signal
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from harness.evaluation import predictions
from harness.integrity import MANIFEST
from harness.results.runs import STORE
from tests.recorded import results

ASKED: dict[str, Any] = {
    "languages": ("en", "de"),
    "set": {
        "intermediate.steps": 6,
        "target.steps": 60,
        "lr": 0.003,
        "model.hidden_size": 32,
        "intermediate.checkpoint_every": 2,
        "target.checkpoint_every": 25,
        "eval_every": 20,
    },
}
"""A run with checkpoints between, and with a model whose answers differ."""

CHANGES = ("os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.link", "os.symlink", "os.truncate")
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT


def watch(below: Path, reached: Callable[[int], None]) -> None:
    """Call a function before each operation that changes something below a directory, with its number from 1.

    What libraries write without Python goes unseen, and lies between two operations that are seen.
    """
    done = 0

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        nonlocal done
        changes = event in CHANGES or (event == "open" and arguments[2] & WRITING)
        # File descriptors and names below one, which shutil uses, are not told apart: all of them count.
        if changes and (not str(arguments[0]).startswith("/") or str(arguments[0]).startswith(str(below))):
            done += 1
            reached(done)

    sys.addaudithook(hook)


def stored(runs: Path) -> dict[str, str]:
    """SHA-256 of every file of finished stages but their manifests; what else there is, under its name.

    What is kept between attempts may be left beside a finished stage: `xharness store prune` takes it for left over.
    """
    found = {}
    for path in sorted((runs / STORE).rglob("*")):
        kept = next((part for part in path.parents if part.suffix == ".work"), path)
        if (kept.with_suffix("") / MANIFEST).is_file() and kept.suffix == ".work":
            continue
        if path.is_file() and path.suffix != ".lock" and path.name != MANIFEST:
            found[path.relative_to(runs).as_posix()] = hashlib.sha256(path.read_bytes()).hexdigest()
        elif path.suffix in (".new", ".work"):
            found[path.relative_to(runs).as_posix()] = "left over"
    latest = max(path.parent for path in runs.glob("*/records.jsonl"))
    records = [results(latest, kind) for kind in ("run", "model", "score")]
    return {**found, "records": hashlib.sha256(json.dumps(records, sort_keys=True).encode()).hexdigest()}


def in_a_child(work: Callable[[], None]) -> int:
    """What a forked process ends with that does some work: the status as `os.waitpid` gives it."""
    child = os.fork()
    if not child:
        status = 1
        try:
            work()
            status = 0
        except BaseException:  # noqa: BLE001
            traceback.print_exc()
        finally:
            sys.stderr.flush()
            os._exit(status)
    return os.waitpid(child, 0)[1]


def answers(runs: Path) -> list[int]:
    """How many different predictions there are in each language of each checkpoint."""
    return [
        len({row["prediction"] for row in predictions.read(path.parent)})
        for path in sorted((runs / STORE).glob(f"predict/*/{predictions.FILE}"))
    ]


def main(tiny_map: Path, directory: Path) -> None:
    # Libraries write to the terminal what they like.
    answer = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    import deepspeed  # noqa: F401
    import torch
    import transformers  # noqa: F401

    from harness.registry import default_registry
    from tests.planning.conftest import Bench

    torch.set_num_threads(1)
    registry = default_registry()
    assert registry.everything()

    def run(runs: Path, reached: Callable[[int], None]) -> None:
        watch(runs, reached)
        outcome = Bench(registry, tiny_map, runs).run(**ASKED)
        assert not outcome.failures, outcome.failures

    for line in sys.stdin:
        at, runs = int(line), directory / f"run-{line.strip()}"
        count = directory / "count"

        def kill(done: int, at: int = at) -> None:
            if done == at:
                os.kill(os.getpid(), signal.SIGKILL)

        def note(done: int, count: Path = count) -> None:
            descriptor = os.open(count, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
            os.write(descriptor, str(done).encode())
            os.close(descriptor)

        killed = bool(at) and os.WIFSIGNALED(in_a_child(lambda runs=runs, kill=kill: run(runs, kill)))  # type: ignore[misc]
        assert in_a_child(lambda runs=runs, note=note: run(runs, note)) == 0, at  # type: ignore[misc]
        found = {"killed": killed, "operations": int(count.read_text()), "stored": stored(runs)}
        answer.write(json.dumps({**found, "answers": answers(runs)}) + "\n")
        answer.flush()
        shutil.rmtree(runs)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
