"""What is asked otherwise than a tier has it is told, and whether the records were there before."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from harness.registry import default_registry
from harness.studies.asked import Asked, asked_of, reading
from harness.studies.words import AFTERWARDS, NOT_KNOWN_WHEN, SMOKE, asked_words, contrast_words
from tests.raising import raises_code


def asked(study: str, tier: str | None = "small", **given: Any) -> Asked:
    registry = default_registry()
    return asked_of(registry.study(study), registry, tier, given)


def told(one: Asked) -> dict[str, tuple[str, str]]:
    return {departure.name: (departure.value, departure.usual) for departure in one.departures}


def test_what_a_tier_has_itself_is_no_departure() -> None:
    same = asked("mini-effects", seeds=range(1, 6), margin=5.0, models=["mini"], data="mini", languages=[])
    assert (told(same), asked_words(same)) == ({}, [])
    assert contrast_words(same).startswith("The contrast was fixed beforehand: nine tasks")


def test_options_that_answers_depend_on_are_named_with_those_of_the_tier() -> None:
    one = asked(
        "similarity", seeds=[1, 2], negligible=0.5, margin=2.5, languages=["sw"], limit=8, set={"target.lr": 0.1}
    )
    assert told(one) == {
        "seeds": ("1, 2", "1, 2, 3, 4, 5"),
        "negligible": ("0.5", "0.3"),
        "margin": ("2.5", "5"),
        "languages": ("sw", "all"),
        "limit": ("8", "all rows"),
        "set": ("target.lr 0.1", "that of the study or the preset"),
    }
    words, when = asked_words(one)
    start, _, named = words.partition(": ")
    assert start == "Asked otherwise than the tier small (in brackets)"
    assert set(named.removesuffix(".").split("; ")) == {
        "seeds 1, 2 (1, 2, 3, 4, 5)",
        "negligible 0.5 (0.3)",
        "margin 2.5 (5)",
        "languages sw (all)",
        "limit 8 (all rows)",
        "set target.lr 0.1 (that of the study or the preset)",
    }
    # Whether anything of it had been run and seen, nobody knows.
    assert (one.afterwards, when) == (False, NOT_KNOWN_WHEN)
    assert "beforehand" not in contrast_words(one)


@pytest.mark.parametrize(
    ("study", "given"),
    [
        ("mini-effects", {"others": False, "more": ["mlqa"]}),
        ("reproduce", {"published": "table.csv"}),
        ("robustness", {"fertility": False, "baselines": ["target.epochs=1"]}),
        ("sequential", {"drift": False}),
        ("similarity", {"mixed": True, "covariates": "features.csv"}),
    ],
)
def test_what_shows_more_beside_an_answer_is_not_named(study: str, given: dict[str, Any]) -> None:
    assert told(asked(study, **given)) == {}


def test_the_tier_that_answers_nothing_says_so_beside_its_answer() -> None:
    assert asked_words(asked("mini-effects", "smoke")) == [SMOKE]
    assert asked_words(asked("mini-effects", "smoke", margin=9.0))[0] == SMOKE


@pytest.mark.parametrize(
    ("study", "given", "told"),
    [
        ("reproduce", {"mlm": False, "mlm_steps": 30}, ("--mlm-steps", "--mlm")),
        ("vision-language", {"retrieval": "", "retrieval_steps": 30}, ("--retrieval-steps", "--retrieval")),
        ("vision-language", {"further": ["shuffled"], "nli": "qqp"}, ("--nli", "--further")),
        ("robustness", {"perturbations": ["typo:2"], "severities": [1]}, ("--severities", "all perturbations")),
    ],
)
def test_an_option_that_changes_nothing_beside_others_is_refused(
    study: str, given: dict[str, Any], told: tuple[str, ...]
) -> None:
    with raises_code("setting-without-effect", *told):
        asked(study, **given)
    # As a tier has it, it is no matter.
    asked(study, **dict(list(given.items())[:1]))


def test_other_rows_bring_their_own_margin_and_model() -> None:
    assert told(asked("mini-effects", data="hub")) == {"data": ("hub", "mini")}


def test_records_that_were_there_are_told_to_have_been() -> None:
    one = reading(asked("mini-effects", targets=["xnli"]), ["run"])
    assert one.afterwards
    assert asked_words(one)[1] == AFTERWARDS
    assert "beforehand" not in contrast_words(one)
    plain = reading(asked("mini-effects", "small"), ["run"])
    assert (plain.afterwards, asked_words(plain)) == (False, [])
    # What the rows of others are is no choice of whoever reads them.
    limited = dataclasses.replace(plain, options=dataclasses.replace(plain.options, limit=8))
    assert told(limited) == {"limit": ("8", "all rows")}
    assert not limited.afterwards


def test_options_of_runs_that_records_do_not_say_are_not_claimed() -> None:
    one = reading(asked("mini-effects"), ["run"])
    assert one.known.keys() == {"data", "limit", "models", "preset", "seeds", "margin", "targets"}
    assert {"others", "more", "set", "languages"} <= asked("mini-effects").known.keys()
