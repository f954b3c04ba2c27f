"""Task ccg: CCG supertagging."""

from __future__ import annotations

from typing import TYPE_CHECKING

import harness

if TYPE_CHECKING:
    from collections.abc import Callable

CCGBANK = "ccgbank_1_1/data/AUTO"
TREEBANK_BRACKETS = {"-LRB-": "(", "-RRB-": ")", "-LCB-": "{", "-RCB-": "}", "-LSB-": "[", "-RSB-": "]"}
PMB_COLUMNS = ("token", "token_as_written", "symbol", "semantic_tag", "category", "sense", "roles")


@harness.hookimpl
def register_tasks(register: Callable[[harness.Task], None]) -> None:
    register(CCG)


def to_row(record: harness.Record) -> harness.TokenRow:
    """A sentence of CCGbank, with the characters that the Penn Treebank writes otherwise as they are in texts."""
    tokens = (TREEBANK_BRACKETS.get(token, token) for token in record["token"])
    return harness.TokenRow(
        id=record["id"],
        tokens=tuple(token.replace("\\/", "/").replace("\\*", "*") for token in tokens),
        tags=record["category"],
    )


def from_pmb(record: harness.Record) -> harness.TokenRow:
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
        "ccgbank": harness.Format(
            reader="ccgbank",
            row=to_row,
            files={
                "train": tuple(f"{CCGBANK}/{section:02}/*.auto" for section in range(2, 22)),
                "validation": f"{CCGBANK}/00/*.auto",
                "test": f"{CCGBANK}/23/*.auto",
            },
        ),
        "pmb": harness.Format(
            reader="conll",
            row=from_pmb,
            files={
                "train": "layer_data/4.0.0/{language}/gold/train.conll",
                "validation": "layer_data/4.0.0/{language}/gold/dev.conll",
                "test": "layer_data/4.0.0/{language}/gold/test.conll",
            },
            options={"columns": PMB_COLUMNS},
            stand_in="the Parallel Meaning Bank 4.0.0, not CCGbank: other sentences, a variant of the categories",
        ),
    },
    description="Give every token its category of combinatory categorial grammar. CCGbank has to be licensed from the "
    "Linguistic Data Consortium (LDC2005T13) and is not on the hub; sections 02-21 are trained on, 00 is validation, "
    "23 test, with all categories. The free Parallel Meaning Bank (https://pmb.let.rug.nl) can stand in for it.",
    licence="CCGbank: of the Linguistic Data Consortium; Parallel Meaning Bank: see its homepage",
    citation="Hockenmaier and Steedman 2007; Abzianidze et al. 2017",
    homepage="https://catalog.ldc.upenn.edu/LDC2005T13",
)
