"""What a perturbation is: a change of texts that leaves their labels right, in three severities."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from random import Random

from harness.errors import SettingsError, UnknownName, UserError

SEVERITIES = (1, 2, 3)

Change = Callable[[str, Random, str, int], str]
"""A text, what to draw from, the text's language and the severity to the changed text; it may be the same one."""


@dataclass(frozen=True, kw_only=True)
class Perturbation:
    """A change of texts that readers would not be led astray by, such as typing errors.

    Attributes:
        name: how users call it.
        version: raised whenever the same text and draws give another result.
        description: for people, one line.
        change: changes a text. It must draw from nothing but the `random.Random` it is given, must not make a text
            blank, nor part one word into several. What may not be touched, such as an answer, it never sees.
        severities: what each severity does, in words; the first is severity 1.
        kinds: kinds of task whose rows it may be applied to; empty means all whose labels survive a change.
    """

    name: str
    version: int = 1
    description: str = ""
    change: Change
    severities: tuple[str, str, str] = ("", "", "")
    kinds: tuple[str, ...] = ()


@dataclass(frozen=True)
class Transform:
    """What is done to rows before they are encoded.

    Attributes:
        name: of a registered perturbation.
        version: the perturbation's.
        severity: 1 to 3.
        seed: what is drawn depends on it and on each row's key.
    """

    name: str
    version: int
    severity: int
    seed: int = 0

    def __str__(self) -> str:
        return f"{self.name}:{self.severity}" + (f":{self.seed}" if self.seed else "")


def condition_name(transforms: Iterable[Transform]) -> str:
    """Transforms as they are asked for, such as `typo:1+case:2`; "" of none."""
    return "+".join(map(str, transforms))


class BadChange(UserError):
    """A perturbation that has done to a text what no perturbation may."""

    def __init__(self, transform: Transform, problem: str, text: str) -> None:
        super().__init__(
            f"the perturbation {transform} {problem}",
            where=f"the text {text[:60]!r}",
            fix="fix the plugin, or leave the perturbation out",
        )


@dataclass(frozen=True)
class Edit:
    """How the texts of one row are changed; each part of the row has draws of its own.

    Attributes:
        key: the row's key in its split.
    """

    perturbation: Perturbation
    transform: Transform
    key: str
    language: str

    def __call__(self, text: str, part: str) -> str:
        """A text, changed.

        Args:
            part: which text of the row it is, such as "question".

        Raises:
            BadChange: nothing is left of it.
        """
        transform = self.transform
        drawn_from = (transform.name, transform.version, transform.severity, transform.seed, position(self.key), part)
        try:
            changed = self.perturbation.change(text, Random(repr(drawn_from)), self.language, transform.severity)
        except UserError:
            raise
        except Exception as error:
            raise BadChange(transform, f"fails: {type(error).__name__}: {error}", text) from error
        if not isinstance(changed, str):
            raise BadChange(transform, f"gives a {type(changed).__name__} where a text is expected", text)
        if any("\ud800" <= character <= "\udfff" for character in changed):
            raise BadChange(transform, "gives half of a surrogate pair", text)
        if text.strip() and not changed.strip():
            raise BadChange(transform, "leaves nothing of a text", text)
        return changed

    def word(self, text: str, part: str) -> str:
        """A word, changed, which is still one.

        Raises:
            BadChange: it is not.
        """
        changed = self(text, part)
        if len(changed.split()) != len(text.split()):
            raise BadChange(self.transform, "parts a word into several", text)
        return changed

    def around(self, text: str, part: str, spans: Sequence[tuple[int, int]]) -> tuple[str, list[int]]:
        """A text, changed everywhere but in some spans.

        Args:
            spans: offsets of first characters and of those behind the last; they may overlap.

        Returns:
            The text, and the new offset of each span's first character.
        """
        pieces: list[str] = []
        starts = [0] * len(spans)
        done = length = 0
        for number, (start, end) in enumerate(_kept(text, spans)):
            outside = self._outside(text[done:start], f"{part} {number}")
            length += len(outside)
            for index, (first, last) in enumerate(spans):
                if start <= first and last <= end:
                    starts[index] = length + first - start
            pieces += [outside, text[start:end]]
            length += end - start
            done = end
        pieces.append(self._outside(text[done:], f"{part} end"))
        return "".join(pieces), starts

    def _outside(self, text: str, part: str) -> str:
        return self(text, part) if text.strip() else text


def position(key: str) -> str:
    """Where a row stands in its file, without the file, so that draws are the same wherever that lies."""
    found = re.search(r"(:\d+)+$", key)
    return found[0] if found else key


def asked(text: str, known: Mapping[str, Perturbation]) -> tuple[Transform, ...]:
    """The transforms that a text such as `typo:2` or `typo:1+case:2` asks for, one after the other.

    Args:
        known: the perturbations there are, by name.

    Raises:
        UnknownName: there is no such perturbation.
        SettingsError: it is not of that form.
    """
    transforms = [_asked_one(one.strip(), text, known) for one in text.split("+")]
    names = [transform.name for transform in transforms]
    if len(set(names)) < len(names):
        raise SettingsError(
            f"{text!r} applies a perturbation twice",
            code="perturbation-twice",
            where=f"--perturb {text}",
            fix="name each once, with a higher severity",
        )
    return tuple(transforms)


def _asked_one(one: str, text: str, known: Mapping[str, Perturbation]) -> Transform:
    name, _, rest = one.partition(":")
    severity, colon, seed = rest.partition(":")
    if name and name not in known:
        raise UnknownName("perturbation", name, known, where=f"--perturb {text}")
    if severity not in map(str, SEVERITIES) or not name or (colon and not seed.isdecimal()):
        called = name or "NAME"
        raise SettingsError(
            f"{one!r} is not a perturbation and its severity",
            code="not-a-perturbation",
            where=f"--perturb {text}",
            fix=f"write {called}:1, {called}:2 or {called}:3, perhaps with a seed, {called}:1:7; join several by +",
        )
    return Transform(name, known[name].version, int(severity), int(seed or 0))


def _kept(text: str, spans: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Spans in order, without overlaps, and with the marks that belong to their last and first letters."""
    kept: list[tuple[int, int]] = []
    for first, last in sorted(spans):
        start, end = first, last
        while 0 < start < len(text) and _is_mark(text[start]):
            start -= 1
        while end < len(text) and _is_mark(text[end]):
            end += 1
        if kept and start <= kept[-1][1]:
            kept[-1] = (min(start, kept[-1][0]), max(end, kept[-1][1]))
        else:
            kept.append((start, end))
    return kept


def _is_mark(character: str) -> bool:
    """Whether a character is part of the letter before it."""
    return character == "\u200d" or unicodedata.category(character).startswith("M")
