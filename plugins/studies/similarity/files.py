"""Files that the study `similarity` reads, and what gains that were measured elsewhere say of rankings.

They are English scores, without baselines or seeds of ours.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import fmean

import numpy as np
from harness_plugins.studies.similarity import ranks as ranks
from harness_plugins.studies.similarity.picks import pickings
from harness_plugins.studies.similarity.tables import table_of_picks

from harness import studykit

LANGUAGE = "language"
NEEDED = ("intermediate", "target", "run", "score")
MIXED = "_mix"
LEAST_TARGETS = 2


@dataclass(frozen=True)
class MeasuredGains:
    """Scores of targets after intermediate tasks, without any before.

    Attributes:
        scores: in percent, of each intermediate task, target and run.
        similarity: by the name of its column, of each intermediate task and target.
        remarks: what was left out.
    """

    scores: Mapping[tuple[str, str, str], float]
    similarity: Mapping[str, Mapping[tuple[str, str], float]] = field(default_factory=dict)
    remarks: tuple[str, ...] = ()

    @property
    def sources(self) -> tuple[str, ...]:
        """Intermediate tasks, in order."""
        return tuple(dict.fromkeys(source for source, _, _ in self.scores))

    @property
    def targets(self) -> tuple[str, ...]:
        """In order."""
        return tuple(dict.fromkeys(target for _, target, _ in self.scores))

    def mean(self, source: str, target: str) -> float:
        """Over runs, in percent; nan where there is none."""
        own = [score for (one, other, _), score in self.scores.items() if (one, other) == (source, target)]
        return fmean(own) if own else math.nan


def read_covariates(path: str) -> dict[str, dict[str, float]]:
    """Features of languages, by feature and code.

    Raises:
        SettingsError: the file is not there, or a line cannot be read.
    """
    found: dict[str, dict[str, float]] = {}
    features: Sequence[str] = ()
    seen: dict[str, int] = {}
    for line, row in _lines(path, (LANGUAGE,)):
        features = [name for name in row if name != LANGUAGE]
        if not features:
            raise _refused(
                "has no column beside language", f"{path}, line 1", "name a feature of languages, such as distance"
            )
        code = row[LANGUAGE]
        if code not in studykit.LANGUAGES:
            raise _refused(
                f"{code!r} is no language", f"{path}, line {line}", "give codes as `xharness ls languages` does"
            )
        if code in seen:
            raise _refused(
                f"{code} is here a second time, after line {seen[code]}", f"{path}, line {line}", "leave one out"
            )
        seen[code] = line
        for name in features:
            if row[name]:
                found.setdefault(name, {})[code] = _number(row[name], name, path, line)
    if not seen:
        raise _refused("has no rows", path, "give a row for each language")
    return found


def read_gains(path: str) -> MeasuredGains:
    """Scores of targets after intermediate tasks.

    Raises:
        SettingsError: the file is not there, or a line cannot be read.
    """
    scores: dict[tuple[str, str, str], float] = {}
    similarity: dict[str, dict[tuple[str, str], float]] = {}
    repeated = mixed = 0
    for line, row in _lines(path, NEEDED):
        empty = next((name for name in NEEDED if not row[name]), None)
        if empty:
            raise _refused(f"{empty} is empty", f"{path}, line {line}", "fill it in, or leave the line out")
        if MIXED in row["intermediate"] or MIXED in row["run"]:
            mixed += 1
            continue
        place = row["intermediate"], row["target"], row["run"]
        repeated += place in scores
        scores[place] = _number(row["score"], "score", path, line)
        if not 0 <= scores[place] <= 100:
            raise _refused(
                f"a score is between 0 and 1, or 0 and 100, and not {row['score']}",
                f"{path}, line {line}",
                "correct it",
            )
        for name, text in row.items():
            if name not in NEEDED and text:
                value = _number(text, name, path, line)
                known = similarity.setdefault(name, {}).setdefault(place[:2], value)
                if known != value:
                    told = f"{name} of {place[0]} and {place[1]} is {value:g}, and {known:g} above"
                    raise _refused(told, f"{path}, line {line}", "give one value for each pair")
    if not scores:
        raise _refused("has no rows", path, "give a row for each intermediate task, target and run")
    if max(scores.values()) <= 1:
        scores = {place: 100 * score for place, score in scores.items()}
    left_out = {"the same run comes again below": repeated, f"they are of mixtures ({MIXED})": mixed}
    remarks = [f"left out, since {why}: {studykit.counted(rows, 'row')}" for why, rows in left_out.items() if rows]
    return MeasuredGains(scores, similarity, tuple(remarks))


def _lines(path: str, needed: Sequence[str]) -> Iterator[tuple[int, dict[str, str]]]:
    """The rows of a file with the numbers of their lines."""
    try:
        with Path(path).open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file, strict=True)
            header = [name.strip() for name in next(reader, [])]
            missing = [name for name in needed if name not in header]
            if missing or len(set(header)) < len(header) or "" in header:
                wanted = ",".join(needed)
                told = f"has no column {', '.join(missing)}" if missing else "has a column twice, or one without name"
                raise _refused(told, f"{path}, line 1", f"begin the file with the names of its columns: {wanted},...")
            for row in reader:
                if not row:
                    continue
                if len(row) != len(header):
                    told = f"has {studykit.counted(len(row), 'value')} for {studykit.counted(len(header), 'column')}"
                    raise _refused(told, f"{path}, line {reader.line_num}", "give one value for each column")
                yield reader.line_num, dict(zip(header, (text.strip() for text in row), strict=True))
    except OSError as error:
        raise _refused(f"cannot be read: {error.strerror}", path, "name a file of comma-separated values") from error
    except (csv.Error, UnicodeDecodeError) as error:
        raise _refused(f"is no file of comma-separated values in UTF-8: {error}", path, "save it as one") from error


def _number(text: str, name: str, path: str, line: int) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise _refused(f"{name} is {text!r}, which is no finite number", f"{path}, line {line}", "give a number")
    return value


def _refused(what: str, where: str, fix: str) -> studykit.SettingsError:
    return studykit.SettingsError(what, code="bad-study-file", where=where, fix=fix)


def findings_of(found: MeasuredGains, path: str, margin: float) -> studykit.Findings:
    """Rankings of the sources in a file, each target by what the other targets say.

    Raises:
        SettingsError: there are too few targets or sources to rank.
    """
    if len(found.targets) < LEAST_TARGETS or len(found.sources) < ranks.LEAST:
        raise studykit.SettingsError(
            f"it has {studykit.counted(len(found.sources), 'intermediate task')} and "
            f"{studykit.counted(len(found.targets), 'target')}",
            code="too-few-gains",
            where=path,
            fix=f"rankings need {ranks.LEAST} intermediate tasks or more, and {LEAST_TARGETS} targets or more",
        )
    gain, left_out = _centred(found)
    numbers = {name: _table(found, own) for name, own in found.similarity.items()}
    title = "Sources ranked for each target by what the other targets say; gains are less the target's mean"
    tables = [table_of_picks(title, pickings(found.targets, gain, numbers))]
    tables += [_correlations(found, gain, numbers)] if numbers else []
    answer = studykit.Answer(
        question=studykit.Question.GAIN,
        reply=studykit.Reply.CANNOT_TELL,
        margin=margin,
        why="the file has scores in one language, none of them without intermediate training: it shows rankings alone",
        n=len(found.sources),
        unit="intermediate tasks",
        quantity="rank correlation",
    )
    same = [f"left out, since source and target are one: {', '.join(left_out)}"] if left_out else []
    missing = int(np.isnan(gain).sum()) - len(left_out)
    gaps = [f"{missing} pairs of {gain.size} have no score"] if missing else []
    return studykit.Findings(
        primary=studykit.Answered("similarity and gains, low-resource languages", answer),
        tables=tuple(tables),
        caveats=(*found.remarks, *same, *gaps, "the file's scores are taken as they are, however odd"),
    )


def _centred(found: MeasuredGains) -> tuple[ranks.Floats, list[str]]:
    """Means over runs less the target's mean, (targets, sources), and what is left out."""
    table = np.array([[found.mean(source, target) for source in found.sources] for target in found.targets])
    same = [(at, found.sources.index(target)) for at, target in enumerate(found.targets) if target in found.sources]
    for place in same:
        table[place] = np.nan
    return table - np.nanmean(table, 1, keepdims=True), [found.targets[at] for at, _ in same]


def _table(found: MeasuredGains, values: Mapping[tuple[str, str], float]) -> ranks.Floats:
    return np.array([[values.get((source, target), np.nan) for source in found.sources] for target in found.targets])


def _correlations(found: MeasuredGains, gain: ranks.Floats, numbers: Mapping[str, ranks.Floats]) -> studykit.Table:
    orders = ranks.permuted_sources(len(found.sources))
    places = [(target, studykit.ENGLISH) for target in found.targets]
    rows = []
    for name, table in numbers.items():
        try:
            one = ranks.association(places, table, gain, orders)
            shown = (f"{one.rho:+.2f} [{one.low:+.2f}, {one.high:+.2f}]", f"{one.p:.2g}")
        except studykit.CannotConclude:
            shown = ("-", "-")
        rows.append(tuple(studykit.Cell(text=text) for text in (name, *shown)))
    title = "Rank correlation with scores within targets"
    return studykit.Table(title, ("column", "correlation", "p"), tuple(rows))
