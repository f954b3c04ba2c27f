"""Every format, read back by what others read it with."""

from __future__ import annotations

import csv
import io
import json
import re
from typing import Any

import pytest
import yaml

from harness.benchmarks.leaderboard import flat
from harness.benchmarks.leaderboard.formats import format_names, render
from harness.benchmarks.leaderboard.tables import tables
from harness.documents.latex import escaped_latex
from harness.documents.markdown import escaped_markdown
from harness.visible import HIDDEN
from tests.benchmarks.leaderboard.conftest import Maker
from tests.raising import raises_code

ODD = 'a|b_c & 50% "#1" {x} \\ ~^ *<i>* [y] `z`, $q'
"""A model's name with what the formats must escape."""


@pytest.fixture
def document(maker: Maker) -> Any:
    return maker.plain()


def one_system(maker: Any, **options: Any) -> Any:
    return maker.make(maker.run("alone", arms=("none",), seeds=(1,)), **options).document


def one_system_called(maker: Maker, change: Any) -> Any:
    return maker.make(maker.run("alone", arms=("none",), seeds=(1,), change_model=change)).document


def renamed(model: dict[str, Any]) -> dict[str, Any]:
    return {**model, "name": ODD}


def test_formats_are_found_by_name() -> None:
    assert format_names() == ("csv", "json", "latex", "markdown", "model-index", "parquet")


def test_every_format_gives_the_same_bytes_again(maker: Maker) -> None:
    found = one_system(maker)
    again = json.loads(json.dumps(found))
    for name in format_names():
        assert render(found, name) == render(again, name)


def test_json_is_the_document(document: Any) -> None:
    assert json.loads(render(document, "json")) == document


def test_csv_is_a_table_that_quotes_what_it_must(maker: Maker) -> None:
    found = maker.make(maker.run(arms=("none",), change_model=renamed)).document
    rows = list(csv.DictReader(io.StringIO(render(found, "csv").decode())))
    assert list(rows[0]) == list(flat.COLUMNS)
    assert len(rows) == 189
    assert {row["model"] for row in rows} == {ODD}
    (row,) = [row for row in rows if (row["task"], row["language"], row["metric"]) == ("mlqa", "de", "mlqa_f1")]
    # 60 and 2 more for F1; the second seed one point better.
    assert (float(row["value"]), row["printed"], row["seeds"], row["seed"]) == (62.5, "f1", "2", "1 2")
    assert (row["n"], row["data"], row["run"], row["xharness"]) == ("500", "rows of mlqa de", "a" * 16, "0.1.0")
    assert (row["method"], row["marks"]) == ("t", "")


@pytest.mark.parametrize("form", ["markdown", "latex"])
def test_a_task_by_one_metric_of_two_has_a_dash_and_a_reason(maker: Maker, form: str) -> None:
    def alone(result: dict[str, Any]) -> dict[str, Any] | None:
        return result if (result["task"], result["metric"]) == ("tydiqa", "squad_f1") else None

    def with_other(result: dict[str, Any]) -> dict[str, Any] | None:
        return result if result["task"] == "pawsx" else alone(result)

    told = "-: xlm-r-base has tydiqa by f1 alone, and its score is made of exact_match and f1"
    for change in (alone, with_other):
        run = maker.run(f"by {change.__name__}", arms=("none",), seeds=(1,), change=change)
        found = maker.make(run, allow=["partial"]).document
        text = render(found, form).decode()
        (cell,) = [
            row[table.columns.index("tydiqa")].text
            for table in tables(found)
            if "tydiqa" in table.columns
            for row in table.rows
        ]
        assert cell == "-"
        assert (escaped_markdown(told) if form == "markdown" else escaped_latex(told)) in text
    assert "is made of" not in render(one_system(maker), form).decode()


def test_the_mark_of_overlap_points_to_what_is_there(maker: Maker) -> None:
    shared = {
        "task": "mnli",
        "split": "train",
        "language": "en",
        "use": "training",
        "ids": 0,
        "items": 3,
        "texts": 0,
        "n": 500,
        "same_rows": False,
    }

    def overlapping(result: dict[str, Any]) -> dict[str, Any]:
        return result | {"overlap": [shared]} if result["task"] == "pawsx" else result

    text = render(maker.make(maker.run(arms=("none",), change=overlapping)).document, "markdown").decode()
    (told,) = (line for line in text.splitlines() if line.startswith("- o: "))
    # A document has no details of what rows share, so nothing below could be seen.
    assert "below" not in told
    assert "records say which" in told


