from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import pytest

from harness.metrics import Metric, Predictions
from harness.registry import Registry
from harness.rows import Answer, ClassificationRow, QuestionRow, RetrievalRow, SentenceRow, TextRow, TokenRow
from harness.validation.gold import gold, shuffled
from tests.validation.conftest import Maker

KIND = Registry().kind("text-classification")


def problems(subject: Any) -> list[str]:
    return [finding.what for finding in gold(subject).findings if finding.problem]


def test_gold_is_100_and_other_items_gold_is_chance(make: Maker) -> None:
    outcome = gold(make())
    assert outcome.facts["en"]["gold"] == outcome.facts["sw"]["gold"] == {"accuracy": 100.0}
    # Two labels, ten items each.
    assert 20 <= outcome.facts["en"]["shuffled"]["accuracy"] <= 80
    assert [str(finding) for finding in outcome.findings] == ["ok: gold: scores 100 by accuracy"]


def metric(statistics: Any, **fields: Any) -> Metric:
    return Metric(name="own", kinds=("text-classification",), statistics=statistics, **fields)


def test_a_metric_that_misses_a_label_is_told(make: Maker) -> None:
    def only_yes(predictions: Predictions) -> Sequence[bool]:
        return [
            one == given == "yes" for one, given in zip(predictions["prediction"], predictions["gold"], strict=True)
        ]

    found = gold(make(metric=metric(only_yes), metrics=("own",)))
    first = found.findings[0]
    assert first.what == "own of right answers is 50.00, not 100"
    assert first.where == "test rows in en, such as gold no, answered by no"


def test_a_metric_that_does_not_compare_is_told(make: Maker) -> None:
    subject = make(metric=metric(lambda predictions: [1.0] * len(predictions["gold"])), metrics=("own",))
    assert problems(subject)[0] == "own of other items' answers is 100.00"


def test_a_metric_that_fails_is_told(make: Maker) -> None:
    subject = make(metric=metric(lambda predictions: predictions["speaker"]), metrics=("accuracy", "own"))
    outcome = gold(subject)
    assert [finding.what for finding in outcome.findings] == ["KeyError: 'speaker'"] * 2
    assert outcome.facts["en"]["gold"] == {"accuracy": 100.0}


def test_hidden_labels_are_told(make: Maker) -> None:
    hidden = [ClassificationRow(text=f"{i}", label="no") for i in range(60)]
    assert problems(make({**make.good_rows(), ("test", "sw"): hidden})) == ["all 60 gold labels are 'no'"]


def test_answers_of_articles_alone_cannot_be_right(make: Maker) -> None:
    # SQuAD's F1 leaves out "the", so that nothing is left to compare.
    rows = [QuestionRow(question="Which?", context="the", answers=(Answer("the", 0),))]
    subject = make({("test", "en"): rows}, kind="question-answering", metrics=("squad_f1",))
    assert problems(subject) == ["squad_f1 of right answers is 0.00, not 100"]


def test_questions_without_answer_are_right_without_one(make: Maker) -> None:
    rows = [
        QuestionRow(question=f"Which {i}?", context=f"it is {i}", answers=(Answer(str(i), 6),) if i % 2 else ())
        for i in range(20)
    ]
    metrics = ("squad_f1", "squad_v2_f1")
    outcome = gold(make({("test", "en"): rows}, kind="question-answering", metrics=metrics, unanswerable=True))
    assert outcome.facts["en"]["gold"] == {"squad_f1": 100.0, "squad_v2_f1": 100.0}


@pytest.mark.parametrize(
    ("kind", "metric"), [("sentence-similarity", "retrieval_accuracy"), ("bitext-mining", "mining_f1")]
)
def test_a_translation_that_is_not_there_cannot_be_found(make: Maker, kind: str, metric: str) -> None:
    def sentence(side: str, key: str, match: str) -> SentenceRow:
        return SentenceRow(text=f"{side} {key}", side=side, key=key, matches=(match,))

    whole = [sentence(side, key, key) for side in ("source", "target") for key in "abcd"]
    fields: dict[str, Any] = {"kind": kind, "languages": ("sw",), "metrics": (metric,)}
    assert problems(make({("test", "sw"): whole}, **fields)) == []
    # Of four gold pairs three can be found: accuracy 3/4; F1 of 3 right, 3 mined and 4 gold ones 6/7.
    (problem,) = problems(make({("test", "sw"): whole[:-1]}, **fields))
    assert problem == f"{metric} of right answers is {75 if metric == 'retrieval_accuracy' else 600 / 7:.2f}, not 100"


def test_a_candidate_that_is_not_there_cannot_be_ranked(make: Maker) -> None:
    queries = [RetrievalRow(text=f"who is {key}", side="query", matches=(key,)) for key in "ab"]
    candidates = [RetrievalRow(text=key, side="candidate", key=key) for key in "a"]
    subject = make({("test", "en"): [*queries, *candidates]}, kind="text-retrieval", metrics=("mrr_at_20",))
    assert problems(subject) == ["mrr_at_20 of right answers is 50.00, not 100"]


def test_tags_are_exchanged_between_all_tokens(make: Maker) -> None:
    rows = [TokenRow(tokens=("a",) * n, tags=tuple("XY"[(n + i) % 2] for i in range(n))) for n in range(1, 20)]
    subject = make({("test", "en"): rows}, kind="token-classification", labels=("X", "Y"), metrics=("token_accuracy",))
    outcome = gold(subject)
    assert outcome.facts["en"]["gold"] == {"token_accuracy": 100.0}
    assert 30 < outcome.facts["en"]["shuffled"]["token_accuracy"] < 70


def test_shuffling_keeps_gold_and_what_is_answered_with(make: Maker) -> None:
    given = [{"gold": i, "prediction": i, "score": -i} for i in range(10)]
    exchanged = shuffled(given, KIND)
    assert [one["gold"] for one in exchanged] == list(range(10))
    assert sorted(one["prediction"] for one in exchanged) == list(range(10))
    assert all(one["score"] == -one["prediction"] for one in exchanged)
    tags = [{"gold": ["A"], "prediction": ["A"]}, {"gold": ["B", "A"], "prediction": ["B", "A"]}]
    assert [len(one["prediction"]) for one in shuffled(tags, KIND)] == [1, 2]
    assert Counter(tag for one in shuffled(tags, KIND) for tag in one["prediction"]) == {"A": 2, "B": 1}


def test_a_kind_that_does_not_say_what_is_gold_is_not_scored(make: Maker) -> None:
    subject = make({("test", "en"): [TextRow(text="a")]}, kind="fill-mask", metrics=("masked_accuracy",))
    (finding,) = gold(subject).findings
    assert (finding.problem, finding.what) == (False, "not scored: rows of fill-mask do not hold what is predicted")


def test_few_items_are_not_held_against_a_task(make: Maker) -> None:
    few = {("train", "en"): make.pairs("train"), ("test", "en"): make.pairs("test", 1)}
    assert problems(make(few)) == []
