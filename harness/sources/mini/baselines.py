"""What sharing words gets, without any model: the lexical-overlap baseline of each of mini's tasks.

A task is worth training on as far as models do better than this. Training rows serve only to tell which label goes with
how many shared words, and which tag with a word.
"""

from __future__ import annotations

import itertools
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from harness.evaluation.predictions import columns_of

if TYPE_CHECKING:
    from harness.kinds.base import Kind
    from harness.metrics import Metric
    from harness.registry import Registry
    from harness.rows import ClassificationRow, QuestionRow
    from harness.sources.base import Source
    from harness.tasks import Task

SCORED = ("test", "validation")
TRAINED_ON = 1000
"""Training rows that are looked at, the first ones: enough for a few bins of overlap, and soon made."""


@dataclass(frozen=True, kw_only=True)
class Given:
    """What is guessed from.

    Attributes:
        training: English rows with their gold; none for tasks that are not trained.
        rows: the rows to score, of one language.
    """

    kind: Kind[Any]
    task: Task
    training: Sequence[Any]
    rows: Sequence[Any]


Guess = Sequence[Mapping[str, Any]]
"""The predictions of one item that share as many words as each other: each is as likely as the others."""


def overlap_baseline(registry: Registry, source: Source, task: Task, language: str) -> float | None:
    """The score by shared words in a language, in percent of the task's main metric, ties at their expected value.

    Rows are the test rows, or validation rows where there are none, as in runs. None where nothing is scored, or a text
    is not compared with another (`fill-mask`).
    """
    split = scored_split(source, task)
    if not split or task.kind not in _GUESSERS:
        return None
    kind = registry.kind(task.kind)
    trained = registry.task(task.trained_as)
    has_training = kind.trained and "en" in source.languages(trained, "train")
    training = source.load(trained, "train", "en").rows[:TRAINED_ON] if has_training else []

    def guess(split: str) -> list[Guess]:
        rows = source.load(task, split, language).rows
        return _GUESSERS[task.kind](Given(kind=kind, task=task, training=training, rows=rows))

    guesses = guess(split)
    metric = registry.metric(task.metrics[0])
    if metric.tuned:
        tuned = kind.tune(columns_of([one for alternatives in guess("validation") for one in alternatives]), metric)
        guesses = [[{**one, **tuned} for one in alternatives] for alternatives in guesses]
    return expected_score(metric, guesses, language)


def scored_split(source: Source, task: Task) -> str:
    """The split that a run scores; "" where there is none."""
    return next((split for split in SCORED if source.languages(task, split)), "")


def expected_score(metric: Metric, guesses: Iterable[Guess], language: str) -> float:
    """The metric of the items' statistics, each averaged over what is guessed with the same probability."""
    from harness.item_scores import item_scores

    items = list(guesses)
    rows = [{**one, "language": language} for alternatives in items for one in alternatives]
    counted = iter(item_scores(metric, columns_of(rows)).statistics.tolist())
    means = [
        [sum(column) / len(alternatives) for column in zip(*itertools.islice(counted, len(alternatives)), strict=True)]
        for alternatives in items
    ]
    return metric.value([sum(column) for column in zip(*means, strict=True)], len(items))


def words(text: str) -> list[str]:
    """Words in lower case, without punctuation."""
    return re.findall(r"\w+", text.lower())


def _labels(given: Given) -> list[Guess]:
    """The usual label of pairs that share as large a part of each text."""
    label_of = _Usual([(_overlap(row), row.label) for row in given.training])
    return [[{"gold": row.label, "prediction": label_of(_overlap(row))}] for row in given.rows]


def _overlap(row: ClassificationRow) -> tuple[int, int]:
    """How many fifths of the first text's words are in the second, and of the second's in the first."""
    first, second = set(words(row.text)), set(words(row.text_pair or ""))
    shared = len(first & second)
    return round(5 * shared / max(1, len(first))), round(5 * shared / max(1, len(second)))


def _choices(given: Given) -> list[Guess]:
    """The choices that have most words of context and question."""
    guesses: list[Guess] = []
    for row in given.rows:
        best = _sharing_most(words(f"{row.context} {row.question}"), row.choices)
        guesses.append([{"gold": row.label, "prediction": choice} for choice in best])
    return guesses


