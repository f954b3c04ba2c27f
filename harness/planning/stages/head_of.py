"""Heads on the encoder of another checkpoint: those that an earlier phase of the same chain has left."""

from __future__ import annotations

from harness.errors import SettingsError
from harness.planning.stages.base import Checkpoint


def check_head_of(head_of: Checkpoint | None, checkpoint: Checkpoint) -> None:
    """Refuse to put a head on an encoder that another model was trained to.

    Raises:
        SettingsError: their chains do not begin with the same model.
    """
    if head_of and head_of.origin.digest != checkpoint.origin.digest:
        raise SettingsError(
            f"the head of {head_of.describe()} does not go with the encoder of {checkpoint.describe()}",
            code="head-of-other-model",
            where="head_of",
            fix="take a checkpoint of the same chain: one of `checkpoint.chain`",
        )
