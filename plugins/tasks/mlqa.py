"""Task mlqa: questions about Wikipedia paragraphs in 7 languages, trained on SQuAD."""

from __future__ import annotations

from typing import TYPE_CHECKING

import harness

from .squad import HUB_COLUMNS, STRIPPED, from_stripped, to_answerable_row

if TYPE_CHECKING:
    from collections.abc import Callable

# In the names of MLQA's files the first language is that of contexts and answers, the second that of the questions.
FILE = "mlqa/MLQA_V1/{split}/{split}-context-{{language}}-question-{{language}}.json"


@harness.hookimpl
def register_tasks(register: Callable[[harness.Task], None]) -> None:
    register(MLQA)


MLQA = harness.Task(
    name="mlqa",
    kind="question-answering",
    languages=("en", "ar", "de", "es", "hi", "vi", "zh"),
    metrics=("mlqa_f1", "mlqa_exact_match"),
    formats={
        # XTREME's scripts keep the names and take the answers out of the test files; such questions are refused.
        "squad": harness.Format(
            reader="squad",
            row=to_answerable_row,
            files={"validation": FILE.format(split="dev"), "test": FILE.format(split="test")},
        ),
    },
    hub=(
        # facebook/mlqa is a script, which is no longer run. In the names the context's language comes first, as above.
        harness.HubData(
            repository="google/xtreme",
            configuration="MLQA.{language}.{language}",
            splits={"validation": "validation", "test": "test"},
            row=from_stripped,
            columns=HUB_COLUMNS,
            differs=STRIPPED,
        ),
    ),
    trains_on="squad",
    description="Find the span of a Wikipedia paragraph that answers a question; question and paragraph are of one "
    "language, as in XTREME.",
    licence="CC BY-SA 3.0",
    citation="Lewis et al. 2020",
    homepage="https://github.com/facebookresearch/MLQA",
)
