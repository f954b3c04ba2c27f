"""Heads of images at two ranks: the same batches, and losses over the whole step, as at one."""

from __future__ import annotations

import math
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import harness

STEPS, BATCH = 6, 8
# Captions of a step do not fit into one micro-batch.
SETTINGS = ("intermediate.token_budget=60", f"intermediate.steps={STEPS}", f"intermediate.batch_size={BATCH}")
ARMS = ("real: flickr8k", "texts: flickr8k{images=none}", "masked: flickr8k@masked")


def steps_at(ranks: int, stage: int, runs: Path) -> list[dict[str, Any]]:
    """The steps of all arms, in order."""
    words = ["train", "--target", "tatoeba", "--languages", "qaa", "--limit", "60", "--no-baseline"]
    words += [word for arm in ARMS for word in ("--arm", arm)]
    words += [word for one in (*SETTINGS, f"intermediate.zero_stage={stage}") for word in ("--set", one)]
    words += ["--ranks", str(ranks), "--runs", str(runs)]
    done = subprocess.run([sys.executable, "-m", "harness", *words], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    steps = harness.load_steps(runs=runs)
    return [{str(name): value for name, value in step.items()} for step in steps.to_dict("records")]


@pytest.mark.full
@pytest.mark.parametrize("stage", [0, 2])
def test_two_ranks_have_the_losses_of_one(stage: int, tmp_path: Path) -> None:
    wanted, found = (steps_at(ranks, stage, tmp_path / str(ranks)) for ranks in (1, 2))
    assert len(found) == len(wanted) == STEPS * len(ARMS)
    assert {step["task"] for step in wanted} == {"flickr8k", "flickr8k@masked"}
    for name in ("task", "step", "tokens", "learning_rate"):
        assert [step[name] for step in found] == [step[name] for step in wanted]
    # At first nothing is known, and the choice is among all captions of the step, not among those of one rank.
    assert found[0]["loss"] == pytest.approx(math.log(BATCH), rel=0.15)
    for name, tolerance in (("loss", 1e-4), ("gradient_norm", 5e-3)):
        assert [step[name] for step in found] == pytest.approx([step[name] for step in wanted], rel=tolerance)
