"""Task xquad: questions of SQuAD's development set in 12 languages, trained on SQuAD."""

from __future__ import annotations

from typing import TYPE_CHECKING

import harness

from .squad import HUB_COLUMNS, STRIPPED, from_stripped, to_answerable_row

if TYPE_CHECKING:
    from collections.abc import Callable


@harness.hookimpl
def register_tasks(register: Callable[[harness.Task], None]) -> None:
    register(XQUAD)


XQUAD = harness.Task(
    name="xquad",
    kind="question-answering",
    # XTREME's, then the one that XTREME-R adds.
    languages=("en", "ar", "de", "el", "es", "hi", "ru", "th", "tr", "vi", "zh", "ro"),
    metrics=("squad_f1", "squad_exact_match"),
    formats={
        # XTREME's scripts keep the name and take the answers out; questions without answer are refused.
        "squad": harness.Format(reader="squad", row=to_answerable_row, files={"test": "xquad/xquad.{language}.json"}),
    },
    hub=(
        harness.HubData(
            repository="google/xquad",
            configuration="xquad.{language}",
            splits={"test": "validation"},
            row=from_stripped,
            columns=HUB_COLUMNS,
            differs=STRIPPED,
        ),
    ),
    trains_on="squad",
    description="Find the span of a paragraph that answers a question; 1,190 questions, translated. Ids are the same "
    "in every language.",
    licence="CC BY-SA 4.0",
    citation="Artetxe et al. 2020",
    homepage="https://github.com/google-deepmind/xquad",
)
