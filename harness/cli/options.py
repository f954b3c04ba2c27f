"""Options that several commands share; a flag that is not given leaves the settings file or the default alone."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from harness.cli.repeated import Names, Numbers, option

Function = TypeVar("Function", bound=Callable[..., Any])


runs_option = option(
    "--runs",
    type=click.Path(path_type=Path),
    default=Path("runs"),
    envvar="XHARNESS_RUNS",
    show_default=True,
    show_envvar=True,
    help="Directory of runs and their store of finished stages.",
)

against_option = option("--against", metavar="ARM", help="The arm that gains are against, instead of the run's own.")

beside_option = option(
    "--beside",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Show published scores of a CSV file beside the run's (docs/published.csv).",
)

contrast_option = option(
    "--contrast", metavar="ARM", help="Ask about this arm alone; about all with intermediate training by default."
)

benchmark_option = option(
    "--benchmark",
    metavar="NAME",
    default="xtreme",
    show_default=True,
    help="xtreme or xtreme-r; NAME@mini is the same in mini's languages.",
)

_SETTINGS = (
    option(
        "--config",
        type=click.Path(path_type=Path),
        multiple=True,
        help="Settings file (TOML); flags override it. Of several, later ones override earlier ones.",
    ),
    option("--data", metavar="mini[:WORLD]|hub|DIR|MAP", help="mini, hub, a data directory, or a map of files (TOML)."),
    option("--model", metavar="NAME|DIR|ID", help="Of `xharness ls models`, a Hugging Face directory, a hub id."),
    option("--preset", metavar="NAME", help="A set of hyper-parameters; see docs/settings.md."),
    option("--languages", type=Names(), help="Score these target languages only."),
    option("--limit", type=int, help="First rows of each split only; results are marked as limited."),
    option("--seeds", type=Numbers(), help="Train everything once a seed."),
    option("--trim-vocab", metavar="SUITE", help="Keep only tokens that the rows of a suite, a task and the run have."),
    option(
        "--keep",
        metavar="all|intermediate|none|again",
        help="Checkpoints that stay in the store when all is stored that is made from them.",
    ),
    option(
        "--keep-precision",
        metavar="bf16",
        help="Round each phase's checkpoint, and start what follows from the rounded one: other scores, half the room.",
    ),
    option("--strict", is_flag=True, default=None, help="Refuse bad rows instead of leaving them out."),
    option(
        "--deterministic", is_flag=True, default=None, help="On a GPU, the same bits each time, by slower algorithms."
    ),
    option(
        "--set",
        "assignments",
        multiple=True,
        metavar="NAME=VALUE",
        help="A hyper-parameter, such as target.lr=1e-4; several values (a,b) give every arm once for each.",
    ),
)


def settings_options(function: Function) -> Function:
    """Add the options that are settings; the command gets them as one dictionary `flags`, unset ones left out."""

    @functools.wraps(function)
    def command(**arguments: Any) -> Any:
        from harness.config import parse_set

        names = (
            *("data", "model", "preset", "languages", "limit", "seeds", "strict", "deterministic", "trim_vocab"),
            *("keep", "keep_precision"),
        )
        flags = {name: arguments.pop(name) for name in names}
        flags["set"] = parse_set(arguments.pop("assignments"))
        return function(**arguments, flags={name: value for name, value in flags.items() if value is not None})

    for add in reversed(_SETTINGS):
        command = add(command)
    return command  # type: ignore[return-value]


track_option = option(
    "--track", type=Names(), default=(), help="Follow the run with trackers, such as tensorboard: RUNS/tensorboard."
)

plan_option = option(
    "--plan", "--dry-run", "plan_only", is_flag=True, help="Show what would be done, and stop; nothing is written."
)

name_option = option(
    "--name", metavar="NAME", help="What to call the run: other commands take this name for its directory's."
)
