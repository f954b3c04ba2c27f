"""xharness study: a research question from plan to answer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from harness.cli.options import plan_option, runs_option
from harness.cli.repeated import Names, Numbers, option

if TYPE_CHECKING:
    from harness.setting import Setting
    from harness.studies.base import Study


class Studies(click.Group):
    """A subcommand for each study that plugins register."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names of studies."""
        del ctx
        from harness.registry import default_registry

        return sorted(default_registry().studies)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of a study, with the study's options."""
        del ctx
        from harness.registry import default_registry

        found = default_registry().studies.get(cmd_name)
        return command_of(found) if found else None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click's, but an unknown name is an error like those of other names."""
        from harness.registry import default_registry

        if args and not args[0].startswith("-"):
            default_registry().study(args[0])
        return super().resolve_command(ctx, args)


@click.group("study", cls=Studies, subcommand_metavar="NAME [OPTIONS] [RUN]...")
def command() -> None:
    """Answer a research question by runs and statistics.

    A study plans all of its runs, carries them out, and says what follows from their records. `xharness show NAME` says
    what was fixed beforehand: the contrast that decides, and what would answer yes or no.
    """


def command_of(study: Study) -> click.Command:
    """The command of one study."""
    from harness.setting import declared

    tiers = {name: study.tiers[name] for name in study.tiers}
    parameters: list[Callable[[Any], Any]] = [
        option(
            "--tier",
            type=click.Choice(list(tiers)),
            default="small",
            show_default=True,
            help="How much is run; the defaults below are those of small.",
        ),
        *(_option(one, tiers["small"]) for one in declared(study.options).values()),
        option(
            "--set",
            "assignments",
            multiple=True,
            metavar="NAME=VALUE",
            help="A hyper-parameter; what an arm states itself, such as its steps, beats it.",
        ),
        plan_option,
        option("--analyse-only", is_flag=True, help="Train and score nothing: read the records of each RUN."),
        option(
            "--output",
            type=click.Path(path_type=Path),
            metavar="DIR",
            help="Folder of study.json, scores.csv, README.md and figures; below RUNS/studies by default.",
        ),
        runs_option,
        click.argument("names", metavar="[RUN]...", nargs=-1),
    ]

    def run(**given: Any) -> None:
        _run(study, given)

    for add in reversed(parameters):
        run = add(run)
    return click.command(study.name, help=f"{study.question}\n\n{study.primary}", short_help=study.question)(run)


def _option(one: Setting, defaults: Any) -> Callable[[Any], Any]:
    """The command-line option of a study's option; one that is not given stays as the tier has it."""
    from harness.studies.options import element, shown_option

    default = getattr(defaults, one.name)
    shown = shown_option(default)
    about = one.declaration.about[:1].upper() + one.declaration.about[1:]
    described = f"{about}.  [default: {shown}]" if shown else f"{about}."
    flag = f"--{one.name.replace('_', '-')}"
    if one.type is bool:
        return option(f"{flag}/--no-{one.name.replace('_', '-')}", one.name, default=None, help=described)
    kinds: dict[Any, Any] = {int: int, float: float, str: str}
    of = element(one)
    kind = kinds[one.type] if of is None else Numbers() if of is int else Names()
    return option(flag, one.name, type=kind, default=None, help=described)


def _run(study: Study, given: dict[str, Any]) -> None:
    from harness.cli.studying import answer_from, carry_out_study
    from harness.config import parse_set
    from harness.errors import SettingsError
    from harness.registry import default_registry
    from harness.setting import declared
    from harness.studies.session import asked_of

    registry = default_registry()
    values = {name: given[name] for name in declared(study.options) if given[name] is not None}
    if given["assignments"]:
        values["set"] = parse_set(given["assignments"])
    asked = asked_of(study, registry, given["tier"], values)
    runs: Path = given["runs"]
    if given["output"] is not None and not given["output"].name:
        raise SettingsError(
            "no folder is named", code="study-output-taken", where="--output", fix="name one, such as --output answer"
        )
    output: Path = given["output"] or runs / "studies" / asked.name
    names: Sequence[str] = given["names"]
    if given["analyse_only"] and given["plan_only"]:
        raise SettingsError(
            "--analyse-only and --plan exclude each other", code="options-exclude-each-other", where="command line"
        )
    if bool(names) is not given["analyse_only"]:
        raise SettingsError(
            "--analyse-only needs the runs to read" if not names else "runs are read with --analyse-only alone",
            code="study-of-named-runs",
            where="command line",
            fix=f"xharness study {study.name} --analyse-only RUN ...",
        )
    click.get_current_context().exit(
        answer_from(asked, registry, runs, names, output)
        if given["analyse_only"]
        else carry_out_study(asked, registry, runs, output, plan_only=given["plan_only"])
    )
