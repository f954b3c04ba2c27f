"""Starts several processes of this program on this machine, and says what became of them."""

from __future__ import annotations

import contextlib
import ctypes
import logging
import os
import signal
import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from harness.errors import SettingsError
from harness.interruption import Interrupted, signal_of
from harness.training.ranks import RanksLost, check_devices, launched

if TYPE_CHECKING:
    from torch.distributed.elastic.multiprocessing.errors import ProcessFailure

STARTED = "_XHARNESS_STARTED"
"""Environment variable by which a process knows that this program started it, with its process id as value."""

THREADS = "OMP_NUM_THREADS"

CONTACT_LOST = 128 + signal.SIGTERM
"""Exit code of a rank started here that misses another one: as if the launcher had ended it, as it is about to do."""

DEATH_SIGNAL = 1
"""Linux's PR_SET_PDEATHSIG."""


def started_here() -> bool:
    """Whether `launch` started this process."""
    return launched() > 1 and STARTED in os.environ


def launch(arguments: Sequence[str], ranks: int) -> int:
    """Run this program with command-line arguments in so many processes; see `launch_program`."""
    # -P, or a folder named harness in the current directory would be taken for this program.
    return launch_program(["-P", "-m", "harness", *arguments], ranks)


def launch_program(words: Sequence[str], ranks: int) -> int:
    """Run Python in so many processes on this machine.

    Args:
        words: of its command line, such as a script.

    Returns:
        Exit code of rank 0.

    Raises:
        SettingsError: there are too few GPUs, or another launcher is at work.
        RanksLost: a rank was killed, or failed.
        Interrupted: a signal has ended this process or rank 0, and with it all of them.
    """
    from torch.distributed.elastic.multiprocessing import DefaultLogsSpecs, SignalException
    from torch.distributed.elastic.multiprocessing.errors import ChildFailedError
    from torch.distributed.launcher.api import LaunchConfig, launch_agent

    check_devices(ranks)
    _silence("torch.distributed.elastic")
    with _environment(ranks):
        config = LaunchConfig(
            min_nodes=1,
            max_nodes=1,
            nproc_per_node=ranks,
            run_id="xharness",
            rdzv_backend="c10d",
            rdzv_endpoint="127.0.0.1:0",
            local_addr="127.0.0.1",
            max_restarts=0,
            # Ranks write to this terminal, and a folder for logs would outlive a launcher that is killed.
            logs_specs=DefaultLogsSpecs(log_dir=os.devnull),
        )
        try:
            launch_agent(config, sys.executable, list(words))
        except ChildFailedError as error:
            return _outcome(error.failures)
        except SignalException as error:
            raise Interrupted(error.sigval) from None
    return 0


def refuse_other_launcher(ranks: int) -> None:
    """Two launchers at once would start processes that know nothing of each other.

    Raises:
        SettingsError: this process was started by a launcher.
    """
    if launched() > 1 and not started_here():
        raise SettingsError(
            f"--ranks {ranks} would start processes within those of another launcher: WORLD_SIZE is {launched()}",
            code="ranks-within-ranks",
            fix="leave out --ranks under torchrun or srun, whose processes work together as they are",
        )


def end_with_parent() -> None:
    """Have this process killed where the one that started it is: it would go on unseen."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(DEATH_SIGNAL, signal.SIGKILL)
        if os.getppid() != int(os.environ[STARTED]):
            os.kill(os.getpid(), signal.SIGKILL)


def _silence(package: str) -> None:
    """Keep loggers quiet that have levels of their own: what happened is said here, in other words."""
    for name in [name for name in logging.root.manager.loggerDict if name.startswith(package)]:
        logging.getLogger(name).setLevel(logging.CRITICAL)


@contextlib.contextmanager
def _environment(ranks: int) -> Iterator[None]:
    """Environment variables of the processes: who starts them, and a fair share of the cores."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    added = {STARTED: str(os.getpid()), THREADS: os.environ.get(THREADS, str(max(1, cores // ranks)))}
    before = {name: os.environ.get(name) for name in added}
    os.environ.update(added)
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name)
            if value is not None:
                os.environ[name] = value


def _outcome(failures: Mapping[int, ProcessFailure]) -> int:
    """Exit code of rank 0, or of a rank that has said why it failed.

    Raises:
        RanksLost: one was killed.
        Interrupted: one was interrupted. SIGTERM is also what the launcher ends the others with.
    """
    ended = [signal_of(failure.exitcode) for _, failure in sorted(failures.items())]
    for (rank, failure), by in zip(sorted(failures.items()), ended, strict=True):
        if failure.exitcode < 0 and by is None:
            raise RanksLost(f"rank {rank} was killed by {failure.signal_name()}, and the other ranks were ended")
    codes = [failure.exitcode for (_, failure), by in zip(sorted(failures.items()), ended, strict=True) if by is None]
    if codes:
        return codes[0]
    others = [number for number in ended if number not in (None, signal.SIGTERM)]
    raise Interrupted(others[0] if others else signal.SIGTERM)
