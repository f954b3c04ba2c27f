"""What a run shows while it works: its progress on a terminal, plain lines now and then elsewhere."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.padding import Padding
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from harness.cli.streams import CannotShow
from harness.cli.work import BAR_WIDTH, Work, duration
from harness.errors import counted
from harness.hookspecs import hookimpl
from harness.outside import whole_number
from harness.report.fit import Narrowing, fitted, showable, wrapped
from harness.report.screen import Screen

PLAIN_WIDTH = 120
"""Columns of what goes to a file or a pipe, unless COLUMNS says otherwise."""

NARROWEST = 20
"""Columns below which nothing can be read."""

TRAINING, PREDICTING = "train", "predict"
DOING = {"encode": "encoding", PREDICTING: "predicting"}
"""Kinds of stages, and what making one is called."""

COMPARING = "computing intervals of gains"
"""What takes long at the end of a run with many scores."""

SIZES = ("COLUMNS", "LINES")
"""What says how large a terminal is."""
PLAIN_SECONDS = 10
"""Least seconds between two lines about a phase where there is no terminal; long phases speak less often."""


def make_console(*, stderr: bool = False) -> Console:
    """A console as wide as COLUMNS says, or as the terminal is, or of `PLAIN_WIDTH` where there is none."""
    for name in SIZES:
        # Rich takes whatever is in digits for a number.
        if whole_number(os.environ.get(name, "")) is None:
            os.environ.pop(name, None)
    console = Screen(stderr=stderr, highlight=False, soft_wrap=False)
    if columns := whole_number(os.environ.get("COLUMNS", "")):
        width = max(NARROWEST, columns)
    elif console.is_dumb_terminal:
        width = _terminal_width() or console.width
    elif console.is_terminal:
        return console
    else:
        width = PLAIN_WIDTH
    # With a height, because rich takes 80 columns for terminals of which it knows nothing otherwise.
    return Screen(stderr=stderr, highlight=False, width=width, height=console.height)


def _terminal_width() -> int:
    """Columns of the terminal that this program is on, as the system knows them; 0 where it does not."""
    for descriptor in (1, 2, 0):
        with contextlib.suppress(OSError):
            columns = os.get_terminal_size(descriptor).columns
            if columns:
                return max(NARROWEST, columns)
    return 0


def show(console: Console, renderable: RenderableType) -> None:
    """Print tables and the lines around them as wide as the console; what must not be broken is not cut off either."""
    for part in renderable.renderables if isinstance(renderable, Group) else (renderable,):
        if isinstance(part, Group):
            show(console, part)
            continue
        part = showable(part, console.encoding)
        if isinstance(part, Table | Narrowing):
            part = fitted(part, console.width)
        elif isinstance(part, Text) and not part.no_wrap:
            part = wrapped(part, console.width)
        # In a group, because rich joins texts by themselves to others that may be broken.
        console.print(Group(part), crop=False)


def redraws(console: Console) -> bool:
    """Whether what was shown can be replaced: on a terminal, and in a notebook that has what rich does it with."""
    return console.is_terminal or (console.is_jupyter and importlib.util.find_spec("ipywidgets") is not None)


class Display:
    """Follows a run through its life-cycle hooks.

    Args:
        clock: seconds that only go forward.
    """

    def __init__(self, console: Console, clock: Callable[[], float] = time.monotonic) -> None:
        self._console = console
        self._clock = clock
        self._phases: Sequence[str] = ()
        self._pace = Pace(0, 0, 0.0)
        self._loss: dict[str, float] = {}
        self._shown = clock()
        self._live: Live | None = None
        self._model: tuple[str, ...] = ()
        self._trained: set[str] = set()
        self._predictions: Sequence[str] = ()
        self._began = clock()
        self._work: Work | None = None
        self._training = False

    def note(self, line: str) -> None:
        """A line of its own, not broken: it may hold a path to copy."""
        self._shown = self._clock()
        self._console.print(line, markup=False, soft_wrap=True)

    @contextlib.contextmanager
    def busy(self, about: str) -> Iterator[None]:
        """Show what this program is at work on, where there is a terminal."""
        self._begin(about)
        try:
            yield
        finally:
            self.close()

    @hookimpl
    def run_started(self, run: Mapping[str, Any]) -> None:
        """Remember phases and predictions, to say which of them is at work."""
        self._phases, self._predictions = run["phases"], run["predictions"]

    @hookimpl
    def stage_started(self, stage: Mapping[str, Any]) -> None:
        """Say what is made; of a training phase its own hooks say more."""
        if stage["kind"] != TRAINING:
            self._begin(describe_stage(stage, self._predictions))

    @hookimpl
    def stage_advanced(self, stage: Mapping[str, Any]) -> None:
        """Move the progress on."""
        if self._work:
            self._work.done, self._work.total = stage["done"], stage["total"]
            self._now_and_then()

    @hookimpl
    def stage_finished(self, stage: Mapping[str, Any]) -> None:
        """Say how long it took, if that was long and no score says that it is there."""
        if self._work and not self._live and stage["seconds"] >= PLAIN_SECONDS and stage["kind"] != PREDICTING:
            self.note(f"  {self._work.about}: done in {stage['seconds']:.1f} s")
        self._work = None

    @hookimpl
    def stage_failed(self) -> None:
        """Take the progress away; why it failed is said like any other failure."""
        self.close()

    @hookimpl
    def score_started(self, score: Mapping[str, Any]) -> None:
        """Say what is computed."""
        rows = f"{score['task']} {score['split']}, {score['language']}"
        self._begin(f"cell {rows}: {score['metric']} and its interval, {counted(score['n'], 'item')}")

    @hookimpl
    def phase_started(self, phase: Mapping[str, Any]) -> None:
        """Say what is trained, in which mix, and which weights are loaded, new or left out."""
        self.close()
        self._loss = {}
        self._pace = Pace(phase["step"], phase["steps"], self._clock())
        self.note(describe_phase(phase, self._phases))
        self.note(f"  weights: {describe_weights(phase['weights'])}")
        self._training = True
        if redraws(self._console):
            self._live = Live(get_renderable=self._progress, console=self._console, transient=True)
            self._live.start(refresh=True)

    @hookimpl
    def step_finished(self, step: Mapping[str, Any]) -> None:
        """Move the progress on."""
        self._loss[step["task"]] = step["task_loss"]
        now = self._clock()
        self._pace.add(step, now)
        if not self._live and now - self._shown >= max(PLAIN_SECONDS, self._pace.elapsed / 20):
            self.note(f"  step {step['step']:,}/{step['steps']:,}: {self._losses()}; {self._pace}")

    @hookimpl
    def phase_finished(self, phase: Mapping[str, Any]) -> None:
        """Say how it went."""
        self.close()
        kept = "" if phase["kept_step"] == phase["steps"] else f", kept step {phase['kept_step']:,}"
        self._loss = dict(phase["task_loss"])
        rate = f", {self._pace.rate}" if self._pace.seconds else ""
        self.note(
            f"  done: {counted(phase['steps'], 'step')} in {phase['seconds']:.1f} s{rate}{kept}; {self._losses()}"
        )

    @hookimpl
    def phase_failed(self) -> None:
        """Take the progress away; why it failed is said like any other failure."""
        self.close()

    @hookimpl
    def record_written(self, record: Mapping[str, Any]) -> None:
        """Say each score as it is known, below a line about its model."""
        result = record["result"]
        self._work = None
        if record["record"] == "run":
            self._trained = {arm["label"] for arm in result.get("arms", ()) if arm.get("phases")}
        if record["record"] == "score" and result["status"] == "ok":
            at = result["at"]
            model = (result["model"], at["arm"], at["seed"])
            if model != self._model:
                self._model = model
                after = f"after {at['arm']}" if at["arm"] in self._trained else "without intermediate tasks"
                self.note(f"scores {after}, seed {at['seed']}:")
            told = ("arm", "seed", "split", "task", "language", "perturbation")
            further = [f"{name} {value}" for name, value in at.items() if name not in told]
            rows = " ".join(
                [at["task"], at["language"], *([at["perturbation"]] if "perturbation" in at else []), *further]
            )
            self.note(f"  {rows}: {result['metric']} {result['value']:.1f} (n {result['n']})")

    def close(self) -> None:
        """Take the progress away."""
        if self._live:
            # The terminal may be gone, which then is why this ends.
            with contextlib.suppress(OSError, CannotShow):
                self._live.stop()
            self._live = None
        self._work, self._training = None, False

    def _begin(self, about: str) -> None:
        self._work = Work(about, self._clock())
        if not redraws(self._console):
            self._now_and_then()
        elif not self._live:
            # Drawn after a moment, so that what takes less is not.
            self._live = Live(get_renderable=self._progress, console=self._console, transient=True)
            self._live.start()

    def _now_and_then(self) -> None:
        """A line about the work where there is no terminal, more seldom the longer all this takes."""
        now = self._clock()
        if self._work and not self._live and now - self._shown >= max(PLAIN_SECONDS, (now - self._began) / 20):
            self.note(f"  {self._work.describe(now)}")

    def _progress(self) -> RenderableType:
        """What is at work, or a line with a phase's steps and their pace, and one or more with each task's loss."""
        work = self._work
        if work or not self._training:
            return work.render(self._clock()) if work else Group()
        pace = self._pace
        line = Table.grid(padding=(0, 1))
        bar = ProgressBar(total=pace.steps, completed=pace.step, width=BAR_WIDTH)
        line.add_row(f"  {pace.step:,}/{pace.steps:,}", bar, Text(str(pace), no_wrap=True))
        return Group(line, Padding(Text(self._losses()), (0, 2))) if self._loss else line

    def _losses(self) -> str:
        """The running mean of each task's loss."""
        return f"loss: {', '.join(f'{task} {loss:.3f}' for task, loss in sorted(self._loss.items()))}"


