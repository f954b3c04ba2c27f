"""Checks of rows: whether they are there, how many cannot be used, and which labels they have."""

from __future__ import annotations

from harness.errors import counted
from harness.sources.base import SPLITS, Split, reasons
from harness.validation.report import Outcome
from harness.validation.subject import Subject

REASONS_SHOWN = 3
MOST_SKIPPED = 0.05
"""Largest share of skipped rows that is no problem; of published datasets fewer are without a label."""

ROWS_A_LABEL = 20
"""With as many rows a label, one that is never seen is misspelled rather than rare."""


def rows(subject: Subject) -> Outcome:
    """Count the rows of every split and language, and those that are skipped."""
    found = Outcome()
    task, source = subject.task, subject.source.name
    if not subject.rows and not subject.unreadable:
        found.refuse(
            "rows",
            f"{source} has no rows of {task.name}",
            fix=f"`xharness show {task.name}` tells which files have them; give their directory or a map as --data",
        )
        return found
    for (split, language), error in subject.unreadable.items():
        found.refuse_error("rows", error, where=f"{split}, {language}")
    for (split, language), rows in subject.rows.items():
        whole = subject.source.load(subject.owner(split), split, language)
        skipped, usable = len(rows.skipped), len(whole.rows)
        known = found.facts.get(language, {}).get("skipped", 0)
        found.fact(language, **{split: usable}, skipped=known + skipped)
        if skipped:
            why = "\n         ".join(reasons(rows.skipped, REASONS_SHOWN))
            what = f"{skipped} of {skipped + usable} {split} rows in {language} are skipped"
            if skipped > MOST_SKIPPED * (skipped + usable):
                outside = next((row.outside for row in rows.skipped if row.outside), "")
                found.refuse("rows", what, where=why, fix=outside or "fix the rows, or the function that reads them")
            else:
                found.say("rows", what, where=why)
        _remark(subject, whole, found)
        if len(set(rows.keys)) < len(rows.keys):
            found.refuse("rows", f"keys of {split} rows in {language} repeat", fix="the source must give each its own")
    _say_what_is_missing(subject, found)
    standing_in = [f"{split} {language}" for (split, language), rows in subject.rows.items() if rows.stand_in]
    if standing_in:
        found.say("rows", f"stand-ins for the official splits: {', '.join(standing_in)}")
    if not any(finding.problem for finding in found.findings):
        counts = [f"{counted(sum(s == split for s, _ in subject.rows), 'language')} of {split}" for split in SPLITS]
        found.say("rows", f"can be read: {', '.join(counts)}")
    return found


def _remark(subject: Subject, split: Split, found: Outcome) -> None:
    for remark in subject.kind.remarks(split.rows):
        n = f"{len(remark.rows):,} of {len(split.rows):,}"
        what = f"{n} {split.split} rows in {split.language} {remark.what}"
        where = f"the first: {split.keys[remark.rows[0]]}"
        if remark.fix:
            found.refuse("rows", what, where=where, fix=remark.fix)
        else:
            found.say("rows", what, where=where)


def _say_what_is_missing(subject: Subject, found: Outcome) -> None:
    task, kind, owner = subject.task, subject.kind, subject.owner("train")
    if type(kind).trained and not subject.training and not any(split == "train" for split, _ in subject.unreadable):
        found.refuse(
            "rows",
            f"no training rows of {owner.name} in {', '.join(owner.languages_trained)}",
            fix=f"add the train split of {owner.name}, with which {task.name} is trained: `xharness show {owner.name}` "
            "tells its files"
            if task.trains_on
            else "add a train split, or give the task's `trains_on` another task's name",
        )
    if not subject.scored and not subject.unreadable:
        found.say("rows", "no validation or test rows: it can be an intermediate task, not a target")


def labels(subject: Subject) -> Outcome:
    """Compare the labels that rows have with those of the task."""
    found = Outcome()
    kind = subject.kind
    seen = {place: set(kind.labels(split.rows)) for place, split in subject.rows.items()}
    everywhere = sorted(set[str]().union(*seen.values()))
    if not everywhere:
        return found
    if len(everywhere) < 2:
        found.refuse(
            "labels",
            f"every row has the label {everywhere[0]!r}",
            fix="see whether the file is labelled, and what the function that reads its rows makes of the labels",
        )
        return found
    found.say("labels", f"seen: {' '.join(everywhere)}")
    looked_at = sum(len(split.rows) for split in subject.rows.values())
    one_a_row = all(len(kind.labels([row])) == 1 for split in subject.rows.values() for row in split.rows)
    never = [label for label in subject.task.labels if label not in everywhere]
    # Tags may be rare; of the labels of whole rows, all are among so many.
    unlikely = one_a_row and looked_at >= ROWS_A_LABEL * len(subject.task.labels)
    if never and (unlikely or 2 * len(never) >= len(subject.task.labels)):
        found.refuse("labels", f"never seen: {' '.join(never)}", fix="see whether rows and task spell them alike")
    elif never:
        found.say("labels", f"never seen in {looked_at} rows: {' '.join(never)}")
    if one_a_row:
        places = {place: [label for label in everywhere if label not in some] for place, some in seen.items()}
        missing = [f"{' '.join(labels)} in {split} {code}" for (split, code), labels in places.items() if labels]
        if missing:
            found.say("labels", f"missing: {', '.join(missing)}")
    return found
