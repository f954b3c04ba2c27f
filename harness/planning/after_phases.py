"""What is scored after each phase of a chain: targets without training, and tasks by the heads they had in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from harness.arms import TARGET_ENGLISH
from harness.config import Settings
from harness.errors import SettingsError
from harness.hyper import Hyper
from harness.planning.asked import Asked
from harness.planning.available import Target, scored_split
from harness.planning.bases import Basis
from harness.planning.chains import Link, last_of
from harness.planning.data import Data
from harness.planning.own_heads import lacks_head
from harness.planning.plan import Cell
from harness.planning.stages.base import Checkpoint
from harness.planning.stages.predicting import Predict
from harness.results.further import PHASE, TARGET
from harness.sources.base import Split


class Expansion(Protocol):
    """What makes chains and predictions of a plan."""

    def links(self, basis: Basis, seed: int, target: Target) -> tuple[Link, ...]:
        """The phases that a target is scored after."""

    def prediction(
        self, checkpoint: Checkpoint, split: Split, hyper: Hyper, head_of: Checkpoint | None = None
    ) -> Predict:
        """Predictions to score."""


@dataclass(frozen=True)
class AfterPhases:
    """Makes the cells of every phase.

    A chain is an arm's phases and a target's own. After each phase of it, and before the first, targets without
    training are scored with the encoder as it is then; tasks that phases so far have trained, with the head of the
    last of these on that encoder. The end of each chain is among them, as it is among the other cells of the plan.

    Attributes:
        only_targets: leave out tasks that are trained and are no targets.
        unscored: gets the tasks that are trained and have no rows to score in the languages that were asked for.
    """

    asked: Asked
    targets: Sequence[Target]
    data: Data
    expansion: Expansion
    only_targets: bool
    unscored: dict[str, None] = field(default_factory=dict)

    def of(self, basis: Basis, seed: int) -> Iterator[Cell]:
        """Those of an arm and seed; what chains of several targets share, once."""
        shared = self._shared(basis)
        for number, (target, links) in enumerate(self._chains(basis, seed)):
            for done in range(shared + 1 if number else 0, len(links) + 1):
                own = {TARGET: target.task.name} if target and done > shared else {}
                ended = target if done == len(links) else None
                for stage in self._predictions(basis, links[:done], ended):
                    cell = Cell.of(basis.arm, seed, stage, {PHASE: done, **own})
                    # Before a phase has trained a masked-LM head, there is one only where the model brings it.
                    if not lacks_head(cell, self.data.registry):
                        yield cell

    def _shared(self, basis: Basis) -> int:
        """How many phases do not depend on the target."""
        phases = basis.arm.phases
        return next((n for n, one in enumerate(phases) if TARGET_ENGLISH in one.tasks), len(phases))

    def _chains(self, basis: Basis, seed: int) -> list[tuple[Target | None, tuple[Link, ...]]]:
        """Chains that no other one goes on from, with the target whose own phases end each; of one at least."""
        usable = [target for target in self.targets if target.trained or not basis.arm.by_target]
        links_of = [(target, self.expansion.links(basis, seed, target)) for target in usable]
        own = [(target, links) for target, links in links_of if basis.arm.by_target or len(links) > self._shared(basis)]
        return [*own] or [(None, links) for _, links in links_of[:1]]

    def _predictions(self, basis: Basis, links: Sequence[Link], ended: Target | None) -> Iterator[Predict]:
        """Those after some phases, task by task.

        Args:
            ended: the target whose chain this is, at its end.
        """
        checkpoint = last_of(links, basis)
        heads = self._heads(links)
        untrained = [one for one in self.targets if not one.phases or (one is ended and not one.trained)]
        for target in untrained:
            if target.task.name not in heads:
                hyper = basis.hyper.of("target", target.task)
                for split in self._splits(target.task.name):
                    yield self.expansion.prediction(checkpoint, split, hyper)
        for name, link in heads.items():
            hyper = basis.hyper.of(link.phase, self.data.registry.task(name), link.overrides)
            head_of = None if link is links[-1] else link.checkpoint
            for split in self._splits(name):
                yield self.expansion.prediction(checkpoint, split, hyper, head_of)

    def _heads(self, links: Sequence[Link]) -> Mapping[str, Link]:
        """The tasks that phases have trained, each with the last phase that has trained its head."""
        names = dict.fromkeys(name for link in links for name in link.names)
        if self.only_targets:
            names = {name: None for name in names if name in self.asked.names}
        found = {}
        for name in names:
            head = self.data.registry.task(name).trained_as
            found[name] = next(link for link in reversed(links) if head in link.checkpoint.phases[-1].names)
        return found

    def _splits(self, name: str) -> list[Split]:
        """The rows that a task is scored on, one split per language; of one that is no target, English ones, too."""
        target = next((one for one in self.targets if one.task.name == name), None)
        if target:
            return [self.data.split(name, target.split, language) for language in target.languages]
        split, available = scored_split(self.data.registry.task(name), self.data)
        wanted = self.asked.settings.languages
        languages = [code for code in available if not wanted or code in wanted or code == "en"]
        if not languages:
            self.unscored[name] = None
        return [self.data.split(name, split, language) for language in languages]


def check_phases(settings: Settings, cells: Sequence[Cell]) -> None:
    """Refuse to score after phases where there are none.

    Raises:
        SettingsError: nothing is trained.
    """
    if settings.score_phases and not any(cell.further.get(PHASE) for cell in cells):
        raise SettingsError(
            "no phase is trained that anything could be scored after",
            code="no-phases",
            where="--score-phases",
            fix="leave it out, or add intermediate tasks (--intermediate mnli) or a target that is trained",
        )
