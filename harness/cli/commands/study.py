"""xharness study: a research question from plan to answer."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from harness.cli.options import plan_option, runs_option
from harness.cli.repeated import Names, Numbers, option
from harness.studies.options import ALL, DEFAULT_TIER

if TYPE_CHECKING:
    from harness.setting import Setting
    from harness.studies.base import Study
    from harness.studies.options import StudyOptions


class Studies(click.Group):
    """A subcommand for each study that plugins register, and one for all of them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names of studies."""
        del ctx
        from harness.registry import default_registry

        return [*sorted(default_registry().studies), ALL]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of a study, with the study's options."""
        del ctx
        from harness.registry import default_registry

        if cmd_name == ALL:
            return all_command()
        found = default_registry().studies.get(cmd_name)
        return command_of(found) if found else None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click's, but an unknown name is an error like those of other names."""
        from harness.registry import default_registry

        if args and args[0] != ALL and not args[0].startswith("-"):
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

    parameters: list[Callable[[Any], Any]] = [
        _tier_option(study.tiers, "How much is run; the defaults below are those of small."),
        *(_option(one, study.tiers[DEFAULT_TIER]) for one in declared(study.options).values()),
        set_option,
        plan_option,
        option("--analyse-only", is_flag=True, help="Train and score nothing: read the records of each RUN."),
        option(
            "--output",
            type=click.Path(path_type=Path),
            metavar="DIR",
            help="Folder of README.md, study.html, study.json and more; below RUNS/studies by default.",
        ),
        runs_option,
        click.argument("names", metavar="[RUN]...", nargs=-1),
    ]

    def run(**given: Any) -> None:
        _run(study, given)

    for add in reversed(parameters):
        run = add(run)
    return click.command(study.name, help=f"{study.question}\n\n{study.primary}", short_help=study.question)(run)


def all_command() -> click.Command:
    """The command of all studies together."""
    from harness.setting import declared
    from harness.studies.options import LEAST_TIERS, StudyOptions

    shared = declared(StudyOptions).values()
    parameters: list[Callable[[Any], Any]] = [
        _tier_option(LEAST_TIERS, "How much is run."),
        *(_option(one, None) for one in shared),
        set_option,
        plan_option,
        runs_option,
    ]

    def run(**given: Any) -> None:
        _run_all(given)

    for add in reversed(parameters):
        run = add(run)
    about = "Every study, which train what they have in common once."
    more = "An option is that of each study; what is not given is as each study's tier has it."
    return click.command(ALL, help=f"{about}\n\n{more}", short_help=about)(run)


set_option = option(
    "--set",
    "assignments",
    multiple=True,
    metavar="NAME=VALUE",
    help="A hyper-parameter; what an arm states itself, such as its steps, beats it.",
)


def _tier_option(tiers: Iterable[str], about: str) -> Callable[[Any], Any]:
    return option("--tier", type=click.Choice(list(tiers)), help=f"{about}  [default: {DEFAULT_TIER}]")


def _option(one: Setting, defaults: Any) -> Callable[[Any], Any]:
    """The command-line option of a study's option; one that is not given stays as the tier has it.

    Args:
        defaults: options whose values the help says; None where studies have different ones.
    """
    from harness.studies.options import element, shown_option

    shown = "" if defaults is None else shown_option(getattr(defaults, one.name))
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
    from harness.errors import SettingsError
    from harness.registry import default_registry
    from harness.results.find import check_directory
    from harness.studies.asked import asked_of

    registry = default_registry()
    asked = asked_of(study, registry, given["tier"], _values(study.options, given))
    runs: Path = given["runs"]
    if given["output"] is not None and not given["output"].name:
        raise SettingsError(
            "the folder is the current one, or none",
            code="study-output-taken",
            where="--output",
            fix="name one of its own, such as --output answer",
        )
    check_directory(runs)
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


def _run_all(given: Mapping[str, Any]) -> None:
    from harness.cli.studying import carry_out_all
    from harness.registry import default_registry
    from harness.studies.asked import asked_of
    from harness.studies.options import StudyOptions

    registry = default_registry()
    values = _values(StudyOptions, given)
    asked = [asked_of(study, registry, given["tier"], values) for _, study in sorted(registry.studies.items())]
    click.get_current_context().exit(carry_out_all(asked, registry, given["runs"], plan_only=given["plan_only"]))


def _values(options: type[StudyOptions], given: Mapping[str, Any]) -> dict[str, Any]:
    """The options of a study that were given, by name."""
    from harness.config import parse_set
    from harness.setting import declared

    values = {name: given[name] for name in declared(options) if given[name] is not None}
    return {**values, "set": parse_set(given["assignments"])} if given["assignments"] else values
