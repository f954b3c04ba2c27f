from __future__ import annotations

import pytest
from harness_plugins.perturbations.words import split_words

from harness.rows import ClassificationRow, MultipleChoiceRow
from tests.plugins.perturbations.conftest import Change

TEXTS = {
    "en": "One two three four, five six.",
    "ar": "لم أعرف من أجل ماذا أنا",
    "hi": "मुझे नहीं पता था कि मैं।",
    "zh": "他没说话吗好，",
    "th": "ฉันไม่รู้ว่าไป",
}


@pytest.mark.parametrize("language", TEXTS)
def test_all_of_a_premise_is_hidden_and_the_hypothesis_stays(changed: Change, language: str) -> None:
    row = ClassificationRow(id="1", text=TEXTS[language], text_pair=TEXTS[language], label="x")
    assert changed("hypothesis-only", [row], language=language) == [
        ClassificationRow(id="1", text="...", text_pair=TEXTS[language], label="x")
    ]


@pytest.mark.parametrize("language", TEXTS)
@pytest.mark.parametrize(("severity", "hidden"), [(1, 1 / 3), (2, 2 / 3)])
def test_a_share_of_its_words_is_hidden(changed: Change, language: str, severity: int, hidden: float) -> None:
    words, _ = split_words(TEXTS[language], language)
    left = []
    for seed in range(40):
        row = ClassificationRow(text=TEXTS[language], text_pair="x", label="x")
        (found,) = changed("hypothesis-only", [row], severity=severity, language=language, seed=seed)
        kept, _ = split_words(found.text, language)
        rest = iter(words)
        assert all(word in rest for word in kept)
        assert "... ..." not in found.text
        assert "...." not in found.text
        left.append(len(kept))
    assert abs(sum(left) / 40 - len(words) * (1 - hidden)) < 0.3


def test_hidden_words_stand_as_dots_once(changed: Change) -> None:
    row = ClassificationRow(text="One two three.", text_pair="x", label="x")
    found = {changed("hypothesis-only", [row], severity=2, seed=seed)[0].text for seed in range(40)}
    assert found == {"One ...", "... two ...", "... three."}


def test_contexts_of_choices_are_premises_and_texts_alone_have_none(changed: Change) -> None:
    choice = MultipleChoiceRow(context="a b", question="c", choices=("d", "e"), label=0)
    assert changed("hypothesis-only", [choice]) == [
        MultipleChoiceRow(context="...", question="c", choices=("d", "e"), label=0)
    ]
    without = MultipleChoiceRow(context="", question="c", choices=("d", "e"), label=0)
    alone = ClassificationRow(text="a", label="x")
    assert changed("hypothesis-only", [without]) == [without]
    assert changed("hypothesis-only", [alone]) == [alone]
