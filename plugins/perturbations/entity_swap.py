"""Names exchanged for other names of the same rows, in all texts of a row alike.

A name is taken to be a word that begins with a capital at least as often within a sentence as at its beginning, and
that no row has in small letters. That takes months and nationalities for names as well, finds none where a script has
no capitals, and too many in German, which writes all nouns so: both are refused.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from random import Random

import regex
from harness_plugins.perturbations.rows import KINDS, Changeable, edit_texts, texts_of
from harness_plugins.perturbations.words import join_words, shares_in_words, split_words

import harness

SHARES = (1 / 3, 2 / 3, 1.0)
"""Of the names of a row that are exchanged, at least one, by severity."""

CAPITAL_NOUNS = ("de", "lb")
LETTER, CASED = regex.compile(r"\p{L}"), regex.compile(r"[[\p{Lu}\p{Ll}]--\p{Georgian}]", regex.V1)
"""Georgian has capitals, but writes whole words in them or none."""
CASED_SHARE = 0.5
"""Of the letters of rows, what has to have capitals and small letters for the rows' script to have them."""
STEM = 4
"""Letters that forms of one name share at their beginning, such as Москва and Москве."""
ENDING = 3
"""Letters by which such forms may differ in length."""
NAME = regex.compile(r"(?P<name>\p{Lu}[\p{Ll}\p{M}]{2,})(?:['’ʼ].*)?")
"""What may be a name, three letters at least, and an ending behind an apostrophe, as in English and Turkish."""
BEGINNING = regex.compile(r"[^\s,]")
"""What makes the word behind it a beginning: the end of a sentence, a quotation mark and the like."""


def change(rows: Sequence[Changeable], edit: harness.SplitEdit) -> Sequence[Changeable]:
    """Rows with names of each exchanged for names of others."""
    _check(rows, edit)
    names = _names(rows, edit.language)
    pool = sorted(names)
    return [_changed(row, edit, edit.random(index), names, pool) for index, row in enumerate(rows)]


def _check(rows: Sequence[Changeable], edit: harness.SplitEdit) -> None:
    texts = "".join(text for row in rows for text in texts_of(row))
    cased, letters = len(CASED.findall(texts)), len(LETTER.findall(texts))
    if edit.language in CAPITAL_NOUNS:
        reason = "which begins every noun with a capital"
    elif cased < CASED_SHARE * letters:
        reason = "whose script has no capitals"
    else:
        return
    raise harness.UserError(
        f"entity-swap finds names by their capitals, and cannot in {edit.language}, {reason}",
        code="names-not-found",
        fix="leave the language out: name the others by --languages",
    )


def _names(rows: Sequence[Changeable], language: str) -> Collection[str]:
    """Names at least as often within a sentence as at its beginning, and nowhere in small letters."""
    within, at_first, small = Counter[str](), Counter[str](), set[str]()
    for row in rows:
        for text in texts_of(row):
            words, gaps = split_words(text, language)
            for place, word in enumerate(words):
                if found := NAME.fullmatch(word):
                    begins = place == 0 or BEGINNING.search(gaps[place])
                    (at_first if begins else within)[found["name"]] += 1
                else:
                    small.add(word)
    return {name for name, times in within.items() if times >= at_first[name] and name.lower() not in small}


def _changed(
    row: Changeable, edit: harness.SplitEdit, random: Random, names: Collection[str], pool: Sequence[str]
) -> Changeable:
    words = (word for text in texts_of(row) for word in split_words(text, edit.language)[0])
    own = [name for word in words if (name := _name(word)) in names]
    groups = _forms(own)
    taken = {_stem(word) for word in own}
    others = [name for name in pool if _stem(name) not in taken]
    number = min(math.ceil(SHARES[edit.severity - 1] * len(groups)), len(others))
    chosen = random.sample(range(len(groups)), number)
    new = {
        word: name
        for group, name in zip(sorted(chosen), random.sample(others, number), strict=True)
        for word in groups[group]
    }
    return edit_texts(row, lambda text: _exchanged(text, new, edit.language))


def _forms(words: Sequence[str]) -> list[list[str]]:
    """Different words in their order, those together that may be forms of one name."""
    groups: list[list[str]] = []
    for word in dict.fromkeys(words):
        for group in groups:
            if _stem(group[0]) == _stem(word) and abs(len(group[0]) - len(word)) <= ENDING:
                group.append(word)
                break
        else:
            groups.append([word])
    return groups


def _stem(word: str) -> str:
    return word[:STEM].casefold()


def _name(word: str) -> str:
    """What of a word may be a name; "" where nothing."""
    found = NAME.fullmatch(word)
    return found["name"] if found else ""


def _exchanged(text: str, new: Mapping[str, str], language: str) -> str:
    words, gaps = split_words(text, language)
    exchanged = [new.get(name, name) + word.removeprefix(name) for word in words for name in [_name(word)]]
    changed: str = join_words(exchanged, gaps)
    return changed


@harness.hookimpl
def register_perturbations(register: Callable[[harness.Perturbation], None]) -> None:
    """Register it."""
    register(
        harness.Perturbation(
            name="entity-swap",
            description="names (capitals within sentences) exchanged for other rows' names in all texts, one at least",
            change_rows=change,
            severities=shares_in_words(SHARES, "the names of a row"),
            kinds=KINDS,
            diagnostic=("pawsx",),
        )
    )
