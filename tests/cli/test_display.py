from __future__ import annotations

from typing import Any

from harness.cli.display import describe_weights


def test_weights_are_told_apart_by_where_they_come_from() -> None:
    weights: dict[str, Any] = {
        "encoder_loaded": 7,
        "encoder_new": [],
        "encoder_left_out": ["pooler.dense.bias"],
        "heads_new": ["mnli"],
        "heads_pretrained": ["mlm"],
        "heads_left_out": ["qqp"],
    }
    assert describe_weights(weights) == (
        "7 encoder tensors loaded; new heads: mnli; pretrained heads: mlm; left out: pooler.dense.bias, head qqp"
    )
    weights |= {"heads_new": [], "encoder_left_out": [], "heads_left_out": []}
    assert describe_weights(weights) == "7 encoder tensors loaded; pretrained heads: mlm"
