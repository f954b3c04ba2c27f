"""Task tatoeba: find the translation of an English sentence among up to a thousand foreign ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

import harness

if TYPE_CHECKING:
    from collections.abc import Callable

LANGUAGES = (
    "af", "ar", "bg", "bn", "de", "el", "es", "et", "eu", "fa", "fi", "fr", "he", "hi", "hu", "id", "it", "ja",
    "jv", "ka", "kk", "ko", "ml", "mr", "nl", "pt", "ru", "sw", "ta", "te", "th", "tl", "tr", "ur", "vi", "zh",
)  # fmt: skip


@harness.hookimpl
def register_tasks(register: Callable[[harness.Task], None]) -> None:
    register(TATOEBA)


def to_row(record: harness.Record) -> harness.SentenceRow:
    """English sentences are asked about (side "source"), foreign ones are searched (side "target")."""
    return harness.SentenceRow(text=record["text"], side=record["side"], key=record["key"], matches=(record["match"],))


TATOEBA = harness.Task(
    name="tatoeba",
    kind="sentence-similarity",
    languages=LANGUAGES,
    metrics=("retrieval_accuracy",),
    formats={
        # No format for the files of XTREME's scripts: they sort the English side, which loses what belongs together.
        "laser": harness.Format(
            reader="text-pairs",
            row=to_row,
            files={"test": "tatoeba/v1/tatoeba.{language}-eng.{language}"},
            options={"source_suffix": ".eng", "language_codes": {code: harness.iso639_3(code) for code in LANGUAGES}},
        ),
    },
    description="Find the translation of an English sentence among the foreign sentences; XTREME's 36 languages, no "
    "training data.",
    licence="CC BY 2.0 FR (Tatoeba)",
    citation="Artetxe and Schwenk 2019",
    homepage="https://github.com/facebookresearch/LASER/tree/main/data/tatoeba/v1",
)
