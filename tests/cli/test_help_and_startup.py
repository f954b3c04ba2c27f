from __future__ import annotations

import os
import subprocess
import sys

import click
import pytest

from harness import __version__
from harness.cli.main import cli as program
from tests.fixtures import Cli

COMMANDS = [
    *("check", "compare", "doctor", "eval", "export", "fetch", "ls", "mini", "new-task", "report", "rescore", "score"),
    *("show", "store", "study", "summary", "train", "validate"),
]
SUBCOMMANDS = ["mini describe", "mini sample", "store ls", "store prune", "store verify"]
HEAVY = ("torch", "transformers", "datasets", "deepspeed", "numpy", "scipy", "pandas", "pyarrow")


def test_every_command_is_listed(cli: Cli) -> None:
    done = cli("--help")
    assert done.code == 0
    listed = done.out[done.out.index("Commands:") :].splitlines()[1 : len(COMMANDS) + 1]
    assert [line.split()[0] for line in listed] == COMMANDS
    # A description that does not fit ends in dots.
    assert not any(line.endswith("...") for line in listed)


@pytest.mark.parametrize("command", [*COMMANDS, *SUBCOMMANDS])
def test_help_says_what_each_option_does(cli: Cli, command: str) -> None:
    done = cli(*command.split(), "--help")
    assert done.code == 0
    assert done.out.startswith(f"Usage: xharness {command}")
    assert max(map(len, done.out.splitlines())) <= 80
    loaded: click.Command | None = program
    for word in command.split():
        assert isinstance(loaded, click.Group)
        loaded = loaded.get_command(click.Context(loaded), word)
    assert loaded is not None
    for parameter in loaded.params:
        if isinstance(parameter, click.Option):
            assert parameter.opts[0] in done.out
            assert parameter.help, parameter.opts
    assert cli(*command.split(), "-h").out == done.out


def test_version(cli: Cli) -> None:
    assert cli("--version").out == f"xharness {__version__}\n"


@pytest.mark.parametrize(("wrong", "said"), [("trian", "Did you mean train?"), ("qqqqqq", "No such command")])
def test_a_wrong_command_is_refused(cli: Cli, wrong: str, said: str) -> None:
    done = cli(wrong)
    assert done.code == 2
    assert said in done.err


def test_a_wrong_option_is_refused(cli: Cli) -> None:
    done = cli("train", "--targets", "pawsx")
    assert done.code == 2
    assert "--target" in done.err


@pytest.mark.parametrize("arguments", [["--help"], ["ls", "tasks"], ["ls", "plugins"], ["train", "--help"]])
def test_light_commands_import_nothing_heavy(arguments: list[str]) -> None:
    code = (
        "import sys\nfrom harness.cli.main import run\n"
        f"code = run({arguments!r})\nprint(code, *sorted(set({HEAVY!r}) & set(sys.modules)), sep=',')"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout.splitlines()[-1] == "0"


def test_a_closed_pipe_is_no_error() -> None:
    command = (
        f"{sys.executable} -c 'from harness.cli.main import main; main()' ls tasks | head -1; echo ${{PIPESTATUS[0]}}"
    )
    done = subprocess.run(["bash", "-c", command], check=True, capture_output=True, text=True)
    assert "Traceback" not in done.stderr


def test_how_threads_wait_is_set_before_torch_is_loaded() -> None:
    code = """
import os, sys
from harness.cli.main import run
run(["--version"])
assert "torch" not in sys.modules
print(os.environ["OMP_WAIT_POLICY"], os.environ["GOMP_SPINCOUNT"])
"""
    environment = {k: v for k, v in os.environ.items() if k not in ("OMP_WAIT_POLICY", "GOMP_SPINCOUNT")}
    done = subprocess.run([sys.executable, "-c", code], check=True, stdout=subprocess.PIPE, text=True, env=environment)
    assert done.stdout.splitlines()[-1] == "PASSIVE 1000"
