"""Each option of a study is read where it analyses records, or declared to be of its runs alone; never both."""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from harness.registry import default_registry
from harness.results.scores import Scores
from harness.setting import declared
from harness.studies.base import Findings, Study
from harness.studies.evidence import Evidence
from harness.studies.options import StudyOptions, is_of_runs, with_values
from harness.testing.simulated import simulate
from harness.testing.validity import evidence
from harness.testing.worlds import SimulatedTask, World
from tests.plugins.studies import (
    test_reproduce,
    test_robustness,
    test_selection_study,
    test_sequential,
    test_similarity,
    test_vision_language,
)
from tests.plugins.studies.test_similarity_files import EXAMPLE
from tests.study_rows import items_of

BY_CORE = {"models"}
"""What the core reads itself: whose records an analysis is given."""
OTHERWISE = {"steps": 2, "mlm_steps": 7, "batch": 8, "captions": "multi30k", "nli": "anli"}
"""Other values of what decides how arms are trained: they are made with their labels, and told by these alone."""

Asked = tuple[Evidence, StudyOptions]


def recorded(options: StudyOptions, read: set[str]) -> StudyOptions:
    """The same options, which keep the names of those that are read, by properties of their own, too."""

    def read_one(self: StudyOptions, name: str) -> Any:
        read.add(name)
        return object.__getattribute__(self, name)

    found = copy.copy(options)
    object.__setattr__(found, "__class__", type("Recorded", (type(options),), {"__getattribute__": read_one}))
    return found


def of_mini_effects() -> Asked:
    tasks = (SimulatedTask(name="pawsx", languages=("en", "qaa"), items=50),)
    world = World(arms=("none", "nine tasks: all"), tasks=tasks, seeds=2)
    smoke = default_registry().study("mini-effects").tiers["smoke"]
    return evidence(simulate(world, 1)), dataclasses.replace(smoke, margin=5.0)


def of_reproduce() -> Asked:
    own = test_reproduce.OPTIONS
    return Evidence(Scores(test_reproduce.rows_of(own, test_reproduce.as_published), items_of)), own


def of_robustness() -> Asked:
    return test_robustness.evidence(test_robustness.made_of(test_robustness.usual)), test_robustness.OPTIONS


def of_selection() -> Asked:
    return evidence(simulate(test_selection_study.WORLD, 1)), test_selection_study.options()


def of_sequential() -> Asked:
    own = test_sequential.OPTIONS
    return test_sequential.evidence_of(own, test_sequential.alike), own


def of_similarity() -> Asked:
    own = test_similarity.OPTIONS
    return test_similarity.evidence_of(own, test_similarity.worth, test_similarity.worth), own


def of_vision_language() -> Asked:
    rows = test_vision_language.rows_of(test_vision_language.gained)
    return Evidence(Scores(rows, items_of), test_vision_language.measures_of()), test_vision_language.OPTIONS


STUDIES: Mapping[str, Callable[[], Asked]] = {
    "mini-effects": of_mini_effects,
    "reproduce": of_reproduce,
    "robustness": of_robustness,
    "selection": of_selection,
    "sequential": of_sequential,
    "similarity": of_similarity,
    "vision-language": of_vision_language,
}


def test_every_study_is_asked() -> None:
    assert STUDIES.keys() == default_registry().studies.keys()


def wrongly_declared(study: Study, own: Evidence, options: StudyOptions) -> set[str]:
    """Options that are accepted beside records and idle there, and those that are refused and change what is said."""
    known = declared(study.options)
    of_runs = {key for key, one in known.items() if is_of_runs(one)}
    read: set[str] = set()
    found = study.analyse(own, recorded(options, read))
    others = {key: with_values(options, {key: OTHERWISE[key]}, "here") for key in of_runs & read}
    changing = {key for key, changed in others.items() if study.analyse(own, changed) != found}
    return known.keys() - of_runs - BY_CORE - read | changing


@pytest.mark.parametrize("name", STUDIES)
def test_options_are_read_of_records_or_are_of_runs(name: str) -> None:
    assert wrongly_declared(default_registry().study(name), *STUDIES[name]()) == set()


def test_options_that_are_declared_wrongly_are_found() -> None:
    """One that is no longer read, and one that decides what is said and is refused; reads by properties count."""

    def analyse(own: Evidence, options: Any) -> Findings:
        return usual.analyse(own, dataclasses.replace(test_similarity.OPTIONS, tasks=options.sources[options.steps :]))

    usual, (own, options) = default_registry().study("similarity"), of_similarity()
    options = with_values(options, {"steps": 1}, "here")
    found = wrongly_declared(dataclasses.replace(usual, analyse=analyse), own, options)
    declared_here = declared(usual.options).items()
    idle = {key for key, one in declared_here if not is_of_runs(one)} - BY_CORE - {"tasks"}
    assert found == idle | {"steps"}


def test_options_that_files_need_are_those_that_are_read_with_them() -> None:
    study = default_registry().study("similarity")
    assert study.from_files
    read: set[str] = set()
    options = dataclasses.replace(test_similarity.OPTIONS, gains=str(EXAMPLE))
    assert study.from_files.answer(recorded(options, read))
    assert read & declared(study.options).keys() == set(study.from_files.options)
