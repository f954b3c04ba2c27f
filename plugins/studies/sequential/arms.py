"""Which arms are compared: single tasks, chains of them in several orders, and others with as many updates."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

SINGLE, LONG, MIXTURE = "single tasks", "longer single tasks", "mixture"
CHAINS = {2: "chains of 2", 3: "chains of 3"}
RANDOM = "random-labels"
FURTHER = (MIXTURE, "pairs", "replay", "frozen", "mlm", RANDOM, "target-english")
REPLAY = 0.05
"""Share of a later phase's updates that goes to the tasks before."""
SHARE = "{weight=4} + mlm{weight=1}"
"""A fifth of the updates of a phase are masked language modelling."""


@dataclass(frozen=True, kw_only=True)
class Arm:
    """An arm.

    Attributes:
        phases: the tasks that each trains, without masked language modelling.
        text: as `--arm` takes it.
        by_target: whether its phases depend on the target.
    """

    label: str
    phases: tuple[tuple[str, ...], ...]
    text: str
    by_target: bool = False


def regime_arms(
    tasks: Sequence[str], steps: int, further: Sequence[str], longer: Sequence[str]
) -> dict[str, tuple[Arm, ...]]:
    """The arms by regime; all but single tasks and shorter chains and pairs have the updates of the longest chain.

    Args:
        steps: updates of a phase on one task.
        further: some of `FURTHER`.
        longer: the tasks that are trained longer; all of them where none are named.
    """
    total = steps * len(tasks)
    found = {
        SINGLE: tuple(_mix((task,), f"{task} alone", steps) for task in tasks),
        LONG: tuple(_mix((task,), f"{task} longer", total) for task in longer or tasks),
    }
    for length in range(2, len(tasks) + 1):
        found[CHAINS[length]] = tuple(_chain(order, "", steps) for order in latin_square(tasks, length))
    return found | {name: _further(name, tasks, steps) for name in further}


def _further(name: str, tasks: Sequence[str], steps: int) -> tuple[Arm, ...]:
    """The arms of one of `FURTHER`."""
    total = steps * len(tasks)
    if name == MIXTURE:
        return (_mix(tasks, MIXTURE, total),)
    if name == "pairs":
        return tuple(_mix(pair, " with ".join(pair), 2 * steps) for pair in combinations(tasks, 2))
    if name == "target-english":
        return (Arm(label="target rows", phases=(), text=f"target-english{{steps={total}}}", by_target=True),)
    how = {"frozen": "frozen embeddings", RANDOM: "random labels"}.get(name, name)
    return tuple(_chain(order, how, steps) for order in latin_square(tasks, len(tasks)))


def chain_arms(arms: Mapping[str, tuple[Arm, ...]]) -> tuple[Arm, ...]:
    """All chains without further ado, of every length."""
    return tuple(arm for name in CHAINS.values() for arm in arms.get(name, ()))


def longest_chains(regimes: Iterable[str]) -> str:
    """The regime with the longest ones."""
    return max(name for name in regimes if name in CHAINS.values())


def latin_square(tasks: Sequence[str], length: int) -> list[tuple[str, ...]]:
    """As many orders as there are tasks; each task is once in each place."""
    return [tuple(tasks[(first + place) % len(tasks)] for place in range(length)) for first in range(len(tasks))]


def _mix(tasks: Sequence[str], label: str, steps: int) -> Arm:
    """Each task has the same number of updates, as in a chain."""
    if len(tasks) == 1:
        return Arm(label=label, phases=(tuple(tasks),), text=f"{tasks[0]}{{steps={steps}}}")
    mixed = " + ".join(f"{task}{{weight=1}}" for task in tasks)
    return Arm(label=label, phases=(tuple(tasks),), text=f"({mixed}){{steps={steps}}}")


def _chain(order: Sequence[str], how: str, steps: int) -> Arm:
    """A chain; `how` is "", "replay", "frozen embeddings", "mlm" or "random labels"."""
    further = {
        "replay": f",replay={REPLAY}",
        "frozen embeddings": ",freeze_embeddings=true",
        "random labels": ",random_labels=true",
    }.get(how, "")

    def phase(task: str, place: int) -> str:
        settings = f"{{steps={steps}{further if place or how != 'replay' else ''}}}"
        return f"({task}{SHARE}){settings}" if how == "mlm" else f"{task}{settings}"

    words = " then ".join(order)
    return Arm(
        label=f"{words} with {how}" if how else words,
        phases=tuple((task,) for task in order),
        text=" > ".join(phase(task, place) for place, task in enumerate(order)),
    )
