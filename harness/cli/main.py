"""The command `xharness`: finds its subcommands, turns errors a user can fix into a message and exit code 2."""

from __future__ import annotations

import contextlib
import importlib
import io
import os
import pkgutil
import signal
import sys
import traceback
from collections.abc import Sequence

import click

from harness import garbage, interruption
from harness.cli import commands, streams
from harness.cli.paths import unusable_path
from harness.cli.say import say
from harness.errors import StoreError, UserError, in_words
from harness.training.launching import CONTACT_LOST, started_here
from harness.training.machine import wait_briefly
from harness.training.ranks import ContactLost, RanksLost, launched
from harness.version import __version__

FAILED, USER_ERROR = 1, 2

INTERRUPTED = "interrupted"
GOES_ON = f"{INTERRUPTED}; finished work is kept: repeat the same command to go on from the last checkpoint"
GO_ON = frozenset({"train", "eval", "study"})
"""Commands that take up what they had begun."""

READER_GONE = 128 + signal.SIGPIPE
"""The exit code of other programs below `| head -1`."""

ENDED = "code of a plugin or a library has ended the program"


class Commands(click.Group):
    """One module of `harness.cli.commands` a subcommand, imported when it is needed."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names of the modules, a trailing underscore taken off, "-" for the others."""
        return sorted(_names())

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The `command` of the module of that name."""
        names = _names()
        if cmd_name not in names:
            return None
        command: click.Command = importlib.import_module(f"harness.cli.commands.{names[cmd_name]}").command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click's, with a suggestion for a wrong name."""
        import difflib

        if args and args[0] not in self.list_commands(ctx):
            close = difflib.get_close_matches(args[0], self.list_commands(ctx), n=1)
            hint = f" Did you mean {close[0]}?" if close else ""
            raise click.UsageError(f"No such command '{args[0]}'.{hint}", ctx)
        return super().resolve_command(ctx, args)


def _names() -> dict[str, str]:
    """Modules by the names of their commands."""
    modules = (module.name for module in pkgutil.iter_modules(commands.__path__))
    return {name.rstrip("_").replace("_", "-"): name for name in modules}


@click.group(
    cls=Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
    epilog="Start with: xharness train --intermediate all --target pawsx",
)
@click.version_option(__version__, message="xharness %(version)s")
def cli() -> None:
    """Does training a multilingual encoder on English tasks first make it better, zero-shot, in other languages?"""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit: 0 done, 1 something failed, 2 the user can fix it, 128 and a signal's number.

    SIGTERM and SIGHUP interrupt as Ctrl-C does.
    """
    garbage.collect_seldom()
    interruption.raise_on_signals()
    streams.replace_unshowable()
    code = run(arguments)
    if _is_one_of_several():
        # Threads of the communication library can abort a process that ends in the ordinary way.
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
    garbage.end()
    sys.exit(code)


def run(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; the exit code."""
    wait_briefly()
    try:
        with streams.guarded():
            return _run(tuple(sys.argv[1:] if arguments is None else arguments))
    except streams.CannotShow as error:
        interruption.end()
        streams.let_go()
        if error.reader_gone:
            return READER_GONE
        told = StoreError(
            f"cannot write: {error.problem}",
            code="cannot-write",
            where=error.stream,
            fix="free some space, or send it elsewhere",
        )
        with contextlib.suppress(OSError):
            say(f"error: {told}", err=True)
        return USER_ERROR


def _run(words: tuple[str, ...]) -> int:
    try:
        launched()
        code = cli.main(words, prog_name="xharness", standalone_mode=False, obj=words)
    except RanksLost as error:
        if isinstance(error, ContactLost) and started_here():
            code = CONTACT_LOST
        else:
            say(f"error: {error}", err=True)
            code = FAILED
    except UserError as error:
        say(f"error: {error}", err=True)
        code = USER_ERROR
    except OSError as error:
        refused = unusable_path(error, words)
        if refused is None:
            raise
        say(f"error: {refused}", err=True)
        code = USER_ERROR
    except SystemExit as error:
        # Nothing of this program raises it below `main`; without a word, what was asked for would look done.
        say(f"error: {ENDED}: {in_words(error)}\n{last_call(error)}", err=True)
        code = FAILED
    except click.ClickException as error:
        said = io.StringIO()
        error.show(said)
        say(said.getvalue(), err=True, end="")
        code = error.exit_code
    except (KeyboardInterrupt, click.Abort) as error:
        interruption.end()
        code = interruption.exit_code(error)
        if not started_here():
            # The terminal may be gone.
            with contextlib.suppress(streams.CannotShow):
                goes_on = GO_ON.intersection(words[:1]) and "--plan" not in words
                say(GOES_ON if goes_on else INTERRUPTED, err=True)
    interruption.end()
    _warn_of_plugins()
    return code if isinstance(code, int) else 0


def last_call(error: BaseException) -> str:
    """Where an error was raised, in a line."""
    frame = traceback.extract_tb(error.__traceback__)[-1]
    return f"  where: {frame.filename}:{frame.lineno}, in {frame.name}"


def _is_one_of_several() -> bool:
    try:
        return launched() > 1
    except UserError:
        # What the launcher says makes no sense, which is told by now.
        return False


def _warn_of_plugins() -> None:
    """Name each plugin that was refused, once, after the command has done its work without it."""
    from harness.registry import default_registry

    if default_registry.cache_info().currsize:
        for problem in default_registry().problems:
            say(f"warning: {problem}", err=True)