class Pace:
    """How far a phase is, how fast it goes, and when it will be done.

    Args:
        step: steps done before this process took it up.
        steps: of the phase.
        started: the clock at that moment.
    """

    def __init__(self, step: int, steps: int, started: float) -> None:
        self.step = step
        self.steps = steps
        self.elapsed = self.seconds = 0.0
        self._first = step
        self._started = started
        self._tokens = self._padded = 0

    def add(self, step: Mapping[str, Any], now: float) -> None:
        """Count a step that is done."""
        self.step = step["step"]
        self.elapsed = now - self._started
        self.seconds += step["seconds"]
        self._tokens += step["tokens"]
        self._padded += step["padded_tokens"]

    @property
    def rate(self) -> str:
        """Real tokens a second of training, and which share of those computed was padding."""
        padding = 100 * (1 - self._tokens / max(1, self._padded))
        return f"{self._tokens / max(self.seconds, 1e-9):,.0f} tokens/s, {padding:.0f} % padding"

    def __str__(self) -> str:
        if self.step == self._first:
            return ""
        # Cell development rows and writing checkpoints take their share of the time, too.
        left = self.elapsed / (self.step - self._first) * (self.steps - self.step)
        return f"{self.rate}, {duration(left)} left"


def describe_stage(stage: Mapping[str, Any], predictions: Sequence[str]) -> str:
    """What is made of what; of predictions, which of how many it is.

    Args:
        predictions: digests of the run's predictions, in order.
    """
    doing = DOING.get(stage["kind"], "making")
    number = predictions.index(stage["digest"]) + 1 if stage["digest"] in predictions else 0
    return f"{doing} {stage['about']}" + (f" ({number:,} of {len(predictions):,})" if number else "")


