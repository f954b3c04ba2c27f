"""The generated rows and texts are those that were pinned, on every machine and version of Python.

Run as a program, `python tests/sources/mini/test_mini_pinned.py`, it pins what is generated now.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from harness.registry import default_registry
from harness.sources.mini.controls import WORLDS
from harness.sources.mini.corpus import Corpus
from harness.sources.mini.languages import DIALECTS
from harness.sources.mini.recipes import RECIPES
from harness.sources.mini.source import MiniSource
from harness.sources.mini.vocabulary import GENERATOR_VERSION

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from harness.rows import Row

PINNED = Path(__file__).with_name("pinned.json")
ROWS = 40
"""Of each split and language, from its beginning; of those whose rows are made at once, from its end as well."""
DOCUMENTS = 2000


def task_digest(name: str) -> str:
    """Of the rows of every split and language."""
    source, task, recipe = MiniSource(), default_registry().task(name), RECIPES[name]
    loaded = [
        (split, code, source.load(task, split, code)) for split in recipe.sizes for code in recipe.languages_of(split)
    ]
    return _digest([split, code, _chosen(found.rows, found.keys)] for split, code, found in loaded)


def world_digest(name: str) -> str:
    """Of English training rows of intermediate tasks in another world, and of targets in the dialects that it has."""
    source = MiniSource(name)
    if WORLDS[name].dialects:
        targets = [default_registry().task(task) for task in ("pawsx", "udpos", "xquad", "xcopa")]
        loaded = [source.load(task, "test", code) for task in targets for code in DIALECTS]
        return _digest([found.digest, *_plain(found.rows[:ROWS])] for found in loaded)
    names = ("flickr8k",) if WORLDS[name].changes_captions else ("mnli", "qqp", "squad_v2", "hellaswag")
    tasks = [default_registry().task(task) for task in names]
    return _digest(_plain(source.load(task, "validation", "en").rows[:ROWS]) for task in tasks)


def corpus_digest() -> str:
    """Of the beginning of the pretraining text."""
    return _digest([code, list(parts)] for code, parts in Corpus().documents(DOCUMENTS))


DIGESTS: dict[str, Callable[[], str]] = {
    **{f"task {name}": partial(task_digest, name) for name in RECIPES},
    **{f"world {name}": partial(world_digest, name) for name in WORLDS if name != "standard"},
    "pretraining text": corpus_digest,
}


def _chosen(rows: Sequence[Row], keys: Sequence[str]) -> list[object]:
    ends = rows[-ROWS:] if isinstance(rows, tuple) else []
    return [_plain([*rows[:ROWS], *ends]), keys[0], len(keys)]


def _plain(rows: Sequence[Row]) -> list[object]:
    return [[type(row).__name__, asdict(row)] for row in rows]


def _digest(parts: Iterable[object]) -> str:
    text = json.dumps(list(parts), sort_keys=True, ensure_ascii=False, default=bytes.hex)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def test_all_that_is_generated_is_pinned() -> None:
    pinned = json.loads(PINNED.read_text(encoding="utf-8"))
    assert pinned["generator_version"] == GENERATOR_VERSION
    assert pinned["digests"].keys() == DIGESTS.keys()


@pytest.mark.parametrize("what", DIGESTS)
def test_what_is_generated_is_what_was_pinned(what: str) -> None:
    pinned = json.loads(PINNED.read_text(encoding="utf-8"))
    assert DIGESTS[what]() == pinned["digests"][what], (
        f"the rows or texts of {what!r} are others than in version {pinned['generator_version']} of the generator. "
        "If that is meant, raise GENERATOR_VERSION, make the encoder and all measurements of docs/mini.md anew, then "
        "python tests/sources/mini/test_mini_pinned.py"
    )


if __name__ == "__main__":
    found = {what: digest() for what, digest in DIGESTS.items()}
    text = json.dumps({"generator_version": GENERATOR_VERSION, "digests": found}, indent=1)
    PINNED.write_text(text + "\n", encoding="utf-8")
