"""Task cosmosqa: quoted CSV with a question and four answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness import MultipleChoiceRow

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.sources.base import Split


HEADER = "id,context,question,answer0,answer1,answer2,answer3,label\n"


def test_rows_have_a_question_of_their_own(load: Callable[..., Split]) -> None:
    text = HEADER + '3A##q1,"It rained , I ""ran"" .",Why ?,"no, yes",b,c,None of the above choices .,2\n'
    assert load({"cosmosqa/valid.csv": text}, "cosmosqa", "validation").rows == [
        MultipleChoiceRow(
            id="3A##q1",
            context='It rained , I "ran" .',
            question="Why ?",
            choices=("no, yes", "b", "c", "None of the above choices ."),
            label=2,
        )
    ]


def test_placeholder_labels_are_left_out(load: Callable[..., Split]) -> None:
    text = HEADER + "1,x,y,a,b,c,d,-1\n2,x,y,a,b,c,d,0\n3,x,y,a,b,c,d,\n"
    split = load({"cosmosqa/train.csv": text}, "cosmosqa", "train")
    assert split.keys == ["cosmosqa/train.csv:3"]
    assert [skipped.line for skipped in split.skipped] == [2, 4]