@pytest.mark.parametrize(
    ("name", "cell"),
    [
        ("=1+1", "'=1+1"),
        ("+A1", "'+A1"),
        ("-cmd|' /C calc'!A0", "'-cmd|' /C calc'!A0"),
        ("@SUM(1)", "'@SUM(1)"),
        ("\t=1", "'\\u0009=1"),
        ("\r=1", "'\\u000d=1"),
        ("-3.2", "-3.2"),
        ("+1e-5", "+1e-5"),
        ("a=1", "a=1"),
        ("\x1b[2J\nb", "\\u001b[2J\\u000ab"),
    ],
)
def test_no_cell_of_csv_is_a_formula_or_an_order(maker: Maker, name: str, cell: str) -> None:
    def called(model: dict[str, Any]) -> dict[str, Any]:
        return {**model, "name": name}

    rows = list(csv.DictReader(io.StringIO(render(one_system_called(maker, called), "csv").decode(), newline="")))
    assert {row["model"] for row in rows} == {cell}
    # Numbers are as they were.
    assert all(re.fullmatch(r"-?\d+(\.\d+)?", row["value"]) for row in rows if row["value"])


@pytest.mark.parametrize("form", ["csv", "json", "latex", "markdown", "model-index"])
def test_no_format_has_characters_that_are_obeyed(maker: Maker, form: str) -> None:
    evil = "\x1b]0;owned\x07\x9b2J\u202eevil\u2066\u2028\r\nnext"

    def called(model: dict[str, Any]) -> dict[str, Any]:
        return {**model, "name": evil}

    text = render(one_system_called(maker, called), form).decode()
    assert "owned" in text
    assert HIDDEN.findall(text.replace("\n", "")) == []
    assert not any(line.startswith("next") for line in text.splitlines())


def test_parquet_is_the_same_table_with_types(maker: Maker) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    failed = {"status": "failed", "value": None, "interval": None, "n": 0, "error": "no"}

    def fail(result: dict[str, Any]) -> dict[str, Any]:
        return {**result, **failed} if (result["task"], result["language"]) == ("pawsx", "de") else result

    run = maker.run(arms=("none",), seeds=(1,), change=fail)
    found = maker.make(run, allow=["failed", "partial"]).document
    table = pq.read_table(pa.BufferReader(render(found, "parquet")))
    assert table.column_names == list(flat.COLUMNS)
    assert (table.schema.field("value").type, table.schema.field("n").type) == (pa.float64(), pa.int64())
    assert table.to_pylist() == list(flat.rows(found))
    (row,) = [row for row in table.to_pylist() if (row["task"], row["language"]) == ("pawsx", "de")]
    assert (row["value"], row["low"], row["n"], row["seed"], row["marks"]) == (None, None, None, "", "failed")


# --- tables for people


def cells(text: str, title: str) -> list[list[str]]:
    """The cells of a Markdown table, the heading among them."""
    lines = text.partition(f"**{title}**\n\n")[2].partition("\n\n")[0].splitlines()
    return [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines if "---" not in line]


def test_markdown_shows_systems_by_tasks_the_best_first_and_in_bold(document: Any) -> None:
    text = render(document, "markdown").decode()
    heading, best, baseline = cells(text, "xtreme: averages, percent")
    assert heading[:4] == ["system", "overall", "without English", "average gain"]
    # 40 and 7/9, half a point for the seeds, three for mnli in both; 12.7062 / 2 to both sides.
    assert best[:4] == [
        "xlm-r-base after mnli",
        r"**44.3** \[37.9, 50.6\]",
        r"**43.5** \[37.1, 49.9\]",
        "+3.0",
    ]
    assert baseline[:4] == ["xlm-r-base", r"41.3 \[34.9, 47.6\]", r"40.5 \[34.1, 46.9\]", "-"]
    assert cells(text, "xtreme: tasks, percent")[0][1:] == list(document["benchmark"]["tasks"])
    assert "- Intervals: 95 %, t: this recipe with other seeds." in text


def test_equal_systems_are_all_bold_and_one_alone_is_not(maker: Maker) -> None:
    text = render(one_system(maker), "markdown").decode()
    assert "**4" not in text

    def equal(result: dict[str, Any]) -> dict[str, Any]:
        return {**result, "value": 50.0}

    text = render(maker.make(maker.run(change=equal)).document, "markdown").decode()
    _, *rows = cells(text, "xtreme: tasks, percent")
    assert {cell.split()[0] for row in rows for cell in row[1:]} == {"**50.0**"}


def test_what_is_partial_is_never_the_best_and_shows_its_share_and_marks(maker: Maker) -> None:
    def gap(result: dict[str, Any]) -> dict[str, Any] | None:
        return None if result["task"] == "panx" and result["language"] == "yo" else result

    full = maker.run("full", arms=("none",))
    part = maker.run("part", arms=("mnli",), change=gap)
    document = maker.make(full, part, allow=["partial"]).document
    text = render(document, "markdown").decode()
    heading, *rows = cells(text, "xtreme: tasks, percent")
    by_name = {row[0]: row[heading.index("panx")] for row in rows}
    # 39 of 40 languages, English 40 points better: 40 + 40 / 39 + 0.5 + 3.
    assert re.fullmatch(r"44\.5 \\\[.*\\\] \(39/40\) <sup>p</sup>", by_name["xlm-r-base after mnli"])
    assert not by_name["xlm-r-base"].startswith("**")
    assert rows[0][0] == "xlm-r-base"
    assert "- p: languages or tasks of the benchmark are missing" in text
    assert "- n/N: mean over n of the benchmark's N languages or tasks." in text


