"""text-retrieval: one JSON object of query ids and the ids of the best candidates, at most twenty, best first."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, ClassVar

from harness.benchmarks.files import File, line_of
from harness.benchmarks.layouts import Layout, Row, Scorable
from harness.benchmarks.layouts.question_answering import by_id, refuse_other_ids, written
from harness.errors import counted
from harness.metrics import Records

MOST = 20

Rankings = dict[str, list[str]]


class RankingLayout(Layout[Rankings, Rankings]):
    """Candidates by query id. XTREME-R has this file for mewslix; the one of lareqa is ours."""

    suffix: ClassVar[str] = "json"

    def predictions(self, file: File) -> Rankings:
        """The ranked candidates of each query."""
        return _rankings(file, most=MOST, empty=True)

    def labels(self, file: File) -> Rankings:
        """The right candidates of each query."""
        return _rankings(file, most=None, empty=False)

    def count(self, content: Rankings) -> int:
        """Queries."""
        return len(content)

    def pair(self, predictions: Rankings, labels: Rankings, file: File, *, partial: bool) -> Scorable:
        """By query id, in the order of the labels."""
        unanswered = refuse_other_ids(predictions, labels, file, partial=partial)
        names = [name for name in labels if name in predictions] if unanswered else [*labels]
        ranked = [predictions[name] for name in names]
        columns: dict[str, Sequence[Any]] = {
            "gold": [labels[name] for name in names],
            "prediction": [keys[0] if keys else None for keys in ranked],
            "candidates": Records({"key": ranked}),
            "language": [file.language] * len(names),
        }
        return Scorable(columns, unanswered)

    def write_predictions(self, rows: Sequence[Row]) -> str:
        """The best candidates."""
        ranked = {name: [one["key"] for one in row["candidates"][:MOST]] for name, row in by_id(rows).items()}
        return written(ranked)

    def write_labels(self, rows: Sequence[Row]) -> str:
        """All right candidates."""
        return written({name: row["gold"] for name, row in by_id(rows).items()})


def _rankings(file: File, *, most: int | None, empty: bool) -> Rankings:
    text = file.text()
    found = file.object(text)
    if _are_rankings(found.values(), most, empty):
        return found
    for name, keys in found.items():
        problem = _problem(keys, most, empty)
        if problem:
            file.refuse(f"{name!r}: {problem}", code="not-a-ranking", line=line_of(text, name), fix=_FIXES[file.noun])
    return {name: keys for name, keys in found.items() if not _problem(keys, most, empty)}


def _are_rankings(values: Collection[Any], most: int | None, empty: bool) -> bool:
    """Whether `_problem` finds nothing in any of them."""
    if set(map(type, values)) - {list}:
        return False
    try:
        ids = set().union(*values)
        different = sum(map(len, map(set, values)))
    except TypeError:
        # A list or an object in place of an id.
        return False
    lengths = [*map(len, values)]
    return (
        not set(map(type, ids)) - {str}
        and "" not in ids
        and different == sum(lengths)
        and (most is None or max(lengths, default=0) <= most)
        and (empty or all(lengths))
    )


_FIXES = {
    "predictions": f"write {{query id: [candidate ids]}}, at most {MOST} different ones, best first",
    "labels": "write {query id: [ids of the right candidates]}; XTREME-R's scripts blank those of the test set",
}


def _problem(keys: object, most: int | None, empty: bool) -> str:
    """What is wrong with the ids of a query; "" where nothing is."""
    if not isinstance(keys, list) or not all(isinstance(key, str) for key in keys):
        return "not a list of ids"
    if not empty and not keys:
        return "no right candidate"
    if "" in keys:
        return "a blank id"
    if most is not None and len(keys) > most:
        return f"{counted(len(keys), 'candidate')} where {most} count"
    return "a candidate stands there more than once" if len(set(keys)) < len(keys) else ""


LAYOUT = RankingLayout()
