"""Captions of pictures: parallel over languages, separate over splits, and made when they are asked for."""

from __future__ import annotations

import itertools
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from harness.hyper import Hyper
from harness.kinds.pictured import ImageSettings
from harness.planning.data import Data
from harness.planning.images import images_of
from harness.registry import default_registry
from harness.sources.mini import captions as module
from harness.sources.mini.captions import scenes
from harness.sources.mini.languages import CONSTRUCTED, LANGUAGES, gloss
from harness.sources.mini.pictures import in_words, picture
from harness.sources.mini.recipes import RECIPES
from harness.sources.mini.source import MiniSource, made_at_once
from harness.sources.mini.world import REPORT, TALE
from plugins.kinds.image_text_retrieval import pairs
from tests.raising import raises_code

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.sources.mini.scenes import Scene

TASKS = ("flickr8k", "multi30k")


@pytest.mark.parametrize("code", CONSTRUCTED)
def test_rows_of_a_language_tell_the_same_of_the_same_picture(mini: Callable[..., Any], code: str) -> None:
    english, other = mini("multi30k", "test").rows, mini("multi30k", "test", code).rows
    assert [row.image for row in english] == [row.image for row in other]
    for one, two in zip(english, other, strict=True):
        words = gloss(code, two.text).replace(".", "").split()
        assert Counter(words) - Counter(["the"] * 2) == Counter(one.text.replace(".", "").split()) - Counter(
            ["the"] * 2
        )


@pytest.mark.parametrize("task", TASKS)
def test_what_is_told_in_one_split_is_told_in_no_other(mini: Callable[..., Any], task: str) -> None:
    """Not in other words, from the other thing, in other colours or at other places, whatever the seed."""

    def told(split: str, seed: int) -> set[frozenset[str]]:
        found = set()
        for row in mini(task, split, seed=seed).rows:
            one, relation, other = _said(row.text)
            pair = tuple(sorted((one, other)))
            turned = {"above": "below", "below": "above"}.get(relation, relation) if pair[0] != one else relation
            found.add(frozenset((turned, *pair)) if turned == "beside" else frozenset((f"{pair[0]} {turned}", pair[1])))
        return found

    splits = [told(split, seed) for split, seed in zip(("train", "validation", "test"), (1, 0, 2), strict=True)]
    for one, other in itertools.combinations(splits, 2):
        assert one
        assert not one & other


def _said(caption: str) -> tuple[str, str, str]:
    words = [word for word in caption.removesuffix(".").split() if word not in ("the", "is")]
    words = [word for word in words if word not in ("red", "blue", "green", "yellow")]
    assert len(words) == 3, caption
    return words[0], words[1], words[2]


@pytest.mark.parametrize("task", TASKS)
def test_a_test_caption_is_true_of_one_picture(mini: Callable[..., Any], task: str) -> None:
    rows = mini(task, "test").rows
    pictures = {row.image.name for row in rows}
    assert len(pictures) == 120
    assert len({row.text for row in rows}) == len(rows)
    assert RECIPES[task].chance == pytest.approx(100 / len(pictures))
    assert len(images_of(default_registry().kind("image-text-retrieval"), mini(task, "test")).different) == 120


def test_both_captions_of_a_picture_differ_and_make_a_pair(mini: Callable[..., Any]) -> None:
    rows = mini("flickr8k", "train").rows
    units = list(pairs(rows))
    assert len(units) == len(rows) // 2 == 2400
    for one, other in units[:300]:
        assert rows[one].image is rows[other].image
        assert rows[one].text != rows[other].text
        assert _said(rows[one].text)[0] == _said(rows[other].text)[2]
        assert not {"red", "blue", "green", "yellow"} & set(rows[one].text.split())
        assert len({"red", "blue", "green", "yellow"} & set(rows[other].text.removesuffix(".").split())) == 2


def test_training_pictures_are_different_ones(mini: Callable[..., Any]) -> None:
    assert len({row.image.name for row in mini("flickr8k", "train").rows}) == 2400
    assert len({row.image.name for row in mini("multi30k", "train").rows}) == 3600


def test_other_things_are_in_the_target() -> None:
    assert not set(REPORT.things) & set(TALE.things)
    named = {one.thing for scene in scenes("test", "x", TALE, 120) for one in (scene.first, scene.second)}
    assert named == set(TALE.things)


def test_the_variant_has_the_same_pictures_in_all_languages() -> None:
    task, source = default_registry().task("flickr8k@multilingual"), MiniSource()
    assert source.languages(task, "train") == tuple(LANGUAGES)
    plain: Any = source.load(default_registry().task("flickr8k"), "train", "en").rows
    for code in ("en", "qab"):
        rows: Any = source.load(task, "train", code).rows
        assert rows[7].image == plain[7].image
        assert (rows[7].text == plain[7].text) == (code == "en")


def test_no_picture_is_drawn_before_it_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = []

    def counted(scene: Scene) -> Any:
        drawn.append(in_words(scene))
        return picture(scene)

    monkeypatch.setattr(module, "picture", counted)
    made_at_once.cache_clear()
    rows = MiniSource(seed=5).load(default_registry().task("flickr8k"), "train", "en").rows
    assert len(rows) == 4800
    assert drawn == []
    assert rows[10] is rows[10]
    assert rows[-1] == rows[4799]
    assert [row.id for row in rows[10:12]] == [rows[10].id, rows[11].id]
    assert len(set(drawn)) == 2
    with pytest.raises(IndexError):
        rows[4800]


def test_variants_of_another_kind_have_no_rows() -> None:
    """Captions as bitext are not what these rows are."""
    registry, source = default_registry(), MiniSource()
    assert source.languages(registry.task("flickr8k@masked"), "train") == ("en",)
    assert source.languages(registry.task("multi30k@captions"), "test") == ()
    with raises_code("task-not-in-mini", "multi30k@captions"):
        source.load(registry.task("multi30k@captions"), "test", "en")


def test_what_stands_in_for_images_does_so_in_training_alone() -> None:
    registry = default_registry()
    task, data = registry.task("multi30k"), Data(registry, MiniSource())
    for images, scored in (("shuffled", "real"), ("random", "real"), ("real", "real")):
        hyper = Hyper(kind_settings=ImageSettings(images=images))
        used = {split: data.rows(task, data.split("multi30k", split, "en"), hyper) for split in ("train", "test")}
        assert used["train"].hyper.own(ImageSettings).images == images
        assert used["test"].hyper.own(ImageSettings).images == scored
