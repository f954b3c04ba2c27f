"""The workbench: all that stages build with — plugins, store, rows, hooks — and the one checkpoint kept in memory."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.lifecycle import LifeCycle
from harness.planning.data import Data
from harness.planning.overlap import OverlapFinder
from harness.planning.store import Store
from harness.registry import Registry

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from harness.kinds.base import Kind
    from harness.kinds.encoding import TextEncoder
    from harness.modeling.heads.base import Head
    from harness.planning.stages.base import Checkpoint, Stage
    from harness.training.predict import Predictor
    from harness.training.ranks import Shared


def _silent(line: str) -> None:
    del line


@dataclass
class Workbench:
    """What stages build with.

    Attributes:
        data: the run's rows.
        life: hooks called while a run goes on.
        note: called with a line for people.
    """

    registry: Registry
    store: Store
    data: Data
    life: LifeCycle
    note: Callable[[str], None] = _silent
    _predictor: tuple[str, Shared[Predictor]] | None = field(default=None, init=False)
    _text_encoders: dict[Path, TextEncoder] = field(default_factory=dict, init=False)

    @functools.cached_property
    def overlap(self) -> OverlapFinder:
        """Compares rows with those that were trained on."""
        return OverlapFinder(self.registry, self.data)

    def kind(self, task: str) -> Kind[Any]:
        """The kind of a task."""
        return self.registry.kind(self.registry.task(task).kind)

    def facts(self, stage: Stage) -> Mapping[str, Any]:
        """What is known of a stage that is finished, or was before it was let go; nothing of one that is not."""
        if not self.has(stage) and not self.is_let_go(stage):
            return {}
        facts: Mapping[str, Any] = self.store.manifest(stage.folder, stage.digest_in(self))["facts"]
        return facts

    def has(self, stage: Stage) -> bool:
        """Whether a stage is finished."""
        return self.store.has(stage.folder, stage.digest_in(self))

    def is_let_go(self, stage: Stage) -> bool:
        """Whether a stage was finished, and its result let go since."""
        return self.store.is_let_go(stage.folder, stage.digest_in(self))

    def text_encoder(self, directory: Path) -> TextEncoder:
        """The tokenizer of a model directory, loaded once."""
        from harness.modeling.tokenizer import load_text_encoder

        if directory not in self._text_encoders:
            self._text_encoders[directory] = load_text_encoder(directory)
        return self._text_encoders[directory]

    def kept_ids(self, directory: Path) -> NDArray[np.int64]:
        """The tokenizer's ids that a trimmed model has kept, ascending."""
        from harness.modeling.vocabulary import kept_ids

        kept = kept_ids(directory)
        assert kept is not None, f"{directory} is not trimmed"
        return kept

    def predictor(
        self, checkpoint: Checkpoint, name: str, make_head: Callable[[], Callable[[], Head]], precision: str
    ) -> Shared[Predictor]:
        """A checkpoint with a head, loaded on all ranks; the one that was asked for last is kept in memory.

        Args:
            name: tells the head from others.
            make_head: gives what makes the head, where it is not loaded yet.
        """
        from harness.training.predict import load_predictor
        from harness.training.ranks import Shared

        key = f"{checkpoint.digest}/{name}/{precision}"
        if self._predictor is None or self._predictor[0] != key:
            self.release()
            directory = checkpoint.obtain(self)
            self._predictor = (key, Shared(load_predictor, directory, make_head(), precision))
        return self._predictor[1]

    def release(self) -> None:
        """Forget the loaded checkpoint."""
        if self._predictor:
            self._predictor[1].close()
        self._predictor = None
