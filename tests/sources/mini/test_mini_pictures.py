"""Pictures show what captions tell, by their pixels alone; their bytes are the same everywhere."""

from __future__ import annotations

import hashlib
import io
import itertools
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image

from harness.imaging.decoding import NEAR_DUPLICATES, decoded, image_hash
from harness.planning.stages.images import alike
from harness.sources.mini.captions import scenes
from harness.sources.mini.pictures import picture
from harness.sources.mini.scenes import Placed, Scene
from harness.sources.mini.vocabulary import COLOURS, THINGS
from harness.sources.mini.world import EVERYTHING, REPORT, TALE
from plugins.image_encoders.pixels import Pixels

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import harness

BODIES = {(255, 0, 0): "red", (0, 0, 255): "blue", (0, 255, 0): "green", (255, 255, 0): "yellow"}
CAPTION = re.compile(r"the (?:(\w+) )?(\w+) is (above|below|beside) the (?:(\w+) )?(\w+)\.")
DOG = Placed(thing="dog", colour="red", column=1, row=0)
CAR = Placed(thing="car", colour="blue", column=1, row=2)


@dataclass(frozen=True)
class Seen:
    """What the pixels of one of the sixteen places are."""

    column: int
    row: int
    colour: str
    shape: bytes


def seen(image: harness.Image) -> list[Seen]:
    """The places of a picture that are not pale; shapes are where no body's colour is, and what is there instead."""
    pixels = np.asarray(Image.open(io.BytesIO(image.content)).convert("RGB")).astype(int)
    assert pixels.shape == (64, 64, 3)
    found = []
    for row, column in itertools.product(range(4), range(4)):
        cell = pixels[16 * row : 16 * row + 16, 16 * column : 16 * column + 16]
        if cell.min() > 230:
            continue
        bodies = {tuple(pixel) for pixel in cell.reshape(-1, 3).tolist()} & set(BODIES)
        (body,) = bodies
        paper = cell.min(-1, keepdims=True) > 230
        shape = np.where((cell == body).all(-1, keepdims=True), 7, np.where(paper, 255, cell))
        found.append(Seen(column, row, BODIES[body], shape.astype(np.uint8).tobytes()))
    return found


def shapes(rows: Iterable[harness.CaptionRow]) -> dict[str, bytes]:
    """The one shape that is in every picture whose caption names a thing."""
    common: dict[str, set[bytes]] = {}
    for row in rows:
        found = CAPTION.fullmatch(row.text)
        assert found, row.text
        there = {one.shape for one in seen(row.image)}
        for thing in (found[2], found[5]):
            common[thing] = common.get(thing, there) & there
    assert {len(left) for left in common.values()} == {1}
    return {thing: left.pop() for thing, left in common.items()}


@pytest.mark.parametrize(("task", "genre"), [("flickr8k", REPORT), ("multi30k", TALE)])
def test_captions_are_true_of_the_pixels(mini: Callable[..., Any], task: str, genre: Any) -> None:
    shape_of = shapes(mini(task, "train").rows[:600])
    assert sorted(shape_of) == sorted(genre.things)
    assert len(set(shape_of.values())) == len(shape_of)
    for row in [*mini(task, "train").rows[600:700], *mini(task, "test").rows]:
        found = CAPTION.fullmatch(row.text)
        assert found
        places = seen(row.image)
        assert len(places) == 2
        (first,) = (one for one in places if one.shape == shape_of[found[2]])
        (second,) = (one for one in places if one.shape == shape_of[found[5]])
        assert found[1] in (None, first.colour)
        assert found[4] in (None, second.colour)
        relation = "beside" if first.row == second.row else "above" if first.row < second.row else "below"
        assert relation == found[3]
        assert relation == "beside" or first.column == second.column
        words = {
            f"{one.colour} {thing} at {one.column + 1},{one.row + 1}"
            for one, thing in ((first, found[2]), (second, found[5]))
        }
        assert set(row.image.name.split(" and ")) == words


def test_every_thing_has_a_shape_of_its_own_in_every_colour() -> None:
    def shown(thing: str, colour: str) -> Seen:
        other = "dog" if thing != "dog" else "cat"
        scene = Scene(
            Placed(thing=thing, colour=colour, column=0, row=0), Placed(thing=other, colour="red", column=0, row=3)
        )
        return seen(picture(scene))[0]

    each = {thing: [shown(thing, colour) for colour in COLOURS] for thing in THINGS}
    assert all([one.colour for one in found] == list(COLOURS) for found in each.values())
    assert all(len({one.shape for one in found}) == 1 for found in each.values())
    assert len({found[0].shape for found in each.values()}) == len(THINGS) == 36


def test_bytes_are_pinned() -> None:
    """Whoever changes a pixel changes the digests of all that was made of pictures."""
    digests = [
        hashlib.sha256(picture(scene).content).hexdigest()[:16] for scene in scenes("test", "pinned", EVERYTHING, 3)
    ]
    assert digests == PINNED
    assert picture(Scene(DOG, CAR)) == picture(Scene(CAR, DOG))
    assert picture(Scene(DOG, CAR)).name == "red dog at 2,1 and blue car at 2,3"


def test_the_file_is_sound() -> None:
    """Pillow checks the sums over its parts."""
    image = Image.open(io.BytesIO(picture(Scene(DOG, CAR)).content))
    image.verify()
    assert image.format == "PNG"
    assert len(picture(Scene(DOG, CAR)).content) < 5000


def test_no_two_pictures_look_alike() -> None:
    """What looks alike is never told apart in training, and would be left out of tests."""
    drawn = [*scenes("train", "x", TALE, 700, alike=True), *scenes("test", "x", TALE, 120)]
    hashes = [image_hash(decoded(picture(scene).content)) for scene in drawn]
    assert len(set(alike(np.asarray(hashes, np.uint64)).tolist())) == len(drawn)
    assert min((one ^ other).bit_count() for one, other in itertools.combinations(hashes, 2)) > NEAR_DUPLICATES


def test_24_of_the_192_numbers_of_pixels_tell_the_scene() -> None:
    """Those of the two places with most edges: 8 shares of colours and 4 amounts of edges each."""
    known, asked = scenes("train", "x", EVERYTHING, 1500, alike=True), scenes("test", "x", EVERYTHING, 100)

    def cells(drawn: Iterable[Scene]) -> Any:
        return Pixels().vectors([decoded(picture(scene).content) for scene in drawn]).reshape(-1, 4, 4, 12)

    examples, names = [], []
    for scene, numbers in zip(known, cells(known), strict=True):
        for one in (scene.first, scene.second):
            examples.append(numbers[one.row, one.column])
            names.append((one.thing, one.colour))
    assert len(set(names)) == len(THINGS) * len(COLOURS)
    table = np.stack(examples)
    for scene, numbers in zip(asked, cells(asked), strict=True):
        places = np.argsort(-numbers[..., 8:].sum(-1), axis=None)[:2]
        found = set()
        for row, column in (divmod(place, 4) for place in places.tolist()):
            nearest = int(np.square(table - numbers[row, column]).sum(-1).argmin())
            thing, colour = names[nearest]
            found.add(Placed(thing=thing, colour=colour, column=column, row=row))
        assert found == {scene.first, scene.second}


PINNED = ["e82e5aa870dbabf4", "6a8433086997d2c2", "a3f4dbdcb836c912"]
