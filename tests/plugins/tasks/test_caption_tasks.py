"""Tasks with images and captions: published files and the hub's tables, rows of them, and what is left out."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import datasets
import pytest

from harness import CaptionRow, Image, SentenceRow
from harness.planning.data import Data
from harness.sources.files.source import open_files
from tests.fixtures import HubCache
from tests.pictures import link_images

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.registry import Registry
    from harness.sources.base import Split

    Load = Callable[..., Split]

NAMES = ("flickr8k", "multi30k", "xflickrco", "xtd10", "wit", "xm3600")


def caption(row_id: str, text: str, name: str, folder: Path) -> CaptionRow:
    return CaptionRow(id=row_id, text=text, image=Image(name=name, path=str(folder / name)))


def test_flickr8k_has_its_splits_and_the_copy_without(load: Load, tmp_path: Path) -> None:
    files = {
        "flickr8k/Flickr_8k.testImages.txt": "20_b.jpg\n",
        "flickr8k/Flickr8k.token.txt": "10_a.jpg#0\tA dog .\n20_b.jpg#0\tA cat .\n20_b.jpg#1\tTwo cats .\n",
    }
    images = tmp_path / "flickr8k" / "images"
    assert load(files, "flickr8k", "test").rows == [
        caption("20.jpg", "A cat .", "20_b.jpg", images),
        caption("20.jpg", "Two cats .", "20_b.jpg", images),
    ]
    copy = {"flickr8k/captions.txt": 'image,caption\n10_a.jpg,"A dog, wet ."\n'}
    assert load(copy, "flickr8k", "train").rows == [caption("10.jpg", "A dog, wet .", "10_a.jpg", images)]


def test_multi30k_is_line_by_line_with_its_images(load: Load, tmp_path: Path) -> None:
    files = {
        "multi30k/task1/raw/test_2016_flickr.de": "Eins.\nZwei.\n",
        "multi30k/task1/raw/test_2016_flickr.en": "One.\nTwo.\n",
        "multi30k/task1/image_splits/test_2016_flickr.txt": "1.jpg\n2.jpg\n",
        "multi30k/task1/raw/test_2017_mscoco.de": "Drei.\n",
        "multi30k/task1/image_splits/test_2017_mscoco.txt": "COCO_val2014_000000000003.jpg#77\n",
    }
    images = tmp_path / "multi30k" / "images"
    split = load(files, "multi30k", "test", "de")
    assert split.rows == [caption("1.jpg", "Eins.", "1.jpg", images), caption("2.jpg", "Zwei.", "2.jpg", images)]
    assert split.keys == [f"multi30k/task1/raw/test_2016_flickr.de:{line}" for line in (1, 2)]
    coco = "COCO_val2014_000000000003.jpg"
    assert load({}, "multi30k@2017-coco", "test", "de").rows == [caption(coco, "Drei.", coco, images)]
    assert load({}, "multi30k@captions", "test", "de").rows == [
        SentenceRow(text="One.", side="source", key="1", matches=("1",)),
        SentenceRow(text="Eins.", side="target", key="1", matches=("1",)),
        SentenceRow(text="Two.", side="source", key="2", matches=("2",)),
        SentenceRow(text="Zwei.", side="target", key="2", matches=("2",)),
    ]


def test_xflickrco_has_one_caption_per_image(load: Load, tmp_path: Path) -> None:
    records = [
        {"sentences": ["Ein Mann."], "id": "10", "img_path": "10.jpg"},
        {"sentences": ["Zwei.", "Drei."], "id": 391895, "img_path": "COCO_val2014_000000391895.jpg"},
    ]
    split = load({"xflickrco/annotations/de/test.jsonl": records}, "xflickrco", "test", "de")
    assert split.rows == [caption("10.jpg", "Ein Mann.", "10.jpg", tmp_path / "xflickrco" / "images")]
    assert [row.line for row in split.skipped] == [2]


@pytest.mark.parametrize(("language", "file"), [("ja", "STAIR/test_1kcaptions_jp"), ("fr", "MIC/test_1kcaptions_fr")])
def test_captions_of_xtd10_lie_in_three_folders(language: str, file: str, load: Load, tmp_path: Path) -> None:
    files = {
        f"xtd10/{file}.txt": "Ga.\nGu.\n",
        "xtd10/XTD10/test_image_names.txt": "COCO_1.jpg\nCOCO_2.jpg\n",
        "xtd10/XTD10/test_1kcaptions_en.txt": "One.\nTwo.\n",
    }
    images = tmp_path / "xtd10" / "images"
    assert load(files, "xtd10", "test", language).rows == [
        caption("COCO_1.jpg", "Ga.", "COCO_1.jpg", images),
        caption("COCO_2.jpg", "Gu.", "COCO_2.jpg", images),
    ]
    pairs = load({}, "xtd10@captions", "test", language)
    assert [(row.side, row.text) for row in pairs.rows if isinstance(row, SentenceRow)] == [
        ("source", "One."),
        ("target", "Ga."),
        ("source", "Two."),
        ("target", "Gu."),
    ]
    assert pairs.keys[:2] == ["xtd10/XTD10/test_1kcaptions_en.txt:1", f"xtd10/{file}.txt:1"]


def test_images_of_wit_are_called_as_wikimedia_calls_them(load: Load, tmp_path: Path) -> None:
    url = "https://upload.wikimedia.org/wikipedia/commons/4/4a/Caf%C3%A9%2C_%28old%29.jpg"
    record = {"image_url": url, "caption_reference_description": "Kohvik", "wit_ix": "wit-test_2", "language": "et"}
    split = load({"wit/annotations/test_et.jsonl": [record]}, "wit", "test", "et")
    assert split.rows == [caption("wit-test_2", "Kohvik", "Café,_(old).jpg", tmp_path / "wit" / "images")]


def test_one_file_of_xm3600_holds_all_languages(load: Load, tmp_path: Path) -> None:
    record = {
        "image/key": "0f1e",
        "image/locale": "quz",
        "quz": {"caption": ["Punku."]},
        "en": {"caption": ["A gate."]},
    }
    files = {"xm3600/captions.jsonl": [record]}
    images = tmp_path / "xm3600" / "images"
    assert load(files, "xm3600", "test", "quz").rows == [caption("0f1e", "Punku.", "0f1e.jpg", images)]
    assert load(files, "xm3600", "test", "en").rows == [caption("0f1e", "A gate.", "0f1e.jpg", images)]


TEXT, PICTURE = datasets.Value("string"), datasets.Image()
SEVERAL = datasets.Features({"image_id": TEXT, "captions": datasets.Sequence(TEXT), "image": PICTURE})


@pytest.mark.parametrize(
    ("task", "repository", "features", "records", "rows"),
    [
        ("xm3600", "mteb/xm3600", SEVERAL, {"image_id": "0f", "captions": ["Tor.", "Am Meer."]}, ["Tor.", "Am Meer."]),
        ("wit", "mteb/wit", SEVERAL, {"image_id": "0f", "captions": ["Tor."]}, ["Tor."]),
        (
            "xflickrco",
            "mteb/xflickrco",
            datasets.Features({"id": TEXT, "sentences": TEXT, "image": PICTURE}),
            {"id": "0f", "sentences": "Ein Tor."},
            ["Ein Tor."],
        ),
    ],
)
def test_the_hub_has_the_images_too(
    task: str,
    repository: str,
    features: datasets.Features,
    records: dict[str, Any],
    rows: list[str],
    hub_cache: HubCache,
    load_hub: Load,
    registry: Registry,
) -> None:
    language = registry.task(task).languages[1]
    (data,) = registry.task(task).hub
    assert (data.repository, set(data.columns)) == (repository, set(features))
    table = [{**records, "image": {"bytes": b"of a file", "path": None}}]
    hub_cache(repository, {language: table}, features, revision=data.revision)
    loaded = load_hub(task, "test", language)
    image = Image(name="0f", content=b"of a file")
    assert loaded.rows == [CaptionRow(id="0f", text=text, image=image) for text in rows]


def test_every_task_trains_and_has_files_for_each_language(registry: Registry) -> None:
    assert registry.suites["vision-language"].tasks == NAMES
    for name in NAMES:
        task = registry.task(name)
        assert task.kind == "image-text-retrieval"
        assert task.metrics[0] == "hit_rate_at_1"
        assert registry.task(task.trained_as).formats["task1" if name != "flickr8k" else "csv"].files["train"]
    counts = [len(registry.task(name).languages) for name in NAMES]
    assert counts == [1, 4, 8, 11, 11, 36]


@pytest.fixture(scope="module")
def linked(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shared data in their layouts, with links to the images of Flickr8k under the names of Flickr30k."""
    return link_images(shared / "data", tmp_path_factory.mktemp("linked"))


def test_captions_of_images_that_are_there_are_used(linked: Path, registry: Registry) -> None:
    data = Data(registry, open_files(linked, registry))
    counted = {
        (task, split, language): (len(rows.rows), Counter(row.reason.partition(":")[0] for row in rows.skipped))
        for task, split, language in (
            ("flickr8k", "train", "en"),
            ("multi30k", "train", "en"),
            ("multi30k", "test", "cs"),
            ("xflickrco", "test", "de"),
            ("xflickrco", "test", "ja"),
        )
        for rows in [data.split(task, split, language)]
    }
    # Of the photographs that are there; 1,000 captions of COCO are among those of xFlickr&CO, and one is blank.
    assert counted == {
        ("flickr8k", "train", "en"): (4000, {}),
        ("multi30k", "train", "en"): (689, {"no such image file": 5000 - 689}),
        ("multi30k", "test", "cs"): (26, {"no such image file": 1000 - 26}),
        ("xflickrco", "test", "de"): (26, {"no such image file": 2000 - 26 - 1, "a blank caption": 1}),
        ("xflickrco", "test", "ja"): (26, {"no such image file": 2000 - 26}),
    }
