from __future__ import annotations

from harness_plugins.perturbations.rows import edit_texts, texts_of

from harness.rows import ClassificationRow, MultipleChoiceRow


def test_all_texts_of_a_row_are_changed_and_what_else_it_has_stays() -> None:
    row = ClassificationRow(id="1", text="a", text_pair="b", label="x")
    assert texts_of(row) == ("a", "b")
    assert edit_texts(row, str.upper) == ClassificationRow(id="1", text="A", text_pair="B", label="x")
    alone = ClassificationRow(text="a", label=None)
    assert texts_of(alone) == ("a",)
    assert edit_texts(alone, str.upper) == ClassificationRow(text="A", label=None)
    choice = MultipleChoiceRow(id="2", context="a", question="b", choices=("c", "d"), label=1)
    assert texts_of(choice) == ("a", "b", "c", "d")
    assert edit_texts(choice, str.upper) == MultipleChoiceRow(
        id="2", context="A", question="B", choices=("C", "D"), label=1
    )


def test_choices_stay_where_two_would_become_the_same() -> None:
    row = MultipleChoiceRow(context="Who?", question="", choices=("US", "us"), label=0)
    assert edit_texts(row, str.lower) == MultipleChoiceRow(context="who?", question="", choices=("US", "us"), label=0)
    double = MultipleChoiceRow(context="Who?", question="", choices=("US", "US"), label=0)
    assert edit_texts(double, str.lower).choices == ("us", "us")
