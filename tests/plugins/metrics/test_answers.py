"""What the normalisers of answers keep from one call to the next, and odd characters."""

from __future__ import annotations

import pytest
from harness_plugins.metrics.answers import Articles, Deleting, Normaliser


@pytest.fixture
def normaliser() -> Normaliser:
    return Normaliser(Deleting(".,;".__contains__), Articles("the", "a").other_words)


def test_the_same_texts_with_another_number_of_accepted_answers_are_other_pairs(normaliser: Normaliser) -> None:
    assert normaliser.pairs(["x", "y"], [["p", "q"], ["r"]]) == [("x", ["p", "q"]), ("y", ["r"])]
    assert normaliser.pairs(["x", "y"], [["p"], ["q", "r"]]) == [("x", ["p"]), ("y", ["q", "r"])]
    # Texts that were answers are now accepted answers.
    assert normaliser.pairs(["x"], [["y", "p", "q", "r"]]) == [("x", ["y", "p", "q", "r"])]


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("the", ""),
        ("The. a", "The"),
        # Within a word, a sign that is no punctuation here makes an article one.
        ("up-the-wall the  wall", "up- -wall wall"),
        ("", ""),
        # JSON can hold half of a pair of surrogates, and the null character.
        ("a \ud800, b", "\ud800 b"),
        ("x\0y, the z", "x\0y z"),
        ("größe; b", "größe b"),
    ],
)
def test_texts_are_normalised_alike_alone_and_among_others(normaliser: Normaliser, text: str, normal: str) -> None:
    assert normaliser.normalised([text]) == [normal]
    assert normaliser.normalised(["q, w", text, "", text]) == ["q w", normal, "", normal]
