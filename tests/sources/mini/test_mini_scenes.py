"""Scenes: what a caption says is where things stand."""

from __future__ import annotations

from collections import Counter
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.sources.mini.languages import LANGUAGES, grammar_of
from harness.sources.mini.scenes import COLUMNS, ROWS, Placed, Scene, draw_scene
from harness.sources.mini.vocabulary import COLOURS
from harness.sources.mini.world import REPORT, TALE, Genre

DOG = Placed(thing="dog", colour="red", column=1, row=0)
CAR = Placed(thing="car", colour="blue", column=1, row=2)


@pytest.mark.parametrize(
    ("scene", "caption"),
    [
        (Scene(DOG, CAR), "the red dog is above the blue car."),
        (Scene(CAR, DOG), "the blue car is below the red dog."),
        (
            Scene(DOG, Placed(thing="car", colour="blue", column=3, row=0)),
            "the red dog is beside the blue car.",
        ),
    ],
)
def test_captions(scene: Scene, caption: str) -> None:
    assert scene.caption(grammar_of("en")) == caption


def test_captions_without_colours() -> None:
    assert Scene(DOG, CAR).caption(grammar_of("en"), colours=False) == "the dog is above the car."


def test_what_is_told_is_the_same_from_either_thing() -> None:
    scene = Scene(DOG, CAR)
    assert scene.turned == Scene(CAR, DOG)
    assert scene.told == scene.turned.told == "car below dog"
    assert scene.told != scene.exchanged.told
    elsewhere = Placed(thing="car", colour="green", column=1, row=3)
    assert Scene(DOG, elsewhere).told == scene.told


def test_things_at_each_others_places() -> None:
    exchanged = Scene(DOG, CAR).exchanged
    assert exchanged.first == Placed(thing="dog", colour="red", column=1, row=2)
    assert exchanged.second == Placed(thing="car", colour="blue", column=1, row=0)
    assert exchanged.caption(grammar_of("en")) == "the red dog is below the blue car."
    assert exchanged.exchanged == Scene(DOG, CAR)


@given(st.integers(), st.sampled_from([REPORT, TALE]), st.sampled_from(sorted(LANGUAGES)))
def test_scenes_are_on_the_grid_and_their_exchange_is_another_scene(seed: int, genre: Genre, code: str) -> None:
    scene = draw_scene(Random(seed), genre)
    places = [(placed.column, placed.row) for placed in (scene.first, scene.second)]
    assert all(column in range(COLUMNS) and row in range(ROWS) for column, row in places)
    assert len(set(places)) == 2
    assert {scene.first.thing, scene.second.thing} <= set(genre.things)
    assert scene.first.thing != scene.second.thing
    assert scene.first.colour != scene.second.colour
    assert {scene.first.colour, scene.second.colour} <= set(COLOURS)
    rows = (scene.first.row, scene.second.row)
    expected = "beside" if rows[0] == rows[1] else "above" if rows[0] < rows[1] else "below"
    assert scene.relation == expected
    exchanged = scene.exchanged
    assert exchanged != scene
    assert {(placed.column, placed.row) for placed in (exchanged.first, exchanged.second)} == set(places)
    if expected != "beside":
        assert exchanged.caption(grammar_of(code)) != scene.caption(grammar_of(code))


def test_relations_are_equally_frequent() -> None:
    rng = Random(0)
    counts = Counter(draw_scene(rng, TALE).relation for _ in range(3000))
    assert {relation: count / 3000 for relation, count in counts.items()} == pytest.approx(
        dict.fromkeys(("above", "below", "beside"), 1 / 3), abs=0.03
    )
