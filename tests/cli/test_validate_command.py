from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.fixtures import Cli


def test_a_table_of_languages_and_a_line_a_finding(cli: Cli) -> None:
    done = cli("validate", "tatoeba", "--limit", "16", "--languages", "qaa,qab")
    assert done.code == 0
    lines = [line.strip() for line in done.out.splitlines()]
    assert lines[0] == "tatoeba, sentence-similarity; data mini, model mini; the first 16 items of each split"
    rows = [line.split() for line in lines if line.startswith(("qaa", "qab"))]
    # No column of training and validation rows, of which there are none; 300 sentences of each side; nothing left out,
    # cut off, in pieces or unknown.
    assert [row[:6] for row in rows] == [[code, "600", "0", "0.0", "1.00", "0.0"] for code in ("qaa", "qab")]
    assert [row[6] for row in rows] == ["100.0", "100.0"]
    assert "ok: gold: scores 100 by retrieval_accuracy" in lines
    assert lines[-1] == "1 task, 0 with problems"


def test_problems_end_with_code_1_and_name_the_tasks(cli: Cli, pawsx: Path) -> None:
    done = cli("validate", "pawsx,xnli", "--data", pawsx)
    assert done.code == 1
    # The fixture's test rows are its training rows, of which the German ones differ in a word.
    assert "problem: overlap: of 12 test rows in en, 12 have the texts" in done.out
    assert "problem: rows: files has no rows of xnli" in done.out
    assert done.out.splitlines()[-1] == "2 tasks, 2 with problems: pawsx, xnli"


def test_a_suite_is_all_of_its_tasks(cli: Cli, pawsx: Path) -> None:
    reports = json.loads(cli("validate", "intermediate,-squad", "tatoeba", "--data", pawsx, "--json").out)
    assert [report["task"] for report in reports] == [
        *("anli", "mnli", "qqp", "squad_v2", "hellaswag", "ccg", "cosmosqa", "commonsenseqa"),
        "tatoeba",
    ]
    assert {report["findings"][0]["what"] for report in reports} == {
        f"files has no rows of {report['task']}" for report in reports
    }


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["pawxs"], "did you mean pawsx"),
        (["pawsx", "--data", "nowhere"], "no such file or directory"),
        (["pawsx", "--model", "nonsense"], "there is no model, and no directory, 'nonsense'"),
        (["pawsx", "--limit", "-1"], "not in the range"),
        ([], "Missing argument"),
    ],
)
def test_what_cannot_be_done_ends_with_code_2(cli: Cli, options: list[str], said: str) -> None:
    done = cli("validate", *options)
    assert done.code == 2
    assert said in done.err


def test_the_task_whose_training_rows_are_missing_is_named(cli: Cli, tmp_path: Path) -> None:
    file = tmp_path / "xcopa" / "test.et.jsonl"
    file.parent.mkdir()
    row = {"premise": "p", "choice1": "a", "choice2": "b", "question": "cause"}
    file.write_text("".join(f"{json.dumps(row | {'idx': i, 'label': i % 2})}\n" for i in range(4)), encoding="utf-8")
    done = cli("validate", "xcopa", "--data", tmp_path)
    assert done.code == 1
    assert "no training rows of copa in en" in done.out
    assert "no training rows of copa in et" not in done.out
    assert "`xharness show copa`" in done.out
