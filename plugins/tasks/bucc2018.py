"""Task bucc2018: find the sentences of two large sets that are translations of each other."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import harness

from .values import CHECKED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@harness.hookimpl
def register_tasks(register: Callable[[harness.Task], None]) -> None:
    register(BUCC2018)


def to_row(record: harness.Record) -> harness.SentenceRow:
    """A sentence; most have no translation. Its id is only its key, because every set counts its sentences anew."""
    if "repeated" in record:
        raise harness.BadRow(f"the pair {record['repeated']} once more; it counts once", since=CHECKED)
    return harness.SentenceRow(text=record["text"], side=record["side"], key=record["key"], matches=record["matches"])


def of_mteb(_: int, corpora: harness.Record) -> Iterator[harness.Record]:
    """All sentences of a language pair, which are one row of mteb's: two lists, and pairs of positions from 1.

    A sentence's key is its position on its side. A repeated pair counts once.

    Raises:
        BadRow: a pair has a position that no sentence has, as where they are counted from 0.
    """
    pairs = [(source, target) for source, target in corpora["gold"]]
    sizes = len(corpora["sentence1"]), len(corpora["sentence2"])
    for source, target in pairs:
        if not (1 <= source <= sizes[0] and 1 <= target <= sizes[1]):
            reason = f"the pair {source}, {target}: positions are counted from 1 and end at {sizes[0]} and {sizes[1]}"
            raise harness.BadRow(reason, since=CHECKED)
    gold = [(str(source), str(target)) for source, target in dict.fromkeys(pairs)]
    yield from _side("source", corpora["sentence1"], gold)
    yield from _side("target", corpora["sentence2"], [(target, source) for source, target in gold])
    for (source, target), times in Counter(pairs).items():
        yield from [{"repeated": f"{source}, {target}"}] * (times - 1)


def _side(side: str, texts: list[str], gold: list[tuple[str, str]]) -> Iterator[harness.Record]:
    matches: dict[str, list[str]] = {}
    for key, match in gold:
        matches.setdefault(key, []).append(match)
    for number, text in enumerate(texts, start=1):
        key = str(number)
        yield {"side": side, "key": key, "text": text, "matches": tuple(matches.get(key, ()))}


BUCC2018 = harness.Task(
    name="bucc2018",
    kind="bitext-mining",
    languages=("de", "fr", "ru", "zh"),
    metrics=("mining_f1",),
    formats={
        "bucc": harness.Format(
            reader="bucc",
            row=to_row,
            files={
                "validation": "bucc2018/{language}-en/{language}-en.sample.{language}",
                "test": "bucc2018/{language}-en/{language}-en.training.{language}",
            },
        ),
        # XTREME's scripts delete the gold pairs of the test files, which are not read without them.
        "xtreme": harness.Format(
            reader="bucc",
            row=to_row,
            files={
                "validation": "bucc2018/{language}-en.dev.{language}",
                "test": "bucc2018/{language}-en.test.{language}",
            },
        ),
    },
    hub=(
        # google/xtreme has both sets, but of them the pairs only: nothing to mine them from.
        harness.HubData(
            repository="mteb/BUCC",
            configuration="{language}-en",
            splits={"validation": "test"},
            records=of_mteb,
            row=to_row,
            columns=("sentence1", "sentence2", "gold"),
            differs="XTREME's test set in place of its development set, which this copy lacks: scores on it are tuned "
            "on the rows they are of. Sentences have no BUCC ids.",
        ),
    ),
    description="Find the pairs of translations among foreign and English sentences, most of which have none. As in "
    "XTREME, BUCC's sample set is the development and its training set the test split; no training data.",
    citation="Zweigenbaum et al. 2018",
    homepage="https://comparable.limsi.fr/bucc2018/bucc2018-task.html",
)
