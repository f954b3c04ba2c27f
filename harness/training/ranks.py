"""Several processes (ranks) that train and predict together: rank 0 does a run's work, the others take part when told.

Rank 0 makes an object on all ranks with `Shared` and calls its methods there; the others wait in `serve`. A process
that has not joined others is a team of one, which talks to nobody.
"""

from __future__ import annotations

import contextlib
import datetime
import itertools
import os
import pickle
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Concatenate, Generic, ParamSpec, TypeVar

from harness.errors import SettingsError, UserError

T = TypeVar("T")
P = ParamSpec("P")
R = TypeVar("R")

NEEDED = ("RANK", "WORLD_SIZE", "LOCAL_RANK", "MASTER_ADDR", "MASTER_PORT")
"""What a launcher such as torchrun tells each of its processes, in environment variables."""
LONGEST_NUMBER = 9
"""Digits of a number that launchers set."""

LONG = datetime.timedelta(days=365)
"""How long ranks wait for an order: rank 0 reads, scores and waits for other processes as long as it needs."""


class RanksLost(UserError):
    """Something went wrong in the middle of what all ranks do, so that they cannot go on together."""

    def __init__(self, reason: str) -> None:
        fix = "finished work is kept: repeat the same command to go on from the last checkpoint"
        super().__init__(reason, fix=fix)


class ContactLost(RanksLost):
    """Another rank is gone. Whatever made it go is said by itself, or by what started it."""

    def __init__(self) -> None:
        super().__init__("another rank was lost")


@dataclass(frozen=True)
class Order:
    """What rank 0 wants done on every rank: `function` with the shared object of that number, or one that makes it.

    Attributes:
        function: what to call; None forgets the object.
    """

    number: int
    function: Callable[..., Any] | None
    arguments: tuple[Any, ...] = ()
    names: Mapping[str, Any] = field(default_factory=dict)
    makes: bool = False


class Team:
    """The ranks of a run; this one is `rank` of `size`. Alone, where there is no `group` to talk in.

    Attributes:
        lost: whether the ranks can no longer work together.
    """

    def __init__(self, rank: int = 0, size: int = 1, group: Any = None) -> None:
        self.rank = rank
        self.size = size
        self._group = group
        self.lost = False

    def order(self, order: Order | None) -> None:
        """Tell the other ranks what to do; None lets them go."""
        if self.size > 1:
            self._broadcast(order)

    def next_order(self) -> Order | None:
        """What rank 0 tells next."""
        order: Order | None = self._broadcast(None)
        return order

    def gather(self, value: T) -> list[T]:
        """The values of all ranks, by rank, on rank 0; nothing on the others. A collective operation."""
        if self.size == 1:
            return [value]
        import torch.distributed as dist

        found: list[Any] | None = [None] * self.size if self.rank == 0 else None
        dist.gather_object(value, found, dst=0, group=self._group)
        return found or []

    def wait_for_all(self) -> None:
        """Return when all ranks have come here. A collective operation."""
        if self.size > 1:
            import torch.distributed as dist

            dist.barrier(self._group)

    @contextlib.contextmanager
    def together(self) -> Iterator[None]:
        """Around what all ranks do at once: whatever goes wrong on one of them leaves the others waiting.

        Raises:
            RanksLost: something did.
        """
        if self.lost:
            raise RanksLost("the ranks no longer work together")
        try:
            yield
        except BaseException as error:
            self.lost = self.size > 1
            if self.lost and is_contact_lost(error):
                raise ContactLost from error
            if self.lost and isinstance(error, Exception):
                raise RanksLost(str(error) if isinstance(error, UserError) else repr(error)) from error
            raise

    def dismiss(self) -> None:
        """Let the other ranks go, unless they are lost or gone, as where a signal has ended all of them."""
        if self.size > 1 and not self.lost:
            try:
                self.order(None)
                self.leave()
            except RuntimeError as error:
                if not is_contact_lost(error):
                    raise

    def leave(self) -> None:
        """Part from the other ranks, which do the same."""
        import torch.distributed as dist

        self.wait_for_all()
        dist.destroy_process_group()

    def _broadcast(self, value: Any) -> Any:
        import torch.distributed as dist

        # Pickled here, since a class that cannot be is an error of this rank alone, which the others know nothing of.
        values = [pickle.dumps(value) if self.rank == 0 else None]
        dist.broadcast_object_list(values, src=0, group=self._group)
        return pickle.loads(values[0]) if values[0] is not None else None  # noqa: S301  (from a process of this run)


