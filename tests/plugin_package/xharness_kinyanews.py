"""News topics, trained on English and scored on Kinyarwanda, and the mean recall of the topics."""

from collections.abc import Callable, Sequence

import harness

KIND = "text-classification"
TOPICS = ("economy", "health", "politics", "sport")
FILES = {split: f"kinyanews/{{language}}/{split}.tsv" for split in ("train", "validation", "test")}


def read(record: harness.Record) -> harness.ClassificationRow:
    return harness.ClassificationRow(text=record["title"], label=record["topic"])


def statistics(predictions: harness.Predictions) -> list[list[bool]]:
    rows = []
    for gold, prediction in zip(predictions["gold"], predictions["prediction"], strict=True):
        asked = [gold == topic for topic in TOPICS]
        rows.append([one and prediction == gold for one in asked] + asked)
    return rows


def mean_recall(sums: Sequence[float], n: int) -> float:
    found, asked = sums[: len(TOPICS)], sums[len(TOPICS) :]
    recalls = [f / a for f, a in zip(found, asked, strict=True) if a]
    return 100.0 * sum(recalls) / len(recalls)


@harness.hookimpl
def register_tasks(register: Callable[[harness.Task], None]) -> None:
    tsv = {"tsv": harness.Format(reader="tsv", row=read, files=FILES)}
    metrics = ("topic_macro_recall", "accuracy")
    spoken = ("en", "rw")
    register(harness.Task(name="kinyanews", kind=KIND, languages=spoken, labels=TOPICS, metrics=metrics, formats=tsv))


@harness.hookimpl
def register_metrics(register: Callable[[harness.Metric], None]) -> None:
    register(harness.Metric(name="topic_macro_recall", kinds=(KIND,), statistics=statistics, value=mean_recall))
