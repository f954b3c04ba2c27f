"""Task wit: captions of Wikipedia's images in eleven languages, the test captions that IGLUE chose."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import unquote

import harness

from .values import IMAGE_METRICS, captions_of_hub, hub_caption

if TYPE_CHECKING:
    from collections.abc import Callable

LANGUAGES = ("en", "ar", "bg", "da", "el", "et", "id", "ja", "ko", "tr", "vi")


@harness.hookimpl
def register_tasks(register: Callable[[harness.Task], None]) -> None:
    register(WIT)


def to_row(record: harness.Record) -> harness.CaptionRow:
    """A caption and its image, which is called as Wikimedia calls it: the end of its URL, in plain characters."""
    image = unquote(record["image_url"].rpartition("/")[2])
    return harness.CaptionRow(
        id=record["wit_ix"], text=record["caption_reference_description"], image=harness.Image(name=image)
    )


WIT = harness.Task(
    name="wit",
    kind="image-text-retrieval",
    languages=LANGUAGES,
    metrics=IMAGE_METRICS,
    formats={
        "iglue": harness.Format(
            reader="jsonl",
            row=to_row,
            files={"test": "wit/annotations/test_{language}.jsonl"},
            images="wit/images",
        ),
    },
    hub=(
        harness.HubData(
            repository="mteb/wit",
            revision="91ac153f1371a98b209ed763205e25e115ecd06e",
            splits={"test": "{language}"},
            languages={code: code for code in LANGUAGES},
            records=captions_of_hub,
            row=hub_caption,
            columns=("image_id", "captions", "image"),
        ),
    ),
    trains_on="multi30k",
    description="Find the image of Wikipedia that a caption describes; up to a thousand captions per language, each of "
    "images of its own. Names are written alike in many languages, so a score shows less of transfer than others do. "
    "Trained on multi30k.",
    licence="that of each image and article; captions CC BY-SA (Wikipedia)",
    citation="Srinivasan et al. 2021; test captions as chosen by Bugliarello et al. 2022",
    homepage="https://github.com/e-bug/iglue/tree/main/datasets/wit",
)
