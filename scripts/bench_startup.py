#!/usr/bin/env python
"""Start-up of the command line beside the bare import of what it rests on: rich, pluggy and yaml."""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import time
from pathlib import Path

PROGRAM = str(Path(sys.executable).with_name("xharness"))
PEER = [sys.executable, "-c", "import rich, pluggy, yaml"]
COMMANDS = {
    "xharness --help": [PROGRAM, "--help"],
    "xharness ls tasks": [PROGRAM, "ls", "tasks"],
    "xharness ls tasks --json": [PROGRAM, "ls", "tasks", "--json"],
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=15)
    rounds = parser.parse_args().rounds
    for name, command in COMMANDS.items():
        ratios, seconds = [], []
        for number in range(rounds + 1):
            mine, peer = wall(command), wall(PEER)
            if number:
                ratios.append(mine / peer)
                seconds.append(mine)
        print(
            f"{name:26} {statistics.median(ratios):.1f} x the bare import "
            f"({min(ratios):.1f} to {max(ratios):.1f}); {1000 * statistics.median(seconds):.0f} ms"
        )


def wall(command: list[str]) -> float:
    started = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
