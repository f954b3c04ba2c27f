from __future__ import annotations

import dataclasses

from harness.rows import Answer, ClassificationRow, MultipleChoiceRow, QuestionRow
from tests.plugins.perturbations.conftest import Change


def test_hypotheses_are_those_of_the_same_items_in_the_other_language(changed: Change) -> None:
    rows = [ClassificationRow(id=str(i), text=f"Satz {i}", text_pair=f"Folge {i}", label="x") for i in range(4)]
    english = [ClassificationRow(id=str(i), text=f"Text {i}", text_pair=f"Claim {i}", label="x") for i in range(4)]
    others = [*english[:2], None, dataclasses.replace(english[3], label="y")]
    found = changed("cross-language", rows, language="de", en=others)
    assert [(row.text, row.text_pair) for row in found] == [
        ("Satz 0", "Claim 0"),
        ("Satz 1", "Claim 1"),
        ("Satz 2", "Folge 2"),
        ("Satz 3", "Folge 3"),
    ]
    # Nothing is read of the language that rows are in anyhow.
    assert changed("cross-language", rows, language="en") == rows


def test_severity_is_the_share_of_the_rows(changed: Change) -> None:
    rows = [ClassificationRow(text="a", text_pair="b", label="x")] * 600
    english = [ClassificationRow(text="c", text_pair="d", label="x")] * 600
    crossed = [
        sum(
            row.text_pair == "d"
            for row in changed("cross-language", rows, severity=severity, language="sw", en=english)
        )
        for severity in (1, 2, 3)
    ]
    assert 150 < crossed[0] < 250 < 350 < crossed[1] < 450
    assert crossed[2] == 600


def test_choices_and_questions_come_from_the_other_language_and_answers_stay(changed: Change) -> None:
    row = MultipleChoiceRow(context="a", question="b", choices=("c", "d"), label=1)
    other = MultipleChoiceRow(context="A", question="B", choices=("C", "D"), label=1)
    assert changed("cross-language", [row], language="sw", en=[other]) == [
        MultipleChoiceRow(context="a", question="b", choices=("C", "D"), label=1)
    ]
    asked = QuestionRow(question="Wo?", context="In Rom", answers=(Answer("Rom", 3),))
    question = QuestionRow(question="Where?", context="In Rome", answers=(Answer("Rome", 3),))
    assert changed("cross-language", [asked], language="de", en=[question]) == [
        QuestionRow(question="Where?", context="In Rom", answers=(Answer("Rom", 3),))
    ]
    alone = ClassificationRow(text="a", label="x")
    assert changed("cross-language", [alone], language="sw", en=[alone]) == [alone]
