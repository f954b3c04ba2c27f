"""How often a study is right: its answers to many simulated experiments whose truth is known."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from harness.documents.parts import Cell, Table
from harness.statistics.answer import Answer, Reply
from harness.statistics.intervals import Interval
from harness.statistics.shares import share_interval
from harness.studies.evidence import Evidence, evidence_of
from harness.testing.simulated import Experiment, simulate
from harness.testing.worlds import World

EXPERIMENTS = 500

Analyse = Callable[[Evidence], Answer]
"""What a study answers to its primary question."""


@dataclass(frozen=True)
class Bound:
    """How often a study must give an answer, or may.

    Attributes:
        least, most: the share of experiments with that answer, 0 to 1; one of them is stated.
    """

    reply: Reply
    least: float = 0.0
    most: float = 1.0

    @property
    def asked(self) -> str:
        """What is asked for, in words."""
        if self.least:
            return f"{self.reply.value} in at least {100 * self.least:g} %"
        return f"{self.reply.value} in at most {100 * self.most:g} %"


@dataclass(frozen=True, kw_only=True)
class Condition:
    """A truth, and how often a study must answer what.

    Attributes:
        name: such as "off" or "on, 4 points".
        world: what is drawn.
        bounds: all that is asked for.
    """

    name: str
    world: World
    bounds: tuple[Bound, ...]


@dataclass(frozen=True)
class Rates:
    """What a study answered to the experiments of a condition."""

    condition: Condition
    replies: Mapping[Reply, int]
    material: int

    @property
    def experiments(self) -> int:
        """How many there were."""
        return sum(self.replies.values())

    def share(self, reply: Reply) -> float:
        """The share of experiments with an answer, 0 to 1."""
        return self.replies.get(reply, 0) / self.experiments

    @property
    def missed(self) -> tuple[Bound, ...]:
        """What was asked for and is not so."""
        return tuple(one for one in self.condition.bounds if not one.least <= self.share(one.reply) <= one.most)

    def interval(self, reply: Reply) -> Interval:
        """Of the percentage of an answer, over other experiments."""
        return share_interval(self.replies.get(reply, 0), self.experiments)


def rates_of(condition: Condition, analyse: Analyse, experiments: int = EXPERIMENTS) -> Rates:
    """Draw experiments, and count what a study answers."""
    answers = [analyse(evidence(simulate(condition.world, seed))) for seed in range(experiments)]
    return Rates(condition, Counter(answer.reply for answer in answers), sum(answer.material for answer in answers))


def evidence(experiment: Experiment) -> Evidence:
    """An experiment as studies get what runs have recorded."""
    (found,) = evidence_of([experiment.records], experiment.items).values()
    return found


def rates_table(title: str, rates: Iterable[Rates]) -> Table:
    """A line per condition: how often each answer was given, with its 95 % interval, and whether that is as asked."""
    head = ("condition", *(reply.value for reply in Reply), "material", "asked", "kept")
    return Table(title, head, tuple(tuple(Cell(text=text) for text in _line(one)) for one in rates))


def _line(rates: Rates) -> Iterator[str]:
    yield rates.condition.name
    for reply in Reply:
        found = rates.interval(reply)
        yield f"{100 * rates.share(reply):.1f} [{found.low:.1f}, {found.high:.1f}]"
    yield f"{100 * rates.material / rates.experiments:.1f}"
    yield ", ".join(bound.asked for bound in rates.condition.bounds)
    missed = ", ".join(f"{one.reply.value} in {100 * rates.share(one.reply):.1f} %" for one in rates.missed)
    yield f"not kept: {missed}" if missed else "yes"
