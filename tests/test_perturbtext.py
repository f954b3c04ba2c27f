from __future__ import annotations

import dataclasses
import hashlib
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import SettingsError
from harness.perturbations import File, Perturbation, Transform, condition_name
from harness.perturbtext import parse_condition
from harness.setting import PerturbationSettings, perturbation_setting
from tests.raising import raises_code


@dataclass(frozen=True, kw_only=True)
class WordSettings(PerturbationSettings):
    rate: float = perturbation_setting("how many", default=0.5, above=0, most=1)
    language: str = perturbation_setting("which", default="en")
    whole: bool = perturbation_setting("whether all", default=False)
    most: int = perturbation_setting("how many at most", default=0, least=0)
    order: str = perturbation_setting("in which order", default="up", choices=("up", "down"))


@dataclass(frozen=True, kw_only=True)
class GlossarySettings(PerturbationSettings):
    words: File = perturbation_setting("the words", default=File())
    rate: float = perturbation_setting("how many", default=1.0)


@dataclass(frozen=True, kw_only=True)
class SparedSettings(PerturbationSettings):
    words: File = perturbation_setting("the words", default=File(optional=True))


def perturbation(name: str, version: int = 1, owner: type[PerturbationSettings] = PerturbationSettings) -> Perturbation:
    return Perturbation(name=name, version=version, change=lambda text, *_: text, settings=owner)


KNOWN = {
    "typo": perturbation("typo", 3),
    "case": perturbation("case"),
    "words": perturbation("words", owner=WordSettings),
    "glossary": perturbation("glossary", owner=GlossarySettings),
    "spared": perturbation("spared", owner=SparedSettings),
}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("typo:2", (Transform("typo", 3, 2),)),
        ("typo:1+case:3", (Transform("typo", 3, 1), Transform("case", 1, 3))),
        (" case:2:17 + typo:3", (Transform("case", 1, 2, 17), Transform("typo", 3, 3))),
        ("words:2{rate=0.1}", (Transform("words", 1, 2, 0, (("rate", 0.1),)),)),
        ("words:2:7{ rate = 1 }", (Transform("words", 1, 2, 7, (("rate", 1.0),)),)),
        (
            "words:1{whole=true, language=de} + case:1",
            (Transform("words", 1, 1, 0, (("language", "de"), ("whole", True))), Transform("case", 1, 1)),
        ),
        # Plus signs, colons, commas and braces within quotes mean nothing.
        ('words:1{language="a+b:1, c}"}', (Transform("words", 1, 1, 0, (("language", "a+b:1, c}"),)),)),
        (
            "words:1{language='d\"e'}+typo:1",
            (Transform("words", 1, 1, 0, (("language", 'd"e'),)), Transform("typo", 3, 1)),
        ),
        # A number of TOML, and a language as well.
        ("words:1{language=nan}", (Transform("words", 1, 1, 0, (("language", "nan"),)),)),
        # As by default.
        ("words:1{rate=0.5, language=en}", (Transform("words", 1, 1),)),
    ],
)
def test_what_is_asked_for_is_read(text: str, found: tuple[Transform, ...]) -> None:
    assert parse_condition(text, KNOWN) == found
    assert parse_condition(condition_name(found), KNOWN) == found


@given(language=st.text(min_size=1), rate=st.floats(0.01, 1), most=st.integers(0, 10**9))
def test_whatever_settings_say_is_read_back(language: str, rate: float, most: int) -> None:
    settings = tuple(
        (name, value)
        for name, value, default in (("rate", rate, 0.5), ("language", language, "en"), ("most", most, 0))
        if value != default
    )
    asked = (Transform("words", 1, 3, 4, settings), Transform("typo", 3, 1))
    assert parse_condition(condition_name(asked), KNOWN) == asked


@pytest.mark.parametrize(
    "text",
    [
        *("typo", "typo:", "typo:0", "typo:4", "typo:x", "typo:2:", "typo:2:-1", "", ":2", "typo:2+"),
        *("typo:2{", "typo:2}", "typo{}:2", "typo:2{a=1}3", "words:1{rate=0.1"),
    ],
)
def test_what_is_no_perturbation_is_refused_with_what_to_write(text: str) -> None:
    with pytest.raises(SettingsError) as error:
        parse_condition(text, KNOWN)
    assert error.value.code == "not-a-perturbation"
    assert error.value.fix
    named = next((name for name in KNOWN if text.startswith(name) and not text.endswith("+")), "NAME")
    assert f"{named}:1" in error.value.fix
    assert error.value.where == f"--perturb {text}"


