"""Task xflickrco: captions in eight languages of photographs of Flickr30k and COCO (IGLUE's xFlickr&CO)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import harness

from .values import IMAGE_METRICS, hub_caption

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

LANGUAGES = ("en", "de", "es", "id", "ja", "ru", "tr", "zh")


@harness.hookimpl
def register_tasks(register: Callable[[harness.Task], None]) -> None:
    register(XFLICKRCO)


def to_row(record: harness.Record) -> harness.CaptionRow:
    """The one caption that an image has in a language."""
    (caption,) = record["sentences"]
    image = record["img_path"]
    return harness.CaptionRow(id=image, text=caption, image=harness.Image(name=image))


def from_hub(number: int, record: harness.Record) -> Iterator[harness.Record]:
    """The caption of an image, which mteb's copy holds as a text, or as a list of one."""
    del number
    captions = record["sentences"]
    for caption in [captions] if isinstance(captions, str) else captions:
        yield {"id": record["id"], "text": caption, "image": record["image"]}


XFLICKRCO = harness.Task(
    name="xflickrco",
    kind="image-text-retrieval",
    languages=LANGUAGES,
    metrics=IMAGE_METRICS,
    formats={
        "jsonl": harness.Format(
            reader="jsonl",
            row=to_row,
            files={"test": "xflickrco/annotations/{language}/test.jsonl"},
            images="xflickrco/images",
        ),
    },
    hub=(
        harness.HubData(
            repository="mteb/xflickrco",
            revision="4da629e05455d757306174cdc72f2edfe00b9027",
            splits={"test": "{language}"},
            languages={code: code for code in LANGUAGES},
            records=from_hub,
            row=hub_caption,
            columns=("id", "sentences", "image"),
        ),
    ),
    trains_on="multi30k",
    description="Find the photograph that a caption describes; 2,000 photographs, one caption per language, written "
    "for the photograph and not translated. Trained on multi30k, whose photographs are of Flickr30k.",
    licence="that of Flickr30k and COCO",
    citation="Bugliarello et al. 2022",
    homepage="https://github.com/e-bug/iglue/tree/main/datasets/xFlickrCO",
)
