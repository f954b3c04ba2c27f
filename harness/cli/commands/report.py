"""xharness report: runs as one file to look at, which opens from anywhere."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import click

from harness.cli.options import against_option, beside_option, contrast_option, runs_option
from harness.cli.repeated import option

SHOWN = 3
"""Runs that are named."""
SUFFIXES = (".html", ".htm")


@click.command("report")
@click.argument("names", metavar="[RUN]...", nargs=-1)
@option(
    "--output", type=click.Path(path_type=Path), default="report.html", show_default=True, help="The file to write."
)
@contrast_option
@against_option
@option(
    "--margin",
    type=float,
    metavar="POINTS",
    help="Differences below this do not matter; 1 by default, 5 on generated rows.",
)
@beside_option
@option("--items/--no-items", default=True, show_default=True, help="Show items that arms get wrong, with their texts.")
@runs_option
def command(
    names: tuple[str, ...],
    output: Path,
    contrast: str | None,
    against: str | None,
    margin: float | None,
    beside: Path | None,
    items: bool,
    runs: Path,
) -> None:
    """Write a report of RUN, the latest by default, as one HTML file.

    It answers first whether the arms gain over what they are compared with, then shows gains by language and target,
    all scores, how training went, items that arms get wrong, and what every number is made of. The file needs nothing
    beside it and no network; its script sorts tables, and is not needed to read it.
    """
    from harness.cli.chosen import chosen_run
    from harness.cli.display import COMPARING, Display, make_console
    from harness.cli.say import say
    from harness.documents.html import html
    from harness.outputs import is_standard_output, write_output
    from harness.report.chapters.mistakes import find_mistakes
    from harness.report.loaded import load_run
    from harness.report.page import Asked, report_of
    from harness.results.find import belonging
    from harness.results.runs import STORE, home_of

    check_name(output)
    directories = list(dict.fromkeys(chosen_run(runs, name) for name in names or (None,)))
    places: list[str] = []
    find = partial(find_mistakes, tell=places.append) if items else None
    asked = Asked(contrast=contrast, margin=margin, published=beside, mistakes=find)
    with Display(make_console(stderr=True)).busy(COMPARING):
        loaded = [load_run(one, home_of(one, runs) / STORE, belonging(one), against) for one in directories]
        content = html(report_of(loaded, asked)).encode()
    write_output(output, content)
    for place in places:
        say(place, err=True)
    more = f" and {len(loaded) - SHOWN} more" if len(loaded) > SHOWN else ""
    names_shown = ", ".join(run.name for run in loaded[:SHOWN])
    say(f"report of {names_shown}{more}: {output}", err=is_standard_output(output))


def check_name(output: Path) -> None:
    """Refuse a file that is no page by its name, such as one of notes that would be lost."""
    from harness.errors import SettingsError

    if output.suffix.lower() not in SUFFIXES and not (output.exists() and not output.is_file()):
        raise SettingsError(
            "a report is an HTML file", code="not-html", where=str(output), fix="name a file that ends in .html"
        )
