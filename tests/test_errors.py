from __future__ import annotations

import pytest

from harness.errors import DataError, UnknownName, UserError, counted
from tests.error_codes import FORM, MEANINGS, sentences, sites


@pytest.mark.parametrize(
    ("number", "noun", "words"),
    [
        (0, "score", "0 scores"),
        (1, "training phase", "1 training phase"),
        (2, "query", "2 queries"),
        (1234, "row", "1,234 rows"),
    ],
)
def test_things_are_counted_in_words(number: int, noun: str, words: str) -> None:
    assert counted(number, noun) == words


def test_every_error_has_a_code() -> None:
    assert [str(site) for site in sites() if site.code == ""] == []
    assert len(sites()) > 250


def test_codes_are_short_names_in_lower_case() -> None:
    assert [code for code in sentences() if not FORM.fullmatch(code) or len(code) > 30] == []


def test_a_code_has_one_meaning() -> None:
    """Errors that say different things share a code only where MEANINGS says what they have in common."""
    several = {code for code, said in sentences().items() if len(said) > 1 or "" in said}
    assert several == MEANINGS.keys()


def test_an_error_is_printed_with_its_code_behind_the_first_sentence() -> None:
    error = UserError("no target task", code="no-target", where="small.toml", fix="name one")
    assert str(error).splitlines() == ["no target task  [no-target]", "  where: small.toml", "  fix:   name one"]
    assert str(UserError("first\nsecond", code="two")) == "first  [two]\nsecond"


def test_an_error_without_a_code_has_the_name_of_its_class() -> None:
    class TooManyVowels(UserError):
        pass

    assert UserError("what").code == "user-error"
    assert DataError("what").code == "data-error"
    assert TooManyVowels("what").code == "too-many-vowels"


@pytest.mark.parametrize(
    ("noun", "code"),
    [
        ("task", "unknown-task"),
        ("task or suite", "unknown-task"),
        ("model parameter", "unknown-model-parameter"),
        ("value of precision", "unknown-value"),
        ("model, and no directory,", "unknown-model"),
    ],
)
def test_an_unknown_name_has_a_code_of_its_noun(noun: str, code: str) -> None:
    assert UnknownName(noun, "x", []).code == code
