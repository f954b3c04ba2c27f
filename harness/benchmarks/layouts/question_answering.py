"""question-answering: one JSON object of question ids and answers; labels as in SQuAD."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from harness.benchmarks.files import File, line_of, listed, repeated, shown
from harness.benchmarks.layouts import Layout, Row, Scorable
from harness.errors import UserError, counted

Answers = dict[str, str]
Accepted = dict[str, list[str]]


class AnswersLayout(Layout[Answers, Accepted]):
    """Answers by question id."""

    suffix: ClassVar[str] = "json"

    def predictions(self, file: File) -> Answers:
        """The answer to each question; an empty one says that there is none."""
        text = file.text()
        answers = file.object(text)
        if not set(map(type, answers.values())) <= {str}:
            for name, answer in answers.items():
                if not isinstance(answer, str):
                    what = f"the answer to {name!r} is {shown(json.dumps(answer))}, not a text"
                    file.refuse(what, code="not-an-answer", line=line_of(text, name), fix="write {question id: answer}")
            answers = {name: answer for name, answer in answers.items() if isinstance(answer, str)}
        return answers

    def labels(self, file: File) -> Accepted:
        """The accepted answers to each question."""
        text = file.text()
        read = file.json(text)
        try:
            found = [
                (question["id"], [answer["text"] for answer in question["answers"]])
                for article in (read["data"] if isinstance(read, dict) else read)
                for paragraph in article["paragraphs"]
                for question in paragraph["qas"]
            ]
        except (KeyError, TypeError) as error:
            reason = f"no {error}" if isinstance(error, KeyError) else str(error)
            file.refuse(
                f"not labels as SQuAD has them: {reason}",
                code="not-squad-labels",
                fix="they are data > paragraphs > qas > id and answers",
            )
            return {}
        # A number as an id is written as text, as the keys of predictions are.
        found = [(str(name) if type(name) is int else name, texts) for name, texts in found]
        for number, (name, texts) in enumerate(found, start=1):
            if not all(isinstance(text, str) for text in (name, *texts)):
                file.refuse(
                    f"question {number}, {shown(json.dumps(name))}, has an id or an answer that is not a text",
                    code="not-squad-labels",
                    fix="they are data > paragraphs > qas > id and answers",
                )
                return {}
        accepted = dict(found)
        if len(accepted) != len(found):
            for name in repeated([name for name, _ in found]):
                fix = "take labels with whole ids; XTREME's scripts cut those of TyDi QA's training rows"
                line = line_of(text, name, last=True)
                file.refuse(f"two questions have the id {name!r}", code="repeated-id", line=line, fix=fix)
        if not all(texts and all(map(str.strip, texts)) for texts in accepted.values()):
            for name, texts in accepted.items():
                if not texts or not all(map(str.strip, texts)):
                    file.refuse(
                        f"question {name!r} has {'a blank gold answer' if texts else 'no gold answer'}",
                        code="no-gold-answer",
                        line=line_of(text, name),
                        fix="the answers were taken out of this file; score against labels that have them",
                    )
        return accepted

    def count(self, content: Answers) -> int:
        """Questions."""
        return len(content)

    def pair(self, predictions: Answers, labels: Accepted, file: File, *, partial: bool) -> Scorable:
        """By question id, in the order of the labels."""
        unanswered = refuse_other_ids(predictions, labels, file, partial=partial)
        names = [name for name in labels if name in predictions] if unanswered else labels
        columns: dict[str, Sequence[Any]] = {
            "gold": [*map(labels.__getitem__, names)],
            "prediction": [*map(predictions.__getitem__, names)],
            "language": [file.language] * len(names),
        }
        return Scorable(columns, unanswered)

    def write_predictions(self, rows: Sequence[Row]) -> str:
        """The predicted answers."""
        return written({name: row["prediction"] for name, row in by_id(rows).items()})

    def write_labels(self, rows: Sequence[Row]) -> str:
        """The accepted answers, as SQuAD has them but without contexts, questions and places."""
        questions = [
            {"id": name, "answers": [{"text": text} for text in row["gold"]]} for name, row in by_id(rows).items()
        ]
        return written({"data": [{"paragraphs": [{"qas": questions}]}]})


def refuse_other_ids(predictions: Mapping[str, Any], labels: Mapping[str, Any], file: File, *, partial: bool) -> int:
    """How many items of the labels have no prediction.

    Raises:
        FileProblem: there are such items and `partial` is False, or predictions of items that have no label.
    """
    if predictions.keys() == labels.keys():
        return 0
    unknown = [name for name in predictions if name not in labels]
    missing = [name for name in labels if name not in predictions]
    if unknown:
        file.refuse(
            f"{counted(len(unknown), 'id')} that the labels do not have: {listed(unknown)}",
            code="unknown-ids",
            line=line_of(file.text(), unknown[0]),
            fix="predict the rows of this task, language and split",
        )
    if missing and not partial:
        file.refuse(
            f"{len(missing)} of {len(labels)} items without prediction: {listed(missing)}",
            code="items-without-prediction",
            fix="predict them, or give --partial, with which they count 0, as in XTREME's scorer",
        )
    return len(missing)


def by_id(rows: Sequence[Row]) -> dict[str, Row]:
    """Stored predictions by the dataset's id, or by key where it has none.

    Raises:
        UserError: ids repeat.
    """
    found = {row["id"] or row["key"]: row for row in rows}
    if len(found) != len(rows):
        again = repeated([row["id"] or row["key"] for row in rows])
        raise UserError(
            f"{counted(len(again), 'id')} of more than one item: {listed(again)}",
            code="ambiguous-ids",
            where=f"the stored predictions, such as of {rows[0]['key']}",
            fix="predict rows with their whole ids; XTREME's scripts cut those of TyDi QA's training rows",
        )
    return found


def written(entries: Mapping[str, Any]) -> str:
    """A JSON object with an entry a line."""
    lines = [
        f"{json.dumps(name, ensure_ascii=False)}: {json.dumps(value, ensure_ascii=False)}"
        for name, value in entries.items()
    ]
    return "{\n" + ",\n".join(lines) + "\n}\n"


LAYOUT = AnswersLayout()
