"""Task udpos: part-of-speech tags of Universal Dependencies, in 33 languages."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import harness

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

LANGUAGES = (
    "en", "af", "ar", "bg", "de", "el", "es", "et", "eu", "fa", "fi", "fr", "he", "hi", "hu", "id", "it", "ja", "kk",
    "ko", "mr", "nl", "pt", "ru", "ta", "te", "th", "tl", "tr", "ur", "vi", "yo", "zh",
)  # fmt: skip
TAGS = (
    "ADJ", "ADP", "ADV", "AUX", "CCONJ", "DET", "INTJ", "NOUN", "NUM", "PART", "PRON", "PROPN", "PUNCT", "SCONJ",
    "SYM", "VERB", "X",
)  # fmt: skip

PRECEDENCE = (
    "VERB", "NOUN", "PROPN", "PRON", "ADJ", "NUM", "ADV", "INTJ", "AUX", "ADP", "DET", "PART", "CCONJ", "SCONJ", "X",
    "PUNCT",
)  # fmt: skip
"""Which of the words in one fused form gives it its tag, where several are equally near the root."""
PRECEDENCE_IN = {
    "es": ("VERB", "AUX", "PRON", "ADP", "DET"),
    "fr": ("VERB", "AUX", "PRON", "NOUN", "ADJ", "ADV", "ADP", "DET", "PART", "SCONJ", "CONJ"),
    "it": ("VERB", "AUX", "ADV", "PRON", "ADP", "DET", "INTJ"),
}
ZERO_WIDTH_NON_JOINER = "\u200c"
HIDDEN = "_"
"""The form of words that a treebank may not publish."""


class Word(NamedTuple):
    """One word of a treebank: its form, its tag and the number of its head, 0 for the root's."""

    form: str
    tag: str
    head: int


@harness.hookimpl
def register_tasks(register: Callable[[harness.Task], None]) -> None:
    register(UDPOS)


def to_row(record: harness.Record) -> harness.TokenRow:
    """A sentence of XTREME's files."""
    return harness.TokenRow(tokens=record["token"], tags=record["tag"])


def surface_row(record: harness.Record) -> harness.TokenRow:
    """A sentence of a treebank, with its words as they are written: `im`, not `in` and `dem`.

    As in XTREME a fused form has the tag of the word in it that is nearest to the root, forms lose blanks and
    zero-width non-joiners, and sentences whose words are not published are left out.
    """
    words: dict[int, Word] = {}
    fused: list[tuple[range, str]] = []
    columns = (record["id"], record["form"], record["upos"], record["head"])
    for number, form, tag, head in zip(*columns, strict=True):
        if number.isdigit():
            words[int(number)] = Word(form, tag, int(head))
        elif "." not in number:
            first, _, last = number.partition("-")
            fused.append((range(int(first), int(last) + 1), form))
    written = dict(words)
    for span, form in fused:
        head = span_head(span, words, PRECEDENCE_IN.get(record["language"], PRECEDENCE))
        for number in span:
            del written[number]
        written[head] = words[head]._replace(form=form)
    shown = [written[number] for number in sorted(written)]
    hidden = sum(word.form == HIDDEN for word in shown)
    if hidden and hidden >= len(shown) - 1:
        raise harness.BadRow("the words of the sentence are not published")
    return harness.TokenRow(
        tokens=tuple(word.form.replace(ZERO_WIDTH_NON_JOINER, "").replace(" ", "") for word in shown),
        tags=tuple(word.tag for word in shown),
    )


def span_head(span: range, words: Mapping[int, Word], precedence: Sequence[str]) -> int:
    """The word of a fused form that is nearest to the root; of equally near ones the first by its tag's precedence."""
    depths = {number: len(_ancestors(number, words)) for number in span}
    ranks = {tag: rank for rank, tag in enumerate(precedence)}
    return min(span, key=lambda number: (depths[number], ranks.get(words[number].tag, len(ranks))))


def _ancestors(number: int, words: Mapping[int, Word]) -> set[int]:
    ancestors: set[int] = set()
    while (number := words[number].head) in words and number not in ancestors:
        ancestors.add(number)
    return ancestors


UDPOS = harness.Task(
    name="udpos",
    kind="token-classification",
    languages=LANGUAGES,
    labels=TAGS,
    metrics=("udpos_f1_xtreme", "token_accuracy"),
    formats={
        # All treebanks of a language, chosen by the code in the file's name: "el" is not Ancient Greek ("grc").
        "treebanks": harness.Format(
            reader="conllu",
            row=surface_row,
            files={
                "train": "ud-treebanks-v2.5/UD_*/en_*-ud-train.conllu",
                "validation": "ud-treebanks-v2.5/UD_*/{language}_*-ud-dev.conllu",
                "test": "ud-treebanks-v2.5/UD_*/{language}_*-ud-test.conllu",
            },
        ),
        # XTREME's scripts take the tags off the test files; sentences without tags are refused.
        "xtreme": harness.Format(
            reader="conll",
            row=to_row,
            files={
                "train": "udpos/train-en.tsv",
                "validation": "udpos/dev-{language}.tsv",
                "test": "udpos/test-{language}.tsv",
            },
            options={"columns": ("token", "tag")},
        ),
    },
    selection=harness.Selection(keep="best", metric="udpos_f1_xtreme"),
    description="Give every word its part of speech (Universal Dependencies 2.5, fused forms as one word); XTREME's 33 "
    "languages. XTREME's score is a span F1, not accuracy.",
    licence="by treebank: see its homepage",
    citation="Nivre et al. 2020",
    homepage="https://universaldependencies.org",
)