@pytest.mark.parametrize(
    ("text", "code", "names"),
    [
        ("tipo:2", "unknown-perturbation", ("did you mean typo?",)),
        ("typo:2+case:1+typo:1", "perturbation-twice", ("a higher severity",)),
        ("words:2{}", "malformed-setting", ("words:2{NAME=VALUE}",)),
        ("words:2{rate}", "malformed-setting", ("rate",)),
        ("words:2{rate=}", "malformed-setting", ()),
        ("words:2{rate=0.1 language=de}", "wrong-type", ("rate",)),
        ("words:2{rates=0.1}", "unknown-setting", ("did you mean rate?",)),
        ("typo:2{rate=0.1}", "unknown-setting", ("rate",)),
        ("words:2{rate=0.1, rate=0.2}", "set-twice", ("rate",)),
        ("words:2{rate=much}", "wrong-type", ("rate", "float")),
        ("words:2{rate=[0.1]}", "wrong-type", ("rate", "float")),
        ("words:2{rate=2}", "value-out-of-range", ("at most 1",)),
        ("words:2{rate=0}", "value-out-of-range", ("above 0",)),
        ("words:2{order=sideways}", "unknown-value", ("sideways",)),
        ("glossary:1", "perturbation-without-file", ("glossary:1{words=FILE}",)),
        ("glossary:1{words=nowhere.tsv}", "perturbation-file-unreadable", ("nowhere.tsv",)),
    ],
)
def test_settings_that_cannot_be_are_refused_with_what_can(text: str, code: str, names: tuple[str, ...]) -> None:
    with raises_code(code, *names) as error:
        parse_condition(text, KNOWN)
    assert str(error.value.where).startswith(f"--perturb {text}")


def test_a_file_is_known_by_its_content(tmp_path: Path) -> None:
    file, other = tmp_path / "words.tsv", tmp_path / "a, b+c.tsv"
    file.write_text("a\tb\n", encoding="utf-8")
    other.write_text("a\tb\n", encoding="utf-8")
    digest = hashlib.sha256(b"a\tb\n").hexdigest()
    found, moved = (parse_condition(f'glossary:1{{words="{path}", rate=0.5}}', KNOWN)[0] for path in (file, other))
    assert found.decided_by == moved.decided_by == {"words": digest, "rate": 0.5}
    assert parse_condition(condition_name([moved]), KNOWN) == (moved,)
    assert found.to_json() == {
        "name": "glossary",
        "version": 1,
        "severity": 1,
        "seed": 0,
        "settings": {"words": str(file), "rate": 0.5},
        "files": {"words": digest},
    }
    settings = found.settings_for(KNOWN["glossary"])
    assert settings == GlossarySettings(words=File(str(file), "a\tb\n"), rate=0.5)
    file.write_text("a\tc\n", encoding="utf-8")
    with raises_code("perturbation-file-changed", file):
        found.settings_for(KNOWN["glossary"])
    file.write_bytes(b"\xff")
    with raises_code("perturbation-file-unreadable", "UTF-8"):
        parse_condition(f"glossary:1{{words={file}}}", KNOWN)


def test_a_file_may_be_left_out_where_the_perturbation_says_so(tmp_path: Path) -> None:
    (asked,) = parse_condition("spared:1", KNOWN)
    assert asked == Transform("spared", 1, 1)
    assert asked.settings_for(KNOWN["spared"]) == SparedSettings()
    file = tmp_path / "words"
    file.write_text("a\n", encoding="utf-8")
    (given_one,) = parse_condition(f"spared:1{{words={file}}}", KNOWN)
    settings = given_one.settings_for(KNOWN["spared"])
    assert isinstance(settings, SparedSettings)
    assert settings.words.text == "a\n"
    assert given_one.decided_by == {"words": hashlib.sha256(b"a\n").hexdigest()}
    file.write_text("", encoding="utf-8")
    (empty,) = parse_condition(f"spared:1{{words={file}}}", KNOWN)
    assert empty != asked


def test_transforms_without_settings_are_recorded_as_before() -> None:
    assert Transform("typo", 3, 2, 1).to_json() == {"name": "typo", "version": 3, "severity": 2, "seed": 1}


@dataclass(frozen=True, kw_only=True)
class Undeclared(PerturbationSettings):
    share: float = 0.5


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({}, "needs one of `change` and `change_rows`"),
        ({"change": str, "change_rows": list, "kinds": ("a",)}, "needs one of `change` and `change_rows`"),
        ({"change_rows": list}, "has to name the kinds of rows"),
        ({"change": str, "settings": Undeclared}, "Undeclared.share is not declared"),
    ],
)
def test_what_cannot_be_a_perturbation_is_told_to_its_author(changes: dict[str, object], message: str) -> None:
    with pytest.raises(TypeError, match=message):
        dataclasses.replace(Perturbation(name="p", change=str), **{"change": None, **changes})  # type: ignore[arg-type]
