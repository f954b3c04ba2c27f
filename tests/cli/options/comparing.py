"""What the options of `compare` do."""

from __future__ import annotations

import csv
import io
import json
import shutil
from typing import Any

from tests.cli.options.stage import Stage, check


def compared(stage: Stage, *options: object) -> Any:
    """The two arms of the shared run beside each other."""
    return stage.call("compare", f"{stage.latest}:mnli + qqp", ":none", "--runs", stage.runs, *options)


def values(stage: Stage, *options: object) -> Any:
    return json.loads(compared(stage, "--json", *options).out)


@check("compare", "--by")
def compare_by_language_tests_each(stage: Stage) -> None:
    assert values(stage)["of_languages"]["looked_at"] == 0
    found = values(stage, "--by", "language")
    assert found["of_languages"]["looked_at"] == sum(len(task["languages"]) for task in found["tasks"])
    assert " qaa " not in compared(stage).out
    assert " qaa " in compared(stage, "--by", "language").out


@check("compare", "--items")
def compare_items_are_listed(stage: Stage) -> None:
    assert values(stage)["flips"] is None
    found = values(stage, "--items")
    counts = [task["found"]["items"] for task in found["tasks"]]
    assert len(found["flips"]) == sum(count["wins"] + count["losses"] for count in counts)


@check("compare", "--tasks")
def compare_tasks_leave_out_the_others(stage: Stage) -> None:
    assert [task["task"] for task in values(stage, "--tasks", "tatoeba")["tasks"]] == ["tatoeba"]
    assert [task["task"] for task in values(stage, "--tasks=-tatoeba")["tasks"]] == ["pawsx"]
    assert "[unknown-task]" in compared(stage, "--tasks", "nothing").err


@check("compare", "--languages")
def compare_languages_leave_out_the_others(stage: Stage) -> None:
    found = values(stage, "--languages", "qaa,qab")
    assert {one["language"] for task in found["tasks"] for one in task["languages"]} == {"qaa", "qab"}

    without = values(stage, "--languages=-en")
    every = {one["language"] for task in values(stage)["tasks"] for one in task["languages"]}
    assert {one["language"] for task in without["tasks"] for one in task["languages"]} == every - {"en"}


@check("compare", "--question")
def compare_question_decides_what_is_drawn(stage: Stage) -> None:
    assert values(stage)["tasks"] == values(stage, "--question", "items")["tasks"]
    assert "[nothing-to-compare]" in compared(stage, "--question", "seeds").err


@check("compare", "--margin")
def compare_margin_decides_what_is_equal(stage: Stage) -> None:
    wide = values(stage, "--margin", "100.5")
    assert {task["found"]["verdict"] for task in wide["tasks"] if task["found"]["interval"]} == {"equal"}
    narrow = values(stage, "--margin", "0.0001")
    assert "equal" not in {task["found"]["verdict"] for task in narrow["tasks"]}
    assert "[margin-not-positive]" in compared(stage, "--margin", "-1").err


@check("compare", "--json")
def compare_json_is_an_object(stage: Stage) -> None:
    assert set(values(stage)) >= {"left", "right", "tasks", "refused", "differences", "of_tasks"}


@check("compare", "--format")
def compare_format_decides_the_form(stage: Stage) -> None:
    rows = list(csv.DictReader(io.StringIO(compared(stage, "--format", "csv").out)))
    told = values(stage)["tasks"]
    assert [(row["task"], float(row["difference"])) for row in rows] == [
        (task["task"], task["found"]["value"]) for task in told
    ]
    assert "| pawsx |" in compared(stage, "--format", "markdown").out
    assert "pawsx &" in compared(stage, "--format", "latex").out


@check("compare", "--output")
def compare_output_names_the_file(stage: Stage) -> None:
    for name, start in (("a.json", "{"), ("a.csv", "left,"), ("a.tex", "% needs "), ("a.md", "**"), ("a.txt", "**")):
        file = stage.tmp / "compared" / name
        done = compared(stage, "--output", file)
        assert done.out == f"2 comparisons: {file}\n"
        assert file.read_text(encoding="utf-8").startswith(start)
    file = stage.tmp / "b.md"
    compared(stage, "--output", file, "--json")
    assert json.loads(file.read_text(encoding="utf-8")) == values(stage)


@check("compare", "--runs")
def compare_runs_is_where_sides_are_looked_for(stage: Stage) -> None:
    moved = stage.tmp / "moved"
    name = stage.latest.name
    shutil.copytree(stage.runs, moved)
    words = ("compare", f"{name}:none", ":mnli + qqp")
    assert stage.call(*words, "--runs", moved).code == 0
    assert "[unknown-side]" in stage.call(*words, "--runs", stage.tmp / "empty").err
