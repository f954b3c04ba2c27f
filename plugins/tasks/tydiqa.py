"""Task tydiqa: the gold-passage task of TyDi QA, questions asked in 9 languages by people who wanted to know."""

from __future__ import annotations

from typing import TYPE_CHECKING

import harness

from .squad import HUB_COLUMNS, STRIPPED, from_stripped, to_answerable_row

if TYPE_CHECKING:
    from collections.abc import Callable

NAMES = {
    "en": "english",
    "ar": "arabic",
    "bn": "bengali",
    "fi": "finnish",
    "id": "indonesian",
    "ko": "korean",
    "ru": "russian",
    "sw": "swahili",
    "te": "telugu",
}
CODES = {name: code for code, name in NAMES.items()}


@harness.hookimpl
def register_tasks(register: Callable[[harness.Task], None]) -> None:
    register(TYDIQA)


def language_of(record: harness.Record) -> str:
    """The language that begins an id such as `finnish--7633091408814529542-0`."""
    name = record["id"].partition("-")[0]
    if name not in CODES:
        raise harness.BadRow(f"the id {record['id']!r} does not begin with a language")
    return CODES[name]


TYDIQA = harness.Task(
    name="tydiqa",
    kind="question-answering",
    languages=tuple(NAMES),
    metrics=("squad_f1", "squad_exact_match"),
    formats={
        # One file holds the training rows of all languages.
        "goldp": harness.Format(
            reader="squad",
            row=to_answerable_row,
            files={
                "train": "tydiqa/tydiqa-goldp-v1.1-train.json",
                "test": "tydiqa/tydiqa-goldp-v1.1-dev/tydiqa-goldp-dev-{language}.json",
            },
            options={"language_codes": NAMES},
            language_of=language_of,
        ),
        # XTREME's scripts cut ids to their last number, so they repeat, and take the answers out of the test files.
        "xtreme": harness.Format(
            reader="squad",
            row=to_answerable_row,
            files={
                "train": "tydiqa/tydiqa-goldp-v1.1-train/tydiqa.goldp.{language}.train.json",
                "test": "tydiqa/tydiqa-goldp-v1.1-dev/tydiqa.goldp.{language}.dev.json",
            },
        ),
    },
    hub=(
        harness.HubData(
            repository="google-research-datasets/tydiqa",
            configuration="secondary_task",
            splits={"train": "train", "test": "validation"},
            row=from_stripped,
            columns=HUB_COLUMNS,
            language_of=language_of,
            differs=STRIPPED,
        ),
    ),
    description="Find the span of a Wikipedia paragraph that answers a question. Each language has questions of its "
    "own; test rows are the published development set, as in XTREME. No validation rows.",
    licence="Apache 2.0",
    citation="Clark et al. 2020",
    homepage="https://github.com/google-research-datasets/tydiqa",
)
