from __future__ import annotations

import pytest
from harness_plugins.perturbations.words import split_words

from harness.rows import ClassificationRow, MultipleChoiceRow
from tests.plugins.perturbations.conftest import Change
from tests.raising import raises_code


def pair(text: str, text_pair: str) -> ClassificationRow:
    return ClassificationRow(id="7", text=text, text_pair=text_pair, label="entailment")


ENGLISH = [
    pair("Yesterday Anna saw Ben.", "Ben saw nobody, said Anna's friend."),
    pair("Then the dog of Carla ran.", "A dog ran to Paris."),
    pair("In Rome the men slept.", "The men of Rome slept; Then they woke."),
]
NAMES = {"Anna", "Ben", "Carla", "Paris", "Rome"}


def test_all_names_of_a_row_become_other_rows_names_in_all_its_texts(changed: Change) -> None:
    found = [changed("entity-swap", ENGLISH, seed=seed) for seed in range(60)]
    for first, _, third in found:
        new = dict(zip(("Anna", "Ben"), split_words(first.text, "en")[0][1::2], strict=False))
        assert first.text == f"Yesterday {new['Anna']} saw {new['Ben']}."
        assert first.text_pair == f"{new['Ben']} saw nobody, said {new['Anna']}'s friend."
        assert new["Anna"] != new["Ben"]
        assert {*new.values()} <= NAMES - {"Anna", "Ben"}
        assert (first.id, first.label) == ("7", "entailment")
        rome = split_words(third.text, "en")[0][1]
        assert (third.text, third.text_pair) == (
            f"In {rome} the men slept.",
            f"The men of {rome} slept; Then they woke.",
        )
    assert {second.text for _, second, _ in found} == {
        f"Then the dog of {name} ran." for name in ("Anna", "Ben", "Rome")
    }


def test_severity_is_the_share_of_a_rows_names_and_one_at_least(changed: Change) -> None:
    rows = [pair("He saw Anna, Ben, Carla.", ""), pair("He saw Doris, Emil, Frida.", "")]
    for severity, kept in ((1, 2), (2, 1), (3, 0)):
        row = changed("entity-swap", rows, severity=severity)[0]
        assert len({"Anna", "Ben", "Carla"} & set(split_words(row.text, "en")[0])) == kept


def test_forms_of_a_name_become_one_name_and_endings_behind_apostrophes_stay(changed: Change) -> None:
    rows = [pair("Он был в Вашингтоне.", "Он ехал в Вашингтон."), pair("Он видел Анну.", "")]
    assert changed("entity-swap", rows, language="ru")[0] == pair("Он был в Анну.", "Он ехал в Анну.")
    rows = [pair("Dün Washington'da idi.", "Dün Washington’a gitti."), pair("Dün Ankara'yı gördü.", "")]
    assert changed("entity-swap", rows, language="tr")[0] == pair("Dün Ankara'da idi.", "Dün Ankara’a gitti.")


def test_what_small_letters_or_beginnings_show_to_be_a_word_is_no_name(changed: Change) -> None:
    rows = [
        pair("He said: Go to Paris, Now.", "Now go. Now!"),
        pair("They go, I think, with NATO and Al to Rome.", 'He said "Stop" in Oslo.'),
    ]
    for seed in range(30):
        first, second = changed("entity-swap", rows, seed=seed)
        assert {first.text} <= {f"He said: Go to {name}, Now." for name in ("Rome", "Oslo")}
        assert first.text_pair == "Now go. Now!"
        assert "I think, with NATO and Al to" in second.text
        assert '"Stop"' in second.text_pair


def test_a_word_that_any_row_has_in_small_letters_is_no_name(changed: Change) -> None:
    rows = [pair("They saw Green Hill, the Rose.", ""), pair("They saw Oslo.", "a green rose")]
    for seed in range(20):
        first, second = changed("entity-swap", rows, seed=seed)
        assert first.text == "They saw Green Oslo, the Rose."
        assert second == pair("They saw Hill.", "a green rose")


def test_choices_are_changed_with_their_context(changed: Change) -> None:
    rows = [
        MultipleChoiceRow(context="So Anna saw Ben.", question="", choices=("So Ben ran.", "So Anna ran."), label=0),
        MultipleChoiceRow(context="So Carla saw Doris.", question="", choices=("a", "b"), label=0),
    ]
    (row, _) = changed("entity-swap", rows)
    anna, ben = split_words(row.context, "en")[0][1::2]
    assert row.choices == (f"So {ben} ran.", f"So {anna} ran.")


@pytest.mark.parametrize(
    ("language", "text", "why"),
    [
        ("ar", "ذهب إلى iPhone واشنطن", "no capitals"),
        ("hi", "वह दिल्ली गया", "no capitals"),
        ("qae", "თო რე", "no capitals"),
        ("de", "Er sah Anna im Haus.", "every noun"),
    ],
)
def test_languages_whose_names_capitals_do_not_tell_are_refused(
    changed: Change, language: str, text: str, why: str
) -> None:
    with raises_code("names-not-found", language, why):
        changed("entity-swap", [pair(text, "x")], language=language)


def test_rows_without_other_names_to_take_stay(changed: Change) -> None:
    rows = [pair("So Anna ran.", "So he ran.")]
    assert changed("entity-swap", rows) == rows
