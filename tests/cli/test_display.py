"""What a run shows: the phase, its mix, losses, pace and time left, on a terminal and elsewhere."""

from __future__ import annotations

import io
import itertools
import re
from typing import Any

import pytest
from rich.console import Console, Group
from rich.table import Table
from rich.text import Text

from harness.cli.display import Display, Pace, describe_phase, describe_weights, percent, show
from harness.cli.work import duration

WEIGHTS: dict[str, Any] = {
    "encoder_loaded": 7,
    "encoder_new": [],
    "encoder_left_out": ["pooler.dense.bias"],
    "heads_new": ["mnli"],
    "heads_pretrained": ["mlm"],
    "heads_continued": [],
    "heads_left_out": ["qqp"],
}
PHASE: dict[str, Any] = {
    "name": "intermediate",
    "digest": "bb",
    "tasks": ["mnli", "qqp"],
    "shares": {"mnli": 0.9958, "qqp": 0.0042},
    "step": 0,
    "steps": 1000,
    "batch_size": 32,
    "seed": 3,
    "precision": "fp32",
    "weights": WEIGHTS,
}


def step(number: int, task: str = "mnli", task_loss: float = 1.0) -> dict[str, Any]:
    counts = {"tokens": 90, "padded_tokens": 100, "seconds": 0.5}
    return {"step": number, "steps": 1000, "task": task, "loss": 9.0, "task_loss": task_loss, **counts}


class Screen:
    """A display on a console of 80 columns whose clock is set by hand."""

    def __init__(self, *, terminal: bool) -> None:
        self.file = io.StringIO()
        self.now = 100.0
        console = Console(file=self.file, force_terminal=terminal, width=80, highlight=False)
        self.display = Display(console, clock=lambda: self.now)
        self.display.run_started(run={"phases": ["aa", "bb"], "predictions": ["cc", "dd"]})

    @property
    def lines(self) -> list[str]:
        return re.sub(r"\x1b\[[?0-9;]*[a-zA-Z]", "", self.file.getvalue()).splitlines()


def test_a_file_gets_a_line_now_and_then() -> None:
    screen = Screen(terminal=False)
    screen.display.phase_started(phase=PHASE)
    for number in range(1, 501):
        screen.now += 1
        screen.display.step_finished(step=step(number, "qqp" if number % 2 else "mnli", 0.25 if number % 2 else 1.5))
    first, weights, *progress = screen.lines
    assert first == ("phase 2 of 2: intermediate on mnli 100 %, qqp 0.4 % (seed 3, fp32, 1,000 steps of 32 examples)")
    assert weights.startswith("  weights: 7 encoder tensors loaded")
    # 90 tokens in half a second of training, a step a second by the clock.
    assert progress[0] == "  step 10/1,000: loss: mnli 1.500, qqp 0.250; 180 tokens/s, 10 % padding, 16:30 left"
    shown = [int(re.findall(r"step (\d+)/", line)[0]) for line in progress]
    # Every 10 seconds at first; from 200 seconds on with pauses of a twentieth of the time so far.
    assert shown[:20] == list(range(10, 201, 10))
    gaps = [after - before for before, after in itertools.pairwise(shown[19:])]
    assert gaps
    assert all(after / 20 <= gap <= after / 20 + 1 for gap, after in zip(gaps, shown[20:], strict=True))
    done = {"steps": 1000, "kept_step": 400, "seconds": 12.34, "task_loss": {"qqp": 0.1, "mnli": 0.2}}
    screen.display.phase_finished(phase=done)
    assert screen.lines[-1] == (
        "  done: 1,000 steps in 12.3 s, 180 tokens/s, 10 % padding, kept step 400; loss: mnli 0.200, qqp 0.100"
    )


def test_a_terminal_shows_progress_and_takes_it_away() -> None:
    screen = Screen(terminal=True)
    screen.display.phase_started(phase=PHASE | {"step": 200})
    screen.now += 4
    screen.display.step_finished(step=step(201, task_loss=1.25))
    screen.display.phase_finished(phase={"steps": 1000, "kept_step": 1000, "seconds": 2.0, "task_loss": {"mnli": 1.0}})
    text = "\n".join(screen.lines)
    assert "examples), going on from step 200" in text
    # Stopping draws it once more, with the one step of 4 seconds.
    assert re.search(r"201/1,000 [━╸╺]+ 180 tokens/s, 10 % padding, 53:16 left", text)
    assert "  loss: mnli 1.250" in text
    # What was drawn is erased, and the cursor shown again.
    assert "\x1b[2K" in screen.file.getvalue()
    assert screen.file.getvalue().count("\x1b[?25l") == screen.file.getvalue().count("\x1b[?25h") == 1
    assert screen.lines[-1].startswith("  done: 1,000 steps in 2.0 s")


