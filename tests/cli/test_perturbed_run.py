"""Scores on perturbed rows: recorded beside the clean ones, never among them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from harness.evaluation import predictions
from harness.results.scores import load_records
from tests.fixtures import Cli, Result, Results, RunDirectory
from tests.recorded import clean_rows

CONDITIONS = ("typo:3", "typo:1+case:2")


@pytest.fixture
def evaluated(cli: Cli, runs: Path, run_directory: RunDirectory) -> tuple[Path, Result]:
    """The latest run, which scored one target under two conditions, and what it printed."""
    asked = [part for name in CONDITIONS for part in ("--perturb", name)]
    done = cli("eval", "--tasks", "pawsx", *asked, "--languages", "en,qaa", "--no-train", "--runs", runs)
    assert done.code == 0, done.err
    return run_directory(runs), done


def test_clean_scores_come_along_and_are_shown_beside_the_perturbed_ones(
    evaluated: tuple[Path, Result], results: Results
) -> None:
    directory, done = evaluated
    scores = results(directory)
    named = [(s["language"], s.get("perturbation", "")) for s in scores]
    one_arm = [(language, name) for language in ("en", "qaa") for name in ("", *CONDITIONS)]
    assert named == one_arm * 2
    assert len({s["predictions"] for s in scores}) == len(scores)
    assert len({s["data"] for s in scores}) == 6
    assert {s["n_changed"] for s in scores if "perturbation" in s} <= set(range(28, 33))
    (run,) = results(directory, "run")
    assert run["perturb"] == list(CONDITIONS)
    shown = [" ".join(line.split()) for line in done.out.splitlines()]
    for name in CONDITIONS:
        titles = [line for line in shown if line.startswith("pawsx: ") and line.endswith(f", with {name}")]
        assert len(titles) == 2
        assert f"language clean {name} change n" in shown


def test_rows_keep_their_keys_and_gold(evaluated: tuple[Path, Result], results: Results, runs: Path) -> None:
    stored: dict[str, list[tuple[str, str, str]]] = {}
    for score in (s for s in results(evaluated[0]) if s["language"] == "qaa"):
        rows = predictions.read(runs / "store" / "predict" / score["predictions"])
        items = [(row["key"], row["id"], row["gold"]) for row in rows]
        stored.setdefault(score["model"], items)
        assert items == stored[score["model"]]


def test_questions_of_a_passage_stay_together_and_answers_are_of_the_passage(
    cli: Cli, runs: Path, results: Results, run_directory: RunDirectory
) -> None:
    done = cli("eval", "--tasks", "xquad", "--perturb", "typo:3", "--languages", "qaa", "--runs", runs)
    assert done.code == 0, done.err
    found = [predictions.read(runs / "store" / "predict" / s["predictions"]) for s in results(run_directory(runs))]
    clean, perturbed = ([(row["cluster"], row["gold"]) for row in rows] for rows in (found[0], found[-1]))
    assert clean == perturbed
    assert [row["prediction"] for row in found[0]] != [row["prediction"] for row in found[2]]


def test_tables_and_exports_keep_them_apart(evaluated: tuple[Path, Result], cli: Cli, runs: Path) -> None:
    directory, done = evaluated
    table = load_records(directory)
    assert set(table["perturbation"]) == {"", *CONDITIONS}
    assert (table.loc[table["perturbation"] == "", "n_changed"] == 0).all()
    assert {row["perturbation"] for row in clean_rows(directory)} == {""}
    assert "2/2" in done.out
    exported = cli(
        "export", "leaderboard", directory.name, "--allow", "limited,partial", "--format", "json", "--runs", runs
    )
    assert exported.code == 0, exported.err
    document = json.loads(exported.out)
    rows = [row for system in document["systems"] for row in system["rows"]]
    clean = {(row["arm"], row["language"]): row["value"] for row in clean_rows(directory)}
    assert sum(len(row["scores"]) for row in rows) == len(clean)
    assert "typo" not in json.dumps(document["systems"])


def test_they_are_scored_anew_as_what_they_are(
    evaluated: tuple[Path, Result], cli: Cli, tmp_path: Path, results: Results
) -> None:
    directory, _ = evaluated
    done = cli("rescore", directory, "--output", tmp_path / "anew")
    assert done.code == 0, done.err
    assert f"{len(results(directory))} scores; 0 of {len(results(directory))} values differ" in done.out
    assert [(s.get("perturbation"), s["transforms"]) for s in results(tmp_path / "anew")] == [
        (s.get("perturbation"), s["transforms"]) for s in results(directory)
    ]
    assert f"with {CONDITIONS[0]}" in cli("summary", tmp_path / "anew").out


def test_a_second_time_everything_is_in_the_store(evaluated: tuple[Path, Result], cli: Cli, runs: Path) -> None:
    again = cli("eval", "--tasks", "pawsx", "--perturb", CONDITIONS[0], "--languages", "qaa", "--limit", "32", "--plan")
    assert again.code != 0
    again = cli("eval", "--tasks", "pawsx", "--perturb", CONDITIONS[0], "--languages", "qaa", "--runs", runs)
    assert again.code == 0, again.err
    assert "stages were in the store" in again.out
    reused, of = again.out.split(" stages were in the store")[0].split()[-3::2]
    assert reused == of


@pytest.mark.parametrize(
    ("asked", "code"),
    [("typo", "not-a-perturbation"), ("typo:4", "not-a-perturbation"), ("tipo:2", "unknown-perturbation")],
)
def test_what_is_no_perturbation_is_refused(cli: Cli, runs: Path, asked: str, code: str) -> None:
    done = cli("eval", "--tasks", "pawsx", "--perturb", asked, "--runs", runs)
    assert done.code == 2
    assert f"[{code}]" in done.err
    assert "write typo:1" in done.err or "did you mean typo?" in done.err


def test_what_changes_nothing_is_said(cli: Cli, pawsx: Path, tiny: list[str], tmp_path: Path) -> None:
    for file in (pawsx / "x-final" / "de").glob("*.tsv"):
        head, *lines = file.read_text(encoding="utf-8").splitlines()
        cells = [line.split("\t") for line in lines]
        file.write_text(
            "\n".join([head, *("\t".join([c[0], "今天天气", "很好", c[3]]) for c in cells)]) + "\n", "utf-8"
        )
    runs = tmp_path / "runs"
    assert cli("train", "--target", "pawsx", "--data", pawsx, *tiny, "--runs", runs).code == 0
    done = cli("eval", "--tasks", "pawsx", "--perturb", "case:2", "--runs", runs)
    assert "case:2 changes no row of pawsx in de" in done.out


def test_where_labels_need_not_hold_is_said_in_plan_summary_and_records(
    cli: Cli, runs: Path, results: Results, run_directory: RunDirectory
) -> None:
    asked = ["--perturb", "typo:1", "--perturb", "local-order:2", "--perturb", "typo:1+hypothesis-only:3"]
    arguments = ["eval", "--tasks", "pawsx", *asked, "--languages", "en", "--no-train", "--runs", runs]
    said = "diagnostic: local-order:2 on pawsx; typo:1+hypothesis-only:3 on pawsx: labels need not hold there"
    plan, done = cli(*arguments, "--plan"), cli(*arguments)
    assert " ".join(plan.out.split()).count(said) == 1
    # In the plan that comes first, and in the summary.
    assert " ".join(done.out.split()).count(said) == 2
    found = {s["perturbation"]: s["transforms"] for s in results(run_directory(runs)) if "perturbation" in s}
    assert {name: [one["diagnostic"] for one in transforms] for name, transforms in found.items()} == {
        "typo:1": [False],
        "local-order:2": [True],
        "typo:1+hypothesis-only:3": [False, True],
    }
    assert "diagnostic:" not in cli("eval", "--tasks", "pawsx", "--perturb", "typo:1", "--runs", runs).out


def test_languages_that_a_perturbation_does_not_know_are_refused_while_it_is_planned(cli: Cli, runs: Path) -> None:
    done = cli("eval", "--tasks", "pawsx", "--perturb", "entity-swap:1", "--languages", "qae", "--runs", runs)
    assert done.code == 2
    assert "[names-not-found]" in done.err
    assert "--languages" in done.err
