"""What shared words get on rows made by hand, and what `Recipe.chance` says guessing gets."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Mapping, Sequence
from random import Random
from typing import Any

import pytest

from harness.item_scores import item_scores
from harness.registry import Registry, default_registry
from harness.rows import (
    Answer,
    ClassificationRow,
    MultipleChoiceRow,
    QuestionRow,
    RetrievalRow,
    Row,
    SentenceRow,
    TokenRow,
)
from harness.sources.base import Source, Split
from harness.sources.mini.baselines import overlap_baseline, words
from harness.sources.mini.recipes import RECIPES
from harness.sources.mini.source import MiniSource
from harness.tasks import Task


class GivenRows(Source):
    """Rows by split, in English."""

    name = "given"

    def __init__(self, **rows: Sequence[Row]) -> None:
        self.rows: Mapping[str, Sequence[Row]] = rows

    def languages(self, task: Task, split: str) -> tuple[str, ...]:
        del task
        return ("en",) if split in self.rows else ()

    def load(self, task: Task, split: str, language: str) -> Split:
        rows = self.rows[split]
        keys = [str(index) for index in range(len(rows))]
        return Split(
            task=task.name, split=split, language=language, rows=rows, keys=keys, digest="", source="", origin=""
        )


@pytest.fixture(scope="module")
def registry() -> Registry:
    return default_registry()


def baseline(registry: Registry, task: str, **rows: Sequence[Row]) -> float | None:
    return overlap_baseline(registry, GivenRows(**rows), registry.task(task), "en")


def pair(text: str, text_pair: str, label: str) -> ClassificationRow:
    return ClassificationRow(text=text, text_pair=text_pair, label=label)


def test_pairs_get_the_usual_label_of_as_much_overlap(registry: Registry) -> None:
    training = [
        *(pair("a b", "b, A.", "entailment"), pair("c d", "c d", "entailment"), pair("e f", "f e", "contradiction")),
        *(pair("a b", "c d", "neutral"), pair("e", "f", "neutral"), pair("g", "h", "neutral")),
    ]
    test = [
        pair("x y z", "z y x", "entailment"),
        pair("x y z", "z y x", "contradiction"),
        pair("x", "y", "neutral"),
        # Half of the first is in the second: never seen, so the most frequent label of all, neutral.
        pair("x y", "x", "neutral"),
    ]
    assert baseline(registry, "mnli", train=training, test=test) == 75.0


def test_labels_come_from_the_task_that_is_trained_on(registry: Registry) -> None:
    class TwoTasks(GivenRows):
        def load(self, task: Task, split: str, language: str) -> Split:
            assert task.name == ("mnli" if split == "train" else "xnli")
            return super().load(task, split, language)

    source = TwoTasks(train=[pair("a", "a", "neutral")], test=[pair("b", "b", "neutral"), pair("b", "c", "entailment")])
    assert overlap_baseline(registry, source, registry.task("xnli"), "en") == 50.0


def test_choices_that_tie_count_as_expected(registry: Registry) -> None:
    def row(*choices: str) -> MultipleChoiceRow:
        return MultipleChoiceRow(context="Anna called Ben.", question="who sang?", choices=choices, label=0)

    test = [
        row("Anna sang.", "Tom sang."),  # two words against one: right
        row("Tom sang.", "Ben sang."),  # wrong
        row("Anna left.", "Ben left."),  # a half
        row("dogs", "cats", "Tom", "fish"),  # nothing shared: a quarter
    ]
    assert baseline(registry, "hellaswag", test=test) == pytest.approx(100 * (1 + 0 + 1 / 2 + 1 / 4) / 4)


def test_spans_are_what_the_question_has_not(registry: Registry) -> None:
    context = "the dog slept in the park. the cat ate bread on Monday."
    test = [
        # The second sentence has "the", "cat", "on" and "Monday"; its run is "ate bread", so precision is 1/2.
        QuestionRow(question="what did the cat eat on Monday?", context=context, answers=(Answer("bread", 40),)),
        # Both sentences have "the" alone: "dog slept in" and "cat ate bread on monday", of which one has the answer,
        # "dog", so F1 is 2 * 1 / (3 + 1), in one of two cases.
        QuestionRow(question="who is the one?", context=context, answers=(Answer("dog", 4),)),
    ]
    assert baseline(registry, "squad", train=[], test=test) == pytest.approx(100 * (2 / 3 + 1 / 2 / 2) / 2)


def test_no_answer_where_that_is_usual(registry: Registry) -> None:
    def row(question: str, *answers: Answer) -> QuestionRow:
        return QuestionRow(question=question, context="Anna sold bread.", answers=answers)

    bread = Answer("bread", 10)
    # One word is not in the context: answered. Two: not.
    training = [row("what Anna sold?", bread), row("what Ben sold?"), row("what Ben sold?")]
    test = [row("what Anna sold?", bread), row("what Tom sold?", bread), row("what Tina sold?")]
    assert baseline(registry, "squad_v2", train=training, test=test) == pytest.approx(200 / 3)
    # squad has no such questions: the second is answered with "anna", the first of two runs of one word.
    assert baseline(registry, "squad", train=training, test=test[:2]) == pytest.approx(50.0)


def test_words_get_their_usual_tag(registry: Registry) -> None:
    training = [TokenRow(tokens=("a", "dog", "a"), tags=("NP/N", "N", "NP/N")), TokenRow(tokens=("a",), tags=("N",))]
    # Unknown words get NP/N or N, which are equally frequent: the last by name.
    test = [TokenRow(tokens=("a", "dog", "cat"), tags=("NP/N", "N", "NP/N")), TokenRow(tokens=("cat",), tags=("N",))]
    assert baseline(registry, "ccg", train=training, test=test) == 75.0


def sentence(side: str, key: str, text: str, *matches: str) -> SentenceRow:
    return SentenceRow(text=text, side=side, key=key, matches=matches)


def test_sentences_are_near_by_shared_words(registry: Registry) -> None:
    test = [
        sentence("source", "0", "Anna saw Ben.", "0"),
        sentence("source", "1", "the cat", "1"),
        sentence("source", "2", "dogs", "2"),
        sentence("target", "0", "ti anna BEN", "0"),
        sentence("target", "1", "the dog saw the cat", "1"),
        sentence("target", "2", "hunde", "2"),
    ]
    # The third shares nothing with anything, and gets the first.
    assert baseline(registry, "tatoeba", test=test) == pytest.approx(200 / 3)


def test_pairs_are_mined_by_shared_words(registry: Registry) -> None:
    rows = [
        sentence("source", "s0", "Anna Ben", "t0"),
        sentence("source", "s1", "Tom sings"),
        sentence("target", "t0", "Anna Ben", "s0"),
        sentence("target", "t1", "dogs bark"),
    ]
    assert baseline(registry, "bucc2018", validation=rows, test=rows) == 100.0


def test_passages_are_ranked_by_shared_words(registry: Registry) -> None:
    first, second = "Anna sold bread.", "Ben saw dogs."
    test = [
        RetrievalRow(text="what Ben saw?", side="query", matches=("1",)),
        RetrievalRow(text="what Tom?", side="query", matches=("2",)),
        # The same words in both; "Ben saw" counts twice in the second.
        RetrievalRow(text=f"{first} {first} {second}", side="candidate", key="0"),
        RetrievalRow(text=f"{second} {first} {second}", side="candidate", key="1"),
        RetrievalRow(text="a house", side="candidate", key="2"),
    ]
    # Nothing is shared with the second query, whose candidate stays the third of three.
    assert baseline(registry, "mewslix", test=test) == pytest.approx(100 * (1 + 1 / 3) / 2)


def test_tasks_without_scores_or_texts_to_compare_have_no_baseline(registry: Registry) -> None:
    assert overlap_baseline(registry, MiniSource(), registry.task("mlm"), "en") is None
    assert baseline(registry, "mnli", train=[pair("a", "b", "neutral")]) is None


@pytest.mark.parametrize("task", ["cosmosqa", "commonsenseqa", "siqa"])
def test_where_right_and_wrong_share_the_same_words_the_baseline_is_chance(registry: Registry, task: str) -> None:
    found = overlap_baseline(registry, MiniSource(), registry.task(task), "en")
    assert found == pytest.approx(RECIPES[task].chance, abs=1.5)


def test_no_word_of_qae_is_spelled_as_in_english(registry: Registry) -> None:
    # All are equally far, so the first is taken for all 300.
    assert overlap_baseline(registry, MiniSource(), registry.task("tatoeba"), "qae") == pytest.approx(100 / 300)


# Chance


def rows_of(registry: Registry, task: str, split: str) -> Sequence[Row]:
    return MiniSource().load(registry.task(task), split, "en").rows


@pytest.mark.parametrize("task", ["anli", "qqp", "xnli", "pawsx", "hellaswag", "commonsenseqa", "xcopa"])
def test_chance_of_labels_is_the_share_of_the_most_frequent(registry: Registry, task: str) -> None:
    labels = Counter(row.label for row in rows_of(registry, task, "test"))  # type: ignore[attr-defined]
    assert 100 * max(labels.values()) / labels.total() == pytest.approx(RECIPES[task].chance)


def test_chance_of_squad_v2_is_never_to_answer(registry: Registry) -> None:
    unanswered = [not row.answers for row in rows_of(registry, "squad_v2", "test")]  # type: ignore[attr-defined]
    assert 100 * statistics.mean(unanswered) == pytest.approx(RECIPES["squad_v2"].chance)


def test_chance_of_categories_is_the_most_frequent_for_all(registry: Registry) -> None:
    usual = Counter(tag for row in rows_of(registry, "ccg", "train") for tag in row.tags).most_common(1)[0][0]  # type: ignore[attr-defined]
    tags = [tag for row in rows_of(registry, "ccg", "test") for tag in row.tags]  # type: ignore[attr-defined]
    assert 100 * tags.count(usual) / len(tags) == pytest.approx(RECIPES["ccg"].chance, abs=1)


@pytest.mark.parametrize("task", ["udpos", "panx"])
def test_chance_of_span_f1_is_tags_as_frequent_as_in_training(registry: Registry, task: str) -> None:
    metric = registry.metric(registry.task(task).metrics[0])
    known = [tag for row in rows_of(registry, task, "train") for tag in row.tags]  # type: ignore[attr-defined]
    rng = Random(0)
    golds, guesses = [], []
    for row in rows_of(registry, task, "test"):
        assert isinstance(row, TokenRow)
        golds.append(list(row.tags))
        guesses.append(rng.choices(known, k=len(row.tags)))
    assert item_scores(metric, {"gold": golds, "prediction": guesses}).value == pytest.approx(
        RECIPES[task].chance, abs=1.5
    )


@pytest.mark.parametrize("task", ["squad", "xquad", "mlqa", "tydiqa"])
def test_chance_of_spans_is_the_mean_over_all_runs_as_long_as_answers(registry: Registry, task: str) -> None:
    metric = registry.metric(registry.task(task).metrics[0])
    trained = registry.task(task).trained_as
    lengths = Counter(len(words(row.answers[0].text)) for row in rows_of(registry, trained, "train")[:500])  # type: ignore[attr-defined]
    scores = []
    for row in rows_of(registry, task, "test")[:100]:
        assert isinstance(row, QuestionRow)
        tokens, gold = row.context.replace(".", "").split(), [answer.text for answer in row.answers]
        for length, count in lengths.items():
            runs = [" ".join(tokens[begin : begin + length]) for begin in range(len(tokens) - length + 1)]
            columns: dict[str, list[Any]] = {
                "gold": [gold] * len(runs),
                "prediction": runs,
                "language": ["en"] * len(runs),
            }
            f1 = item_scores(metric, columns).statistics.mean()
            scores.append(count / lengths.total() * float(f1))
    assert sum(scores) == pytest.approx(RECIPES[task].chance, abs=1)


def test_chance_of_rankings_is_that_of_any_order() -> None:
    # A candidate is at each of the best twenty ranks with the same probability.
    twenty = sum(1 / rank for rank in range(1, 21))
    people = RECIPES["mewslix"].sizes["test"]
    assert RECIPES["mewslix"].chance == pytest.approx(100 * twenty / people, abs=0.1)
    # Six right ones among two sentences of 150 passages in six languages. At rank k one is right with probability
    # 1/300, and then so are (k - 1) * 5/1799 of those before it.
    precision = sum((1 + (rank - 1) * 5 / 1799) / rank for rank in range(1, 21))
    assert RECIPES["lareqa"].sizes["test"] == 150
    assert RECIPES["lareqa"].chance == pytest.approx(100 * precision / 300 / 6, abs=0.05)
    assert RECIPES["tatoeba"].chance == pytest.approx(100 / RECIPES["tatoeba"].sizes["test"])
    # 150 gold pairs, 300 guesses, each right for a source sentence with a pair in 1 of 300: F1 is 2 * 0.5 / 450.
    assert RECIPES["bucc2018"].sizes["test"] == 300
    assert RECIPES["bucc2018"].chance == pytest.approx(100 / 450, abs=0.05)
