"""Task tatoeba: find the translation of an English sentence among up to a thousand foreign ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

import harness

if TYPE_CHECKING:
    from collections.abc import Callable

LASER_CODES = {
    "af": "afr",
    "ar": "ara",
    "bg": "bul",
    "bn": "ben",
    "de": "deu",
    "el": "ell",
    "es": "spa",
    "et": "est",
    "eu": "eus",
    "fa": "pes",
    "fi": "fin",
    "fr": "fra",
    "he": "heb",
    "hi": "hin",
    "hu": "hun",
    "id": "ind",
    "it": "ita",
    "ja": "jpn",
    "jv": "jav",
    "ka": "kat",
    "kk": "kaz",
    "ko": "kor",
    "ml": "mal",
    "mr": "mar",
    "nl": "nld",
    "pt": "por",
    "ru": "rus",
    "sw": "swh",
    "ta": "tam",
    "te": "tel",
    "th": "tha",
    "tl": "tgl",
    "tr": "tur",
    "ur": "urd",
    "vi": "vie",
    "zh": "cmn",
}


@harness.hookimpl
def register_tasks(register: Callable[[harness.Task], None]) -> None:
    register(TATOEBA)


def to_row(record: harness.Record) -> harness.SentenceRow:
    """English sentences are asked about (side "source"), foreign ones are searched (side "target")."""
    return harness.SentenceRow(text=record["text"], side=record["side"], key=record["key"], matches=(record["match"],))


TATOEBA = harness.Task(
    name="tatoeba",
    kind="sentence-similarity",
    languages=tuple(LASER_CODES),
    metrics=("retrieval_accuracy",),
    formats={
        # No format for the files of XTREME's scripts: they sort the English side, which loses what belongs together.
        "laser": harness.Format(
            reader="text-pairs",
            row=to_row,
            files={"test": "tatoeba/v1/tatoeba.{language}-eng.{language}"},
            options={"source_suffix": ".eng", "language_codes": LASER_CODES},
        ),
    },
    description="Find the translation of an English sentence among the foreign sentences; XTREME's 36 languages, no "
    "training data.",
    licence="CC BY 2.0 FR (Tatoeba)",
    citation="Artetxe and Schwenk 2019",
    homepage="https://github.com/facebookresearch/LASER/tree/main/data/tatoeba/v1",
)
