from __future__ import annotations

import pytest
from harness_plugins.perturbations.number_swap import LARGER
from hypothesis import given
from hypothesis import strategies as st

from harness.rows import ClassificationRow, MultipleChoiceRow
from tests.plugins.perturbations.conftest import Change

ROWS = [
    ("en", "In 1999 he paid $3.50 for 1,000 (99) things.", "In {1999} he paid ${3}.50 for 1,{000} ({99}) things."),
    ("ar", "٢٠٠٠ و 22,000", "{2000} و 22,{000}"),
    ("hi", "२२००० मील", "{22000} मील"),
    ("zh", "他2005年有3个", "他{2005}年有{3}个"),
    ("ko", "3명", "{3}명"),
    ("en", "B2B, 5th, O2, U2's, 1990s", "B2B, 5th, O2, U2's, 1990s"),
    ("en", "007 and 3.50, 1,000.", "{007} and {3}.50, 1,{000}."),
    ("en", "a 3-year-old - 12 men", "a {3}-year-old - {12} men"),
    ("th", "ไม่มีตัวเลข", "ไม่มีตัวเลข"),
]


def expected(form: str, by: int) -> str:
    """The form with each number in braces that much larger, and what grows into its neighbours by hand."""
    for number in ("1999", "2005", "2000", "22000", "000", "99", "12", "007", "3"):
        width = len(number)
        form = form.replace(f"{{{number}}}", str(int(number) + by).zfill(width))
    return form


@pytest.mark.parametrize(("language", "text", "form"), ROWS)
@pytest.mark.parametrize("severity", [1, 2])
def test_every_number_is_larger_by_the_same_in_its_own_digits(
    changed: Change, language: str, text: str, form: str, severity: int
) -> None:
    (row,) = changed("number-swap", [ClassificationRow(text=text, label="x")], severity=severity, language=language)
    least, most = LARGER[severity - 1]
    plain = row.text.translate({ord(digit): str(int(digit)) for digit in "٠١٢٣٤٥٦٧٨٩०१२३४५६७८९"})
    assert plain in {expected(form, by) for by in range(least, most + 1)}
    for zero in "0٠०":
        own = {chr(ord(zero) + digit) for digit in range(10)}
        assert bool(own & set(row.text)) == bool(own & set(text))


@pytest.mark.parametrize(
    "text",
    [
        *("-5 or −5, +5, ±5, -$5, -3.50 and -1,000", "1/2, 3 / 4, 1 1/2, 3½, 1,000/2, 3.5/2 and 10²"),
        *("5-10, 5 – 10, 1999—2005, 5~10, $3-$5, 1,000-2,000 and 1.5-2.5", "10:30, ٢:٣ and 10：30"),
        *("5 pm, 11 a.m. and 5 o'clock", "12.05.1999 and 12/05/1999", "COVID-19"),
    ],
)
def test_what_is_more_than_its_digits_stays_as_it_is(changed: Change, text: str) -> None:
    rows = [ClassificationRow(text=text, text_pair="9", label="x")] * 5
    found = changed("number-swap", rows)
    assert {row.text for row in found} == {text}
    assert all(row.text_pair != "9" for row in found)


def test_groups_grow_and_stay_groups(changed: Change) -> None:
    rows = [ClassificationRow(text="999,990", label="x")] * 1000
    assert {row.text for row in changed("number-swap", rows)} == {f"1,000,{more:03}" for more in range(90)}


def test_order_and_distances_stay_among_numbers_that_change_in_all_texts_of_a_row(changed: Change) -> None:
    rows = [ClassificationRow(text="3 of 10 men", text_pair="10 men, more than 7", label="x")] * 30
    for row in changed("number-swap", rows, severity=3):
        found = [int(word) for word in f"{row.text} {row.text_pair}".replace(",", "").split() if word.isdecimal()]
        by = found[0] - 3
        assert 10 <= by <= 99
        assert found == [3 + by, 10 + by, 10 + by, 7 + by]
    choice = MultipleChoiceRow(id="1", context="He has 2.", question="What was the cause?", choices=("2", "3"), label=1)
    (row,) = changed("number-swap", [choice], severity=1)
    assert row.choices[0] == row.context.split()[-1].strip(".")
    assert int(row.choices[1]) == int(row.choices[0]) + 1
    assert (row.id, row.question, row.label) == ("1", choice.question, 1)


@given(text=st.text(), severity=st.sampled_from([1, 2, 3]))
def test_only_digits_change(text: str, severity: int) -> None:
    from harness_plugins.perturbations.number_swap import _enlarged

    found = _enlarged(text, LARGER[severity - 1][0])
    assert [letter for letter in found if not letter.isdecimal() and letter not in ",.٬\u00a0\u202f"] == [
        letter for letter in text if not letter.isdecimal() and letter not in ",.٬\u00a0\u202f"
    ]
