#!/usr/bin/env python
"""Encoding beside `datasets.map`: 100,000 MNLI-like pairs, the same tokenizer, the same token ids.

    scripts/bench_encoding.py [--data mini|DIR|MAP] [--rows 100000] [--rounds 5]

Prints, round by round, rows a second of either, then how long the second run takes to open what the first has stored,
and random access to single rows. Rows are those of mnli, repeated as often as it takes.
"""

from __future__ import annotations

import argparse
import itertools
import random
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import datasets
from transformers import AutoTokenizer

from harness import ClassificationRow
from harness.hyper import Hyper
from harness.kinds.features import Features
from harness.modeling import scratch
from harness.modeling.tokenizer import load_text_encoder
from harness.planning.data import Data
from harness.registry import default_registry
from harness.sources.base import open_source

LENGTH = 128
ACCESSES = 20_000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", default="mini", help="mini, a data directory, or a map of files")
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    datasets.disable_progress_bars()
    registry = default_registry()
    data = Data(registry, open_source(arguments.data, registry))
    rows = list(itertools.islice(itertools.cycle(data.training("mnli").rows), arguments.rows))
    pairs = [row for row in rows if isinstance(row, ClassificationRow)]
    with tempfile.TemporaryDirectory() as temporary:
        model = Path(temporary, "model")
        model.mkdir()
        parameters: dict[str, Any] = {"hidden_size": 16, "layers": 1, "heads": 2, "feed_forward": 16}
        parameters |= {"vocabulary": 8000, "positions": 514, "dropout": 0.1}
        scratch.build(model, (text for row in pairs for text in (row.text, row.text_pair or "")), parameters)
        compare(registry, model, pairs, Path(temporary), arguments.rounds)


def compare(registry: Any, model: Path, pairs: list[ClassificationRow], directory: Path, rounds: int) -> None:
    """Print both, round by round."""
    kind, labels = registry.kind("text-classification"), registry.task("mnli").labels
    encoder, tokenizer = load_text_encoder(model), AutoTokenizer.from_pretrained(model)
    table = datasets.Dataset.from_dict(
        {"premise": [row.text for row in pairs], "hypothesis": [row.text_pair for row in pairs]}
    )

    def tokenize(batch: dict[str, list[str]]) -> Any:
        return tokenizer(batch["premise"], batch["hypothesis"], truncation=True, max_length=LENGTH)

    ratios = []
    for number in range(rounds):
        ours, theirs = directory / f"ours-{number}", directory / f"theirs-{number}.arrow"
        ours.mkdir()
        features, seconds = timed(lambda: kind.encode(pairs, labels, encoder, Hyper(max_length=LENGTH)))
        _, saving = timed(lambda: features.save(ours))  # noqa: B023
        mapped, peer = timed(
            lambda: table.map(tokenize, batched=True, remove_columns=table.column_names, cache_file_name=str(theirs))  # noqa: B023
        )
        ratios.append(peer / (seconds + saving))
        print(
            f"round {number + 1}: ours {len(pairs) / (seconds + saving):,.0f} rows/s, datasets.map "
            f"{len(pairs) / peer:,.0f} rows/s, ratio {ratios[-1]:.2f}"
        )
    differ = sum(ids_of(features, row) != mapped[row]["input_ids"] for row in range(0, len(pairs), 97))
    print(f"encoding: {statistics.median(ratios):.2f} x datasets.map (median); {differ} of the rows looked at differ")
    opened, opening = timed(lambda: Features.load(ours))
    reopened, reopening = timed(lambda: datasets.Dataset.from_file(str(theirs)))
    print(f"opening again: ours {opening * 1000:.1f} ms, datasets {reopening * 1000:.1f} ms")
    places = [random.Random(0).randrange(len(pairs)) for _ in range(ACCESSES)]
    _, mine = timed(lambda: [opened.ids[opened.offsets[row] : opened.offsets[row + 1]] for row in places])
    _, other = timed(lambda: [reopened[row]["input_ids"] for row in places])
    print(f"{ACCESSES:,} random rows: ours {mine * 1000:.0f} ms, datasets {other * 1000:.0f} ms, {other / mine:.1f} x")


def ids_of(features: Features, row: int) -> list[int]:
    """Token ids of a row of one sequence."""
    ids: list[int] = features.ids[features.offsets[row] : features.offsets[row + 1]].tolist()
    return ids


def timed(work: Callable[[], Any]) -> tuple[Any, float]:
    """What some work gives, and the seconds it takes."""
    began = time.perf_counter()
    result = work()
    return result, time.perf_counter() - began


if __name__ == "__main__":
    main()
