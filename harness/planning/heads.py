"""Heads and predictors of stages: a task's head for an encoder's sizes, its weights, and outputs as predictions."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.errors import SettingsError
from harness.kinds.base import DecodeTask
from harness.kinds.pictured import IMAGE
from harness.planning.items import name_items
from harness.planning.stages.images import EmbedImages

if TYPE_CHECKING:
    from harness.kinds.features import Features
    from harness.modeling.heads.base import Head, HeadConfig
    from harness.planning.stages.base import Checkpoint
    from harness.planning.stages.rows import Rows
    from harness.planning.workbench import Workbench
    from harness.training.predict import Predictor
    from harness.training.ranks import Shared


def head_config(bench: Workbench, rows: Rows, model: Path, dropout: float) -> HeadConfig:
    """What it takes to build the head of a task for the encoder in a directory."""
    from harness.modeling.heads.base import HeadConfig
    from harness.modeling.shape import read_shape

    shape = read_shape(model)
    return HeadConfig(
        task=bench.registry.task(rows.task).trained_as,
        head=bench.kind(rows.task).head,
        labels=rows.labels,
        dropout=dropout,
        hidden_size=shape.hidden_size,
        layers=shape.layers,
        layer=rows.hyper.layer,
        pooling=rows.hyper.pooling,
        vocabulary=shape.vocabulary,
        embedding_size=shape.embedding_size,
        settings=bench.kind(rows.task).head_settings(rows.encoding["hyper"]),
        sizes={IMAGE: EmbedImages(rows).size(bench)} if rows.images else {},
        image_encoder=rows.images.encoder_digest if rows.images else "",
    )


def refuse_whole_steps(bench: Workbench, task: str) -> None:
    """Refuse a task whose loss on one unit depends on the others beside it.

    Raises:
        SettingsError: the condition.
    """
    if bench.kind(task).whole_step:
        raise SettingsError(
            f"the loss of {task} depends on what else is in a batch",
            code="loss-depends-on-batch",
            fix="leave out what is made from it, or the tasks of that kind",
        )


def trained_head(bench: Workbench, rows: Rows, checkpoint: Checkpoint) -> Callable[[], Head]:
    """Makes a checkpoint's head of a task; without a phase of its own, the model's or one without weights."""
    from harness.modeling.checkpoints import load_head, pretrained_head
    from harness.modeling.heads.base import build_head

    directory = checkpoint.obtain(bench)
    wanted = head_config(bench, rows, directory, 0.0)
    kind = type(bench.kind(rows.task))
    if kind.trained or (directory / f"head-{wanted.task}.safetensors").is_file():
        return functools.partial(load_head, directory, wanted)
    if kind.pretrained:
        return functools.partial(pretrained_head, checkpoint.origin.obtain(bench), wanted)
    return functools.partial(build_head, wanted)


def predictor_for(
    bench: Workbench, rows: Rows, checkpoint: Checkpoint, head_of: Checkpoint | None, precision: str
) -> Shared[Predictor]:
    """A checkpoint's encoder, loaded with a head for rows.

    Args:
        head_of: the checkpoint whose head it is, where it is not the same one's.
    """
    task = bench.registry.task(rows.task).trained_as
    name = f"{task}/{json.dumps(rows.decoding, sort_keys=True)}{f'/{head_of.digest}' if head_of else ''}"
    return bench.predictor(checkpoint, name, lambda: trained_head(bench, rows, head_of or checkpoint), precision)


def decoded(bench: Workbench, rows: Rows, computed: Sequence[Any], features: Features) -> list[dict[str, Any]]:
    """Predictions as stored: what the kind says, with key, id, item, group and language.

    Raises:
        NotFinite: an output is infinite or not a number.
    """
    from harness.training.failures import refuse_not_finite

    task = bench.registry.task(rows.task)
    split, kind = bench.data.of(rows), bench.kind(rows.task)
    refuse_not_finite(computed, features, split.rows, split.keys, about=rows.where)
    clean = bench.data.clean(rows)
    items = name_items(clean, kind)
    decode_task = DecodeTask(task=task, labels=rows.labels, hyper=rows.hyper)
    found = []
    for index, fields in kind.decode(computed, features, split.rows, decode_task):
        # Questions of one passage are still of one where each has the passage with other errors.
        group = kind.group(clean.rows[index])
        row = {
            "key": split.keys[index],
            "id": split.rows[index].id,
            "item": items[index],
            "group": group,
            "language": rows.language,
        }
        shared = {"cluster": group} if rows.transforms and group and "cluster" in fields else {}
        found.append(row | fields | shared)
    return found
