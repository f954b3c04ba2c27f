"""`--deterministic`: when torch's mode is on, on which ranks, and what is said where an operation has no such way."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
import torch

from harness.hyper import Hyper
from harness.training.determinism import SAME_BITS, WORKSPACE, deterministic
from harness.training.failures import translated
from tests.raising import raises_code

if TYPE_CHECKING:
    from pathlib import Path

LOOK = """
import json, os
import torch
from harness.training import ranks
from harness.training.determinism import WORKSPACE

class Look:
    def __init__(self, directory):
        self.file = directory / str(ranks.team().rank)

    def see(self, when):
        mode = [torch.are_deterministic_algorithms_enabled(), os.environ.get(WORKSPACE)]
        with self.file.open("a") as file:
            file.write(json.dumps([when, *mode]) + "\\n")
"""

PROGRAM = """
import sys
from pathlib import Path
from look import Look
from harness.training import ranks
from harness.training.determinism import deterministic

team = ranks.join()
if team.rank:
    ranks.serve(team)
else:
    look = ranks.Shared(Look, Path(sys.argv[1]))
    with deterministic(True):
        look.call(Look.see, "within")
    look.call(Look.see, "after")
    team.dismiss()
"""


def mode() -> tuple[bool, str | None]:
    return torch.are_deterministic_algorithms_enabled(), os.environ.get(WORKSPACE)


@pytest.fixture(autouse=True)
def unset(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(WORKSPACE, raising=False)


def test_what_was_on_before_stays_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(WORKSPACE, SAME_BITS[1])
    torch.set_deterministic_debug_mode("warn")
    try:
        with deterministic(True):
            assert torch.get_deterministic_debug_mode() == 2
            assert mode() == (True, SAME_BITS[1])
        assert torch.get_deterministic_debug_mode() == 1
        assert os.environ[WORKSPACE] == SAME_BITS[1]
    finally:
        torch.set_deterministic_debug_mode("default")


def test_it_holds_on_every_rank(tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(PROGRAM)
    (tmp_path / "look.py").write_text(LOOK)
    words = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2", str(program), str(tmp_path)]
    subprocess.run([sys.executable, *words], check=True, capture_output=True, text=True, timeout=120)
    for rank in "01":
        seen = [json.loads(line) for line in (tmp_path / rank).read_text().splitlines()]
        assert seen == [["within", True, SAME_BITS[0]], ["after", False, None]]


def test_an_environment_that_asks_for_the_contrary_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(WORKSPACE, ":0:0")
    with raises_code("unreproducible-workspace", ":0:0") as caught, deterministic(True):
        pytest.fail("nothing is computed")
    assert ":4096:8 or :16:8" in str(caught.value.fix)
    assert not torch.are_deterministic_algorithms_enabled()
    with deterministic(False):
        assert mode() == (False, ":0:0")


def test_an_operation_without_a_deterministic_way_is_named() -> None:
    def put() -> None:
        torch.zeros(3).put_(torch.tensor([1]), torch.tensor([1.0]))

    with translated("trying", Hyper(), training=True):
        put()
    with (
        deterministic(True),
        raises_code("not-deterministic") as caught,
        translated("trying", Hyper(), training=True),
    ):
        put()
    assert caught.value.fix == "leave out --deterministic"
