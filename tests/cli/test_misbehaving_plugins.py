"""Plugins that do what they should not: the plugin is named, and the rest is as it would be without it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.fixtures import Cli, Install, Results, RunDirectory

TEMPLATE = """
import sys

import harness

AT_IMPORT

def read(record):
    ROW
    return harness.ClassificationRow(text=record["title"], label=record["topic"])

def statistics(predictions):
    STATISTICS
    return [gold == found for gold, found in zip(predictions["gold"], predictions["prediction"])]

def value(sums, n):
    VALUE
    return 100.0 * sums[0] / n

FILES = {split: "odd/{language}/" + split + ".tsv" for split in ("train", "validation", "test")}
TASK = dict(
    name="odd",
    kind="text-classification",
    languages=("en",),
    labels=("health", "sport"),
    metrics=("odd_metric", "accuracy"),
    formats={"tsv": harness.Format(reader="tsv", row=read, files=FILES)},
) | dict(OF_TASK)

@harness.hookimpl
def register_tasks(register):
    AT_HOOK
    register(harness.Task(**TASK))

@harness.hookimpl
def register_metrics(register):
    metric = dict(name="odd_metric", kinds=("text-classification",), statistics=statistics, value=value)
    register(harness.Metric(**metric | dict(OF_METRIC)))
"""

MUTE = """
class Mute(Exception):
    def __str__(self):
        raise {}

