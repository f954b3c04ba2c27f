"""The command that a page of a study prints is accepted, and numbers that were there before are told to have been."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from harness.registry import default_registry
from harness.studies.asked import asked_of
from harness.studies.words import AFTERWARDS
from tests.fixtures import Cli

GAINS = Path(__file__).parents[2] / "docs" / "studies" / "similarity-gains.csv"


def test_numbers_of_a_file_were_there_before_the_question(cli: Cli) -> None:
    done = cli("study", "similarity", "--gains", GAINS, "--negligible", "0.5", "--output", "out")
    assert done.code == 0, done.err
    shown = " ".join(done.out.split())
    assert f"Asked otherwise than the tier small (in brackets): negligible 0.5 (0.3). {AFTERWARDS}" in shown


def test_the_command_of_a_file_is_accepted(cli: Cli) -> None:
    assert cli("study", "similarity", "--gains", GAINS, "--output", "out").code == 0
    page = Path("out/README.md").read_text(encoding="utf-8")
    (line,) = (line for line in page.splitlines() if "command: " in line)
    words = shlex.split(line.partition("command: ")[2].replace("\\", ""))
    assert words[:3] == ["xharness", "study", "similarity"]
    again = cli(*words[1:], "--output", "out")
    assert again.code == 0, again.err


@pytest.mark.parametrize("study", sorted(default_registry().studies))
def test_the_command_of_a_study_is_accepted(study: str, cli: Cli) -> None:
    registry = default_registry()
    words = shlex.split(asked_of(registry.study(study), registry, "smoke", {"seeds": [1], "limit": 40}).command)
    done = cli(*words[1:], "--plan")
    assert done.code == 0, done.err
