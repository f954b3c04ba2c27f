"""Every option of every command does something: one function an option, and a test that none is without."""

from __future__ import annotations

from pathlib import Path

import click
import pytest

from harness.cli.main import cli as program
from harness.registry import default_registry
from harness.setting import declared
from harness.studies.options import ALL, StudyOptions
from tests.cli.options import comparing, evaluation, exports, listing, reports, runs, studies, training
from tests.cli.options.stage import CHECKS, Stage
from tests.fixtures import Cli

MODULES = (training, evaluation, runs, comparing, exports, listing, reports, studies)
"""Each registers its checks."""


def options(group: click.Group = program, prefix: str = "") -> list[tuple[str, str]]:
    context = click.Context(group)
    found = []
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        if prefix == "study ":
            # Those that all studies have are the same for each.
            options_of_study = StudyOptions if name == ALL else default_registry().study(name).options
            own = set(declared(options_of_study)) - set(declared(StudyOptions))
            options_of = [p for p in command.params if isinstance(p, click.Option)]
            found += [(f"study {name}" if p.name in own else "study NAME", p.opts[0]) for p in options_of]
            continue
        found += [(f"{prefix}{name}", p.opts[0]) for p in command.params if isinstance(p, click.Option)]
        found += options(command, f"{prefix}{name} ") if isinstance(command, click.Group) else []
    return list(dict.fromkeys(found))


@pytest.mark.parametrize(("command", "option"), options())
def test_option_has_an_effect(
    command: str, option: str, request: pytest.FixtureRequest, cli: Cli, tmp_path: Path
) -> None:
    assert (command, option) in CHECKS, f"no check shows what {option} of {command} does"
    CHECKS[command, option](Stage(request, cli, tmp_path))


def test_no_check_is_left_over() -> None:
    assert set(CHECKS) == set(options())