@pytest.mark.parametrize("terminal", [True, False])
def test_a_phase_that_fails_leaves_nothing_behind(terminal: bool) -> None:
    screen = Screen(terminal=terminal)
    screen.display.phase_started(phase=PHASE)
    screen.display.phase_failed()
    assert screen.file.getvalue().count("\x1b[?25h") == terminal
    screen.display.phase_started(phase=PHASE | {"digest": "cc", "tasks": ["mnli"]})
    screen.display.close()
    # A phase that is not in the plan has no number.
    assert any(line.startswith("phase: intermediate on mnli (seed 3") for line in screen.lines)


STAGE = {"kind": "predict", "digest": "dd", "about": "pawsx test, qaa"}
SCORE = {"task": "pawsx", "split": "test", "language": "qaa", "metric": "accuracy", "n": 2000}


def test_a_terminal_shows_encoding_predicting_and_scoring() -> None:
    screen = Screen(terminal=True)
    display = screen.display
    display.stage_started(stage={"kind": "encode", "digest": "ee", "about": "rows of pawsx train in en"})
    screen.now += 7
    drawn = shown(display)
    assert drawn == ["  encoding rows of pawsx train in en, 0:07"]
    display.stage_finished(stage={"kind": "encode", "digest": "ee", "about": "", "seconds": 7.0})
    assert shown(display) == []
    display.stage_started(stage=STAGE)
    screen.now += 5
    display.stage_advanced(stage=STAGE | {"done": 250, "total": 1000})
    (line,) = shown(display)
    assert re.fullmatch(r"  predicting pawsx test, qaa \(2 of 2\) [━╸╺ ]+ 25 %, 0:15 left", line)
    display.stage_finished(stage=STAGE | {"seconds": 20.0})
    display.score_started(score=SCORE)
    assert shown(display) == ["  cell pawsx test, qaa: accuracy and its interval, 2,000 items, 0:00"]
    display.close()
    # The cursor is shown again, and nothing stays.
    assert screen.file.getvalue().count("\x1b[?25l") == screen.file.getvalue().count("\x1b[?25h") == 1
    assert shown(display) == []


def shown(display: Display) -> list[str]:
    """What the display would draw now."""
    console = Console(file=io.StringIO(), width=80, highlight=False)
    console.print(display._progress())
    assert isinstance(console.file, io.StringIO)
    return [line.rstrip() for line in console.file.getvalue().splitlines() if line.strip()]


def test_a_file_gets_lines_about_long_work_only() -> None:
    screen = Screen(terminal=False)
    for number in range(40):
        rows = {"kind": "encode", "digest": f"{number}", "about": f"rows of xnli test in {number}"}
        screen.display.stage_started(stage=rows)
        screen.now += 0.5
        screen.display.stage_finished(stage=rows | {"seconds": 0.5})
    # 20 seconds of short work.
    assert screen.lines == ["  encoding rows of xnli test in 20"]
    for _ in range(100):
        screen.display.stage_started(stage=STAGE)
        for done in range(1, 101):
            screen.now += 0.1
            screen.display.stage_advanced(stage=STAGE | {"done": done, "total": 100})
        screen.display.stage_finished(stage=STAGE | {"seconds": 10.0})
    # Every ten seconds, later in pauses of a twentieth of the time so far.
    told = screen.lines[1:]
    assert all(
        re.fullmatch(r"  predicting pawsx test, qaa \(2 of 2\)(: \d+ %(, 0:\d\d left)?)?", line) for line in told
    )
    assert any(line.endswith(" left") for line in told)
    assert 35 <= len(told) <= 60


def test_long_stages_say_what_they_took_where_no_score_does() -> None:
    screen = Screen(terminal=False)
    for kind, seconds in (("encode", 9.0), ("encode", 75.0), ("predict", 75.0), ("renumber", 12.0)):
        stage = STAGE | {"kind": kind, "digest": "ee"}
        screen.display.stage_started(stage=stage)
        screen.display.stage_finished(stage=stage | {"seconds": seconds})
    assert screen.lines == [
        "  encoding pawsx test, qaa: done in 75.0 s", "  making pawsx test, qaa: done in 12.0 s"
    ]  # fmt: skip