def _spans(given: Given) -> list[Guess]:
    """The longest run of words that are not the question's, in the sentence that has most words of the question.

    Where some questions have no answer: none, if that is usual with as many words of the question not in the context.
    """
    unknown_as = _Usual([(_missing(row), not row.answers) for row in given.training])
    guesses: list[Guess] = []
    for row in given.rows:
        sentences = re.split(r"(?<=[.?!])\s+", row.context)
        asked = words(row.question)
        answers = [_longest_run(sentences[best], asked) for best in _sharing_most(asked, sentences)]
        if given.task.unanswerable and unknown_as(_missing(row)):
            answers = [""]
        gold = [answer.text for answer in row.answers]
        guesses.append([{"gold": gold, "prediction": answer} for answer in answers])
    return guesses


def _missing(row: QuestionRow) -> int:
    """How many words of the question are not in the context."""
    return len(set(words(row.question)) - set(words(row.context)))


def _longest_run(sentence: str, asked: Sequence[str]) -> str:
    """The longest run of words that are not asked with, the first of equals."""
    runs = [list(run) for of_question, run in itertools.groupby(words(sentence), asked.__contains__) if not of_question]
    longest: list[str] = max(runs, key=len, default=[])
    return " ".join(longest)


def _tags(given: Given) -> list[Guess]:
    """Each word's usual tag, and for unknown words the tag that is usual of all."""
    tag_of = _Usual([pair for row in given.training for pair in zip(row.tokens, row.tags, strict=True)])
    return [[{"gold": list(row.tags), "prediction": [tag_of(token) for token in row.tokens]}] for row in given.rows]


def _of_sentences(given: Given) -> list[Guess]:
    """What the kind makes of vectors that count words, one a sentence."""
    return _decoded(given, _word_counts(given.rows))


def _of_passages(given: Given) -> list[Guess]:
    """Likewise; here outputs have one row a sequence."""
    return _decoded(given, [counts[None] for counts in _word_counts(given.rows)])


def _decoded(given: Given, outputs: Sequence[Any]) -> list[Guess]:
    from harness.hyper import Hyper
    from harness.kinds.base import DecodeTask
    from harness.kinds.features import FeatureBuilder

    task = DecodeTask(task=given.task, labels=(), hyper=Hyper())
    return [[fields] for _, fields in given.kind.decode(outputs, FeatureBuilder().build(), given.rows, task)]


def _word_counts(rows: Sequence[Any]) -> list[Any]:
    import numpy as np

    index: defaultdict[str, int] = defaultdict(itertools.count().__next__)
    counted = [Counter(index[word] for word in words(row.text)) for row in rows]
    vectors = np.zeros((len(rows), len(index)), np.float32)
    for vector, counts in zip(vectors, counted, strict=True):
        vector[list(counts)] = list(counts.values())
    return list(vectors)


def _sharing_most(asked: Sequence[str], texts: Sequence[str]) -> list[int]:
    """Indices of the texts that share most different words with those asked with."""
    shared = [len(set(asked) & set(words(text))) for text in texts]
    return [index for index, count in enumerate(shared) if count == max(shared)]


class _Usual:
    """What comes with something most often; with what is unknown, what comes most often of all."""

    def __init__(self, pairs: Sequence[tuple[Hashable, Any]]) -> None:
        counts: defaultdict[Hashable, Counter[Any]] = defaultdict(Counter)
        for known, label in pairs:
            counts[known][label] += 1
        self._of_all = _most_frequent(Counter(label for _, label in pairs))
        self._of_each = {known: _most_frequent(found) for known, found in counts.items()}

    def __call__(self, known: Hashable) -> Any:
        return self._of_each.get(known, self._of_all)


def _most_frequent(counts: Counter[Any]) -> Any:
    return max(counts, key=lambda label: (counts[label], str(label)), default=None)


_GUESSERS: Mapping[str, Callable[[Given], list[Guess]]] = {
    "text-classification": _labels,
    "multiple-choice": _choices,
    "question-answering": _spans,
    "token-classification": _tags,
    "sentence-similarity": _of_sentences,
    "bitext-mining": _of_sentences,
    "text-retrieval": _of_passages,
}
"""How to guess, by kind."""
