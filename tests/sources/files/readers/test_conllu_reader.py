"""CoNLL-U."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from harness.sources.files.readers import find_reader

if TYPE_CHECKING:
    from pathlib import Path

REST = "\t_\t_\t_"


def test_every_line_of_a_sentence_has_its_ten_columns(tmp_path: Path) -> None:
    text = (
        "# sent_id = 1\n# text = Er geht zum Arzt\n"
        f"1\tEr\ter\tPRON\tPPER\t_\t2{REST}\n2\tgeht\tgehen\tVERB\tVVFIN\t_\t0{REST}\n"
        f"3-4\tzum\t_\t_\t_\t_\t_{REST}\n3\tzu\tzu\tADP\tAPPR\t_\t5{REST}\n4\tdem\tder\tDET\tART\t_\t5{REST}\n"
        f"4.1\tleer\tleer\tX\t_\t_\t_{REST}\n5\tArzt\tArzt\tNOUN\tNN\t_\t2{REST}\n\n"
    )
    path = tmp_path / "de_gsd-ud-test.conllu"
    path.write_text(text, encoding="utf-8")
    (line,) = find_reader("conllu").read(path)
    assert line.number == 3
    assert line.record is not None
    assert line.record["id"] == ("1", "2", "3-4", "3", "4", "4.1", "5")
    assert line.record["form"] == ("Er", "geht", "zum", "zu", "dem", "leer", "Arzt")
    assert line.record["upos"] == ("PRON", "VERB", "_", "ADP", "DET", "X", "NOUN")
    assert line.record["head"] == ("2", "0", "_", "5", "5", "_", "2")
    assert line.record["language"] == "de"


def test_a_line_with_other_columns_spoils_its_sentence_only(tmp_path: Path) -> None:
    path = tmp_path / "x.conllu"
    path.write_text(f"1\tja\n\n1\tNo\tno\tINTJ\t_\t_\t0{REST}\n", encoding="utf-8")
    bad, good = find_reader("conllu").read(path)
    assert bad.problem.startswith("2 columns where 10 are expected")
    assert good.record is not None
    assert good.record["form"] == ("No",)


@pytest.mark.parametrize(
    ("numbers", "line", "problem"),
    [
        ("1 2 # 1 2 3", 4, "word 1 follows word 2: no blank line between two sentences"),
        ("1 2 4", 3, "word 4 where word 3 is expected"),
        ("2 3", 1, "word 2 where word 1 is expected"),
        ("0 1", 1, "word 0 where word 1 is expected"),
        ("1 1-2 2 2-3 3", 4, "the fused form 2-3 overlaps the one before it, which ends at word 2"),
        ("1-2 1 2 3-5 3 4", 4, "the fused form 3-5 ends beyond the sentence, which has 4 words"),
        ("1 2 2-1", 3, "the fused form 2-1 runs backwards"),
        (
            f"1 {'9' * 5000}",
            2,
            f"'{'9' * 40}...' is no number of a word, of a fused form (such as 3-4) or of an empty node (3.1)",
        ),
        ("1 2-", 2, "'2-' is no number of a word, of a fused form (such as 3-4) or of an empty node (3.1)"),
    ],
)
def test_words_are_numbered_from_one_and_fused_forms_lie_apart(
    tmp_path: Path, numbers: str, line: int, problem: str
) -> None:
    path = tmp_path / "en_x.conllu"
    words = ["# comment" if number == "#" else f"{number}\ta\ta\tX\t_\t_\t0{REST}" for number in numbers.split()]
    good = f"1\tNo\tno\tINTJ\t_\t_\t0{REST}\n"
    path.write_text("\n".join(words) + f"\n\n{good}", encoding="utf-8")
    bad, after = find_reader("conllu").read(path)
    assert (bad.record, bad.number, bad.problem, bad.since) == (None, line, problem, 2)
    assert after.record is not None
    assert after.record["form"] == ("No",)
