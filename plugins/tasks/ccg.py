"""Task ccg: CCG supertagging."""

from __future__ import annotations

from typing import TYPE_CHECKING

import harness

if TYPE_CHECKING:
    from collections.abc import Callable

PMB_COLUMNS = ("token", "token_as_written", "symbol", "semantic_tag", "category", "sense", "roles")


@harness.hookimpl
def register_tasks(register: Callable[[harness.Task], None]) -> None:
    register(CCG)


def to_row(record: harness.Record) -> harness.TokenRow:
    """A sentence of the Parallel Meaning Bank, which joins the words of a name with "~"."""
    if not all(record["category"]):
        raise harness.BadRow("a token has no category")
    return harness.TokenRow(
        tokens=tuple(token.replace("~", " ").strip() or token for token in record["token"]), tags=record["category"]
    )


CCG = harness.Task(
    name="ccg",
    kind="token-classification",
    languages=("en",),
    metrics=("token_accuracy",),
    formats={
        "pmb": harness.Format(
            reader="conll",
            row=to_row,
            files={
                "train": "layer_data/4.0.0/{language}/gold/train.conll",
                "validation": "layer_data/4.0.0/{language}/gold/dev.conll",
                "test": "layer_data/4.0.0/{language}/gold/test.conll",
            },
            options={"columns": PMB_COLUMNS},
        ),
    },
    description="Give every token its category of combinatory categorial grammar. Read from the free Parallel Meaning "
    "Bank, whose categories are a variant of those of the licensed CCGbank.",
    licence="Parallel Meaning Bank: see its homepage",
    citation="Abzianidze et al. 2017",
    homepage="https://pmb.let.rug.nl",
)