def test_the_best_arm_of_each_target_is_a_table(maker: Maker) -> None:
    document = maker.plain(arms=("none", "mnli", "squad"))
    text = render(document, "markdown").decode()
    heading, *rows = cells(text, "xlm-r-base: best arm of each target, chosen on development rows, percent")
    assert heading == ["target", "best after", "development", "alone", "score", "gain"]
    assert len(rows) == 10
    (pawsx,) = [row for row in rows if row[0] == "pawsx"]
    assert pawsx[1:3] == ["squad", "55.0 accuracy"]
    assert pawsx[3].startswith("11.5 ")
    assert pawsx[4].startswith("16.5 ")
    assert rows[-1][0] == "mean"
    assert rows[-1][-1] == "+5.0"


def test_models_with_the_same_name_are_told_apart(maker: Maker) -> None:
    def other(model: dict[str, Any]) -> dict[str, Any]:
        return {**model, "start": "f" * 16}

    alone: dict[str, Any] = {"arms": ("none",), "seeds": (1,)}
    document = maker.make(maker.run("one", **alone), maker.run("two", **alone, change_model=other)).document
    assert [row[0].text for row in tables(document)[0].rows] == ["xlm-r-base cccccccc", "xlm-r-base ffffffff"]


def test_markdown_is_escaped(maker: Maker) -> None:
    document = maker.make(maker.run(arms=("none",), seeds=(1,), change_model=renamed)).document
    name = cells(render(document, "markdown").decode(), "xtreme: tasks, percent")[1][0]
    assert re.sub(r"\\(.)", r"\1", name) == ODD
    assert not re.search(r"(?<!\\)[|_*<`\[]", name)
    assert escaped_markdown("two\nlines") == "two lines"


def test_latex_is_escaped_and_its_tables_are_whole(maker: Maker) -> None:
    document = maker.make(maker.run(change_model=renamed)).document
    text = render(document, "latex").decode()
    assert (
        r"a\textbar{}b\_c \& 50\% ''\#1'' \{x\} \textbackslash{} \textasciitilde{}\textasciicircum{} "
        r"*\textless{}i\textgreater{}* [y] `z`, \$q after mnli & \textbf{44.3} [37.9, 50.6] & "
    ) in text
    assert text.count(r"\begin{tabular}") == text.count(r"\end{tabular}") == 3
    for tabular in re.findall(r"\\begin{tabular}{(l?r*)}\n(.*?)\\end{tabular}", text, re.DOTALL):
        lines = [line for line in tabular[1].splitlines() if not line.endswith("rule")]
        assert {len(re.split(r"(?<!\\)&", line)) for line in lines} == {len(tabular[0])}
        assert all(line.endswith(r" \\") for line in lines)
    assert escaped_latex("é") == "é"


def test_a_line_of_latex_does_not_begin_with_an_argument(maker: Maker) -> None:
    def bracket(model: dict[str, Any]) -> dict[str, Any]:
        return {**model, "name": "[x]"}

    document = maker.make(maker.run(arms=("none",), seeds=(1,), change_model=bracket)).document
    assert "\n{}[x] & " in render(document, "latex").decode()


# --- the model card


def test_the_hub_reads_the_model_card(maker: Maker) -> None:
    from huggingface_hub import ModelCard
    from huggingface_hub.repocard_data import eval_results_to_model_index

    document = maker.make(maker.run(), arms=["mnli"]).document
    card: Any = ModelCard(render(document, "model-index").decode())
    assert card.data.model_name == "xlm-r-base after mnli"
    results = card.data.eval_results
    assert len(results) == 189
    (found,) = [r for r in results if (r.dataset_type, r.dataset_config) == ("pawsx", "de")]
    assert (found.task_type, found.task_name) == ("text-classification", "pawsx")
    assert (found.dataset_name, found.dataset_split) == ("pawsx (de), xtreme", "test")
    # Ten, half a point for the seeds, three for mnli.
    assert (found.metric_type, found.metric_name, found.metric_value) == ("accuracy", "accuracy, percent", 13.5)
    assert (found.metric_args["n"], found.metric_args["interval"]["method"]) == (500, "t")
    metrics = [r.metric_type for r in results if (r.dataset_type, r.dataset_config) == ("xquad", "el")]
    assert sorted(metrics) == ["exact_match", "f1"]
    # Written by the hub's own program it is the same, so that editing a card loses nothing.
    (entry,) = eval_results_to_model_index(card.data.model_name, results)
    (ours,) = yaml.safe_load(render(document, "model-index").decode().strip("-\n"))["model-index"]
    assert entry == ours


def test_a_model_card_is_of_one_system(document: Any) -> None:
    with raises_code("several-systems", "2", "'mnli', 'none'", "--arm"):
        render(document, "model-index")
