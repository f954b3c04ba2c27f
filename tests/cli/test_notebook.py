"""What a notebook shows: tables as HTML, and progress in place where it can be redrawn."""

from __future__ import annotations

import html
import re
import sys
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

import pytest
from rich.console import Console, Group
from rich.table import Table
from rich.text import Text

from harness.cli.display import Display, redraws
from harness.cli.notebook import Shown
from tests.cli.test_display import PHASE, step

SHOWN: list[str] = []
OUTPUTS: list[str] = []


class Output:
    """What ipywidgets has of this name: a cell's output that can be replaced."""

    def __enter__(self) -> None:
        OUTPUTS.append("drawn")

    def __exit__(self, *_: object) -> None:
        pass

    def clear_output(self, wait: bool) -> None:
        pass

    def close(self) -> None:
        OUTPUTS.append("closed")


def display(shown: Any) -> None:
    """IPython's, as far as rich uses it."""
    if not isinstance(shown, Output):
        SHOWN.append(shown._repr_mimebundle_((), ())["text/plain"])


@pytest.fixture
def notebook(monkeypatch: pytest.MonkeyPatch) -> Console:
    """A console that takes itself to be in a notebook."""
    SHOWN.clear()
    OUTPUTS.clear()
    for name in ("IPython", "IPython.display"):
        module = ModuleType(name)
        module.display = display  # type: ignore[attr-defined]
        monkeypatch.setitem(sys.modules, name, module)
    monkeypatch.setitem(sys.modules, "ipywidgets", None)
    return Console(force_jupyter=True, width=120, highlight=False)


@pytest.fixture
def widgets(notebook: Console, monkeypatch: pytest.MonkeyPatch) -> Console:
    """The same with ipywidgets installed."""
    module = ModuleType("ipywidgets")
    module.Output = Output  # type: ignore[attr-defined]
    module.__spec__ = ModuleSpec("ipywidgets", None)
    monkeypatch.setitem(sys.modules, "ipywidgets", module)
    return notebook


def trained(console: Console) -> str:
    """What is shown of a phase of two steps that takes a quarter of a minute."""
    now = iter(range(0, 1000, 15))
    shown = Display(console, clock=lambda: next(now))
    shown.run_started(run={"phases": ["bb"], "predictions": []})
    shown.phase_started(phase=PHASE)
    shown.step_finished(step=step(1))
    shown.phase_finished(phase={**PHASE, "steps": 2, "kept_step": 2, "seconds": 1.0, "task_loss": {"mnli": 1.0}})
    return "\n".join(SHOWN)


def test_progress_is_redrawn_in_a_notebook_with_widgets(widgets: Console) -> None:
    text = trained(widgets)
    assert redraws(widgets)
    assert OUTPUTS[0] == "drawn"
    assert OUTPUTS[-1] == "closed"
    assert "phase 1 of 1: intermediate on mnli" in text
    assert "done: 2 steps" in text


def test_progress_is_lines_in_a_notebook_without_widgets(notebook: Console) -> None:
    text = trained(notebook)
    assert OUTPUTS == []
    assert "step 1/1,000: loss: mnli 1.000" in text


def test_tables_are_pages_and_text() -> None:
    table = Table()
    table.add_column("a <b>")
    table.add_row(Text("1 & 2", style="bold"))
    shown = Shown(Group(Text("title"), table))
    page = shown._repr_html_()
    assert page.startswith("<pre")
    assert "<b>" not in page
    text = html.unescape(re.sub("<[^>]*>", "", page))
    assert [line.rstrip() for line in text.splitlines()] == [line.rstrip() for line in str(shown).splitlines()]
    assert "title" in text
    assert "a <b>" in text
    assert repr(shown) == str(shown)
    # Made anew each time, and not once more each time.
    assert shown._repr_html_() == page
