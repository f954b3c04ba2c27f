"""Task lareqa: find the sentences that answer a question among those of eleven languages."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import harness

from .squad import HUB_COLUMNS, answers_of

if TYPE_CHECKING:
    from collections.abc import Callable

LANGUAGES = ("en", "ar", "de", "el", "es", "hi", "ru", "th", "tr", "vi", "zh")

SENTENCE_END = re.compile(r"""[.?!](?:\[[\w ?]+\]|[)'"\u201d\]])*\s+(?=[\['"(\u201c]*[A-Z0-9])""")
ABBREVIATION = re.compile(
    r"\b(?:(?<!°)[A-Z]|Mrs?|Ms|Dr|Prof|Fr|Rev|Sta?|Lt|Gen|Col|Maj|Adm|Capt|Sgt|Gov|Sen|Rep|Pres|Mt|Ft|Jan|Aug|Sept?|Oct|Nov"
    r"|Dec|No|Vol|Art|vs?|pp?|cf|ca|[bdcr]|fl|e\.g|i\.e|et al|approx)\.\s+$"
)


@harness.hookimpl
def register_tasks(register: Callable[[harness.Task], None]) -> None:
    register(LAREQA)


def to_row(record: harness.Record) -> harness.RetrievalRow:
    """A question, or a sentence of XQuAD-R followed by its whole paragraph, without a separator as in XTREME-R."""
    if record["side"] == "candidate":
        text = passage(record["sentence"], record["context"])
        return harness.RetrievalRow(text=text, side="candidate", key=record["key"])
    if not record["matches"]:
        raise harness.BadRow("no sentence holds the beginning of its answer")
    return harness.RetrievalRow(
        id=record["id"],
        text=record["question"],
        side="query",
        matches=tuple(record["matches"]),
        group=record["paragraph"],
    )


def to_training_row(record: harness.Record) -> harness.RetrievalRow:
    """A question of SQuAD 1.1 with the sentence in which its first answer begins."""
    if not record["answers"]:
        raise harness.BadRow("no gold answer")
    sentence = sentence_at(record["context"], record["answers"][0]["answer_start"])
    return harness.RetrievalRow(
        id=record["id"], text=record["question"], side="query", positive=passage(sentence, record["context"])
    )


def to_training_row_from_hub(record: harness.Record) -> harness.RetrievalRow:
    """As `to_training_row`, of the hub's copy of SQuAD 1.1."""
    return to_training_row({**record, "answers": answers_of(record)})


def passage(sentence: str, context: str) -> str:
    return (sentence + context).replace("\n", "")


def sentence_at(text: str, position: int) -> str:
    """The sentence of an English text that holds the character at a position, without outer blanks.

    A sentence ends at ".", "?" or "!" before a blank and a capital or a digit, not after initials and the usual
    abbreviations. XTREME-R splits SQuAD by a longer list of such rules.
    """
    start = 0
    for end in SENTENCE_END.finditer(text):
        if ABBREVIATION.search(text, start, end.end()):
            continue
        if end.end() > position:
            return text[start : end.end()].strip()
        start = end.end()
    return text[start:].strip()


LAREQA = harness.Task(
    name="lareqa",
    kind="text-retrieval",
    languages=LANGUAGES,
    metrics=("map_at_20",),
    formats={
        "squad": harness.Format(reader="squad", row=to_training_row, files={"train": "squad/train-v1.1.json"}),
        "xquad-r": harness.Format(
            reader="xquad-r",
            row=to_row,
            files={"test": "lareqa/xquad-r/{language}.json"},
            options={"languages": LANGUAGES},
        ),
    },
    # No test rows: XQuAD-R on the hub has no sentence breaks, so that what is searched is not known.
    hub=(
        harness.HubData(
            repository="rajpurkar/squad",
            configuration="plain_text",
            splits={"train": "train"},
            row=to_training_row_from_hub,
            columns=HUB_COLUMNS,
        ),
    ),
    description="Find the sentences that answer a question among those of all paragraphs in all languages together; "
    "the answers in every language are right (XTREME-R). Trained on SQuAD 1.1; its test questions are SQuAD's "
    "development questions, so the last checkpoint is kept.",
    licence="CC BY-SA 4.0",
    citation="Roy et al. 2020",
    homepage="https://github.com/google-research-datasets/lareqa",
)
