"""CoNLL-U."""

from __future__ import annotations

from typing import TYPE_CHECKING

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
