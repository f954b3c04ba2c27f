"""Studies are right as often as they say, in the experiments of scripts/simulate_studies.py."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from harness.statistics.answer import Reply
from harness.testing.validity import Bound, rates_of

SCRIPT = Path(__file__).parent.parent / "scripts" / "simulate_studies.py"


@pytest.fixture(scope="module")
def script() -> Iterator[ModuleType]:
    with pytest.MonkeyPatch.context() as patch:
        # As for a script that is run, its folder is where it imports from.
        patch.syspath_prepend(SCRIPT.parent)
        yield importlib.import_module(SCRIPT.stem)


def test_yes_is_bounded_wherever_there_is_no_effect(script: ModuleType) -> None:
    for name, tried in script.STUDIES.items():
        off = [condition for condition in tried.conditions if condition.name.startswith("off")]
        assert len(off) >= 2, name
        assert all(Bound(Reply.YES, most=0.075) in condition.bounds for condition in off), name


def test_an_interval_over_seeds_and_items_answers_as_asked(script: ModuleType) -> None:
    tried = script.STUDIES["two arms, over seeds and items"]
    off, on, equivalent = tried.conditions
    # So few experiments find what is far off only.
    assert rates_of(off, tried.analyse, 40).share(Reply.YES) <= 0.15
    assert rates_of(on, tried.analyse, 40).share(Reply.YES) >= 0.65
    assert rates_of(equivalent, tried.analyse, 8).share(Reply.NO) >= 0.5


def test_an_interval_over_seeds_alone_finds_differences_of_items(script: ModuleType) -> None:
    over_seeds, both = (script.STUDIES[f"two arms, over {of}"] for of in ("seeds", "seeds and items"))
    off = over_seeds.conditions[0]
    claimed = [rates_of(off, tried.analyse, 60).share(Reply.YES) for tried in (over_seeds, both)]
    assert claimed[0] > claimed[1]


def test_a_table_is_printed(
    script: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["simulate_studies.py", "--experiments", "1", "--only", "seeds and items"])
    script.main()
    printed = capsys.readouterr().out
    assert printed.count("| off, 5 seeds, 300 items |") == 1
    assert "yes in at most 7.5 %" in printed


def test_sequential_answers_as_asked(script: ModuleType) -> None:
    tried = script.STUDIES["sequential"]
    off, on, not_inferior, many = tried.conditions
    # So few experiments find what is far off only.
    assert rates_of(off, tried.analyse, 40).share(Reply.YES) <= 0.15
    assert rates_of(on, tried.analyse, 40).share(Reply.YES) >= 0.65
    assert rates_of(many, tried.analyse, 10).share(Reply.NO) >= 0.6
    assert rates_of(not_inferior, tried.analyse, 20).share(Reply.NO) >= 0.6


def test_robustness_answers_as_asked(script: ModuleType) -> None:
    tried = script.STUDIES["robustness"]
    off, better, on, equivalent = tried.conditions
    # So few experiments find what is far off only.
    assert rates_of(off, tried.analyse, 20).share(Reply.YES) <= 0.15
    assert rates_of(better, tried.analyse, 20).share(Reply.YES) <= 0.15
    assert rates_of(on, tried.analyse, 20).share(Reply.YES) >= 0.6
    assert rates_of(equivalent, tried.analyse, 10).share(Reply.NO) >= 0.6


def test_similarities_are_found_where_they_know_gains(script: ModuleType) -> None:
    tried = script.STUDIES["similarity"]
    off, on, many = tried.conditions
    assert rates_of(off, tried.analyse, 30).share(Reply.YES) <= 0.2
    assert rates_of(on, tried.analyse, 20).share(Reply.YES) >= 0.5
    assert rates_of(many, tried.analyse, 4).share(Reply.NO) >= 0.5


def test_reproduce_answers_as_asked(script: ModuleType) -> None:
    tried = script.STUDIES["reproduce"]
    off, on, equivalent = tried.conditions
    # So few experiments find what is far off only.
    assert rates_of(off, tried.analyse, 40).share(Reply.YES) <= 0.15
    assert rates_of(on, tried.analyse, 40).share(Reply.YES) >= 0.65
    assert rates_of(equivalent, tried.analyse, 20).share(Reply.NO) >= 0.7


def test_selection_answers_as_asked(script: ModuleType) -> None:
    tried = script.STUDIES["selection"]
    equal, both_know, one_knows, _ = tried.conditions
    # So few experiments find what is far off only.
    assert rates_of(equal, tried.analyse, 10).share(Reply.YES) <= 0.2
    assert rates_of(both_know, tried.analyse, 10).share(Reply.YES) <= 0.2
    assert rates_of(one_knows, tried.analyse, 10).share(Reply.YES) >= 0.6


def test_vision_language_answers_as_asked(script: ModuleType) -> None:
    tried = script.STUDIES["vision-language"]
    off, on, turned_round, many = tried.conditions
    # So few experiments find what is far off only.
    assert rates_of(off, tried.analyse, 20).share(Reply.YES) <= 0.15
    assert rates_of(on, tried.analyse, 20).share(Reply.YES) >= 0.6
    assert rates_of(turned_round, tried.analyse, 20).share(Reply.YES) <= 0.15
    assert rates_of(many, tried.analyse, 10).share(Reply.NO) >= 0.6
