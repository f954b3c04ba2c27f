"""The reader of CCGbank's derivations."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.sources.files.readers.ccgbank import read

if TYPE_CHECKING:
    from pathlib import Path

# Written after the file format's description, not taken from the licensed corpus.
SENTENCE = (
    "ID=wsj_0001.1 PARSER=GOLD NUMPARSE=1\n"
    "(<T S[dcl] 0 2> (<T S[dcl] 1 2> (<T NP 0 1> (<L N NNP NNP Kim N>) ) "
    "(<L (S[dcl]\\NP)/(S[b]\\NP) MD MD will (S[dcl]\\NP_10)/(S[b]_11\\NP_10:B)_11>) "
    "(<L S[b]\\NP VB VB rest S[b]\\NP_3>) ) (<L . . . . .>) ) \n"
)


def test_leaves_of_a_derivation(tmp_path: Path) -> None:
    path = tmp_path / "wsj_0001.auto"
    path.write_text(SENTENCE + "\n" + SENTENCE.replace("0001.1", "0001.2"))
    first, second = read(path)
    assert (first.number, second.number) == (2, 5)
    assert first.record == {
        "id": "wsj_0001.1",
        "token": ("Kim", "will", "rest", "."),
        "category": ("N", "(S[dcl]\\NP)/(S[b]\\NP)", "S[b]\\NP", "."),
    }
    assert second.record == {**first.record, "id": "wsj_0001.2"}


def test_broken_derivations_are_reported_and_reading_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "wsj_0002.auto"
    cut = "(<T NP 0 1> (<L N NNP NNP Kim N>) (<L N NNP NNP>) )\n"
    path.write_bytes(b"ID=a\n" + cut.encode() + b"no leaves\nID=\xff\n" + SENTENCE.encode())
    lines = list(read(path))
    assert [(line.number, line.problem) for line in lines[:2]] == [
        (2, "leaves of the form (<L category pos pos token category>): 1 where 2 begin"),
        (3, "leaves of the form (<L category pos pos token category>): 0 where 0 begin"),
    ]
    assert lines[2].problem.startswith("not UTF-8")
    assert lines[3].record is not None
    assert lines[3].record["id"] == "wsj_0001.1"
