from __future__ import annotations

import dataclasses

from harness.rows import ClassificationRow, MultipleChoiceRow
from tests.plugins.perturbations.conftest import Change


def rows(premises: int, each: int) -> list[ClassificationRow]:
    """As in XNLI, several hypotheses of one premise."""
    return [
        ClassificationRow(id=f"{p} {h}", text=f"premise {p}", text_pair=f"hypothesis {p} {h}", label="x")
        for p in range(premises)
        for h in range(each)
    ]


def test_every_row_gets_a_premise_that_is_not_its_own(changed: Change) -> None:
    before = rows(30, 3)
    for seed in range(5):
        after = changed("shuffled-premise", before, seed=seed)
        assert all(found.text != row.text for row, found in zip(before, after, strict=True))
        assert {row.text for row in after} <= {row.text for row in before}
        assert [dataclasses.replace(row, text="") for row in after] == [
            dataclasses.replace(row, text="") for row in before
        ]
        # Hypotheses of one premise go to different ones.
        assert len({row.text for row in after}) > 20
    assert changed("shuffled-premise", before, seed=1) != changed("shuffled-premise", before, seed=2)


def test_severity_is_the_share_of_the_rows(changed: Change) -> None:
    before = rows(600, 1)
    moved = [
        sum(a != b for a, b in zip(before, changed("shuffled-premise", before, severity=severity), strict=True))
        for severity in (1, 2, 3)
    ]
    assert 150 < moved[0] < 250 < 350 < moved[1] < 450
    assert moved[2] == 600


def test_contexts_of_choices_move_and_rows_without_another_premise_stay(changed: Change) -> None:
    one, two = (MultipleChoiceRow(context=text, question="q", choices=("c", "d"), label=0) for text in "ab")
    found = changed("shuffled-premise", [one, two])
    assert [row.context for row in found] == ["b", "a"]
    same, alone = rows(1, 3), ClassificationRow(text="alone", label="x")
    assert changed("shuffled-premise", [*same, alone]) == [*same, alone]