raise Mute
"""

REGISTERS = "registers a Task that has"

LOADING: dict[str, tuple[dict[str, str], str]] = {
    "raises at import": ({"AT_IMPORT": "1 / 0"}, "ZeroDivisionError: division by zero"),
    "exits at import": ({"AT_IMPORT": "sys.exit()"}, "SystemExit"),
    "raises what is no Exception": ({"AT_IMPORT": "raise BaseException('base')"}, "BaseException: base"),
    "has no words": ({"AT_IMPORT": MUTE.format("ValueError")}, "Mute, whose message cannot be read"),
    "exits for words": ({"AT_IMPORT": MUTE.format("SystemExit")}, "Mute, whose message cannot be read"),
    "has attributes that raise": (
        {"AT_IMPORT": "class Odd:\n    name = property(lambda self: 1 / 0)", "AT_HOOK": "register(Odd())"},
        "registers a Odd where a Task is expected",
    ),
    "raises in a hook": ({"AT_HOOK": "raise KeyError('labels')"}, "KeyError: 'labels'"),
    "exits in a hook": ({"AT_HOOK": "sys.exit(3)"}, "SystemExit: 3"),
    "never ends": ({"AT_HOOK": "register_tasks(register)"}, "RecursionError"),
    "registers a dict": ({"AT_HOOK": "register(TASK)"}, "registers a dict where a Task is expected"),
    "name is no text": ({"OF_TASK": "name=7"}, f"{REGISTERS} 7 as name, which is a text"),
    "name is a path": ({"OF_TASK": "name='../odd'"}, "the name '../odd' is not made of letters"),
    "name is a built-in's": ({"OF_TASK": "name='pawsx'"}, "task 'pawsx' is already registered by"),
    "name twice": ({"AT_HOOK": "register(harness.Task(**TASK))"}, "task 'odd' is already registered by 'odd' of odd"),
    "no languages": (
        {"OF_TASK": "languages=None"},
        f"{REGISTERS} None as languages, which is a tuple, each",
    ),
    "languages as a text": ({"OF_TASK": "languages='en'"}, f"{REGISTERS} 'en' as languages"),
    "a language is a number": ({"OF_TASK": "languages=(7,)"}, f"{REGISTERS} (7,) as languages"),
    "labels are numbers": ({"OF_TASK": "labels=(0, 1)"}, f"{REGISTERS} (0, 1) as labels"),
    "no formats": ({"OF_TASK": "formats=None"}, f"{REGISTERS} None as formats, which is a mapping to a Format"),
    "a format is a number": ({"OF_TASK": "formats={'tsv': 7}"}, f"{REGISTERS} {{'tsv': 7}} as formats"),
    "a row is no function": (
        {"OF_TASK": "formats={'tsv': harness.Format(reader='tsv', row=7)}"},
        "as formats, which is a mapping to a Format",
    ),
    "version is a text": ({"OF_TASK": "version='1'"}, f"{REGISTERS} '1' as version, which is a whole number"),
    "unknown kind": ({"OF_TASK": "kind='odd-kind'"}, "task 'odd' has the kind 'odd-kind', which nobody registers"),
    "unknown metric": ({"OF_TASK": "metrics=('f3',)"}, "task 'odd' has the metric 'f3', which nobody registers"),
    "chance above all scores": ({"OF_TASK": "chance=100"}, "task 'odd' has a chance of 100, which is what guessing"),
    "chance is no number": ({"OF_TASK": "chance=float('nan')"}, "task 'odd' has a chance of nan, which is what guess"),
    "chance is a text": ({"OF_TASK": "chance='half'"}, f"{REGISTERS} 'half' as chance, which is a number or None"),
    "a metric without kinds": ({"OF_METRIC": "kinds=None"}, "registers a Metric that has None as kinds"),
    "statistics are no function": ({"OF_METRIC": "statistics=7"}, "that has 7 as statistics, which is a function"),
    "unknown interval": ({"OF_METRIC": "interval='t'"}, "that has 't' as interval, which is 'wilson' or 'bootstrap'"),
}


def code(changes: Mapping[str, str]) -> str:
    """The module of a plugin that is right but for some changes."""
    text = TEMPLATE
    for place in ("AT_IMPORT", "AT_HOOK", "ROW", "STATISTICS", "VALUE"):
        text = text.replace(place, changes.get(place, "pass"))
    for place in ("OF_TASK", "OF_METRIC"):
        text = text.replace(place, changes.get(place, ""))
    return text


@pytest.fixture
def data(tmp_path: Path) -> Path:
    for split, count in (("train", 8), ("validation", 4), ("test", 6)):
        path = tmp_path / "data" / "odd" / "en" / f"{split}.tsv"
        path.parent.mkdir(parents=True, exist_ok=True)
        rows = [f"{split} text number {i}\t{('health', 'sport')[i % 2]}\n" for i in range(count)]
        path.write_text("title\ttopic\n" + "".join(rows), encoding="utf-8")
    return tmp_path / "data"


def test_the_plugin_without_a_change_is_right(cli: Cli, install: Install) -> None:
    install("odd", code({}))
    listed = cli("ls", "tasks", "--json")
    assert listed.err == ""
    assert "odd" in [task["name"] for task in json.loads(listed.out)]
    assert cli("show", "odd").code == 0


@pytest.mark.parametrize(("changes", "said"), LOADING.values(), ids=LOADING.keys())
def test_whatever_a_plugin_does_while_it_is_loaded_is_told(
    changes: dict[str, str], said: str, cli: Cli, install: Install
) -> None:
    install("odd", code(changes))
    told = ""
    for noun, name in (("tasks", "pawsx"), ("metrics", "accuracy")):
        listed = cli("ls", noun, "--json")
        assert listed.code == 0
        assert name in [one["name"] for one in json.loads(listed.out)]
        told += listed.err
    assert any(line.startswith("warning: plugin 'odd' of odd: ") and said in line for line in told.splitlines()), told
    assert cli("show", "pawsx").code == 0


@pytest.mark.parametrize("place", ["AT_IMPORT", "AT_HOOK"])
def test_what_a_plugin_prints_spoils_no_output(place: str, cli: Cli, install: Install) -> None:
    install("odd", code({place: "print('hello from odd')"}))
    listed = cli("ls", "tasks", "--json")
    assert "odd" in [task["name"] for task in json.loads(listed.out)]
    assert listed.err == "hello from odd\n"


ROWS = {
    "raises": ("raise RuntimeError('bad luck')", "RuntimeError: bad luck"),
    "exits": ("sys.exit()", "SystemExit"),
    "raises what is no Exception": ("raise BaseException('base')", "BaseException: base"),
    "never ends": ("return read(record)", "RecursionError"),
    "gives nothing": ("return None", "odd"),
    "gives a number": ("return 7", "a int; rows of text-classification are of type ClassificationRow"),
}


@pytest.mark.parametrize(("row", "said"), ROWS.values(), ids=ROWS.keys())
def test_a_row_that_cannot_be_made_is_a_bad_row(row: str, said: str, cli: Cli, install: Install, data: Path) -> None:
    install("odd", code({"ROW": row}))
    done = cli("validate", "odd", "--data", data)
    assert done.code in (1, 2)
    assert said in done.out + done.err
    assert "odd" in done.out + done.err


METRICS = {
    "raises": ({"STATISTICS": "raise RuntimeError('bad luck')"}, "the metric odd_metric fails: RuntimeError: bad luck"),
    "exits": ({"STATISTICS": "sys.exit()"}, "the metric odd_metric fails: SystemExit"),
    "raises what is no Exception": ({"STATISTICS": "raise BaseException('b')"}, "odd_metric fails: BaseException: b"),
    "too few": ({"STATISTICS": "return [1]"}, "metric odd_metric gives numbers of shape (1, 1) for 6 items"),
    "texts": ({"STATISTICS": "return ['x'] * 6"}, "the metric odd_metric fails: ValueError: could not convert"),
    "nothing": ({"STATISTICS": "return None"}, "metric odd_metric gives numbers of shape"),
    "empties its input": ({"STATISTICS": "predictions['gold'].clear()"}, "gives numbers of shape (0, 1) for 6 items"),
    "value exits": ({"VALUE": "sys.exit()"}, "the metric odd_metric fails: SystemExit"),
    "value is no number": ({"VALUE": "return 'x'"}, "could not convert string to float"),
    "value is not finite": ({"VALUE": "return float('nan')"}, "the metric odd_metric fails"),
    "value is no percent": ({"VALUE": "return 1e6"}, "1e+06 is no percent of anything"),
    # All are right by the changed predictions, which the next metric must not see.
    "changes its input": ({"STATISTICS": "predictions['prediction'][:] = predictions['gold']"}, ""),
    "changes what is in it": (
        {"STATISTICS": "predictions['log_probs'][0].clear(); predictions['gold'].sort()"},
        "",
    ),
}


@pytest.mark.loads_torch
def test_a_metric_that_misbehaves_fails_alone(
    cli: Cli, install: Install, data: Path, tiny_model: list[str], run_directory: RunDirectory, results: Results
) -> None:
    right: dict[str, Any] | None = None
    for name, (changes, said) in {"as it should": ({}, ""), **METRICS}.items():
        install_again(install, code(changes))
        words = ["--target", "odd", "--no-baseline", "--data", data, "--set", "target.steps=1", *tiny_model]
        done = cli("train", *words)
        scores = {score["metric"]: score for score in results(run_directory(Path("runs")))}
        accuracy = {field: scores["accuracy"][field] for field in ("value", "interval", "n", "constant", "status")}
        right = right or accuracy
        assert accuracy == right, name
        assert accuracy["status"] == "ok"
        assert scores["odd_metric"]["status"] == ("failed" if said else "ok"), name
        assert said in f"{scores['odd_metric']['error']}", name
        assert done.code == (1 if said else 0), name
        assert not said or said in done.out + done.err, name


def install_again(install: Install, text: str) -> None:
    """Another version of the plugin in place of the one before."""
    import sys

    sys.modules.pop("odd", None)
    install("odd", text)


@pytest.mark.loads_torch
def test_what_ends_the_program_is_told(cli: Cli, install: Install, data: Path, tiny_model: list[str]) -> None:
    opens = """
import sys
import harness

@harness.hookimpl
def register_sources(register):
    register(harness.SourceType(name="odd", open=lambda argument, registry: sys.exit(0)))
"""
    install("odd", opens)
    done = cli("train", "--target", "pawsx", "--data", "odd", *tiny_model)
    assert done.code != 0
    assert "SystemExit: 0" in done.err
    assert "odd.py" in done.err or "plugin 'odd' of odd" in done.err
