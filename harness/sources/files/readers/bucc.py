"""Bitext mining in three files (BUCC 2018): sentences with ids in two languages, and pairs of ids of translations."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.errors import DataError, counted
from harness.sources.files.lines import Line, text_lines

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

VERSION = 1
PAIRED = 2
"""Version of the rules for rows by which a pair counts once and its foreign sentence stands first."""

ENGLISH, GOLD = ".en", ".gold"


def companions(path: Path) -> tuple[Path, ...]:
    """The files with the English sentences and with the pairs."""
    return path.with_suffix(ENGLISH), path.with_suffix(GOLD)


def read(path: Path) -> Iterator[Line]:
    """Every sentence of both languages: side, key (its id), text and matches, the ids of its translations.

    A pair with an id that no sentence of its side has is a bad record, and so are a pair that stands before already,
    which counts once as in XTREME, and a second sentence with the same id.

    Args:
        path: the file with the foreign sentences (side "source"); the English ones are searched (side "target").

    Raises:
        DataError: one of the files is empty, or no pair can be used.
    """
    english_path, gold_path = companions(path)
    foreign, english = list(_sentences(path)), list(_sentences(english_path))
    keys = [{line.record["key"] for line in side if line.record} for side in (foreign, english)]
    pairs = list(_pairs(gold_path, *keys))
    if not any(pair.record for pair in pairs):
        raise DataError(
            f"none of {counted(len(pairs), 'pair')} can be used; the first: {pairs[0].problem}",
            code="no-usable-pair",
            where=str(gold_path),
            fix="write the id of a foreign sentence, a tab and the id of its English translation, one pair per line",
        )
    yield from (pair for pair in pairs if pair.record is None)
    gold = [(pair.record["source"], pair.record["target"]) for pair in pairs if pair.record]
    yield from _matched(foreign, "source", gold)
    yield from _matched(english, "target", [(target, source) for source, target in gold])


def _sentences(path: Path) -> Iterator[Line]:
    seen = set()
    for line in text_lines(path):
        key, tab, text = line.text.partition("\t")
        problem = line.problem or ("" if tab else "no tab between id and sentence")
        if key in seen:
            problem = f"a second sentence with the id {key!r}"
        seen.add(key)
        yield Line(path, line.number, None if problem else {"key": key, "text": text}, problem)


def _pairs(path: Path, foreign: set[str], english: set[str]) -> Iterator[Line]:
    first: dict[tuple[str, str], int] = {}
    for line in text_lines(path):
        source, _, target = line.text.partition("\t")
        unknown = [key for key in (source, target) if key not in foreign and key not in english]
        if line.problem or unknown:
            yield Line(path, line.number, None, line.problem or f"no sentence has the id {unknown[0]!r}")
        elif source not in foreign or target not in english:
            if source in english and target in foreign:
                problem = (
                    "a pair the other way round: the English sentence's id stands first, and the foreign one's must"
                )
            else:
                problem = (
                    f"a pair of one language: both ids are of {'foreign' if source in foreign else 'English'} sentences"
                )
            yield Line(path, line.number, None, problem, since=PAIRED)
        elif (source, target) in first:
            problem = f"the pair of line {first[source, target]} once more; it counts once"
            yield Line(path, line.number, None, problem, since=PAIRED)
        else:
            first[source, target] = line.number
            yield Line(path, line.number, {"source": source, "target": target})


def _matched(lines: list[Line], side: str, gold: list[tuple[str, str]]) -> Iterator[Line]:
    matches: Mapping[str, list[str]] = {key: [] for key, _ in gold}
    for key, match in gold:
        matches[key].append(match)
    for line in lines:
        found = line.record and {**line.record, "side": side, "matches": tuple(matches.get(line.record["key"], ()))}
        yield line._replace(record=found)