def test_training_is_told_by_phases_alone() -> None:
    screen = Screen(terminal=True)
    stage = STAGE | {"kind": "train"}
    screen.display.stage_started(stage=stage)
    assert screen.file.getvalue() == ""
    screen.display.phase_started(phase=PHASE)
    assert "0/1,000" in "".join(shown(screen.display))
    screen.display.stage_failed()
    assert shown(screen.display) == []


def test_pace_counts_from_where_this_process_took_the_phase_up() -> None:
    pace = Pace(100, 400, 50.0)
    assert str(pace) == ""
    pace.add(step(101), 52.0)
    pace.add(step(102), 54.0)
    # Two steps in 4 seconds, so 298 more take 596: 9 minutes and 56 seconds.
    assert str(pace) == "180 tokens/s, 10 % padding, 9:56 left"


def test_times_and_shares_are_written_for_people() -> None:
    assert [duration(s) for s in (0, 0.2, 59.1, 61, 3605)] == ["0:00", "0:01", "1:00", "1:01", "1:00:05"]
    assert [percent(s) for s in (1.0, 0.996, 0.125, 0.01, 0.0042, 0.00031)] == [
        "100 %", "100 %", "12 %", "1 %", "0.4 %", "0.03 %"
    ]  # fmt: skip


def test_a_phase_of_one_task_has_no_shares() -> None:
    one = PHASE | {"name": "target", "tasks": ["pawsx"], "shares": {"pawsx": 1.0}, "step": 5}
    assert describe_phase(one, ["bb"]) == (
        "phase 1 of 1: target on pawsx (seed 3, fp32, 1,000 steps of 32 examples), going on from step 5"
    )


def test_weights_are_told_apart_by_where_they_come_from() -> None:
    assert describe_weights(WEIGHTS) == (
        "7 encoder tensors loaded; new heads: mnli; pretrained heads: mlm; left out: pooler.dense.bias, head qqp"
    )
    weights = WEIGHTS | {"heads_new": [], "heads_continued": ["qqp"], "encoder_left_out": [], "heads_left_out": []}
    assert describe_weights(weights) == "7 encoder tensors loaded; pretrained heads: mlm; heads that go on: qqp"


def test_weights_of_one_module_are_told_together() -> None:
    names = ["lm_head.bias", "pooler.dense.bias", "lm_head.dense.weight", "lm_head.dense.bias", "pooler.dense.weight"]
    text = describe_weights(WEIGHTS | {"encoder_left_out": names, "heads_left_out": []})
    assert text.endswith("left out: lm_head.* (3), pooler.dense.bias, pooler.dense.weight")


def test_scores_stand_below_a_line_about_their_model_which_is_not_there_without_scores() -> None:
    screen = Screen(terminal=False)
    arms = [{"label": "plain"}, *({"label": arm, "phases": [{"tasks": [arm]}]} for arm in ("qqp", "mnli"))]
    screen.display.record_written(record={"record": "run", "result": {"arms": arms}})
    score = {"model": "d", "metric": "accuracy", "n": 50, "value": 58.04}
    perturbed = {"perturbation": "typo:2"}
    for arm, status, further in (("qqp", "failed", {}), ("mnli", "ok", {}), ("plain", "ok", perturbed)):
        at = {"arm": arm, "seed": 2, "task": "pawsx", "language": "de", "split": "test", **further}
        for _ in range(2):
            screen.display.record_written(record={"record": "score", "result": {**score, "at": at, "status": status}})
    assert screen.lines == [
        "scores after mnli, seed 2:",
        *["  pawsx de: accuracy 58.0 (n 50)"] * 2,
        "scores without intermediate tasks, seed 2:",
        *["  pawsx de typo:2: accuracy 58.0 (n 50)"] * 2,
    ]


def test_what_must_not_be_broken_is_whole_on_a_narrow_screen() -> None:
    file = io.StringIO()
    console = Console(file=file, width=30, highlight=False)
    table = Table("name", "description")
    table.add_column("from", no_wrap=True)
    table.add_row("use-multilingual", "a sentence in words", "google-bert/bert-base-multilingual-cased")
    path = Text("/a/path/that/is/longer/than/thirty", no_wrap=True, overflow="ignore")
    show(console, Group(Text("before"), Group(table), path))
    shown = file.getvalue()
    for whole in ("use-multilingual", "google-bert/bert-base-multilingual-cased", "sentence", str(path)):
        assert whole in shown
    # Words give way before anything is cut off.
    assert "a sentence in words" not in shown
    assert shown.index("before") < shown.index("use-multi") < shown.index("/a/path")
    assert console.width == 30
