"""Kind image-text-retrieval: ranks against a slow search and pytrec_eval, what is odd about captions, bad images."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import pytrec_eval

from harness import BadRow, CaptionRow, Image
from harness.evaluation.predictions import columns_of
from harness.hyper import Hyper
from harness.item_scores import item_scores
from harness.kinds.pictured import IMAGE, IMAGE_GROUP, MOST_BYTES, ImageSettings, check_image
from harness.modeling.tokenizer import load_text_encoder
from harness.planning.data import Data
from harness.planning.images import images_of
from harness.registry import Registry
from harness.sources.files.source import open_files
from harness.sources.mini.encoder import DIRECTORY
from tests.pictures import write_captions, write_image
from tests.raising import raises_code

REGISTRY = Registry()
KIND = REGISTRY.kind("image-text-retrieval")
SIDES, ONES = 12, 4


def row(text: str, name: str = "a.jpg") -> CaptionRow:
    return CaptionRow(text=text, image=Image(name=name, content=b"a file"))


def drawn(rng: np.random.Generator, n: int) -> np.ndarray[Any, Any]:
    """Vectors whose cosines are quarters, so that many are exactly alike."""
    found = np.zeros((n, SIDES), np.float32)
    for vector in found:
        vector[rng.choice(SIDES, ONES, replace=False)] = 0.5
    return found


def decoded(seed: int, captions: int, images: int) -> tuple[list[CaptionRow], Any, list[dict[str, Any]]]:
    """Random captions of random images: the rows, all cosines (captions, images), and what is decoded."""
    rng = np.random.default_rng(seed)
    shown = np.concatenate([np.arange(images), rng.integers(0, images, captions - images)])
    rng.shuffle(shown)
    names = [f"{name}.jpg" for name in rng.permutation(1000)[:images]]
    rows = [row(f"caption {i}", names[image]) for i, image in enumerate(shown)]
    told, seen = drawn(rng, captions), drawn(rng, images)
    outputs = [np.stack([caption, seen[image]]) for caption, image in zip(told, shown, strict=True)]
    features: Any = SimpleNamespace(unit_columns={IMAGE: shown}, rows=np.arange(captions))
    task: Any = SimpleNamespace(hyper=SimpleNamespace(own=lambda _: ImageSettings()))
    found = [fields for _, fields in KIND.decode(outputs, features, rows, task)]
    return rows, dict(zip(names, (told @ seen.T).T, strict=True)), found


@pytest.mark.parametrize("seed", range(5))
def test_scores_are_those_of_pytrec_eval_with_ties(seed: int) -> None:
    """As mteb computes them: mean over queries of success, recall and ndcg_cut, of ids of texts."""
    rows, cosines, found = decoded(seed, captions=60, images=25)
    # Ids of captions are those of their images and numbers, as in mteb; the order of texts is that of numbers here.
    ids = [f"{one.image.name}-{index:03}" for index, one in enumerate(rows)]
    right = {caption: {one.image.name: 1} for caption, one in zip(ids, rows, strict=True)}
    run = {caption: {name: float(of[i]) for name, of in cosines.items()} for i, caption in enumerate(ids)}
    measures = {"success.1,5,10", "recall.1,5,10", "ndcg_cut.10"}
    forward = pytrec_eval.RelevanceEvaluator(right, measures).evaluate(run)
    back: dict[str, dict[str, int]] = {}
    for caption, one in zip(ids, rows, strict=True):
        back.setdefault(one.image.name, {})[caption] = 1
    run = {name: {caption: float(of[i]) for i, caption in enumerate(ids)} for name, of in cosines.items()}
    backward = pytrec_eval.RelevanceEvaluator(back, measures).evaluate(run)

    def theirs(results: Any, measure: str) -> float:
        return 100 * float(np.mean([one[measure] for one in results.values()]))

    ours = {name: item_scores(REGISTRY.metric(name), columns_of(found)).value for name in NAMES}
    expected = {"ndcg_at_10": theirs(forward, "ndcg_cut_10"), "caption_ndcg_at_10": theirs(backward, "ndcg_cut_10")}
    for k in (1, 5, 10):
        # Where one image is right, hit rate and recall are the same.
        assert theirs(forward, f"success_{k}") == theirs(forward, f"recall_{k}")
        expected[f"hit_rate_at_{k}"] = theirs(forward, f"success_{k}")
        expected[f"caption_hit_rate_at_{k}"] = theirs(backward, f"success_{k}")
        expected[f"caption_recall_at_{k}"] = theirs(backward, f"recall_{k}")
    assert ours == pytest.approx(expected, abs=1e-9)


NAMES = (
    *(f"{name}_at_{k}" for name in ("hit_rate", "caption_hit_rate", "caption_recall") for k in (1, 5, 10)),
    *("ndcg_at_10", "caption_ndcg_at_10"),
)


def test_ranks_are_those_of_a_slow_search() -> None:
    rows, cosines, found = decoded(7, captions=40, images=15)
    ties = 0
    for index, fields in enumerate(found):
        best = sorted(((float(of[index]), name) for name, of in cosines.items()), reverse=True)
        assert [one["key"] for one in fields["candidates"]] == [name for _, name in best[:10]]
        assert best[fields["rank"] - 1][1] == rows[index].image.name == fields["gold"][0]
        ties += len({score for score, _ in best}) < len(best)
        first = next(i for i, one in enumerate(rows) if one.image.name == rows[index].image.name)
        told = sorted(
            ((float(of), rows[i].image.name, i) for i, of in enumerate(cosines[rows[index].image.name])), reverse=True
        )
        own = [place for place, (_, name, _) in enumerate(told, 1) if name == rows[index].image.name]
        assert fields["caption_ranks"] == (own if index == first else [])
        assert (fields["images"], fields["captions"]) == (15, 40)
    assert ties == 40


@pytest.mark.parametrize(
    ("captions", "told"),
    [
        (
            ["一个/m 男人/n 走路/v", "a/DT dog/NN runs/VBZ .", "a#1#DT dog#2#NN", "dog_NN runs_VBZ"],
            {"parts of speech": 4},
        ),
        (["A man and/or a dog.", "he/she", "He / she", "http://a/b c"], {}),
        (["耳ピアスをした1男が、3メガネを", "2白い犬と1黒い犬"], {"numbers": 2}),
        (["3D and 2nd", *["a dog"] * 30], {"same words": 30}),
        (["A  dog.", "a dog."], {"same words": 2}),
    ],
)
def test_odd_captions_are_counted(captions: list[str], told: dict[str, int]) -> None:
    rows = [row(text, f"{number}.jpg") for number, text in enumerate(captions)]
    remarks = KIND.remarks(rows)
    assert [len(remark.rows) for remark in remarks] == list(told.values())
    assert all(words in remark.what for words, remark in zip(told, remarks, strict=True))
    assert [bool(remark.fix) for remark in remarks] == ["parts of speech" in words for words in told]


def test_the_same_words_for_one_image_are_no_oddity() -> None:
    assert KIND.remarks([row("A dog."), row("A dog.")]) == []


def test_an_answer_of_another_item_scores_nothing() -> None:
    rows = [row(f"caption {i}", f"{i // 2}.jpg") for i in range(40)]
    right = [fields for _, fields in KIND.gold_predictions(rows)]
    wrong = [KIND.answered_as(one, other) for one, other in zip(right, [*right[2:], *right[:2]], strict=True)]
    for name in NAMES:
        metric = REGISTRY.metric(name)
        # Of two captions one alone can be the best.
        assert item_scores(metric, columns_of(right)).value == (50 if name == "caption_recall_at_1" else 100)
        assert item_scores(metric, columns_of(wrong)).value == 0
    assert KIND.answered_as(right[0], right[1]) == right[0]


@pytest.mark.parametrize(
    ("images", "units"),
    [("real", [(0, 0), (1, 1), (2, 2), (3, 3), (4, 4), (5, 5)]), ("none", [(0, 2), (3, 0), (1, 5)])],
)
def test_units_are_told_which_share_an_image_or_words(images: str, units: list[tuple[int, int]]) -> None:
    rows = [
        row(text, name)
        for text, name in [
            ("Anna washes a cup .", "a"),
            ("Ben loses a hat .", "b"),
            ("ben  loses A hat .", "a"),
            ("Anna helps Ben .", "a"),
            ("A lonely caption .", "c"),
            ("Anna helps Ben .", "b"),
        ]
    ]
    hyper = Hyper(max_length=32, kind_settings=ImageSettings(images=images))
    found = KIND.encode(rows, (), load_text_encoder(DIRECTORY), hyper)
    assert found.rows.tolist() == [first for first, _ in units]
    assert same(found.unit_columns[IMAGE_GROUP]) == same([rows[first].image.name for first, _ in units])
    words = [" ".join(rows[one].text.lower().split()) for unit in units for one in unit]
    assert found.unit_columns["text_groups"].shape == (len(units), 2)
    assert same(found.unit_columns["text_groups"].ravel()) == same(words)


def same(groups: Any) -> list[list[bool]]:
    """Which are of the same group, whatever the groups are called."""
    return [[one == other for other in groups] for one in groups]


def test_images_that_are_not_there_are_bad_rows(tmp_path: Path) -> None:
    there = write_image(tmp_path / "there.png", "red")
    check_image(Image(name="there.png", path=str(there)))
    (tmp_path / "empty.jpg").touch()
    with (tmp_path / "huge.jpg").open("wb") as file:
        file.truncate(MOST_BYTES + 1)
    for image, words in (
        (Image(name="", path=str(there)), "without name"),
        (Image(name="a.jpg"), "nothing says in which folder"),
        (Image(name="gone.jpg", path=str(tmp_path / "gone.jpg")), f"no such image file: {tmp_path / 'gone.jpg'}"),
        (Image(name="there.jpg", path=str(tmp_path / "there.jpg")), "there.jpg; there is there.png"),
        (Image(name="empty.jpg", path=str(tmp_path / "empty.jpg")), "has 0 bytes"),
        (Image(name="huge.jpg", path=str(tmp_path / "huge.jpg")), "has 50,000,001 bytes"),
        (Image(name="dir", path=str(tmp_path)), "is not an image file"),
    ):
        with pytest.raises(BadRow) as caught:
            check_image(image)
        assert words in str(caught.value)
        assert bool(caught.value.outside) == bool(image.name)


def test_which_images_are_there_decides_the_digest_and_is_told_as_one(tmp_path: Path) -> None:
    path = write_captions(tmp_path)

    def load(**options: Any) -> Any:
        return Data(REGISTRY, open_files(path, REGISTRY), **options).split("flickr8k", "test", "en")

    whole = load()
    names = sorted(image.name for image in (tmp_path / "images").iterdir())
    moved = tmp_path / "moved.png"
    digests = {whole.digest}
    for name in names[:2]:
        (tmp_path / "images" / name).rename(moved)
        less = load()
        assert len(less.rows) == len(whole.rows) - 2
        digests.add(less.digest)
        with raises_code("bad-rows", "2 bad rows") as caught:
            load(strict=True)
        assert "no such image file" in str(caught.value.where)
        assert str(caught.value.where).endswith("; 1 more like it")
        moved.rename(tmp_path / "images" / name)
    assert len(digests) == 3
    assert load().digest == whole.digest
    for name in names:
        (tmp_path / "images" / name).unlink()
    with raises_code("no-usable-row") as none:
        load()
    assert "11 more like it" in str(none.value.where)
    assert 'images = "FOLDER"' in str(none.value.fix)


def test_two_images_of_one_name_and_one_image_alone_are_refused(tmp_path: Path) -> None:
    split: Any = SimpleNamespace(task="flickr8k", split="test", language="en", origin="captions.txt")
    one, other, third = (Image(name=name, content=content) for name, content in (("a", b"1"), ("a", b"2"), ("b", b"1")))
    fourth = Image(name="c", content=b"3")
    split.rows = [CaptionRow(text="A.", image=image) for image in (one, fourth, third, one)]
    found = images_of(KIND, split)
    assert [image.name for image in found.different.values()] == ["a", "c"]
    assert [found.different[digest].name for digest in found.shown] == ["a", "c", "a", "a"]
    split.rows = [CaptionRow(text="A.", image=image) for image in (one, third)]
    with raises_code("too-few-images", "one image only"):
        images_of(KIND, split)
    split.rows = [CaptionRow(text="A.", image=image) for image in (one, other, third)]
    with raises_code("image-name-twice", "a"):
        images_of(KIND, split)
    split.rows = [CaptionRow(text=text, image=one) for text in ("A.", "B.")]
    with raises_code("too-few-images", "one image only"):
        images_of(KIND, split)
