"""Letter case: lower, upper, or at random. Texts in scripts without case stay as they are."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

import harness

DOTTED = ("tr", "az")
"""Languages in which i and ı are two letters, and so are İ and I."""


def change(text: str, random: Random, language: str, severity: int) -> str:
    """The text in lower case, in upper case, or with each letter in either."""
    if severity == 1:
        return _lower(text, language)
    if severity == 2:
        return _upper(text, language)
    return "".join((_upper if random.random() < 0.5 else _lower)(letter, language) for letter in text)


def _lower(text: str, language: str) -> str:
    if language in DOTTED:
        text = text.replace("İ", "i").replace("I", "ı")
    return text.lower()


def _upper(text: str, language: str) -> str:
    return (text.replace("i", "İ") if language in DOTTED else text).upper()


@harness.hookimpl
def register_perturbations(register: Callable[[harness.Perturbation], None]) -> None:
    """Register it."""
    register(
        harness.Perturbation(
            name="case",
            description="letters in lower, upper or random case; no effect in scripts without case",
            change=change,
            severities=("all letters in lower case", "all letters in upper case", "each letter in either case"),
        )
    )
