"""Classes of languages, and why scores may say little."""

from __future__ import annotations

from harness.results.scores import Scores
from harness.statistics.answer import Question
from harness.studies.classes import resource_class, unclassed
from harness.studies.doubts import doubts, guessed
from harness.studies.tasks import is_diagnostic, is_trained, languages_had
from tests.raising import raises_code
from tests.study_rows import score_row


def test_languages_are_low_mid_or_high_and_english_is_none_of_them() -> None:
    classes = {code: resource_class(code) for code in ("en", "sw", "my", "th", "fi", "zh", "qad", "qaa", "kin")}
    assert classes == {
        "en": None,
        "sw": "low",
        "my": "low",
        "qad": "low",
        "th": "mid",
        "fi": "high",
        "zh": "high",
        "qaa": "high",
        "kin": "high",
    }
    assert unclassed(["sw", "qae", "en", "kin", "qad"]) == ["kin", "qae"]


def test_a_task_is_asked_for_the_languages_that_it_has() -> None:
    assert languages_had("tatoeba", ["en", "sw", "yo", "qad"]) == ("sw", "qad")
    assert [name for name in ("tatoeba", "bucc2018", "udpos", "xcopa") if is_trained(name)] == ["udpos", "xcopa"]


def test_what_is_guessed_or_cannot_be_read_is_told() -> None:
    rows = [
        score_row("none", seed, task, language, value + seed, unknown=12.0 if language == "my" else 0.1)
        for seed in (1, 2)
        for (task, language), value in {
            ("xcopa", "sw"): 52.0,  # chance is 50
            ("xcopa", "ht"): 54.0,
            ("udpos", "my"): 1.0,
            ("udpos", "te"): 40.0,
        }.items()
    ]
    scores = Scores(rows)
    assert guessed(scores) == [("xcopa", "sw"), ("udpos", "my")]
    chance, unread = doubts(scores)
    assert "xcopa sw, udpos my" in chance
    assert unread.endswith("tokens of my")
    told = {question: next(doubts(scores, question)) for question in Question}
    assert [("lost" in line, "a gain there" in line) for line in told.values()] == [
        (question is not Question.GAIN, question is not Question.LOSS) for question in told
    ]
    assert told[Question.DIFFERENCE] == chance
    assert list(doubts(scores.where({"language": "te"}))) == []


def test_a_condition_is_diagnostic_where_one_of_its_changes_is() -> None:
    asked = ("typo:1", "local-order:2", "typo:1+local-order:2", "hypothesis-only:3")
    assert [is_diagnostic(name, "pawsx") for name in asked] == [False, True, True, True]
    assert [is_diagnostic(name, "xnli") for name in asked] == [False, False, False, True]
    with raises_code("unknown-perturbation"):
        is_diagnostic("tyypo:1", "xnli")
