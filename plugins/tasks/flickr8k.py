"""Task flickr8k: five English captions of each of eight thousand photographs."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import harness

if TYPE_CHECKING:
    from collections.abc import Callable


@harness.hookimpl
def register_tasks(register: Callable[[harness.Task], None]) -> None:
    register(FLICKR8K)
    register(MASKED)


def to_row(record: harness.Record) -> harness.CaptionRow:
    return harness.CaptionRow(text=record["caption"], image=harness.Image(name=record["image"]))


FLICKR8K = harness.Task(
    name="flickr8k",
    kind="image-text-retrieval",
    languages=("en",),
    metrics=("hit_rate_at_1", "hit_rate_at_5", "hit_rate_at_10", "caption_hit_rate_at_1", "ndcg_at_10"),
    formats={
        "csv": harness.Format(
            reader="csv", row=to_row, files={"train": "flickr8k/captions.txt"}, images="flickr8k/images"
        ),
    },
    description="Find the photograph that a caption tells of; English.",
    citation="Hodosh, Young and Hockenmaier 2013",
)

MASKED = replace(
    FLICKR8K,
    name="flickr8k@masked",
    kind="image-fill-mask",
    metrics=("masked_accuracy",),
    description="Guess masked words of captions from the image and the other words.",
)
