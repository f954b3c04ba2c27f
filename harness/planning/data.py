"""The rows a run uses: loaded once, checked against their task, limited if asked."""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random

from harness.errors import DataError, counted
from harness.hyper import Hyper
from harness.imaging.decoding import check_pillow
from harness.kinds.base import Kind
from harness.kinds.pictured import ImageSettings, with_own_images
from harness.metrics import Metric
from harness.perturbations import Transform
from harness.planning import row_values
from harness.planning.images import Images, digest_of_lines, images_of
from harness.planning.perturbed import apply
from harness.planning.stages.rows import ImageSet, Rows
from harness.registry import Registry
from harness.rows import Row
from harness.sources.base import SkippedRow, Source, Split, reasons
from harness.tasks import FIRST_RULES, BadRow, Task

REASONS_SHOWN = 5
KEEPING = FIRST_RULES
"""Version of the rules by which rows are kept or left out: raised where `_check` decides otherwise on the same rows.

A rule that concerns few rows leaves it as it is, and names its own version (`since` of `BadRow`) for those rows.
"""
WITH_NUMBERS = 2
"""Version of the rules that keep rows whose ids are numbers."""
RANDOM_LABELS = 1
"""Version of how a kind exchanges labels: raised where the same rows get others."""
TYPED = 2
"""Version of the rules by which every value of a row is of the type that its class declares."""


