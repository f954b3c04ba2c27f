"""Scenes: coloured things at places of a small grid, with captions in every language, for image-text retrieval."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.sources.mini.vocabulary import COLOURS
from harness.sources.mini.world import Entity, Genre, State

if TYPE_CHECKING:
    from random import Random

    from harness.sources.mini.grammars import Grammar

COLUMNS, ROWS = 4, 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """A coloured thing and where it stands; row 0 is the highest."""

    thing: str
    colour: str
    column: int
    row: int


@dataclass(frozen=True, slots=True)
class Scene:
    """Two things, one above, below or beside the other."""

    first: Placed
    second: Placed

    @property
    def relation(self) -> str:
        """Where the first stands, as seen from the second: "beside" in the same row, else "above" or "below"."""
        if self.first.row == self.second.row:
            return "beside"
        return "above" if self.first.row < self.second.row else "below"

    def caption(self, grammar: Grammar, *, colours: bool = True) -> str:
        """The scene in one sentence, with or without the colours."""
        subject, value = [
            Entity(placed.thing, placed.colour if colours else "") for placed in (self.first, self.second)
        ]
        return grammar.sentence(State(subject=subject, relation=self.relation, value=value)).text

    def caption_of_first(self, grammar: Grammar) -> str:
        """The colour of the first thing, and nothing of the second."""
        return grammar.sentence(State(subject=Entity(self.first.thing), value=Entity(self.first.colour))).text

    @property
    def turned(self) -> Scene:
        """The same scene as seen from the other thing: its caption has other words for the same."""
        return Scene(self.second, self.first)

    @property
    def told(self) -> str:
        """What captions without colours tell, whichever thing they begin with."""
        scene = min(self, self.turned, key=lambda one: one.first.thing)
        return f"{scene.first.thing} {scene.relation} {scene.second.thing}"

    @property
    def exchanged(self) -> Scene:
        """The things at each other's places: its caption has the same words, and tells another scene."""
        first, second = self.first, self.second
        return Scene(
            Placed(thing=first.thing, colour=first.colour, column=second.column, row=second.row),
            Placed(thing=second.thing, colour=second.colour, column=first.column, row=first.row),
        )


def draw_scene(rng: Random, genre: Genre) -> Scene:
    """Two different things of different colours at different places; the three relations are equally frequent."""
    things, colours = rng.sample(genre.things, 2), rng.sample(COLOURS, 2)
    row, other = rng.sample(range(ROWS), 2)
    column, beside = rng.sample(range(COLUMNS), 2)
    relation = rng.choice(("above", "below", "beside"))
    if relation == "beside":
        rows, columns = (row, row), (column, beside)
    else:
        rows = (min(row, other), max(row, other)) if relation == "above" else (max(row, other), min(row, other))
        columns = (column, column)
    first, second = [Placed(thing=things[i], colour=colours[i], column=columns[i], row=rows[i]) for i in range(2)]
    return Scene(first, second)
