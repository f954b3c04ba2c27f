"""xharness check: is something what it must be, before others see it?"""

from __future__ import annotations

from pathlib import Path

import click

from harness.cli.options import benchmark_option
from harness.cli.repeated import option
from harness.cli.say import say
from harness.errors import counted

WRONG = 2


@click.group("check")
def command() -> None:
    """Look for mistakes before others do."""


@command.command("submission")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@benchmark_option
@option("--labels", type=click.Path(path_type=Path), help="Folder of gold answers, to compare ids and numbers with.")
@click.pass_context
def submission(ctx: click.Context, /, folder: Path, benchmark: str, labels: Path | None) -> None:
    """Check a folder of predictions before it is uploaded.

    Lists everything that is missing, wrong in form, or of another number than the published test set. The exit code is
    2 if there is any.
    """
    from harness.benchmarks.check import check_folder
    from harness.benchmarks.definition import benchmark as benchmark_of
    from harness.registry import default_registry

    registry = default_registry()
    checked = check_folder(folder, benchmark_of(benchmark, registry), registry, labels)
    for problem in checked.problems:
        say(str(problem))
    count = len(checked.problems)
    problems = counted(count, "problem") if count else "no problems"
    say(f"{counted(checked.files, 'file')} of {benchmark}: {problems}")
    ctx.exit(WRONG if count else 0)
