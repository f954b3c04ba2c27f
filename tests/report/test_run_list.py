"""The table of runs, as a terminal of 80 columns shows it."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

from rich.console import Console

from harness.cli.display import show
from harness.report.run_list import run_list
from harness.results.listing import ListedRun
from harness.results.runs import Ending, RunInfo


def listed(name: str, **changes: Any) -> ListedRun:
    info = RunInfo(
        command=changes.pop("command", "train"),
        of=changes.pop("of", None),
        started="2026-11-21T01:02:47.483+00:00",
        arms=("none", "mnli + squad", "qqp", "ccg", "anli"),
        targets=("xtreme", "pawsx"),
        model="xlm-roberta-base",
        planned=12,
        ending=changes.pop("ending", Ending(seconds=1.0, scored=12, failed=0, gains={"mnli": -1.04, "qqp": -0.04})),
    )
    found: dict[str, Any] = {"state": "done", "scored": 12, "resumed": False}
    return ListedRun(name, Path("runs") / name, info, **(found | changes))


def shown(*runs: ListedRun, width: int = 80) -> str:
    file = io.StringIO()
    show(Console(file=file, width=width), run_list(runs))
    return file.getvalue()


def test_the_table_fits_80_columns() -> None:
    runs = (
        listed("20261121T010247", state="interrupted", scored=5, ending=None),
        listed("after-nine-tasks", of="20261121T010247", command="eval"),
    )
    text = shown(*runs)
    assert max(map(len, text.splitlines())) <= 80
    assert text.count("…") == 0
    first, second = (next(line for line in text.splitlines() if run.name in line) for run in runs)
    assert first.split()[:3] == ["20261121T010247", "11-21", "01:02"]
    assert first.split()[-3:] == ["interrupted", "5/12", "-"]
    assert second.startswith("   after-nine-tasks ")
    # The best arm's gain, which does not show a minus sign without a digit.
    assert second.split()[-3:] == ["done", "12", "+0.0"]


def test_many_arms_are_counted() -> None:
    assert "none; mnli + squad; qqp; 2 more" in shown(listed("a"), width=160)


def test_attempts_that_were_taken_up_again_are_only_counted() -> None:
    earlier = [listed(f"attempt-{number}", shown_by="second", state="interrupted") for number in (1, 2)]
    text = shown(*earlier, listed("second"), listed("attempt-3", shown_by="third"), listed("third"))
    assert "attempt-" not in text
    assert "not shown: 3 earlier attempts at second (2), third (1); --json has them" in text
    assert "not shown: 2 earlier attempts at second; --json" in shown(*earlier, listed("second"))
    assert "not shown" not in shown(listed("second"))


def test_rescored_runs_say_so_unless_something_failed() -> None:
    assert " rescored " in shown(listed("a", command="rescore", of="b"))
    assert " failed " in shown(listed("a", command="rescore", of="b", state="failed"))


def test_targets_that_a_gain_leaves_out_are_named() -> None:
    ending = Ending(seconds=1.0, scored=12, failed=0, gains={"mnli": 1.0}, not_averaged=("own", "other"))
    assert "gain of a: without own, other, not in percent" in shown(listed("a", ending=ending), listed("b"))
