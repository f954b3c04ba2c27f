"""Task udpos: treebanks read as XTREME's scripts prepare them, and the files of those scripts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from harness import TokenRow
from harness.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Callable

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
    with pytest.raises(DataError, match="no test rows of udpos in language ru") as caught:
        load(files, "udpos", "test", "ru")
    assert "ru_*-ud-test.conllu" in str(caught.value)


def test_the_files_of_xtreme(load: Callable[..., Split]) -> None:
    text = "#\tSYM\na\tX\n\nb\tNOUN\n"
    assert load({"udpos/dev-de.tsv": text}, "udpos", "validation", "de").rows == [
        TokenRow(tokens=("#", "a"), tags=("SYM", "X")),
        TokenRow(tokens=("b",), tags=("NOUN",)),
    ]


def test_xtremes_test_files_without_tags_are_refused(load: Callable[..., Split]) -> None:
    with pytest.raises(DataError, match="no test row of udpos in language de can be read"):
        load({"udpos/test-de.tsv": "a\nb\n\nc\n"}, "udpos", "test", "de")


def test_languages_and_labels_are_those_of_xtreme(registry: Any) -> None:
    task = registry.task("udpos")
    assert len(set(task.languages)) == 33
    assert not {"lt", "pl", "uk", "wo", "ro"} & set(task.languages)
    assert len(task.labels) == 17
    assert "_" not in task.labels
    assert (task.selection.keep, task.selection.metric) == ("best", "udpos_f1_xtreme")
