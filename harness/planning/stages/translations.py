"""Translations: which sentences of two languages belong together, by the rows of tasks that have both sides."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, cast

from harness.hookspecs import hookimpl
from harness.planning.stages.base import Stage, StageType
from harness.planning.stages.models import ENCODING
from harness.planning.stages.rows import Rows

if TYPE_CHECKING:
    from harness.planning.store import Building
    from harness.planning.workbench import Workbench
    from harness.rows import SentenceRow


@dataclass(frozen=True)
class Translations(Stage):
    """Which rows are translations of each other. The result has, as arrays of one file each,

    - `pairs.npy`: int64 (P, 2), the index of a source row and that of a target row that it names as its match;
    - `sides.npy`: int8 (N,), 0 for source rows and 1 for target rows.
    """

    rows: Rows
    kind: ClassVar[str] = "translations"
    folder: ClassVar[str] = "translations"
    code: ClassVar[tuple[str, ...]] = (*ENCODING, "harness/planning/stages/translations.py")

    @property
    def inputs(self) -> Mapping[str, Any]:
        """The task and its rows."""
        return {"task": self.rows.task, "task_version": self.rows.task_version, "rows": self.rows.digest}

    def build(self, bench: Workbench, out: Building) -> None:
        """Look up the match of each source row."""
        import numpy as np

        from harness.kinds.sentence_similarity import translated

        rows = cast("Sequence[SentenceRow]", bench.data.of(self.rows).rows)
        indices = {row.key: index for index, row in enumerate(rows) if row.side == "target"}
        pairs = [(index, indices[key]) for index, _, keys in translated(rows) for key in keys]
        np.save(out.directory / "pairs.npy", np.asarray(pairs, np.int64).reshape(-1, 2))
        np.save(out.directory / "sides.npy", np.asarray([row.side == "target" for row in rows], np.int8))

    def describe(self) -> str:
        """Of which rows."""
        return f"translations among {self.rows.where}"


@hookimpl
def register_stages(register: Callable[[StageType], None]) -> None:
    """Register this stage."""
    register(
        StageType(name=Translations.kind, stage=Translations, description="which rows are translations of each other")
    )
