"""What `--ranks` and launchers such as torchrun mean to a command: one process does its work, the others take part."""

from __future__ import annotations

import traceback
import warnings

import click

from harness.cli.repeated import option
from harness.cli.say import say
from harness.errors import UserError
from harness.training import launching, ranks

FAILED, INTERRUPTED = 1, 130

ranks_option = option(
    "--ranks",
    type=click.IntRange(min=1),
    metavar="N",
    help="Train and predict in N processes on this machine, on a GPU each where it has any.",
)


def gather_ranks(ctx: click.Context, asked: int | None, *, plan_only: bool) -> None:
    """Start or join the ranks of a command. Returns in the one process that does its work; ends it in all others.

    Args:
        ctx: of the command; its `obj` are the words of the command line.
        asked: `--ranks`.
        plan_only: whether there is nothing to do but to plan, for which one process is enough.

    Raises:
        UserError: they cannot be started, or one of them was lost.
    """
    if asked:
        launching.refuse_other_launcher(asked)
    if ranks.launched() == 1:
        if asked and asked > 1 and not plan_only:
            ctx.exit(launching.launch(ctx.obj, asked))
        return
    if launching.started_here():
        launching.end_with_parent()
    team = ranks.join()
    if team.rank:
        ctx.exit(_take_part(team))
    ctx.call_on_close(team.dismiss)


def _take_part(team: ranks.Team) -> int:
    """A rank's whole work; its exit code."""
    # Rank 0 says what there is to say.
    warnings.simplefilter("ignore")
    try:
        ranks.serve(team)
    except KeyboardInterrupt:
        return INTERRUPTED
    except Exception as error:  # noqa: BLE001  (whatever it is, the others must not wait for this rank)
        if ranks.is_contact_lost(error):
            return launching.CONTACT_LOST if launching.started_here() else FAILED
        if not isinstance(error, UserError):
            traceback.print_exc()
        say(f"error: {ranks.RanksLost(f'rank {team.rank} failed: {error}')}", err=True)
        return FAILED
    return 0
