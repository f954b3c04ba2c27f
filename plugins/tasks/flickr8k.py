"""Task flickr8k: five English captions of each of eight thousand photographs."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import harness

from .mnli import CONSTRUCTED
from .values import IMAGE_METRICS

if TYPE_CHECKING:
    from collections.abc import Callable


@harness.hookimpl
def register_tasks(register: Callable[[harness.Task], None]) -> None:
    register(FLICKR8K)
    register(MULTILINGUAL)
    register(MASKED)


def to_row(record: harness.Record) -> harness.CaptionRow:
    """A caption; its id is the photograph's file name in Flickr30k, which also has the photographs of Flickr8k."""
    image = record["image"]
    return harness.CaptionRow(
        id=f"{image.partition('_')[0].removesuffix('.jpg')}.jpg",
        text=record["caption"],
        image=harness.Image(name=image),
    )


FLICKR8K = harness.Task(
    name="flickr8k",
    kind="image-text-retrieval",
    languages=("en",),
    metrics=IMAGE_METRICS,
    formats={
        "splits": harness.Format(
            reader="listed-captions",
            row=to_row,
            files={
                "train": "flickr8k/Flickr_8k.trainImages.txt",
                "validation": "flickr8k/Flickr_8k.devImages.txt",
                "test": "flickr8k/Flickr_8k.testImages.txt",
            },
            options={"captions": "Flickr8k.token.txt"},
            images="flickr8k/images",
        ),
        # The copy that is most often passed on has no splits.
        "csv": harness.Format(
            reader="csv", row=to_row, files={"train": "flickr8k/captions.txt"}, images="flickr8k/images"
        ),
    },
    description="Find the photograph that a caption describes, and the captions of a photograph; English, five "
    "captions per photograph.",
    licence="not stated; the photographs belong to their photographers",
    citation="Hodosh, Young and Hockenmaier 2013",
    homepage="https://hockenmaier.cs.illinois.edu/8k-pictures.html",
)

MULTILINGUAL = replace(
    FLICKR8K,
    name="flickr8k@multilingual",
    languages=("en", *CONSTRUCTED),
    train_languages=("en", *CONSTRUCTED),
    formats={},
    description="flickr8k, trained on its captions in all languages of mini, which alone has them.",
)

MASKED = replace(
    FLICKR8K,
    name="flickr8k@masked",
    kind="image-fill-mask",
    metrics=("masked_accuracy",),
    description="Guess masked words of captions from the image and the other words.",
)
