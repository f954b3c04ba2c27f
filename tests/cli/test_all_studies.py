"""`xharness study all`: what is shared is counted once, and a study without an answer keeps none from its own."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import pytest

from harness.cli.studying import carry_out_all
from harness.errors import NothingToShow
from harness.registry import default_registry
from harness.studies.asked import asked_of
from harness.studies.base import Findings, Study
from harness.studies.evidence import Evidence
from harness.studies.options import StudyOptions
from tests.fixtures import Cli, Install
from tests.raising import raises_code

MODULE = Path(__file__).parents[1] / "plugin_package" / "xharness_first_aid.py"
SIZES = {"hidden_size": 16, "layers": 1, "heads": 2, "feed_forward": 32, "vocabulary": 400}
TINY = {f"model.{name}": size for name, size in SIZES.items()} | {"intermediate.steps": 2, "target.steps": 2}
GIVEN = {"models": ["scratch"], "limit": 32, "languages": ["en", "qaa"], "seeds": [1, 2], "set": TINY}
FEW = ("--seeds", "1", "--limit", "40", "--languages", "en,qaa,qad")


def megabytes(shown: str) -> float:
    found = re.search(r"([\d.]+) (MB|GB) of checkpoints", shown)
    assert found
    return float(found[1]) * {"MB": 1, "GB": 1000}[found[2]]


def numbers(line: str) -> list[int]:
    return [int(found.replace(",", "")) for found in re.findall(r"\b\d[\d,]*\b", line)]


def test_what_studies_share_is_counted_once(cli: Cli) -> None:
    done = cli("study", "all", *FEW, "--plan")
    assert done.code == 0, done.err
    rows = {line.split()[0]: numbers(line) for line in done.out.splitlines() if " run" in line and line.startswith(" ")}
    rows.pop("study")
    assert rows.keys() == default_registry().studies.keys()
    together, alone = done.out.split("together ")[1].split("one by one")
    (phases, steps, there), (all_phases, all_steps) = numbers(together), numbers(alone.partition("\n")[0])
    assert all_phases == sum(row[1] for row in rows.values())
    assert all_steps == sum(row[3] for row in rows.values())
    # The baseline and its targets are the same in several of them.
    assert all(row[4] > 0 for row in rows.values() if row[1])
    assert phases < all_phases
    assert there == 0
    assert steps < all_steps
    assert not Path("runs").exists()

    # Nothing is in the store; what is to be made takes as much room as the largest of them at least.
    assert all(row[2] == 0 for row in rows.values())
    one = cli("study", "mini-effects", *FEW, "--plan").out
    assert megabytes(done.out) > megabytes(one)
    assert numbers(one.split("\n\n")[-1])[0] == rows["mini-effects"][1]


@pytest.fixture
def first_aid(install: Install) -> Study:
    install("xharness_first_aid", MODULE.read_text(encoding="utf-8"))
    return default_registry().study("first-aid")


@pytest.mark.loads_torch
def test_a_study_without_an_answer_keeps_no_other_from_its_own(
    first_aid: Study, cli: Cli, capsys: pytest.CaptureFixture[str]
) -> None:
    del cli

    def nothing(evidence: Evidence, options: StudyOptions) -> Findings:
        raise NothingToShow("nothing is there", code="cells-missing")

    registry = default_registry()
    without = dataclasses.replace(first_aid, name="without", analyse=nothing)
    asked = [asked_of(study, registry, "small", GIVEN) for study in (without, first_aid)]
    assert carry_out_all(asked, registry, Path("runs"), plan_only=False) == 1
    shown = capsys.readouterr().out
    assert "without: no answer: nothing is there" in shown
    assert "first-aid: pawsx after qqp against none: " in shown.partition("answers")[2]
    (folder,) = Path("runs/studies").iterdir()
    assert folder.name.startswith("first-aid-small")


def test_a_folder_with_something_else_is_refused_before_anything_is_planned(first_aid: Study, cli: Cli) -> None:
    del cli
    registry = default_registry()
    asked = asked_of(first_aid, registry, "small", GIVEN)
    (taken := Path("runs/studies") / asked.name).mkdir(parents=True)
    (taken / "notes").write_text("mine", encoding="utf-8")
    with raises_code("study-output-taken"):
        carry_out_all([asked], registry, Path("runs"), plan_only=True)


def test_no_study_is_called_all(first_aid: Study, install: Install, cli: Cli) -> None:
    del first_aid
    code = MODULE.read_text(encoding="utf-8").replace('name="first-aid"', 'name="all"')
    install("xharness_everything", code)
    assert "is the name of all studies together" in " ".join(cli("ls", "plugins").out.split())
