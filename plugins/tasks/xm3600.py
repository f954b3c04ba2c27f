"""Task xm3600: captions in 36 languages of 3,600 photographs from all over the world (Crossmodal-3600)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import harness

from .values import IMAGE_METRICS, captions_of_hub, hub_caption

if TYPE_CHECKING:
    from collections.abc import Callable

LANGUAGES = (
    "en", "ar", "bn", "cs", "da", "de", "el", "es", "fa", "fi", "fil", "fr", "he", "hi", "hr", "hu", "id", "it", "ja",
    "ko", "mi", "nl", "no", "pl", "pt", "quz", "ro", "ru", "sv", "sw", "te", "th", "tr", "uk", "vi", "zh",
)  # fmt: skip


@harness.hookimpl
def register_tasks(register: Callable[[harness.Task], None]) -> None:
    register(XM3600)


def to_row(record: harness.Record) -> harness.CaptionRow:
    image = record["image"]
    return harness.CaptionRow(id=image, text=record["caption"], image=harness.Image(name=f"{image}.jpg"))


def language_of(record: harness.Record) -> str:
    language: str = record["language"]
    return language


XM3600 = harness.Task(
    name="xm3600",
    kind="image-text-retrieval",
    languages=LANGUAGES,
    metrics=IMAGE_METRICS,
    formats={
        # One file holds all languages.
        "jsonl": harness.Format(
            reader="xm3600",
            row=to_row,
            files={"test": "xm3600/captions.jsonl"},
            language_of=language_of,
            images="xm3600/images",
        ),
    },
    hub=(
        harness.HubData(
            repository="mteb/xm3600",
            revision="536cd45bbfe53de9b08c0483bb4a76a4bd3673fa",
            splits={"test": "{language}"},
            languages={code: code for code in LANGUAGES},
            records=captions_of_hub,
            row=hub_caption,
            columns=("image_id", "captions", "image"),
        ),
    ),
    trains_on="multi30k",
    description="Find the photograph that a caption describes, and the captions of a photograph; 3,600 photographs, "
    "about two captions per language, written for the photograph and not translated. Trained on multi30k.",
    licence="CC BY 4.0 (captions); the photographs' own, of Open Images",
    citation="Thapliyal et al. 2022",
    homepage="https://google.github.io/crossmodal-3600",
)
