"""A change of texts that no reader minds."""

from collections.abc import Callable
from random import Random

import harness


def change(text: str, random: Random, language: str, severity: int) -> str:
    words = text.split(" ")
    for _ in range(severity):
        words[random.randrange(len(words))] += ","
    return " ".join(words)


@harness.hookimpl
def register_perturbations(register: Callable[[harness.Perturbation], None]) -> None:
    about = "commas behind words"
    register(harness.Perturbation(name="commas", description=about, change=change, kinds=("text-classification",)))