def describe_phase(phase: Mapping[str, Any], phases: Sequence[str]) -> str:
    """Which phase it is, of how many, on which mix of tasks.

    Args:
        phases: digests of the run's phases, in order.
    """
    known = phase["digest"] in phases
    number = f" {phases.index(phase['digest']) + 1} of {len(phases)}" if known else ""
    tasks = phase["tasks"]
    mix = ", ".join(f"{task} {percent(phase['shares'][task])}" for task in tasks) if len(tasks) > 1 else tasks[0]
    again = f", going on from step {phase['step']:,}" if phase["step"] else ""
    steps = f"{counted(phase['steps'], 'step')} of {counted(phase['batch_size'], 'example')}"
    return f"phase{number}: {phase['name']} on {mix} (seed {phase['seed']}, {phase['precision']}, {steps}){again}"


def percent(share: float) -> str:
    """A share in percent, with a digit behind the point where it would be 0 without."""
    return f"{100 * share:.0f} %" if share >= 0.01 else f"{100 * share:.1g} %"


def describe_weights(weights: Mapping[str, Any]) -> str:
    """Which weights a phase begins with, in words."""
    parts = [f"{weights['encoder_loaded']} encoder tensors loaded"]
    parts += [f"new: {_names(weights['encoder_new'])}"] if weights["encoder_new"] else []
    parts += [f"new heads: {', '.join(weights['heads_new'])}"] if weights["heads_new"] else []
    parts += [f"pretrained heads: {', '.join(weights['heads_pretrained'])}"] if weights["heads_pretrained"] else []
    parts += [f"heads that go on: {', '.join(weights['heads_continued'])}"] if weights["heads_continued"] else []
    left_out = [*weights["encoder_left_out"], *(f"head {name}" for name in weights["heads_left_out"])]
    parts += [f"left out: {_names(left_out)}"] if left_out else []
    return "; ".join(parts)


def _names(names: Sequence[str]) -> str:
    """The names; three or more of one module as one."""
    modules: dict[str, list[str]] = {}
    for name in names:
        modules.setdefault(name.partition(".")[0], []).append(name)
    parts = (own if len(own) < 3 else [f"{module}.* ({len(own)})"] for module, own in modules.items())
    shown = [name for part in parts for name in part]
    return ", ".join(shown[:12]) + (f" and {len(shown) - 12} more" if len(shown) > 12 else "")
