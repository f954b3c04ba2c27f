"""Task udpos: treebanks read as XTREME's scripts prepare them, those scripts' files, and the copies on the hub."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import datasets
import pytest

from harness import TokenRow
from harness.sources.hub.source import HubSource, table_names
from harness.sources.hub.tables import HubTables
from tests.fixtures import HubCache
from tests.raising import raises_code

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.registry import Registry
    from harness.sources.base import Split

ROOT = "ud-treebanks-v2.5"


def treebank(*sentences: str) -> str:
    """CoNLL-U of sentences such as "1 im ADP 2; 2 Haus NOUN 0": number, form, tag, head; ~ is a blank in a form."""
    lines = []
    for sentence in sentences:
        for word in sentence.split("; "):
            number, form, tag, head = word.split(" ")
            lines.append("\t".join([number, form.replace("~", " "), "_", tag, "_", "_", head, "_", "_", "_"]))
        lines.append("")
    return "\n".join(lines) + "\n"


def read(load: Callable[..., Split], sentence: str, language: str = "de") -> TokenRow:
    files = {f"{ROOT}/UD_X/{language}_x-ud-test.conllu": treebank(sentence)}
    (row,) = load(files, "udpos", "test", language).rows
    assert isinstance(row, TokenRow)
    return row


def test_a_fused_form_stands_for_its_words_with_the_tag_of_the_highest(load: Callable[..., Split]) -> None:
    # "verlo": the verb is the root, the pronoun hangs on it.
    row = read(load, "1 Quiere VERB 0; 2-3 verlo _ _; 2 ver VERB 1; 3 lo PRON 2; 4 . PUNCT 1", "es")
    assert row == TokenRow(tokens=("Quiere", "verlo", "."), tags=("VERB", "VERB", "PUNCT"))


def test_of_equally_high_words_the_tag_decides(load: Callable[..., Split]) -> None:
    # Preposition and article of "im" both hang on the noun: ADP stands before DET.
    row = read(load, "1-2 im _ _; 1 in ADP 3; 2 dem DET 3; 3 Haus NOUN 0")
    assert row == TokenRow(tokens=("im", "Haus"), tags=("ADP", "NOUN"))
    # The order of the words does not matter.
    row = read(load, "1-2 x _ _; 1 dem DET 3; 2 in ADP 3; 3 Haus NOUN 0")
    assert row.tags == ("ADP", "NOUN")


@pytest.mark.parametrize(("language", "tag"), [("pt", "PRON"), ("es", "AUX"), ("fr", "AUX"), ("it", "AUX")])
def test_three_languages_prefer_other_tags(load: Callable[..., Split], language: str, tag: str) -> None:
    row = read(load, "1-2 haberse _ _; 1 haber AUX 3; 2 se PRON 3; 3 ido VERB 0", language)
    assert row.tags == (tag, "VERB")


def test_empty_nodes_are_no_words(load: Callable[..., Split]) -> None:
    assert read(load, "1 a X 0; 1.1 nothing VERB _; 2 b X 1").tokens == ("a", "b")


def test_blanks_and_zero_width_non_joiners_go(load: Callable[..., Split]) -> None:
    row = read(load, "1 sinh~viên NOUN 0; 2 می\u200cرود VERB 1")
    assert row.tokens == ("sinhviên", "میرود")


def test_sentences_with_unpublished_words_are_left_out(load: Callable[..., Split]) -> None:
    # Left out where at most one word is there; a lone underscore in a longer sentence is a word.
    hidden = "1 _ NOUN 0; 2 _ VERB 1; 3 . PUNCT 1"
    text = treebank(hidden, "1 _ SYM 2; 2 a NOUN 0; 3 b NOUN 2", "1 _ SYM 0")
    split = load({f"{ROOT}/UD_X/fr_x-ud-test.conllu": text}, "udpos", "test", "fr")
    assert [getattr(row, "tokens", None) for row in split.rows] == [("_", "a", "b")]
    assert {skipped.reason for skipped in split.skipped} == {"the words of the sentence are not published"}
    assert [skipped.line for skipped in split.skipped] == [1, 9]


def test_all_treebanks_of_a_language_are_read_and_none_of_its_ancestors(load: Callable[..., Split]) -> None:
    files = {
        f"{ROOT}/UD_{folder}/{file}-ud-test.conllu": treebank(f"1 {word} X 0")
        for folder, file, word in [
            ("Greek-GDT", "el_gdt", "modern"),
            ("Ancient_Greek-PROIEL", "grc_proiel", "ancient"),
            ("Greek-Another", "el_another", "more"),
        ]
    }
    split = load(files, "udpos", "test", "el")
    assert [getattr(row, "tokens", None) for row in split.rows] == [("more",), ("modern",)]
    assert split.keys == [
        f"{ROOT}/UD_Greek-Another/el_another-ud-test.conllu:1",
        f"{ROOT}/UD_Greek-GDT/el_gdt-ud-test.conllu:1",
    ]


def test_a_language_without_treebank_is_missed_by_its_name(load: Callable[..., Split]) -> None:
    files = {f"{ROOT}/UD_Old_East_Slavic/orv_torot-ud-test.conllu": treebank("1 a X 0")}
    with raises_code("no-rows", "test", "udpos", "ru") as caught:
        load(files, "udpos", "test", "ru")
    assert "ru_*-ud-test.conllu" in str(caught.value)


def test_the_files_of_xtreme(load: Callable[..., Split]) -> None:
    text = "#\tSYM\na\tX\n\nb\tNOUN\n"
    assert load({"udpos/dev-de.tsv": text}, "udpos", "validation", "de").rows == [
        TokenRow(tokens=("#", "a"), tags=("SYM", "X")),
        TokenRow(tokens=("b",), tags=("NOUN",)),
    ]


def test_xtremes_test_files_without_tags_are_refused(load: Callable[..., Split]) -> None:
    with raises_code("no-readable-row", "test", "udpos", "de"):
        load({"udpos/test-de.tsv": "a\nb\n\nc\n"}, "udpos", "test", "de")


def test_the_languages_of_xtreme_r_are_those_of_a_later_release(load: Callable[..., Split]) -> None:
    def file(release: str, language: str) -> str:
        return f"ud-treebanks-v{release}/UD_X/{language}_x-ud-test.conllu"

    files = {file(r, code): treebank(f"1 {r} X 0") for r in ("2.5", "2.7") for code in ("lt", "de")}
    assert [row.tokens for row in load(files, "udpos", "test", "lt").rows] == [("2.7",)]  # type: ignore[attr-defined]
    assert [row.tokens for row in load(files, "udpos", "test", "de").rows] == [("2.5",)]  # type: ignore[attr-defined]


def test_one_release_does_not_stand_for_the_other(load: Callable[..., Split]) -> None:
    files = {"ud-treebanks-v2.7/UD_X/de_x-ud-test.conllu": treebank("1 a X 0")}
    with raises_code("no-rows", "test", "udpos", "de") as caught:
        load(files, "udpos", "test", "de")
    assert "v2.7" not in str(caught.value)


def test_languages_and_labels_are_those_of_xtreme_then_those_of_xtreme_r(registry: Registry) -> None:
    task = registry.task("udpos")
    assert len(set(task.languages)) == len(task.languages) == 38
    assert task.languages[0] == "en"
    assert set(task.languages[33:]) == {"lt", "pl", "uk", "wo", "ro"}
    assert len(task.labels) == 17
    assert "_" not in task.labels
    assert (task.selection.keep, task.selection.metric) == ("best", "udpos_f1_xtreme")


XTREME_TAGS = [
    "ADJ", "ADP", "ADV", "AUX", "CCONJ", "DET", "INTJ", "NOUN", "NUM", "PART", "PRON", "PROPN", "PUNCT", "SCONJ",
    "SYM", "VERB", "X",
]  # fmt: skip
# The order that the hub's first copies of the treebanks have.
TREEBANK_TAGS = [
    "NOUN", "PUNCT", "ADP", "NUM", "SYM", "SCONJ", "ADJ", "PART", "DET", "CCONJ", "PROPN", "PRON", "X", "_", "ADV",
    "INTJ", "VERB", "AUX",
]  # fmt: skip
TEXTS = datasets.Sequence(datasets.Value("string"))


def columns(*tags: str) -> datasets.Features:
    names = datasets.Sequence(datasets.ClassLabel(names=list(tags))) if tags else TEXTS
    return datasets.Features({"tokens": TEXTS, "pos_tags": names})


def on_hub(tags: list[str], *words: str) -> dict[str, Any]:
    """A sentence of words such as "Haus/NOUN"."""
    pairs = [word.rsplit("/", 1) for word in words]
    return {"tokens": [token for token, _ in pairs], "pos_tags": [tags.index(tag) for _, tag in pairs]}


def test_words_on_the_hub_lose_blanks_and_zero_width_non_joiners(
    hub_cache: HubCache, load_hub: Callable[..., Split]
) -> None:
    row = on_hub(XTREME_TAGS, "sinh viên/NOUN", "می\u200cرود/VERB")
    # Its numbers by hand, from the list of names.
    assert row["pos_tags"] == [7, 15]
    hub_cache("google/xtreme", {"test": [row]}, columns(*XTREME_TAGS), configuration="udpos.Persian")
    split = load_hub("udpos", "test", "fa")
    assert split.rows == [TokenRow(tokens=("sinhviên", "میرود"), tags=("NOUN", "VERB"))]
    assert "fused form" in split.differs
    assert "Ancient Greek" in split.differs


def test_another_set_of_tags_is_refused(hub_cache: HubCache, load_hub: Callable[..., Split]) -> None:
    hub_cache(
        "google/xtreme",
        {"test": [on_hub(TREEBANK_TAGS, "Haus/NOUN")]},
        columns(*TREEBANK_TAGS),
        configuration="udpos.German",
    )
    with raises_code("other-labels", "google/xtreme", "pos_tags"):
        load_hub("udpos", "test", "de")


def test_the_languages_of_xtreme_r_have_tags_in_any_order_and_underscores_go(
    hub_cache: HubCache, load_hub: Callable[..., Split]
) -> None:
    row = on_hub(TREEBANK_TAGS, "im/_", "in/ADP", "dem/DET", "Haus/NOUN", "!/PUNCT")
    assert row["pos_tags"] == [13, 2, 8, 0, 1]
    hub_cache("izhx/xtreme-r-udpos", {"test": [row]}, columns(*TREEBANK_TAGS), configuration="lt")
    texts = {"tokens": ["Haus", "_"], "pos_tags": ["NOUN", "_"]}
    hub_cache("izhx/xtreme-r-udpos", {"test": [texts]}, columns(), configuration="wo")
    assert load_hub("udpos", "test", "lt").rows == [
        TokenRow(tokens=("in", "dem", "Haus", "!"), tags=("ADP", "DET", "NOUN", "PUNCT"))
    ]
    assert load_hub("udpos", "test", "wo").rows == [TokenRow(tokens=("Haus",), tags=("NOUN",))]


def test_all_that_the_hub_has_is_asked_for_by_its_names(registry: Registry) -> None:
    task, source = registry.task("udpos"), HubSource(HubTables())
    assert source.languages(task, "train") == ("en",)
    assert source.languages(task, "test") == task.languages
    assert set(task.languages) - set(source.languages(task, "validation")) == {
        *("kk", "th", "tl", "yo"),
        *("lt", "pl", "ro", "uk", "wo"),
    }
    named = {
        name.configuration
        for data in task.hub
        if data.repository == "google/xtreme"
        for language in data.languages
        for split in data.splits
        for name in table_names(data, split, language)
    }
    # By hand from the repository's list of configurations.
    published = (
        "Afrikaans Arabic Basque Bulgarian Dutch English Estonian Finnish French German Greek Hebrew Hindi Hungarian "
        "Indonesian Italian Japanese Kazakh Korean Chinese Marathi Persian Portuguese Russian Spanish Tagalog Tamil "
        "Telugu Thai Turkish Urdu Vietnamese Yoruba"
    )
    assert named == {f"udpos.{name}" for name in published.split()}
    assert {name.configuration for name in table_names(task.hub[2], "test", "fa")} == {"udpos.Persian"}
