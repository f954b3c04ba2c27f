"""xharness doctor: what this installation has, and the trace of each plugin that was refused."""

from __future__ import annotations

import os
import platform
import re
import shutil
import tempfile
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path
from typing import TYPE_CHECKING

import click

from harness.cli.options import runs_option
from harness.cli.say import say
from harness.errors import counted
from harness.version import __version__

if TYPE_CHECKING:
    from harness.registry import Registry


@click.command("doctor")
@runs_option
@click.pass_context
def command(ctx: click.Context, /, runs: Path) -> None:
    """Check the installation.

    Shows versions, the device, plugins with the trace of each that was refused, and whether the runs directory can be
    written. The exit code is 1 if something is to be fixed.
    """
    from harness.registry import default_registry

    registry = default_registry()
    _say(f"xharness {__version__}, Python {platform.python_version()}, {platform.platform()}")
    wrong = sum([_packages(), _device(), _plugins(registry), _runs(runs)])
    say("all well" if not wrong else f"{wrong} to fix")
    # They were shown in full; the command line would name them once more.
    registry.problems.clear()
    ctx.exit(1 if wrong else 0)


def _say(line: str) -> None:
    """A line in as many as it takes."""
    from rich.text import Text

    from harness.cli.display import make_console, show

    show(make_console(), Text(line))


def _packages() -> int:
    wrong = 0
    needed = [requirement for requirement in requires("xharness") or () if "extra ==" not in requirement]
    for name in sorted(re.split(r"[^\w.-]", requirement)[0] for requirement in needed):
        try:
            say(f"  {name} {version(name)}")
        except PackageNotFoundError:
            wrong += 1
            say(f"  {name} is missing; fix: pip install {name}")
    return wrong


def _device() -> int:
    try:
        import torch
    except ImportError as error:
        say(f"device: torch cannot be imported: {error}")
        return 1
    from harness.training.machine import resolve

    name = torch.cuda.get_device_name() if torch.cuda.is_available() else "cpu"
    large = resolve("auto", hidden_size=1024)
    threads = torch.get_num_threads()
    _say(f"device: {name}; {os.cpu_count()} cores, {threads} threads; precision auto means {large} for large models")
    return 0


def _plugins(registry: Registry) -> int:
    counts = ", ".join(counted(len(things), noun) for noun, things in registry.everything().items())
    third = [plugin for plugin in registry.plugins.values() if not plugin.built_in]
    _say(f"plugins: {counts}")
    _say(f"third-party plugins: {len(third)}")
    for plugin in third:
        brings = [f"{noun} {name}" for (noun, name), owner in registry.owners.items() if owner == plugin]
        shown = f": {', '.join(brings)}" if brings else ""
        _say(f"  {plugin.entry_point} of {plugin.distribution} {plugin.version}{shown}")
    for problem in registry.problems:
        say(f"  refused: {problem}")
        say("".join(f"    {line}\n" for line in problem.trace.splitlines()), end="")
    return len(registry.problems)


def _runs(runs: Path) -> int:
    existing = next(path for path in (runs.absolute(), *runs.absolute().parents) if path.exists())
    try:
        tempfile.TemporaryFile(dir=existing).close()
    except OSError as error:
        say(f"runs: {existing} cannot be written ({error.strerror}); fix: --runs DIR or XHARNESS_RUNS=DIR")
        return 1
    free = shutil.disk_usage(existing).free / 1e9
    say(f"runs: {runs.absolute()}, {free:,.0f} GB free")
    return 0
