"""Encoded rows: token ids by a model's tokenizer, and the same counted anew among the tokens of a trimmed model."""

from __future__ import annotations

import functools
import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from harness.hookspecs import hookimpl
from harness.kinds.pictured import ImageSettings
from harness.planning.digests import digest_of
from harness.planning.stages.base import Checkpoint, Stage, StageType
from harness.planning.stages.images import EmbedImages, with_images
from harness.planning.stages.models import ENCODING
from harness.planning.stages.rows import Rows

if TYPE_CHECKING:
    from harness.kinds.features import Features
    from harness.planning.store import Building
    from harness.planning.workbench import Workbench


class Tokenized(Stage):
    """What a tokenizer makes of rows. The digest counts the tokenizer's content: it is known once the model is there.

    Attributes:
        origin: a model that no phase has trained; it has the tokenizer.
    """

    rows: Rows
    origin: Checkpoint

    @property
    def key(self) -> str:
        """Kind, rows and model."""
        return f"{self.kind}/{self.origin.digest}/{json.dumps(self.rows.encoding, sort_keys=True)}"

    @functools.cached_property
    def digest(self) -> str:
        """Not to be had without the tokenizer."""
        raise AssertionError("encoded rows are known by `digest_in`, once their model is there")

    def digest_in(self, bench: Workbench) -> str:
        """Of the rows as they are encoded, and of the tokenizer's content."""
        return digest_of(self.folder, self.version, self.inputs_in(bench))

    def is_known(self, bench: Workbench) -> bool:
        """Whether the model is there."""
        return self.origin.found(bench) is not None


class Encoded(Tokenized):
    """Rows as `Features`."""

    folder: ClassVar[str] = "features"
    version: ClassVar[int] = 2
    code: ClassVar[tuple[str, ...]] = ENCODING

    def encode(self, bench: Workbench) -> Features:
        """The rows encoded anew, in memory."""
        encoder = bench.text_encoder(self.origin.obtain(bench))
        rows, kind = self.rows, bench.kind(self.rows.task)
        split = bench.data.of(rows)
        features = kind.encode(split.rows, rows.labels, encoder, rows.hyper)
        if rows.images is None:
            return features
        images = EmbedImages(rows).load(bench)
        return with_images(features, bench.data.images(rows).shown, images, rows.hyper.own(ImageSettings).images)

    def load(self, bench: Workbench) -> Features:
        """The features, made now if need be, mapped into memory."""
        from harness.kinds.features import Features

        return Features.load(self.obtain(bench))


@dataclass(frozen=True)
class Encode(Encoded):
    """Rows as token ids of a model's tokenizer."""

    rows: Rows
    origin: Checkpoint
    kind: ClassVar[str] = "encode"

    @property
    def encodes(self) -> tuple[Rows, ...]:
        """The rows."""
        return (self.rows,)

    def parents(self) -> Mapping[str, Stage]:
        """The model, and the vectors of images."""
        images: dict[str, Stage] = {"images": EmbedImages(self.rows)} if self.rows.images else {}
        return {"model": self.origin, **images}

    @property
    def inputs(self) -> Mapping[str, Any]:
        """All but the tokenizer."""
        return self.rows.encoding

    def inputs_in(self, bench: Workbench) -> Mapping[str, Any]:
        """With the tokenizer."""
        return {**self.rows.encoding, "tokenizer": bench.text_encoder(self.origin.obtain(bench)).digest}

    def build(self, bench: Workbench, out: Building) -> None:
        """Encode the rows."""
        self.encode(bench).save(out.directory)

    def describe(self) -> str:
        """Which rows."""
        return f"rows of {self.rows.where}"

    @property
    def whole(self) -> Encode:
        """Itself."""
        return self


@dataclass(frozen=True)
class Renumber(Encoded):
    """Encoded rows with the ids of a model whose vocabulary is trimmed.

    Attributes:
        whole: the rows with the tokenizer's ids.
    """

    whole: Encode
    kind: ClassVar[str] = "renumber"

    @property
    def rows(self) -> Rows:  # type: ignore[override]
        """The rows."""
        return self.whole.rows

    @property
    def origin(self) -> Checkpoint:  # type: ignore[override]
        """The trimmed model."""
        return self.whole.origin

    def parents(self) -> Mapping[str, Stage]:
        """The rows with the tokenizer's ids, and the model that says which are kept."""
        return {"model": self.origin, "rows": self.whole}

    @property
    def inputs(self) -> Mapping[str, Any]:
        """All but the tokenizer and the vocabulary."""
        return self.rows.encoding

    def inputs_in(self, bench: Workbench) -> Mapping[str, Any]:
        """With the tokenizer and the ids that are kept."""
        kept = bench.kept_ids(self.origin.obtain(bench))
        return {**self.whole.inputs_in(bench), "vocabulary": hashlib.sha256(kept.tobytes()).hexdigest()}

    def build(self, bench: Workbench, out: Building) -> None:
        """Count the ids anew."""
        self._count(bench, self.whole.load(bench)).save(out.directory)

    def check(self, bench: Workbench) -> None:
        """Refuse rows with tokens that the model has not kept, once it is there.

        Raises:
            CutToken: they have some.
        """
        if self.origin.found(bench) is not None:
            self._count(bench, self.whole.load(bench) if bench.has(self.whole) else self.whole.encode(bench))

    def _count(self, bench: Workbench, features: Features) -> Features:
        from harness.modeling import vocabulary

        directory = self.origin.obtain(bench)
        encoder, kept = bench.text_encoder(directory), bench.kept_ids(directory)
        return vocabulary.count_anew(features, kept, encoder, self.rows.where)

    def describe(self) -> str:
        """Which rows."""
        return f"{self.whole.describe()}, with the ids of a trimmed model"


def encoded(rows: Rows, checkpoint: Checkpoint) -> Encode | Renumber:
    """Rows with the ids of the model that a checkpoint goes back to."""
    whole = Encode(rows, checkpoint.origin)
    return Renumber(whole) if checkpoint.trimmed else whole


@hookimpl
def register_stages(register: Callable[[StageType], None]) -> None:
    """Register these stages."""
    register(StageType(name=Encode.kind, stage=Encode, description="rows as token ids"))
    register(StageType(name=Renumber.kind, stage=Renumber, description="rows with the ids of a trimmed model"))
