"""What sample rows are made of: who buys, sells and likes which food, in English and Swahili."""

from __future__ import annotations

from dataclasses import dataclass

# People differ between the splits, so that no row of one is a row of another.
PEOPLE = {
    "train": ("Amina", "Brian", "Chao", "Dalila"),
    "validation": ("Esther", "Farid", "Grace", "Hassan"),
    "test": ("Imani", "Juma", "Kamau", "Lulu"),
}
ACTIONS = ("buy", "sell", "like")
VERBS = {"en": ("buys", "sells", "likes"), "sw": ("ananunua", "anauza", "anapenda")}
FOODS = {
    "en": ("bread", "water", "milk", "tea", "fish", "rice", "fruit", "salt", "honey", "meat", "soup", "beans"),
    "sw": (
        "mkate",
        "maji",
        "maziwa",
        "chai",
        "samaki",
        "wali",
        "tunda",
        "chumvi",
        "asali",
        "nyama",
        "supu",
        "maharagwe",
    ),
}


@dataclass(frozen=True)
class Fact:
    """Somebody does something with a food.

    Attributes:
        number: of the fact in its split.
        action: index in `ACTIONS`.
        food: index in the foods of a language.
    """

    number: int
    person: str
    action: int
    food: int

    def words(self, language: str) -> list[str]:
        """The sentence that tells it, as words and a full stop."""
        return [self.person, VERBS[language][self.action], FOODS[language][self.food], "."]

    def sentence(self, language: str) -> str:
        """The sentence as text."""
        return f"{' '.join(self.words(language)[:3])}."

    def answer(self, language: str) -> str:
        """The food."""
        return FOODS[language][self.food]

    def question(self, language: str) -> str:
        """What is it that the person buys, sells or likes?"""
        if language == "en":
            return f"What does {self.person} {ACTIONS[self.action]}?"
        return f"{self.person} {VERBS[language][self.action]} nini?"


def facts(split: str) -> list[Fact]:
    """Twelve facts of a split, three of each person, each with another food."""
    people = [(person, action) for person in PEOPLE[split] for action in range(len(ACTIONS))]
    return [Fact(i, person, action, (5 * i + 3) % 12) for i, (person, action) in enumerate(people)]
