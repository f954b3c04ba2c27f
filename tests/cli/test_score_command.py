"""`xharness score` and `xharness check submission` as a user meets them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.fixtures import Cli


@pytest.fixture
def goldens(shared: Path) -> Path:
    return shared / "goldens" / "xtreme"


def test_the_reference_fixture_prints_its_numbers(cli: Cli, goldens: Path) -> None:
    done = cli(
        "score", "--predictions", goldens / "predictions", "--labels", goldens / "labels", "--output", "all.json"
    )
    assert done.code == 0, done.err
    lines = [line.split() for line in done.out.splitlines()]
    assert ["udpos", "f1", "70.22,", "precision", "71.02,", "recall", "69.55", "33", "70.22"] in lines
    assert ["xquad", "exact_match", "77.27,", "f1", "79.96", "11", "78.62"] in lines
    assert ["overall", "mean", "of", "all", "tasks", "9", "tasks", "62.17"] in lines
    assert "not scored, of no task of xtreme: mewslix" in done.out
    scores = json.loads(Path("all.json").read_text(encoding="utf-8"))
    assert scores["tasks"]["bucc2018"]["f1"].keys() == {"de", "fr", "ru", "zh"}
    assert scores["aggregates"]["overall"]["value"] == pytest.approx(62.17319850507248, abs=1e-9)
    assert scores["not_scored"] == ["mewslix"]


def test_missing_answers_are_said(cli: Cli, tmp_path: Path) -> None:
    labels, predictions = tmp_path / "labels" / "mewslix", tmp_path / "predictions" / "mewslix"
    for folder, text in ((labels, '{"a": ["Q1"], "b": ["Q2"]}'), (predictions, '{"a": ["Q1"]}')):
        folder.mkdir(parents=True)
        (folder / "test-ar.json").write_text(text)
    words = ("score", "--predictions", predictions.parent, "--labels", labels.parent, "--benchmark", "xtreme-r")
    done = cli(*words, "--partial")
    assert "without prediction, counted 0: mewslix: ar 1" in done.out
    assert "map@20 50.00" in done.out
    assert json.loads(cli(*words, "--partial", "--json").out)["unanswered"] == {"mewslix": {"ar": 1}}


def test_with_partial_the_others_are_scored_and_the_code_is_1(cli: Cli, tmp_path: Path) -> None:
    files = {
        "pawsx/test-en.tsv": "0\n",
        "bucc2018/test-de.tsv": "de-1\ten-1\nde-1\ten-1\n",
        "tatoeba/test-te.tsv": "0\n",
    }
    for folder in ("mine", "gold"):
        for name, text in files.items():
            (tmp_path / folder / name).parent.mkdir(parents=True)
            (tmp_path / folder / name).write_text(text)
    (tmp_path / "mine" / "tatoeba" / "test-te.tsv").write_text("[0]\n")
    words = ("score", "--predictions", tmp_path / "mine", "--labels", tmp_path / "gold", "--partial")
    done = cli(*words)
    assert done.code == 1
    assert "accuracy 100.00" in done.out
    assert "bucc2018 de: 1 repeated pair of predictions, counted once" in done.out
    assert f"not scored: brackets around the integer: '[0]'  [not-a-row-number]\n  where: {tmp_path}" in done.err
    found = json.loads(cli(*words, "--json").out)
    assert [one["code"] for one in found["refused"]] == ["not-a-row-number"]
    done = cli(*words, "--tasks", "bucc2018,pawsx")
    assert (done.code, done.err) == (0, "")
    assert "tatoeba" not in done.out


def test_a_check_ends_with_2_and_says_what_where_and_fix(cli: Cli, tmp_path: Path) -> None:
    file = tmp_path / "mine" / "tatoeba" / "test-te.tsv"
    file.parent.mkdir(parents=True)
    file.write_text("[0]\n")
    done = cli("check", "submission", tmp_path / "mine")
    assert done.code == 2
    assert (
        f"brackets around the integer: '[0]'  [not-a-row-number]\n  where: {file}:1\n"
        "  fix:   write the integer alone, the row of the foreign sentence, from 0\n"
    ) in done.out
    assert done.out.endswith("1 file of xtreme: 10 problems\n")


def test_a_check_of_the_reference_fixture_finds_only_that_it_is_small(cli: Cli, goldens: Path) -> None:
    done = cli("check", "submission", goldens / "predictions", "--labels", goldens / "labels")
    assert done.code == 2
    what = {line for line in done.out.splitlines() if not line.startswith("  ")}
    assert "xtreme has no task 'mewslix'  [not-of-benchmark]" in what
    assert "10 items where xtreme has 5,010  [wrong-number-of-items]" in what
    assert not any("missing" in line for line in what)
