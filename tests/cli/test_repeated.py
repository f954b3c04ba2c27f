"""Options that are given twice: lists are joined, files of settings are layered, everything else is refused."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest

from harness.cli.main import cli as program
from harness.cli.repeated import Names, Numbers, Option
from tests.fixtures import Cli, Result
from tests.raising import raises_code


def commands(group: click.Group = program, prefix: str = "") -> Iterator[tuple[str, click.Command]]:
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        yield f"{prefix}{name}", command
        if isinstance(command, click.Group):
            yield from commands(command, f"{prefix}{name} ")


OPTIONS = [
    pytest.param(command, option, id=f"{name} {option.opts[0]}")
    for name, command in commands()
    for option in command.params
    if isinstance(option, click.Option)
]


def samples(kind: click.ParamType[Any]) -> tuple[str, str]:
    if isinstance(kind, click.Choice):
        return kind.choices[0], kind.choices[1]
    return ("1", "2") if isinstance(kind, click.types.IntParamType | Numbers) else ("one", "two")


def parsed(command: click.Command, words: list[str], option: click.Option) -> Any:
    """What a command gets for an option, from words of its own beside those that it cannot do without."""
    needed = [param for param in command.params if param.required and param is not option]
    options = [word for p in needed if isinstance(p, click.Option) for word in (p.opts[0], samples(p.type)[0])]
    arguments = ["x" for p in needed if isinstance(p, click.Argument)]
    return command.make_context("command", [*options, *words, *arguments]).params[str(option.name)]


@pytest.mark.parametrize(("command", "option"), OPTIONS)
def test_an_option_given_twice_loses_nothing(command: click.Command, option: click.Option) -> None:
    assert isinstance(option, Option), "declare it with harness.cli.repeated.option"
    name = option.opts[0]
    if option.is_flag:
        assert parsed(command, [name, name], option) == parsed(command, [name], option) is True
        for opposite in option.secondary_opts:
            assert parsed(command, [opposite, opposite], option) is False
            with raises_code("options-exclude-each-other", name, opposite):
                parsed(command, [name, opposite], option)
        return
    one, two = samples(option.type)
    words = [name, one, f"{name}={two}"]
    if isinstance(option.type, Names | Numbers):
        joined = parsed(command, [name, f"{one},{two}"], option)
        assert parsed(command, words, option) == joined
        assert len(joined) == 2
    elif option.multiple:
        assert [str(value) for value in parsed(command, words, option)] == [one, two]
    else:
        with raises_code("option-repeated", name, one, two):
            parsed(command, words, option)
        # The same value again is most likely one that was to be another.
        with raises_code("option-repeated", name, one):
            parsed(command, [name, one, name, one], option)


@pytest.fixture
def plan(cli: Cli, tiny: list[str], tmp_path: Path) -> Cli:
    """Plans a training run."""
    return lambda *options: cli("train", *options, *tiny, "--plan", "--runs", tmp_path / "runs")


def done(result: Result) -> str:
    assert result.code == 0, result.err
    return re.sub(r"roughly .* of training", "", result.out)


def test_lists_are_joined_in_the_order_given(plan: Cli) -> None:
    several = ["--intermediate", "mnli", "--intermediate", "qqp,squad", "--intermediate", "-mnli"]
    several += ["--target", "pawsx", "--target", "tatoeba", "--seeds", "1", "--seeds", "2"]
    several += ["--languages", "en", "--languages", "qaa"]
    once = ["--intermediate", "mnli,qqp,squad,-mnli", "--target", "pawsx,tatoeba", "--seeds", "1,2"]
    out = done(plan(*several))
    assert out == done(plan(*once, "--languages", "en,qaa"))
    assert "qqp, squad" in out
    assert "pawsx in 2 languages, tatoeba in 1 language" in out


@pytest.mark.parametrize(
    ("options", "code"),
    [
        (["--seeds", "1", "--seeds", "1"], "repeated-seed"),
        (["--data", "mini", "--data", "mini:rich"], "option-repeated"),
        (["--set", "lr=1e-3", "--set", "lr = 1e-3"], "option-repeated"),
        (["--set", "lr=1,2", "--set", "target.lr=1e-3", "--set", "lr=3"], "option-repeated"),
        (["--baseline", "--no-baseline"], "options-exclude-each-other"),
    ],
)
def test_what_cannot_be_joined_is_refused_as_in_one_list(plan: Cli, options: list[str], code: str) -> None:
    refused = plan("--target", "pawsx", *options)
    assert refused.code == 2
    assert f"[{code}]" in refused.err
    assert all(value in refused.err for value in options[1::2] if value.startswith("mini"))


def test_a_refusal_names_every_value(cli: Cli) -> None:
    refused = cli("train", "--target", "pawsx", "--data", "mini", "--data", "hub", "--data", "mini")
    assert refused.err == (
        "error: --data is given 3 times: mini, hub, mini  [option-repeated]\n"
        "  where: command line\n"
        "  fix:   give it once; it takes one value\n"
    )
    set_twice = cli("train", "--target", "pawsx", "--set", "lr=1", "--set", "seed=2", "--set", "lr=2")
    assert set_twice.err.startswith("error: lr is set more than once: --set lr=1 --set lr=2  [option-repeated]\n")


def test_settings_files_are_layered(cli: Cli, tmp_path: Path) -> None:
    first, second = tmp_path / "first.toml", tmp_path / "second.toml"
    first.write_text('intermediate = ["qqp"]\ntarget = ["pawsx"]\nset.intermediate.steps = 9\nset.target.steps = 7\n')
    second.write_text('target = ["tatoeba"]\nset.intermediate.steps = 5\n')

    def plan_of(*files: Path) -> str:
        return done(cli("train", *(word for file in files for word in ("--config", file)), "--plan"))

    assert re.search(r"intermediate +qqp +- +1 +5 ", plan_of(first, second))
    assert "scored: tatoeba" in plan_of(first, second)
    assert re.search(r"intermediate +qqp +- +1 +9 ", plan_of(second, first))
    assert "scored: pawsx" in plan_of(second, first)
    broken = tmp_path / "broken.toml"
    broken.write_text("target = 3")
    refused = cli("train", "--config", first, "--config", broken, "--plan")
    assert refused.code == 2
    assert str(broken) in refused.err
