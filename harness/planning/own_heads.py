"""Whether models bring the heads of their own that targets without a training phase are scored with."""

from __future__ import annotations

from collections.abc import Sequence

from harness.errors import SettingsError
from harness.planning.plan import Cell
from harness.registry import Registry


def check_own_heads(cells: Sequence[Cell], registry: Registry) -> None:
    """Refuse a target that would be scored with heads which are known to be missing in every arm.

    Where the models of some arms have one, such as those trained on the target's texts, the others' scores fail and the
    rest of the run does not.

    Raises:
        SettingsError: there is such a target.
    """
    for name in dict.fromkeys(cell.task for cell in cells):
        own = [cell for cell in cells if cell.task == name]
        if all(lacks_head(cell, registry) for cell in own):
            origin = own[0].stage.checkpoint.origin
            raise SettingsError(
                f"{name} is scored with a head that the model brings, and this one has none: {origin.describe()}",
                code="no-mask-head",
                fix=f"leave {name} out, take a model that has such a head, such as XLM-R, or train one: "
                f"--intermediate {name}",
            )


def lacks_head(cell: Cell, registry: Registry) -> bool:
    """Whether a cell's predictions need a head of the model's own, which is known not to have one."""
    task, checkpoint = registry.task(cell.task), cell.stage.head_of or cell.stage.checkpoint
    kind = type(registry.kind(task.kind))
    return (
        kind.pretrained
        and not checkpoint.head(task.trained_as, cell.stage.rows.labels)
        and checkpoint.origin.lacks(kind.pretrained_names)
    )
