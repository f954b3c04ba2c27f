"""Task xtd10: captions in eleven languages of a thousand photographs of COCO."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import harness

from .values import IMAGE_METRICS, caption_pair

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

LANGUAGES = ("en", "de", "es", "fr", "it", "ja", "ko", "pl", "ru", "tr", "zh")
ENGLISH, IMAGES = "../XTD10/test_1kcaptions_en.txt", "../XTD10/test_image_names.txt"
FOLDERS = {
    "mic": ("MIC", ("de", "fr")),
    "stair": ("STAIR", ("ja",)),
    "xtd10": ("XTD10", ("en", "es", "it", "ko", "pl", "ru", "tr", "zh")),
}
"""Captions of other datasets for the same photographs lie in folders of their own."""


@harness.hookimpl
def register_tasks(register: Callable[[harness.Task], None]) -> None:
    register(XTD10)
    register(CAPTIONS)


def to_row(record: harness.Record) -> harness.CaptionRow:
    return harness.CaptionRow(id=record["image"], text=record["text"], image=harness.Image(name=record["image"]))


def formats(
    reader: str, row: Callable[[harness.Record], harness.Row], options: Mapping[str, str], without: str = ""
) -> dict[str, harness.Format]:
    """A format for each folder, of the languages in it."""
    return {
        name: harness.Format(
            reader=reader,
            row=row,
            files={"test": f"xtd10/{folder}/test_1kcaptions_{{language}}.txt"},
            options={**options, "language_codes": {"ja": "jp"}},
            languages=tuple(code for code in languages if code != without),
            images="xtd10/images",
        )
        for name, (folder, languages) in FOLDERS.items()
    }


XTD10 = harness.Task(
    name="xtd10",
    kind="image-text-retrieval",
    languages=LANGUAGES,
    metrics=IMAGE_METRICS,
    formats=formats("lines-with-images", to_row, {"images": IMAGES}),
    trains_on="multi30k",
    description="Find the photograph that a caption describes; a thousand photographs of COCO, one caption per "
    "language. Trained on multi30k.",
    licence="Adobe Research Licence (non-commercial research)",
    citation="Aggarwal and Kale 2020; Rajendran et al. 2016 (German, French); Yoshikawa et al. 2017 (Japanese)",
    homepage="https://github.com/adobe-research/Cross-lingual-Test-Dataset-XTD10",
)

CAPTIONS = replace(
    XTD10,
    name="xtd10@captions",
    kind="sentence-similarity",
    languages=LANGUAGES[1:],
    metrics=("retrieval_accuracy",),
    formats=formats("text-pairs", caption_pair, {"source": ENGLISH}, without="en"),
    trains_on="",
    description="Find the caption in another language of the photograph that an English caption describes; texts only, "
    "no images are needed. Japanese captions were written for the photographs and are no translations.",
)
