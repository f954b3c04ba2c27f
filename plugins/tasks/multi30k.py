"""Task multi30k: English captions of photographs with their German, French and Czech translations."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import harness

from .values import IMAGE_METRICS, caption_pair

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

LANGUAGES = ("en", "de", "fr", "cs")
RAW = "multi30k/task1/raw"


@harness.hookimpl
def register_tasks(register: Callable[[harness.Task], None]) -> None:
    register(MULTI30K)
    for variant in (*OTHER_TESTS, MULTILINGUAL, CAPTIONS):
        register(variant)


def to_row(record: harness.Record) -> harness.CaptionRow:
    """A caption and its photograph; of photographs from COCO, the number of the caption there is left out."""
    image = record["image"].partition("#")[0]
    return harness.CaptionRow(id=image, text=record["text"], image=harness.Image(name=image))


def from_hub(number: int, pair: harness.Record) -> Iterator[harness.Record]:
    """The two sides of a pair, as the reader of the files makes them of line `number` of both."""
    if not pair["en"].strip() or not pair["de"].strip():
        raise harness.BadRow("a sentence of the pair is blank")
    for side, text in (("source", pair["en"]), ("target", pair["de"])):
        yield {"side": side, "key": str(number), "text": text, "match": str(number)}


def lines(test: str, *, trained: bool = False) -> harness.Format:
    """Captions of a test set, line by line beside the names of images, and those to train on."""
    files = {"train": f"{RAW}/train.{{language}}", "validation": f"{RAW}/val.{{language}}"} if trained else {}
    return harness.Format(
        reader="lines-with-images",
        row=to_row,
        files={**files, "test": f"{RAW}/{test}.{{language}}"},
        options={"images": "../image_splits/{stem}.txt"},
        images="multi30k/images",
    )


MULTI30K = harness.Task(
    name="multi30k",
    kind="image-text-retrieval",
    languages=LANGUAGES,
    metrics=IMAGE_METRICS,
    formats={"task1": lines("test_2016_flickr", trained=True)},
    description="Find the photograph that a caption describes, and the caption of a photograph; one English caption "
    "per photograph and its translations by people; test set of 2016, photographs of Flickr30k.",
    licence="not stated; the photographs belong to their photographers",
    citation="Elliott et al. 2016 (German); Elliott et al. 2017 (French); Barrault et al. 2018 (Czech)",
    homepage="https://github.com/multi30k/dataset",
)

OTHER_TESTS = tuple(
    replace(
        MULTI30K,
        name=f"multi30k@{name}",
        languages=languages,
        formats={f"task1-{name}": lines(test)},
        trains_on="multi30k",
        description=f"multi30k, trained as it is and scored on another test set: {description}.",
    )
    for name, test, languages, description in (
        ("2017", "test_2017_flickr", LANGUAGES[:3], "that of 2017, without Czech"),
        ("2017-coco", "test_2017_mscoco", LANGUAGES[:3], "461 photographs of COCO (2017), without Czech"),
        ("2018", "test_2018_flickr", LANGUAGES, "that of 2018"),
    )
)

MULTILINGUAL = replace(
    MULTI30K,
    name="multi30k@multilingual",
    train_languages=LANGUAGES,
    description="multi30k, trained on the captions of all four languages.",
)

CAPTIONS = replace(
    MULTI30K,
    name="multi30k@captions",
    kind="sentence-similarity",
    languages=LANGUAGES[1:],
    metrics=("retrieval_accuracy",),
    formats={
        "task1-pairs": harness.Format(
            reader="text-pairs",
            row=caption_pair,
            files={"test": f"{RAW}/test_2016_flickr.{{language}}"},
            options={"source_suffix": ".en"},
        )
    },
    hub=(
        harness.HubData(
            repository="bentrevett/multi30k",
            splits={"test": "test"},
            languages={"de": "de"},
            records=from_hub,
            row=caption_pair,
            columns=("en", "de"),
        ),
    ),
    description="Find the translation of an English caption among the captions of the test set of 2016; texts only, no "
    "images are needed.",
)
