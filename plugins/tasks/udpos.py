"""Task udpos: part-of-speech tags of Universal Dependencies, in 38 languages."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import harness

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

LANGUAGES = (
    "en", "af", "ar", "bg", "de", "el", "es", "et", "eu", "fa", "fi", "fr", "he", "hi", "hu", "id", "it", "ja", "kk",
    "ko", "mr", "nl", "pt", "ru", "ta", "te", "th", "tl", "tr", "ur", "vi", "yo", "zh",
)  # fmt: skip
ADDED = ("lt", "pl", "ro", "uk", "wo")
"""The languages that XTREME-R adds, from a later release of the treebanks."""
HUB_NAMES = {
    "en": "English", "af": "Afrikaans", "ar": "Arabic", "bg": "Bulgarian", "de": "German", "el": "Greek",
    "es": "Spanish", "et": "Estonian", "eu": "Basque", "fa": "Persian", "fi": "Finnish", "fr": "French",
    "he": "Hebrew", "hi": "Hindi", "hu": "Hungarian", "id": "Indonesian", "it": "Italian", "ja": "Japanese",
    "kk": "Kazakh", "ko": "Korean", "mr": "Marathi", "nl": "Dutch", "pt": "Portuguese", "ru": "Russian",
    "ta": "Tamil", "te": "Telugu", "th": "Thai", "tl": "Tagalog", "tr": "Turkish", "ur": "Urdu", "vi": "Vietnamese",
    "yo": "Yoruba", "zh": "Chinese",
}  # fmt: skip
WITHOUT_VALIDATION = ("kk", "th", "tl", "yo")
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
HUB_COLUMNS = ("tokens", "pos_tags")
DIFFERS = (
    "A fused form is its words, not one word. Greek, German, Chinese, French and Russian have sentences of related "
    "languages too, such as Ancient Greek and Old French."
)
ZERO_WIDTH_NON_JOINER = "\u200c"
HIDDEN = "_"
"""The form of words that a treebank may not publish, and the tag of what is no word."""


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
    sentence = [written[number] for number in sorted(written)]
    hidden = sum(word.form == HIDDEN for word in sentence)
    if hidden and hidden >= len(sentence) - 1:
        raise harness.BadRow("the words of the sentence are not published")
    return harness.TokenRow(
        tokens=tuple(shown(word.form) for word in sentence), tags=tuple(word.tag for word in sentence)
    )


def from_hub(record: harness.Record) -> harness.TokenRow:
    """A sentence of the hub's copies; what has the tag "_", such as a fused form beside its words, is no word."""
    words = [(token, tag) for token, tag in zip(record["tokens"], record["pos_tags"], strict=True) if tag != HIDDEN]
    return harness.TokenRow(tokens=tuple(shown(token) for token, _ in words), tags=tuple(tag for _, tag in words))


def shown(form: str) -> str:
    """A form as XTREME has it."""
    return form.replace(ZERO_WIDTH_NON_JOINER, "").replace(" ", "")


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
    languages=LANGUAGES + ADDED,
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
            languages=LANGUAGES,
        ),
        # XTREME-R takes the languages it adds from a later release.
        "treebanks-2.7": harness.Format(
            reader="conllu",
            row=surface_row,
            files={
                "validation": "ud-treebanks-v2.7/UD_*/{language}_*-ud-dev.conllu",
                "test": "ud-treebanks-v2.7/UD_*/{language}_*-ud-test.conllu",
            },
            languages=ADDED,
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
    hub=(
        harness.HubData(
            repository="google/xtreme",
            configuration="udpos.English",
            splits={"train": "train"},
            row=from_hub,
            columns=HUB_COLUMNS,
            labels={"pos_tags": TAGS},
            differs="A fused form is its words, not one word.",
        ),
        harness.HubData(
            repository="google/xtreme",
            configuration="udpos.{language}",
            splits={"validation": "validation"},
            languages={code: name for code, name in HUB_NAMES.items() if code not in WITHOUT_VALIDATION},
            row=from_hub,
            columns=HUB_COLUMNS,
            labels={"pos_tags": TAGS},
            differs=DIFFERS,
        ),
        harness.HubData(
            repository="google/xtreme",
            configuration="udpos.{language}",
            splits={"test": "test"},
            languages=HUB_NAMES,
            row=from_hub,
            columns=HUB_COLUMNS,
            labels={"pos_tags": TAGS},
            differs=DIFFERS,
        ),
        # No label names here: whatever their order, and whether they are numbers, is not documented.
        harness.HubData(
            repository="izhx/xtreme-r-udpos",
            configuration="{language}",
            splits={"test": "test"},
            languages={code: code for code in ADDED},
            row=from_hub,
            columns=HUB_COLUMNS,
            differs="A third party's copy of release 2.7; how it treats fused forms is not documented.",
        ),
    ),
    selection=harness.Selection(keep="best", metric="udpos_f1_xtreme"),
    description="Give every word its part of speech (Universal Dependencies 2.5, fused forms as one word); XTREME's 33 "
    "languages and, from release 2.7, the 5 that XTREME-R adds. XTREME's score is a span F1, not accuracy.",
    licence="by treebank: see its homepage",
    citation="Nivre et al. 2020",
    homepage="https://universaldependencies.org",
)
