"""Task tatoeba: find the translation of an English sentence among up to a thousand foreign ones; as XTREME and as
XTREME-R have it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import harness

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

LANGUAGES = (
    "af", "ar", "bg", "bn", "de", "el", "es", "et", "eu", "fa", "fi", "fr", "he", "hi", "hu", "id", "it", "ja",
    "jv", "ka", "kk", "ko", "ml", "mr", "nl", "pt", "ru", "sw", "ta", "te", "th", "tl", "tr", "ur", "vi", "zh",
)  # fmt: skip
ADDED = ("az", "lt", "pl", "ro", "uk")
"""The languages that XTREME-R adds."""


@harness.hookimpl
def register_tasks(register: Callable[[harness.Task], None]) -> None:
    register(TATOEBA)
    register(XTREME_R)


def to_row(record: harness.Record) -> harness.SentenceRow:
    """English sentences are asked about (side "source"), foreign ones are searched (side "target")."""
    return harness.SentenceRow(text=record["text"], side=record["side"], key=record["key"], matches=(record["match"],))


def of_xtreme(number: int, pair: harness.Record) -> Iterator[harness.Record]:
    """The two sides of a pair of google/xtreme's; what it says of languages is part of a file name."""
    return sides(number, foreign=pair["source_sentence"], english=pair["target_sentence"])


def of_mteb(number: int, pair: harness.Record) -> Iterator[harness.Record]:
    """The two sides of a pair of mteb's."""
    return sides(number, foreign=pair["sentence1"], english=pair["sentence2"])


def sides(number: int, foreign: str, english: str) -> Iterator[harness.Record]:
    """The records that the reader of LASER's files makes of line `number` of both."""
    # google/xtreme's sentences keep their line ends.
    texts = {"source": english.rstrip("\r\n"), "target": foreign.rstrip("\r\n")}
    if not all(text.strip() for text in texts.values()):
        raise harness.BadRow("a sentence of the pair is blank")
    for side, text in texts.items():
        yield {"side": side, "key": str(number), "text": text, "match": str(number)}


TATOEBA = harness.Task(
    name="tatoeba",
    kind="sentence-similarity",
    languages=LANGUAGES + ADDED,
    metrics=("retrieval_accuracy",),
    formats={
        # No format for the files of XTREME's scripts: they sort the English side, which loses what belongs together.
        "laser": harness.Format(
            reader="text-pairs",
            row=to_row,
            files={"test": "tatoeba/v1/tatoeba.{language}-eng.{language}"},
            options={"source_suffix": ".eng", "language_codes": harness.iso639_3},
        ),
    },
    hub=(
        harness.HubData(
            repository="google/xtreme",
            configuration="tatoeba.{language}",
            splits={"test": "validation"},
            languages={code: harness.iso639_3(code) for code in LANGUAGES},
            records=of_xtreme,
            row=to_row,
            columns=("source_sentence", "target_sentence"),
        ),
        harness.HubData(
            repository="mteb/tatoeba-bitext-mining",
            configuration="{language}-eng",
            splits={"test": "test"},
            languages={code: harness.iso639_3(code) for code in ADDED},
            records=of_mteb,
            row=to_row,
            columns=("sentence1", "sentence2"),
        ),
    ),
    description="Find the translation of an English sentence among the foreign sentences; XTREME's 36 languages and "
    "the 5 that XTREME-R adds, no training data.",
    licence="CC BY 2.0 FR (Tatoeba)",
    citation="Artetxe and Schwenk 2019",
    homepage="https://github.com/facebookresearch/LASER/tree/main/data/tatoeba/v1",
)

XTREME_R = replace(
    TATOEBA,
    name="tatoeba@xtreme-r",
    after=("squad",),
    description="Tatoeba as XTREME-R has it: the encoder is trained on SQuAD first, and no longer scored as it is.",
    citation="Artetxe and Schwenk 2019; Ruder et al. 2021",
)