_team = Team()


def team() -> Team:
    """The ranks that this process belongs to."""
    return _team


def launched() -> int:
    """How many processes the launcher started that started this one, on all its nodes; 1 without one.

    Raises:
        SettingsError: what the launcher says is no number.
    """
    return _number("WORLD_SIZE", least=1) if os.environ.get("WORLD_SIZE") else 1


def _number(name: str, *, least: int) -> int:
    text = os.environ[name]
    if not text.isascii() or not text.isdigit() or len(text) > LONGEST_NUMBER or int(text) < least:
        raise SettingsError(
            f"{name} is {text!r}, not a whole number from {least}",
            code="launcher-variable-wrong",
            where="environment variables",
            fix="start with torchrun, which sets it, or unset it to run one process",
        )
    return int(text)


def join() -> Team:
    """Find the other processes that the launcher has started.

    Raises:
        SettingsError: the launcher left out what this takes, or there are too few GPUs.
    """
    missing = [name for name in NEEDED if not os.environ.get(name)]
    if missing:
        raise SettingsError(
            f"WORLD_SIZE is {launched()}, but {', '.join(missing)} is not set",
            code="launcher-variables-missing",
            where="environment variables",
            fix="start with torchrun, or set what it sets; see 'Several ranks, several nodes' in docs/guide.md",
        )
    for name in NEEDED:
        if name != "MASTER_ADDR":
            _number(name, least=0)
    import torch
    import torch.distributed as dist

    cuda = torch.cuda.is_available()
    if cuda:
        check_devices(int(os.environ["LOCAL_RANK"]) + 1)
        torch.cuda.set_device(int(os.environ["LOCAL_RANK"]))
    dist.init_process_group("nccl" if cuda else "gloo")
    global _team
    _team = Team(dist.get_rank(), dist.get_world_size(), dist.new_group(backend="gloo", timeout=LONG))
    return _team


def check_devices(ranks: int) -> None:
    """Refuse more ranks than GPUs on this machine, where it has any.

    Raises:
        SettingsError: there are too few.
    """
    import torch

    if torch.cuda.is_available() and ranks > torch.cuda.device_count():
        raise SettingsError(
            f"{ranks} ranks on this machine need a GPU each, and it has {torch.cuda.device_count()}",
            code="too-few-gpus",
            fix="start fewer ranks, or hide the GPUs (CUDA_VISIBLE_DEVICES=) to use the CPU",
        )


class Shared(Generic[T]):
    """An object that every rank has one of, all made and called alike; rank 0 holds this.

    Args:
        make: makes the object; must be importable by name, as all that is called here.
        arguments: for `make`; must be picklable.

    Attributes:
        mine: rank 0's own object.
    """

    _numbers = itertools.count()

    def __init__(self, make: Callable[P, T], *arguments: P.args, **names: P.kwargs) -> None:
        self._number = next(self._numbers)
        order = Order(self._number, make, arguments, names, makes=True)
        with team().together():
            team().order(order)
            self.mine = make(*arguments, **names)

    def call(self, method: Callable[Concatenate[T, P], R], *arguments: P.args, **names: P.kwargs) -> R:
        """Call a method on every rank; what it returns on rank 0.

        Raises:
            RanksLost: it failed, and there are several ranks.
        """
        with team().together():
            team().order(Order(self._number, method, arguments, names))
            return method(self.mine, *arguments, **names)

    def close(self, method: Callable[[T], None] | None = None) -> None:
        """Let the object go on every rank, after a last call; does nothing where the ranks are lost."""
        if team().lost:
            return
        if method:
            self.call(method)
        team().order(Order(self._number, None))


def serve(team: Team) -> None:
    """What ranks other than 0 do: take part in all that rank 0 orders, until it lets them go."""
    objects: dict[int, Any] = {}
    while order := team.next_order():
        if order.function is None:
            del objects[order.number]
        elif order.makes:
            objects[order.number] = order.function(*order.arguments, **order.names)
        else:
            order.function(objects[order.number], *order.arguments, **order.names)
    team.leave()


def is_contact_lost(error: BaseException) -> bool:
    """Whether an error says that another rank is gone."""
    import torch.distributed as dist

    signs = ("closed by peer", "Connection reset", "Broken pipe", "Connection refused", "Socket closed")
    return isinstance(error, dist.DistError) or any(sign in str(error) for sign in signs)
