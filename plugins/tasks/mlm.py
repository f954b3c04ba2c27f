"""Task mlm: masked language modelling on plain text in many languages, to be mixed into intermediate training."""

from __future__ import annotations

from typing import TYPE_CHECKING

import harness

if TYPE_CHECKING:
    from collections.abc import Callable

LANGUAGES = (
    "en", "af", "ar", "az", "bg", "bn", "de", "el", "es", "et", "eu", "fa", "fi", "fr", "gu", "he", "hi", "ht", "hu",
    "id", "it", "ja", "jv", "ka", "kk", "ko", "lt", "ml", "mr", "ms", "my", "nl", "pa", "pl", "pt", "qu", "ro", "ru",
    "sw", "ta", "te", "th", "tl", "tr", "uk", "ur", "vi", "wo", "yo", "zh", "qaa", "qab", "qac", "qad", "qae",
)  # fmt: skip


@harness.hookimpl
def register_tasks(register: Callable[[harness.Task], None]) -> None:
    register(MLM)


def to_row(record: harness.Record) -> harness.TextRow:
    return harness.TextRow(text=record["text"])


MLM = harness.Task(
    name="mlm",
    kind="fill-mask",
    languages=LANGUAGES,
    train_languages=LANGUAGES,
    metrics=("masked_accuracy",),
    formats={
        "text": harness.Format(
            reader="lines",
            row=to_row,
            files={"train": "mlm/train-{language}.txt", "validation": "mlm/validation-{language}.txt"},
        ),
    },
    description="Guess masked tokens of plain text, one text a line. Trained as an intermediate task only, in all the "
    "languages that the data have; any text will do, such as Wikipedia's.",
    licence="that of the text",
    citation="Devlin et al. 2019; mixed into intermediate training by Phang et al. 2020",
)
