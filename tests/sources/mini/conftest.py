"""Reading the benchmark's English back, independently of the grammar that wrote it, and its rows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from harness.registry import default_registry
from harness.sources.mini.source import MiniSource

# Every verb with its past and participle.
FORMS = """
call called called, follow followed followed, push pushed pushed, blame blamed blamed, teach taught taught,
help helped helped, praise praised praised, thank thanked thanked, lose lost lost, find found found,
wash washed washed, paint painted painted, sell sold sold, buy bought bought, carry carried carried, hide hid hidden,
phone phoned phoned, shove shoved shoved, assist assisted assisted, commend commended commended,
discover discovered discovered, rinse rinsed rinsed, purchase purchased purchased, conceal concealed concealed
"""
PAST = {forms.split()[1]: forms.split()[0] for forms in FORMS.split(",")}
PARTICIPLE = {forms.split()[2]: forms.split()[0] for forms in FORMS.split(",")}
VERBS = set(PAST.values())
MEANS = {
    "phone": "call", "shove": "push", "assist": "help", "commend": "praise", "discover": "find", "rinse": "wash",
    "purchase": "buy", "conceal": "hide", "large": "big", "little": "small", "glad": "happy", "wealthy": "rich",
}  # fmt: skip


@dataclass(frozen=True)
class Read:
    """What an English sentence says, with synonyms undone. Of agent and patient the noun is the last word.

    Attributes:
        asked: the part that a question asks for, or "".
        passive: how it says so; makes no difference.
    """

    agent: tuple[str, ...] = ()
    verb: str = ""
    patient: tuple[str, ...] = ()
    place: str = ""
    time: str = ""
    negated: bool = False
    asked: str = ""
    passive: bool = field(default=False, compare=False)

    @property
    def core(self) -> tuple[str, str, str, bool]:
        return self.agent[-1], self.verb, self.patient[-1], self.negated

    @property
    def details(self) -> set[tuple[str, str]]:
        """All that could be left out, with its slot."""
        told = {(slot, word) for slot in ("agent", "patient") for word in getattr(self, slot)[:-1]}
        return told | {(slot, getattr(self, slot)) for slot in ("place", "time") if getattr(self, slot)}

    @property
    def told(self) -> set[tuple[str, str]]:
        """All that is said of who, what, where and when."""
        return {(slot, word) for slot in ("agent", "patient") for word in getattr(self, slot)} | self.details


def read(sentence: str) -> Read:
    """Parse an English statement about an event."""
    words, where = _without_adverbials(sentence)
    return _parsed(words, where)


def read_question(sentence: str) -> Read:
    """Parse an English question about an event."""
    words, where = _without_adverbials(sentence)
    if words[0] == "by":
        # "by who was Anna not called" is "Anna was not called".
        assert words[:3] == ["by", "who", "was"]
        verb = next(i for i, word in enumerate(words) if word in PARTICIPLE)
        subject = [word for word in words[3:verb] if word != "not"]
        negation = ["not"] if "not" in words else []
        return _parsed([*subject, "was", *negation, *words[verb:]], {**where, "asked": "agent"})
    if words[0] in ("where", "when"):
        asked = {"where": "place", "when": "time"}[words[0]]
        return _parsed(_statement(words[1], words[2:]), {**where, "asked": asked})
    assert words[0] in ("who", "what")
    if words[1] == "did" and words[2] != "not":
        return _parsed([*_statement("did", words[2:])], {**where, "asked": "patient"})
    return _parsed(words[1:], {**where, "asked": "patient" if words[1] == "was" else "agent"})


def read_all(text: str) -> list[Read]:
    """Parse several statements."""
    return [read(sentence) for sentence in text.removesuffix(".").split(". ")]


def _without_adverbials(sentence: str) -> tuple[list[str], dict[str, Any]]:
    words = [MEANS.get(word, word) for word in sentence.strip(".?").split() if word != "the"]
    where: dict[str, Any] = {}
    for word, slot in (("in", "place"), ("on", "time")):
        if word in words:
            where[slot] = words[words.index(word) + 1]
            del words[words.index(word) : words.index(word) + 2]
    return words, where


def _statement(auxiliary: str, words: list[str]) -> list[str]:
    """Undo the question's order: "did Anna find" is "Anna did find"."""
    verb = next(i for i, word in enumerate(words) if word in (VERBS if auxiliary == "did" else PARTICIPLE))
    begin = verb - 1 if "not" in words else verb
    return [*words[:begin], auxiliary, *words[begin:]]


def _parsed(words: list[str], where: dict[str, Any]) -> Read:
    negated = "not" in words
    words = [word for word in words if word != "not"]
    if "was" in words:
        place = words.index("was")
        verb = PARTICIPLE[words[place + 1]]
        agent = words[words.index("by") + 1 :] if "by" in words else []
        return _read(agent, verb, words[:place], negated, where, passive=True)
    if "did" in words:
        place = words.index("did")
        assert words[place + 1] in VERBS
        return _read(words[:place], words[place + 1], words[place + 2 :], negated, where)
    place = next(i for i, word in enumerate(words) if word in PAST)
    assert not negated
    return _read(words[:place], PAST[words[place]], words[place + 1 :], negated, where)


def _read(
    agent: list[str], verb: str, patient: list[str], negated: bool, where: dict[str, Any], *, passive: bool = False
) -> Read:
    verb = MEANS.get(verb, verb)
    return Read(tuple(agent), verb, tuple(patient), negated=negated, passive=passive, **where)


@pytest.fixture(scope="session")
def mini() -> Callable[..., Any]:
    """Loads a split. Rows are of any class: tests ask for what their task has."""

    def get(
        name: str, split: str = "validation", language: str = "en", *, world: str = "standard", seed: int = 0
    ) -> Any:
        return MiniSource(world, seed).load(default_registry().task(name), split, language)

    return get


class English:
    """What reads English back, and the verb forms it knows."""

    read = staticmethod(read)
    question = staticmethod(read_question)
    all = staticmethod(read_all)
    past, participle, means = PAST, PARTICIPLE, MEANS


@pytest.fixture(scope="session")
def english() -> Any:
    """The class `English`."""
    return English
