"""One model of a run as a directory that transformers loads, with its model card."""

from __future__ import annotations

import filecmp
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from harness.errors import UserError
from harness.exporting.card import Card
from harness.exporting.chosen import choose, load_chosen_head, with_whole_vocabulary
from harness.exporting.eval_results import eval_results, eval_results_path
from harness.exporting.forms import Use, find_form
from harness.exporting.readme import card_text
from harness.outputs import has_files, new_folder

if TYPE_CHECKING:
    from harness.registry import Registry

CARD = "README.md"


@dataclass(frozen=True)
class Exported:
    """What was written.

    Attributes:
        auto_class: name of the class of transformers that loads it.
        existed: whether it was there already, byte for byte.
    """

    task: str
    arm: str
    seed: int
    auto_class: str
    existed: bool


def export_model(
    run: Path,
    runs: Path,
    registry: Registry,
    *,
    output: Path,
    task: str | None = None,
    arm: str | None = None,
    seed: int | None = None,
) -> Exported:
    """Write the model of one task, arm and seed of a run; each may be left out where there is only one.

    Args:
        run: directory of the run.
        runs: the directory whose store has its stages.
        output: a new folder, or one that holds the same export.

    Raises:
        UserError: something else is in the folder, the run has several models or none, its checkpoint is gone, or
            transformers has no class that computes the same.
    """
    from harness.exporting.convert import load_options, write_model

    existed = has_files(output)
    chosen = choose(run, runs, registry, task=task, arm=arm, seed=seed)
    form = find_form(chosen.task.kind)
    with new_folder(output) as aside:
        chosen = with_whole_vocabulary(chosen, registry, aside.parent / "whole")
        head = load_chosen_head(chosen, registry)
        write_model(chosen.checkpoint, head, form, aside)
        options = "".join(f", {name}={value!r}" for name, value in load_options(aside, form).items())
        use = Use(task=chosen.task, hyper=chosen.hyper, options=options)
        card = Card(chosen, form, use, head.config.labels, registry)
        (aside / CARD).write_bytes(card_text(card).encode())
        if found := eval_results(card):
            path = aside / eval_results_path(card)
            path.parent.mkdir()
            path.write_bytes(found)
        if existed and not _same(aside, output):
            raise UserError(
                "something is there already, and it is not this model",
                code="output-exists",
                where=str(output),
                fix="name a new folder with --output",
            )
    return Exported(chosen.task.name, chosen.arm.label, chosen.seed, form.auto_class, existed)


def _same(one: Path, other: Path) -> bool:
    """Whether two folders have the same files with the same bytes, and nothing else."""
    names = _files(one)
    return names == _files(other) and filecmp.cmpfiles(one, other, names, shallow=False)[0] == names


def _files(folder: Path) -> list[str]:
    """All files below a folder."""
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if not path.is_dir())
