"""xharness compare: runs, arms, models, checkpoints and leaderboards beside each other."""

from __future__ import annotations

from pathlib import Path

import click

from harness.cli.options import runs_option
from harness.cli.repeated import Names, option
from harness.statistics.conclusion import MARGIN

FORMS = {".json": "json", ".csv": "csv", ".tex": "latex", ".md": "markdown"}
"""What a file holds by the end of its name, if no option says it."""


@click.command("compare")
@click.argument("left", metavar="LEFT")
@click.argument("right", metavar="RIGHT...", nargs=-1, required=True)
@option("--by", type=click.Choice(["task", "language"]), default="task", show_default=True, help="Test each of these.")
@option("--items", is_flag=True, help="Show the items that the two sides answer differently, too.")
@option("--tasks", type=Names(), default=(), help="Compare these tasks only; -NAME leaves one out.")
@option("--languages", type=Names(), default=(), help="Compare these languages only; -en leaves English out.")
@option(
    "--question",
    type=click.Choice(["items", "seeds"]),
    help="What would be drawn anew; by default seeds where both sides share several, otherwise items.",
)
@option(
    "--margin",
    type=float,
    metavar="POINTS",
    default=MARGIN,
    show_default=True,
    help="Differences below this count as none: scores are equal if the whole interval is within it.",
)
@option("--json", "as_json", is_flag=True, help="As a JSON object.")
@option("--format", "form", type=click.Choice(["csv", "latex", "markdown"]), help="Instead of tables for the screen.")
@option("--output", type=click.Path(path_type=Path), help="File to write; to the screen by default.")
@runs_option
def command(
    left: str,
    right: tuple[str, ...],
    by: str,
    items: bool,
    tasks: tuple[str, ...],
    languages: tuple[str, ...],
    question: str | None,
    margin: float,
    as_json: bool,
    form: str | None,
    output: Path | None,
    runs: Path,
) -> None:
    """Compare LEFT with each RIGHT: differences are LEFT minus RIGHT.

    A side is RUN, RUN:ARM, RUN:MODEL, a leaderboard document (FILE.json, FILE.json:ARM), or a checkpoint in the store,
    by its digest or directory. :ARM is another arm of LEFT's run. Scores are paired by item and by seed; what cannot be
    paired is named with the reason.

    \b
    Examples:
      xharness compare NEW OLD                       two runs, arm by arm
      xharness compare RUN:mnli :none                two arms of one run
      xharness compare NEW OLD --by language --tasks pawsx
    """
    from harness.cli.display import COMPARING, Display, make_console, show
    from harness.cli.say import say
    from harness.comparing.compare import compare_named
    from harness.comparing.formats import render
    from harness.errors import SettingsError, counted
    from harness.outputs import is_standard_output, write_output
    from harness.registry import default_registry

    if as_json and form:
        raise SettingsError(
            f"--json and --format {form} exclude each other",
            code="options-exclude-each-other",
            where="command line",
            fix="leave one of them out",
        )
    with Display(make_console(stderr=True)).busy(COMPARING):
        compared = compare_named(
            left,
            right,
            runs,
            default_registry(),
            tasks=tasks,
            languages=languages,
            question=question,  # type: ignore[arg-type]
            margin=margin,
            by_language=by == "language",
            items=items,
        )
    by_language = by == "language"
    if not (as_json or form or output):
        from harness.report.compared import compared_view

        show(make_console(), compared_view(compared, by_language=by_language))
        return
    content = render(compared, "json" if as_json else form or _form_of(output), by_language=by_language)
    if output is None:
        say(content.decode(), end="")
        return
    write_output(output, content)
    say(f"{counted(len(compared.tasks), 'comparison')}: {output}", err=is_standard_output(output))


def _form_of(output: Path | None) -> str:
    """What a file is to hold, by the end of its name."""
    return FORMS.get(output.suffix if output else "", "markdown")
