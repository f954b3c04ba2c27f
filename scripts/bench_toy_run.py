#!/usr/bin/env python
"""CPU seconds (user and system) of a whole toy run: the guide's small.toml, with two phases of 4 steps and one of 6.

With `--peer`, a command line that starts another version of the program is run in turn with this one.
"""

from __future__ import annotations

import argparse
import os
import resource
import shlex
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

PROGRAM = [str(Path(sys.executable).with_name("xharness"))]
IMPORTS = [
    sys.executable,
    "-c",
    "import torch, deepspeed; from transformers.models.xlm_roberta.modeling_xlm_roberta import XLMRobertaModel",
]
RUN = ["train", "--config", "small.toml", "--intermediate", "mnli", "--target", "pawsx,tatoeba", "--runs", "runs"]
SMALL = """\
limit = 32
model = "scratch"

[set]
intermediate.steps = 6
target.steps = 4
model.hidden_size = 16
model.layers = 1
model.heads = 2
model.feed_forward = 32
model.vocabulary = 400
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--peer", type=shlex.split, help="what to start instead of xharness, in turn with it")
    given = parser.parse_args()
    commands = {"toy run": [*PROGRAM, *RUN], "bare imports": IMPORTS}
    if given.peer:
        commands["peer's toy run"] = [*given.peer, *RUN]
    seconds: dict[str, list[float]] = {name: [] for name in commands}
    for number in range(given.rounds + 1):
        for name, command in commands.items():
            used = cpu_seconds(command)
            if number:
                seconds[name].append(used)
    for name, values in seconds.items():
        print(f"{name:15} {statistics.median(values):.2f} CPU seconds ({min(values):.2f} to {max(values):.2f})")


def cpu_seconds(command: list[str]) -> float:
    with tempfile.TemporaryDirectory() as directory:
        (Path(directory) / "small.toml").write_text(SMALL, encoding="utf-8")
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(
            command,
            check=True,
            cwd=directory,
            env={**os.environ, "OMP_NUM_THREADS": "1"},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


if __name__ == "__main__":
    main()
