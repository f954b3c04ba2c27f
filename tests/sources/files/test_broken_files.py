"""Copies of real files, each broken in a way that files do break, and what the user is told."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from harness.errors import DataError
from harness.planning.data import Data
from harness.registry import default_registry
from harness.sources.files.source import open_files
from tests.raising import raises_code

Break = Callable[[bytes], bytes]


@dataclass(frozen=True)
class Broken:
    """A task's split of which one file is broken, and what of that is said.

    Attributes:
        files: copied; the first one is broken.
        part: of the map of files.
        left: rows that can still be used; 0 where the whole split is refused.
    """

    task: str
    split: str
    language: str
    files: tuple[str, ...]
    part: str
    change: Break
    said: tuple[str, ...]
    left: int = 0


def cut_in_the_middle(raw: bytes) -> bytes:
    return raw[: len(raw) // 2]


def without_last_column(raw: bytes) -> bytes:
    return b"".join(line.rpartition(b"\t")[0] + b"\n" for line in raw.splitlines())


def lines_changed(change: Callable[[bytes], bytes], *numbers: int) -> Break:
    def changed(raw: bytes) -> bytes:
        lines = raw.splitlines(keepends=True)
        for number in numbers:
            lines[number - 1] = change(lines[number - 1])
        return b"".join(lines)

    return changed


def shifted_answers(raw: bytes) -> bytes:
    """As after reading characters as UTF-16 units or bytes: the places of the first paragraph's answers are one off."""
    data = json.loads(raw)
    for question in data["data"][0]["paragraphs"][0]["qas"]:
        for answer in question["answers"]:
            answer["answer_start"] += 1
    return json.dumps(data).encode()


CASES = {
    "a JSON file cut in the middle": Broken(
        "squad",
        "train",
        "en",
        ("squad_v1.1/train-v1.1.json",),
        "",
        cut_in_the_middle,
        ("the file is not JSON: Unterminated string", "train-v1.1.json, line 1", "fetch it again"),
    ),
    "a TSV cut in the middle of a line": Broken(
        "pawsx",
        "test",
        "de",
        ("pawsx/test-de.tsv",),
        'format = "xtreme"',
        cut_in_the_middle,
        ("pawsx/test-de.tsv:1001: 2 columns where 3 are expected (sentence1, sentence2, label)",),
        left=1000,
    ),
    "labels taken out": Broken(
        "xnli",
        "test",
        "de",
        ("xnli/test-de.tsv",),
        'format = "xtreme"',
        without_last_column,
        ("xnli/test-de.tsv:1: 2 columns where 3", "see that the files are whole, labelled"),
    ),
    "answers one character off": Broken(
        "xquad",
        "test",
        "de",
        ("xquad/xquad.de.json",),
        "",
        shifted_answers,
        ("xquad.de.json:1: answer '308' is not in its context at 39: '08 '",),
        left=1176,
    ),
    "blanks for tabs": Broken(
        "udpos",
        "test",
        "fi",
        ("udpos/UD_Finnish-TDT/fi_tdt-ud-test.conllu",),
        'format = "treebanks"',
        lambda raw: raw.replace(b"\t", b"    ", 15),
        ("fi_tdt-ud-test.conllu:3: 1 column where 10 are expected",),
        left=399,
    ),
    "another encoding": Broken(
        "panx",
        "validation",
        "de",
        ("panx/dev-de.tsv",),
        'format = "xtreme"',
        lambda raw: raw.decode().encode("latin-1", "replace"),
        ("panx/dev-de.tsv:52: not UTF-8: byte 0xfc",),
        left=574,
    ),
    "a file of another task": Broken(
        "panx",
        "validation",
        "de",
        ("pawsx/dev-de.tsv",),
        'format = "xtreme"',
        bytes,
        ("pawsx/dev-de.tsv:1: 3 columns where 2 are expected (token, tag)",),
    ),
    "answers of the blind test set": Broken(
        "commonsenseqa",
        "validation",
        "en",
        ("commonsenseqa/dev_rand_split.jsonl",),
        "",
        lambda raw: b"".join(
            json.dumps({k: v for k, v in json.loads(line).items() if k != "answerKey"}).encode() + b"\n"
            for line in raw.splitlines()
        ),
        ("dev_rand_split.jsonl:1: no column 'answerKey'; columns are id, question",),
    ),
    "a label that does not exist": Broken(
        "cosmosqa",
        "validation",
        "en",
        ("cosmosqa/valid.csv",),
        "",
        lambda raw: raw.rstrip(b"\r\n")[:-1] + b"4\n",
        ("cosmosqa/valid.csv:701: label '4' is none of 0, 1, 2, 3",),
        left=699,
    ),
    "labels of another number of rows": Broken(
        "siqa",
        "validation",
        "en",
        ("siqa/dev-labels.lst", "siqa/dev.jsonl"),
        'format = "leaderboard"',
        lambda raw: raw.split(b"\n", 1)[1],
        ("1,954 lines but 1,953 labels", "siqa/dev-labels.lst", "fetch both again"),
    ),
    "a side with a line fewer": Broken(
        "tatoeba",
        "test",
        "sw",
        ("tatoeba/v1/tatoeba.swh-eng.eng", "tatoeba/v1/tatoeba.swh-eng.swh"),
        "",
        lambda raw: raw.split(b"\n", 1)[1],
        ("differ in length: 390 and 389 lines", "fetch both again"),
    ),
    "pairs of sentences that are not there": Broken(
        "bucc2018",
        "validation",
        "zh",
        ("bucc2018/zh-en.dev.en", "bucc2018/zh-en.dev.zh", "bucc2018/zh-en.dev.gold"),
        'format = "xtreme"',
        cut_in_the_middle,
        ("zh-en.dev.gold:1: no sentence has the id 'en-000008530'",),
        left=15461,
    ),
    "one line of an object": Broken(
        "hellaswag",
        "validation",
        "en",
        ("hellaswag/hellaswag_val.jsonl",),
        "",
        lines_changed(lambda line: line.replace(b'"endings"', b'"ending"'), 3),
        ("hellaswag_val.jsonl:3: no column 'endings'",),
        left=999,
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_broken_copies_of_real_files_are_answered(name: str, shared: Path, tmp_path: Path) -> None:
    case, registry = CASES[name], default_registry()
    for file in case.files:
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(shared / "data" / file, tmp_path / file)
    broken = tmp_path / case.files[0]
    broken.write_bytes(case.change(broken.read_bytes()))
    named = case.files[1] if len(case.files) > 1 else case.files[0]
    (tmp_path / "map.toml").write_text(
        f'root = "."\n[{case.task}.{case.split}]\nfile = "{named}"\nlanguages = ["{case.language}"]\n{case.part}\n'
    )
    data = Data(registry, open_files(tmp_path / "map.toml", registry))
    if case.left:
        rows = data.split(case.task, case.split, case.language)
        assert len(rows.rows) == case.left
        said = "\n".join(map(str, rows.skipped))
        # What is left out where some rows are bad is refused where none may be.
        data = Data(registry, open_files(tmp_path / "map.toml", registry), strict=True)
        with raises_code("bad-rows", len(rows.skipped), case.task):
            data.split(case.task, case.split, case.language)
    else:
        with pytest.raises(DataError) as refused:
            data.split(case.task, case.split, case.language)
        said = str(refused.value)
    assert [words for words in case.said if words not in said] == []
