"""Stars of reviews: a kind of task with rows, settings and a head of its own, a task of that kind and its metric."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import harness
from harness import kindkit

FILES = {split: f"kinyareviews/{{language}}/{split}.tsv" for split in ("train", "test")}


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewRow(harness.Row):
    text: str
    stars: int


@dataclass(frozen=True, kw_only=True)
class ReviewSettings(kindkit.KindSettings):
    most_stars: int = kindkit.setting("encoding", "reviews: more stars count as so many", default=5, above=1)
    rounding: str = kindkit.setting(
        "decoding", "reviews: which number of stars is near", default="nearest", choices=("nearest", "down")
    )


class TextRating(kindkit.Kind[ReviewRow]):
    row_type: ClassVar[type[harness.Row]] = ReviewRow
    settings: ClassVar[type[kindkit.KindSettings]] = ReviewSettings

    def check(self, row: ReviewRow, labels: Sequence[str]) -> None:
        if row.stars < 1:
            raise harness.BadRow("a review without a star")

    def texts(self, row: ReviewRow) -> tuple[str, ...]:
        return (row.text,)

    def encode(
        self,
        rows: Sequence[ReviewRow],
        labels: Sequence[str],
        encoder: kindkit.TextEncoder,
        hyper: kindkit.Hyper,
    ) -> kindkit.Features:
        most = hyper.own(ReviewSettings).most_stars
        builder = kindkit.FeatureBuilder()
        encodings = encoder.encode([row.text for row in rows], [None] * len(rows), hyper.max_length)
        for index, (row, encoding) in enumerate(zip(rows, encodings, strict=True)):
            if encoding.overflowing:
                builder.truncated_rows.add(index)
            builder.sequence(encoding.ids)
            builder.end_unit(index, stars=min(row.stars, most))
        return builder.build()

    def decode(
        self,
        outputs: Sequence[Any],
        features: kindkit.Features,
        rows: Sequence[ReviewRow],
        task: kindkit.DecodeTask,
    ) -> list[tuple[int, kindkit.Fields]]:
        own = task.hyper.own(ReviewSettings)
        decoded: list[tuple[int, kindkit.Fields]] = []
        for index, output in zip(features.rows.tolist(), outputs, strict=True):
            rating = float(output[0])
            stars = int(rating // 1) if own.rounding == "down" else round(rating)
            decoded.append((index, {"gold": rows[index].stars, "prediction": stars, "rating": rating}))
        return decoded

    def gold_predictions(self, rows: Sequence[ReviewRow]) -> list[tuple[int, kindkit.Fields]]:
        return [(i, {"gold": row.stars, "prediction": row.stars}) for i, row in enumerate(rows)]


def read(record: harness.Record) -> ReviewRow:
    return ReviewRow(text=record["text"], stars=int(record["stars"]))


def near(predictions: harness.Predictions) -> list[bool]:
    return [abs(gold - stars) <= 1 for gold, stars in zip(predictions["gold"], predictions["prediction"], strict=True)]


@harness.hookimpl
def register_kinds(register: Callable[[kindkit.Kind[Any]], None]) -> None:
    assert kindkit.VERSION == 2
    register(TextRating(name="text-rating", head="xharness_kinyareviews_head:RatingHead"))


@harness.hookimpl
def register_tasks(register: Callable[[harness.Task], None]) -> None:
    tsv = {"tsv": harness.Format(reader="tsv", row=read, files=FILES)}
    register(
        harness.Task(
            name="kinyareviews", kind="text-rating", languages=("en", "rw"), metrics=("near_stars",), formats=tsv
        )
    )


@harness.hookimpl
def register_metrics(register: Callable[[harness.Metric], None]) -> None:
    register(harness.Metric(name="near_stars", kinds=("text-rating",), statistics=near, interval="wilson"))
