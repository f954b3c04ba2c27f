"""Splits of image-text retrieval: captions of scenes and their pictures, drawn when they are asked for."""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING, overload

from harness.rows import CaptionRow
from harness.sources.mini.languages import grammar_of
from harness.sources.mini.pictures import in_words, picture
from harness.sources.mini.scenes import Scene, draw_scene

if TYPE_CHECKING:
    from harness.sources.mini.grammars import Grammar
    from harness.sources.mini.world import Genre

# Of six parts of all that can be told without colours, which is little, two are kept for tests.
_SPLIT_OF_PART = ("train", "train", "train", "validation", "test", "test")


class Captions(Sequence[CaptionRow]):
    """Rows that are made when they are first asked for; captions of one picture stand together.

    Args:
        seed: what ids begin with.
        each: captions of a picture: the second one tells the scene as seen from the other thing, with the colours.
        shown: the scene of each picture; those that are told, but in the world of other pictures.
        apart: whether each caption tells the colour of one thing instead, and nothing of the other.
    """

    def __init__(
        self,
        scenes: Sequence[Scene],
        grammar: Grammar,
        seed: str,
        each: int,
        *,
        shown: Sequence[Scene],
        apart: bool,
    ) -> None:
        self._scenes, self._grammar, self._seed, self._each = scenes, grammar, seed, each
        self._shown, self._apart = shown, apart
        self._made: dict[int, CaptionRow] = {}

    def __len__(self) -> int:
        return len(self._scenes) * self._each

    @overload
    def __getitem__(self, index: int) -> CaptionRow: ...

    @overload
    def __getitem__(self, index: slice) -> list[CaptionRow]: ...

    def __getitem__(self, index: int | slice) -> CaptionRow | list[CaptionRow]:
        if isinstance(index, slice):
            return [self[place] for place in range(*index.indices(len(self)))]
        place = range(len(self))[index]
        if place not in self._made:
            scene = self._scenes[place // self._each]
            further = place % self._each > 0
            self._made[place] = CaptionRow(
                id=f"{self._seed}/{place}",
                text=self._told(scene.turned if further else scene, colours=further),
                image=picture(self._shown[place // self._each]),
            )
        return self._made[place]

    def _told(self, scene: Scene, *, colours: bool) -> str:
        return scene.caption_of_first(self._grammar) if self._apart else scene.caption(self._grammar, colours=colours)


@dataclass(frozen=True)
class Captioner:
    """Makes the splits of a task.

    Attributes:
        each: captions of a picture, 1 or 2.
        apart: whether each caption tells of one thing alone.
        other_pictures: whether each picture is of the next scene.
    """

    each: int
    apart: bool = False
    other_pictures: bool = False

    def __str__(self) -> str:
        return (
            "one caption per picture"
            if self.each == 1
            else "a second caption of each tells the colours, from the other thing"
        )

    def train(self, seed: str, genre: Genre, language: str, size: int) -> Captions:
        """Pictures of scenes of which many may be told alike, in other colours and at other places."""
        return self._captions(scenes("train", seed, genre, size // self.each, alike=True), seed, language)

    def validation(self, seed: str, genre: Genre, language: str, size: int) -> Captions:
        """As `test`, of other scenes."""
        return self._captions(scenes("validation", seed, genre, size // self.each), seed, language)

    def test(self, seed: str, genre: Genre, language: str, size: int) -> Captions:
        """Which of two things is above, below or beside the other; the picture also shows their colours and places."""
        return self._captions(scenes("test", seed, genre, size // self.each), seed, language)

    def _captions(self, drawn: Sequence[Scene], seed: str, language: str) -> Captions:
        shown = (*drawn[1:], drawn[0]) if self.other_pictures else drawn
        return Captions(drawn, grammar_of(language), seed, self.each, shown=shown, apart=self.apart)


@functools.lru_cache(maxsize=64)
def scenes(split: str, seed: str, genre: Genre, count: int, *, alike: bool = False) -> tuple[Scene, ...]:
    """Different scenes of a split: what is told of them without colours is told in no other split.

    Args:
        alike: whether captions may be unable to tell some of them apart.
    """
    rng = Random(seed)
    drawn: dict[str, Scene] = {}
    while len(drawn) < count:
        scene = draw_scene(rng, genre)
        if _split_of(scene.told) == split:
            drawn.setdefault(in_words(scene) if alike else scene.told, scene)
    return tuple(drawn.values())


def _split_of(told: str) -> str:
    return _SPLIT_OF_PART[int.from_bytes(hashlib.sha256(told.encode()).digest()[:8]) % len(_SPLIT_OF_PART)]