@dataclass
class Data:
    """Checked rows of a source.

    Args:
        limit: items a split, 0 for all.
        strict: refuse a split with bad rows instead of leaving them out.
    """

    registry: Registry
    source: Source
    limit: int = 0
    strict: bool = False
    _splits: dict[tuple[str, str, str], Split] = field(default_factory=dict)
    _perturbed: dict[tuple[str, str, str, tuple[Transform, ...]], Split] = field(default_factory=dict)
    _trainings: dict[tuple[str, int, bool], Split] = field(default_factory=dict)
    _images: dict[tuple[str, ...], Images] = field(default_factory=dict)

    def split(self, task: str, split: str, language: str, transforms: tuple[Transform, ...] = ()) -> Split:
        """The rows of a split that their task can use.

        Args:
            transforms: what is done to them, first to last.

        Raises:
            DataError: the rows are missing, none is usable, or `strict` and some are not.
            UserError: rows of the task cannot be changed, or not so.
        """
        if transforms:
            return self._changed(task, split, language, transforms)
        key = (task, split, language)
        if key not in self._splits:
            self._splits[key] = self._checked(self.registry.task(task), split, language)
        return self._splits[key]

    def training(self, task: str, examples: int = 0, *, random_labels: bool = False) -> Split:
        """The rows that a target phase of a task trains on: its own in its training languages, or another task's.

        Args:
            examples: take the first so many items, or all where there are fewer; 0 for all.
            random_labels: exchange the right answers of those at random.

        Raises:
            DataError: as `split`.
            UserError: rows of the task have no labels to exchange.
        """
        name = self.registry.task(task).trained_as
        key = (name, examples, random_labels)
        if key not in self._trainings:
            split = self._training(self.registry.task(name), examples)
            self._trainings[key] = self._with_random_labels(split) if random_labels else split
        return self._trainings[key]

    def of(self, rows: Rows) -> Split:
        """The rows that a stage encodes."""
        if rows.split == "train":
            return self.training(rows.task, rows.hyper.examples, random_labels=rows.hyper.random_labels)
        return self.split(rows.task, rows.split, rows.language, rows.transforms)

    def clean(self, rows: Rows) -> Split:
        """The rows that a stage encodes, before anything was done to them."""
        return self.of(dataclasses.replace(rows, transforms=()))

    def labels(self, task: str) -> tuple[str, ...]:
        """The task's labels; those of its training rows where it declares none."""
        declared = self.registry.task(task).labels
        return declared or self.registry.kind(self.registry.task(task).kind).labels(self.training(task).rows)

    def rows(self, task: Task, split: Split, hyper: Hyper, transforms: tuple[Transform, ...] = ()) -> Rows:
        """Rows of a task as a stage is to encode them, by the task's hyper-parameters.

        What stands in for images does so in training: rows that are scored keep their own.

        Args:
            transforms: what was done to the split's rows.
        """
        kind = self.registry.kind(task.kind)
        if split.split != "train":
            kind.check_scored(hyper)
            hyper = with_own_images(hyper)
        own = kind.in_language(hyper, split.language)
        # What means nothing in the language is not read there, so that it is refused where no rows are in another.
        idle = () if own is hyper else kind.by_language
        return Rows(
            task=task.name,
            kind=task.kind,
            task_version=task.version,
            kind_version=kind.version,
            split=split.split,
            language=split.language,
            digest=split.digest,
            labels=self.labels(task.name) if type(kind).trained else (),
            hyper=own,
            encode_with=tuple(name for name in kind.encode_with if name not in idle),
            decode_with=kind.decode_with,
            transforms=transforms,
            images=self._image_set(kind, split, hyper),
        )

    def images(self, rows: Rows) -> Images:
        """The images of the rows that a stage encodes."""
        return self._images_of(self.of(rows))

    def _images_of(self, split: Split) -> Images:
        key = (split.task, split.split, split.language, split.digest)
        if key not in self._images:
            self._images[key] = images_of(self.registry.kind(self.registry.task(split.task).kind), split)
        return self._images[key]

    def _image_set(self, kind: Kind[Row], split: Split, hyper: Hyper) -> ImageSet | None:
        """The images of a split, if rows of the kind have some.

        Raises:
            UserError: the image encoder is not there, or an image cannot be read.
        """
        if not issubclass(kind.settings, ImageSettings) or hyper.own(ImageSettings).images == "none":
            return None
        check_pillow()
        name = hyper.own(ImageSettings).image_encoder
        encoder, images = self.registry.image_encoder(name), self._images_of(split)
        return ImageSet(
            encoder=name,
            encoder_digest=f"{encoder.digest()}/{encoder.version}",
            content=digest_of_lines(sorted(images.different)),
            shown=digest_of_lines(images.shown),
        )

    def metric_version(self, metric: Metric, split: Split) -> int:
        """The version of a metric by which rows are scored: the one before its last where that changed none of them."""
        if metric.changed is None:
            return metric.version
        items = self.registry.kind(self.registry.task(split.task).kind).gold_predictions(split.rows)
        # Rows that do not say what is gold have no items.
        unchanged = items and not any(metric.changed(fields["gold"]) for _, fields in items)
        return metric.version - 1 if unchanged else metric.version

    @property
    def skipped(self) -> list[SkippedRow]:
        """Bad rows of all splits used so far."""
        return [row for split in self._splits.values() for row in split.skipped]

    @property
    def loaded(self) -> list[Split]:
        """All splits used so far."""
        return list(self._splits.values())

    def _changed(self, task: str, split: str, language: str, transforms: tuple[Transform, ...]) -> Split:
        key = (task, split, language, transforms)
        if key not in self._perturbed:
            kind = self.registry.kind(self.registry.task(task).kind)
            together = any(self.registry.perturbation(one.name).change_rows for one in transforms)
            self._perturbed[key] = apply(
                self.split(task, split, language),
                transforms,
                kind,
                self.registry,
                whole=self._unlimited.split(task, split, language) if together else None,
                split_in=lambda other: self._unlimited.split(task, split, other),
            )
        return self._perturbed[key]

    @functools.cached_property
    def _unlimited(self) -> Data:
        """The same rows, all of each split."""
        return dataclasses.replace(self, limit=0, _splits={}, _perturbed={}, _trainings={}) if self.limit else self

    def _training(self, task: Task, examples: int) -> Split:
        available = self.source.languages(task, "train")
        # Without any of them, loading the first says where it was looked for.
        languages = [code for code in task.languages_trained if code in available] or task.languages_trained[:1]
        split = _joined([self.split(task.name, "train", language) for language in languages])
        if not examples:
            return split
        first = _first(self.registry.kind(task.kind), split, examples)
        # With all of them it is the same phase as without `examples`.
        return first if len(first.rows) < len(split.rows) else split

    def _with_random_labels(self, split: Split) -> Split:
        """Rows with their right answers exchanged, in the same way for every seed of a run."""
        kind = self.registry.kind(self.registry.task(split.task).kind)
        digest = f"{split.digest}/random labels v{RANDOM_LABELS}"
        with self.registry.blaming("kind", kind.name):
            rows = kind.with_random_labels(split.rows, Random(digest))
        return dataclasses.replace(split, rows=rows, digest=digest, origin=f"{split.origin}, random labels")

    def _loaded(self, task: Task, split: str, language: str) -> Split:
        """What the source gives; rows that nothing tells apart from others would be taken for them later."""
        with self.registry.blaming("source", self.source.name):
            loaded = self.source.load(task, split, language)
            pairs = len(loaded.rows), len(loaded.keys)
            if loaded.source not in ("", self.source.name):
                raise ValueError(f"rows of the source {loaded.source!r}, which it is not")
            if not loaded.digest or not isinstance(loaded.digest, str):
                raise ValueError(f"rows with the digest {loaded.digest!r}; it must change with their content")
            if pairs[0] != pairs[1]:
                raise ValueError(f"{pairs[0]} rows and {pairs[1]} keys")
        return loaded if loaded.source else dataclasses.replace(loaded, source=self.source.name)

    def _checked(self, task: Task, split: str, language: str) -> Split:
        loaded = self._loaded(task, split, language)
        kind = self.registry.kind(task.kind)
        if loaded.valid:
            return _first(kind, loaded, self.limit) if self.limit else loaded
        kept, skipped, version = _check(kind, task, loaded)
        if self.strict and skipped:
            raise DataError(
                f"{counted(len(skipped), 'bad row')} in {task.name} {split} ({language})",
                code="bad-rows",
                where=_reasons(skipped),
                fix="fix them, or leave out --strict to count and skip them",
            )
        if not kept:
            raise DataError(
                f"no usable row in {task.name} {split} ({language}): {loaded.origin}",
                code="no-usable-row",
                where=_reasons(skipped),
                fix=next((row.outside for row in skipped if row.outside), ""),
            )
        checked = dataclasses.replace(
            loaded,
            rows=list(kept.values()),
            keys=[loaded.keys[i] for i in kept],
            # Digests of stored stages were made by the first rules, and do not name them.
            digest=f"{loaded.digest}{'' if version == FIRST_RULES else f'/kept-{version}'}{_decided_outside(skipped)}",
            skipped=skipped,
        )
        return _first(kind, checked, self.limit) if self.limit else checked


