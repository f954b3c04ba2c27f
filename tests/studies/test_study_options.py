"""Options of studies: types, bounds, and what their authors may declare."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest

from harness.registry import default_registry
from harness.setting import declared
from harness.studies.asked import asked_of, reading
from harness.studies.options import StudyOptions, check_options, element, study_option, with_values
from tests.raising import raises_code


@dataclass(frozen=True, kw_only=True)
class Options(StudyOptions):
    steps: tuple[int, ...] = study_option("steps", default=(100, 300))
    share: float = study_option("share", default=0.5, least=0, most=1)
    deep: bool = study_option("deep", default=False)
    rule: tuple[str, ...] = study_option("rules", default=("a",), choices=("a", "b"))


def test_values_are_taken_as_declared() -> None:
    given = {"steps": [5], "share": 1, "deep": True, "rule": "b", "seeds": range(1, 3), "set": {"lr": 1e-4}}
    found = with_values(Options(set={"lr": 1.0, "batch_size": 4}), given, "here")
    assert isinstance(found, Options)
    assert (found.steps, found.share, found.deep, found.rule, found.seeds) == ((5,), 1.0, True, ("b",), (1, 2))
    assert found.set == {"lr": 1e-4, "batch_size": 4}
    assert found.margin == Options().margin


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"step": [5]}, "unknown-option"),
        ({"steps": ["x"]}, "wrong-type"),
        ({"steps": [True]}, "wrong-type"),
        ({"share": 1.5}, "value-out-of-range"),
        ({"share": float("nan")}, "value-out-of-range"),
        ({"deep": 1}, "wrong-type"),
        ({"rule": ["c"]}, "unknown-value"),
        ({"seeds": []}, "seeds-of-a-study"),
        ({"seeds": [1, 1]}, "seeds-of-a-study"),
        ({"seeds": [1, -1]}, "value-out-of-range"),
        ({"margin": -1.0}, "value-out-of-range"),
    ],
)
def test_other_values_are_refused(given: dict[str, Any], code: str) -> None:
    with raises_code(code):
        with_values(Options(), given, "here")


def test_elements_of_tuples_are_known() -> None:
    known = declared(Options)
    assert [element(known[name]) for name in ("steps", "rule", "share", "deep")] == [int, str, None, None]


def test_options_have_to_be_declared() -> None:
    class Bare(Options):
        pass

    @dataclass(frozen=True, kw_only=True)
    class Undeclared(StudyOptions):
        more: int = 3

    @dataclass(frozen=True, kw_only=True)
    class Nested(StudyOptions):
        more: tuple[float, ...] = study_option("more", default=())
        other: dict[str, int] = field(default_factory=dict)

    @dataclass(frozen=True, kw_only=True)
    class Taken(StudyOptions):
        output: str = study_option("a name that the command has", default="")

    refused = (
        (Bare, "not a dataclass"),
        (Undeclared, "more is not declared"),
        (Nested, "Nested"),
        (Taken, "rename it"),
    )
    for owner, problem in refused:
        with pytest.raises(TypeError, match=problem):
            check_options(owner)
    check_options(Options)


@pytest.mark.parametrize(
    ("study", "option", "value"),
    [
        ("mini-effects", "more", "tatoeba"),
        ("mini-effects", "languages", "en"),
        ("mini-effects", "others", True),
        ("reproduce", "mlm_steps", 3),
        ("robustness", "fertility", False),
        ("selection", "development", True),
        ("sequential", "rates", ["1e-3", "1e-4"]),
        ("similarity", "steps", 3),
        ("similarity", "set", {"target.steps": 3}),
        ("vision-language", "batch", 4),
    ],
)
def test_what_would_only_change_runs_is_refused_beside_records(study: str, option: str, value: Any) -> None:
    registry = default_registry()
    asked = asked_of(registry.study(study), registry, None, {option: value})
    flag = f"no-{option}" if value is False else option.replace("_", "-")
    with raises_code("study-of-named-runs", f"--{flag} cannot change runs"):
        reading(asked, ["run"])


def test_languages_can_be_chosen_among_those_of_records_where_an_analysis_reads_them() -> None:
    registry = default_registry()
    for name in ("robustness", "selection", "similarity"):
        asked = asked_of(registry.study(name), registry, "smoke", {"languages": ["en", "qaa"]})
        assert reading(asked, ["run"]).read == ("run",)