def _first(kind: Kind[Row], split: Split, items: int) -> Split:
    """The first items of a split, under a digest of their own."""
    rows = list(kind.take(split.rows, items))
    wanted = set(map(id, rows))
    # Rows after the last one wanted are not looked at: they may not have been made yet.
    found = ((id(row), key) for row, key in zip(split.rows, split.keys, strict=True) if id(row) in wanted)
    key_of = dict(itertools.islice(found, len(rows)))
    keys = [key_of[id(row)] for row in rows]
    return dataclasses.replace(split, rows=rows, keys=keys, digest=f"{split.digest}/{items}")


def _joined(splits: Sequence[Split]) -> Split:
    """Splits of one task in several languages as one, one after the other."""
    first = splits[0]
    if len(splits) == 1:
        return first
    digests = "\n".join(f"{split.language} {split.digest}" for split in splits)
    return dataclasses.replace(
        first,
        language="+".join(split.language for split in splits),
        rows=[row for split in splits for row in split.rows],
        keys=[f"{split.language}/{key}" for split in splits for key in split.keys],
        digest=hashlib.sha256(digests.encode()).hexdigest(),
        origin="; ".join(dict.fromkeys(split.origin for split in splits)),
        stand_in=any(split.stand_in for split in splits),
        skipped=[row for split in splits for row in split.skipped],
    )


def _check(kind: Kind[Row], task: Task, split: Split) -> tuple[dict[int, Row], list[SkippedRow], int]:
    """Usable rows by their index, the bad ones, and the latest of the rules that decided any of them."""
    kept, skipped, version = dict[int, Row](), list(split.skipped), KEEPING
    for index, row in enumerate(split.rows):
        try:
            kept[index] = _checked_row(kind, task, row)
        except BadRow as error:
            skipped.append(_skipped(split.keys[index], error))
        else:
            version = max(version, kind.rules(kept[index]))
            if kept[index] is not row:
                version = max(version, WITH_NUMBERS)
    return kept, skipped, max([version, *(row.since for row in skipped)])


def _checked_row(kind: Kind[Row], task: Task, row: Row) -> Row:
    """A row that can be used, with texts for ids that are numbers.

    Raises:
        BadRow: it cannot; by the first rules where these refused it, whatever says best what is wrong.
    """
    if not isinstance(row, kind.row_type):
        raise BadRow(f"a {type(row).__name__}; rows of {kind.name} are of type {kind.row_type.__name__}")
    row = row_values.with_names_as_text(row)
    wrong = row_values.problem(row)
    try:
        if not isinstance(row.id, str) or not all(isinstance(text, str) for text in kind.texts(row)):
            raise BadRow(wrong or "a text is missing")
        kind.check(row, task.labels)
    except BadRow as error:
        raise BadRow(wrong or str(error), since=error.since, outside="" if wrong else error.outside) from None
    except (TypeError, ValueError, AttributeError) as error:
        # A value of an unexpected type, such as null among the words of a sentence, spoils its own row only.
        raise BadRow(wrong or f"unexpected value: {type(error).__name__}: {error}") from None
    if wrong:
        raise BadRow(wrong, since=TYPED)
    return row


def _skipped(key: str, error: BadRow) -> SkippedRow:
    file, _, line = key.rpartition(":")
    return SkippedRow(file, int(line), str(error), error.since, error.outside)


def _decided_outside(skipped: Sequence[SkippedRow]) -> str:
    """What a digest says of the rows that something beside the rows' files decides; "" where there are none."""
    places = "\n".join(f"{row.file}:{row.line}" for row in skipped if row.outside)
    return f"/without-{hashlib.sha256(places.encode()).hexdigest()}" if places else ""


def _reasons(skipped: Sequence[SkippedRow]) -> str:
    return "\n         ".join(reasons(skipped, REASONS_SHOWN))
