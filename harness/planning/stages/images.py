"""Vectors of images: each image encoded once by a frozen image encoder, whatever language its captions are in."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from harness.errors import DataError, StoreError, UserError, counted
from harness.hookspecs import hookimpl
from harness.imaging.decoding import NEAR_DUPLICATES
from harness.integrity import checked
from harness.kinds.pictured import IMAGE, IMAGE_GROUP, image_content
from harness.planning.digests import digest_of
from harness.planning.stages.base import Stage, StageType
from harness.planning.stages.rows import ImageSet, Rows

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray
    from PIL.Image import Image as Picture

    from harness.imaging.encoders import OpenedImageEncoder
    from harness.kinds.features import Features
    from harness.planning.store import Building
    from harness.planning.workbench import Workbench
    from harness.rows import Image

AT_ONCE, PIXELS_AT_ONCE = 32, 32_000_000
"""Images that are decoded and encoded together, at most: some hundred megabytes."""
REASONS_SHOWN = 5


@dataclass(frozen=True)
class Vectors:
    """What is known of some images.

    Attributes:
        digests: of each image's content, ascending; the order of all else.
        vectors: float32 (N, d).
        hashes: a difference hash of what each shows, near for images that look alike; uint64 (N,).
        groups: a number that is the same for images that look alike; int32 (N,).
    """

    digests: list[str]
    vectors: NDArray[np.float32]
    hashes: NDArray[np.uint64]
    groups: NDArray[np.int32]


@dataclass(frozen=True)
class EmbedImages(Stage):
    """Images of rows as vectors. Rows in other languages with the same images share the result.

    Attributes:
        rows: whose images they are.
    """

    rows: Rows
    kind: ClassVar[str] = "embed-images"
    folder: ClassVar[str] = "images"
    code: ClassVar[tuple[str, ...]] = (
        *("harness/planning/stages/images.py", "harness/planning/images.py", "harness/planning/data.py"),
        *("harness/imaging/decoding.py", "harness/kinds/pictured.py"),
    )

    @property
    def images(self) -> ImageSet:
        """The images, and what makes vectors of them."""
        assert self.rows.images is not None, f"{self.rows.where} has no images"
        return self.rows.images

    @property
    def inputs(self) -> Mapping[str, Any]:
        """The content of the images and of the encoder."""
        return {"encoder": self.images.encoder_digest, "content": self.images.content}

    def describe(self) -> str:
        """Whose images, and the encoder."""
        return f"images of {self.rows.where}, by {self.images.encoder}"

    def build(self, bench: Workbench, out: Building) -> None:
        """Encode the images, but for those of which the store has vectors.

        Raises:
            DataError: some cannot be used.
        """
        import numpy as np

        images = bench.data.images(self.rows).different
        known = {digest: found for digest, found in self._known(bench) if digest in images}
        wanted = [digest for digest in sorted(images) if digest not in known]
        if wanted:
            encoder = bench.registry.image_encoder(self.images.encoder).open()
            known |= self._encoded(bench, encoder, {digest: images[digest] for digest in wanted})
        digests = sorted(images)
        vectors = np.stack([known[digest][0] for digest in digests])
        np.save(out.directory / "vectors.npy", vectors)
        (out.directory / "digests.json").write_text(json.dumps(digests), encoding="utf-8")
        hashes = np.asarray([known[digest][1] for digest in digests], np.uint64)
        np.save(out.directory / "hashes.npy", hashes)
        groups = alike(hashes)
        np.save(out.directory / "groups.npy", groups)
        sizes = np.bincount(groups)
        like_another = int(sizes[sizes > 1].sum())
        if like_another:
            bench.note(
                f"images of {self.rows.where}: {like_another:,} of {len(digests):,} look like another one; in "
                "training, such images are never each other's wrong answers"
            )
        out.facts |= {"images": len(digests), "encoded": len(wanted), "size": vectors.shape[1], "alike": like_another}

    def load(self, bench: Workbench) -> Vectors:
        """The vectors, made now if need be, mapped into memory."""
        return _load(self.obtain(bench))

    def size(self, bench: Workbench) -> int:
        """Numbers of a vector, which is made now if need be."""
        self.obtain(bench)
        size: int = bench.facts(self)["size"]
        return size

    def _encoded(
        self, bench: Workbench, encoder: OpenedImageEncoder, images: Mapping[str, Image]
    ) -> dict[str, tuple[NDArray[np.float32], int]]:
        """Vector and hash of each image, by the digest of its content."""
        from harness.imaging.decoding import image_hash

        found: dict[str, tuple[NDArray[np.float32], int]] = {}
        bad: list[str] = []
        for done, pictures in _decoded(images, bad):
            # Of a set that will be refused, the other bad ones are looked for and nothing more is encoded.
            if pictures and not bad:
                with bench.registry.blaming("image encoder", self.images.encoder):
                    vectors = encoder.vectors(list(pictures.values()))
                self._check(vectors, (len(pictures), encoder.size))
                hashes = map(image_hash, pictures.values())
                found |= zip(pictures, zip(vectors, hashes, strict=True), strict=True)
            self.advanced(bench, done, len(images))
        if bad:
            more = [f"and {len(bad) - REASONS_SHOWN} more"] if len(bad) > REASONS_SHOWN else []
            raise DataError(
                f"{counted(len(bad), 'image')} of {self.rows.where} cannot be used",
                code="images-unusable",
                where="\n         ".join([*bad[:REASONS_SHOWN], *more]),
                fix="fetch them again, or delete the files: captions of images that are not there are left out",
            )
        return found

    def _check(self, vectors: NDArray[np.float32], shape: tuple[int, int]) -> None:
        import numpy as np

        if vectors.shape != shape or not np.isfinite(vectors).all():
            problem = f"of the shape {vectors.shape}, not {shape}" if vectors.shape != shape else "that are not finite"
            raise UserError(
                f"the image encoder {self.images.encoder} gives vectors {problem}",
                code="image-vectors-unusable",
                where=self.rows.where,
                fix="take another image encoder: xharness ls image-encoders",
            )

    def _known(self, bench: Workbench) -> Iterator[tuple[str, tuple[NDArray[np.float32], int]]]:
        """Vectors that the same encoder made for other sets of images, which are in the store."""
        for digest in bench.store.digests(self.folder):
            inputs = bench.store.manifest(self.folder, digest)["inputs"]
            # Of another version of this stage, vectors and hashes may be others.
            of_this_version = digest == digest_of(self.folder, self.version, inputs)
            if of_this_version and inputs["encoder"] == self.images.encoder_digest:
                try:
                    found = _load(checked(bench.store.path(self.folder, digest)))
                except StoreError:
                    continue  # damaged: refused where it is asked for itself
                yield from zip(found.digests, zip(found.vectors, found.hashes.tolist(), strict=True), strict=True)


def _decoded(images: Mapping[str, Image], bad: list[str]) -> Iterator[tuple[int, dict[str, Picture]]]:
    """Pictures by the digest of their content, some at a time, with how many images have been looked at.

    Args:
        bad: gets a line for each image that cannot be used.
    """
    from harness.imaging.decoding import BadImage, decoded

    pictures: dict[str, Picture] = {}
    pixels = 0
    for done, (digest, image) in enumerate(images.items(), start=1):
        try:
            pictures[digest] = decoded(image_content(image))
            pixels += pictures[digest].width * pictures[digest].height
        except (BadImage, OSError) as error:
            bad.append(f"{image.path or image.name}: {error}")
        if pixels >= PIXELS_AT_ONCE or len(pictures) == AT_ONCE or done == len(images):
            yield done, pictures
            pictures, pixels = {}, 0


def with_images(features: Features, shown: Sequence[str], images: Vectors, treatment: str) -> Features:
    """Features with the image of each unit, as a column of rows of a table of vectors, and images that look alike.

    Args:
        shown: the digest of the image of each row.
        treatment: "real", or what stands in for the images: those of other rows ("shuffled": each image is exchanged
            for another one, so that captions of one image still share one) or "random" vectors.

    Raises:
        DataError: there is one image only, which cannot be exchanged.
    """
    import numpy as np

    place = {digest: index for index, digest in enumerate(images.digests)}
    index = np.asarray([place[digest] for digest in shown], np.int32)
    table = images.vectors
    if treatment == "random":
        table = np.stack([_random(digest, table.shape[1]) for digest in images.digests])
    if treatment == "shuffled":
        index = _exchanged(len(images.digests))[index]
    unit = index[features.rows]
    columns = {**features.unit_columns, IMAGE: unit, IMAGE_GROUP: images.groups[unit]}
    return dataclasses.replace(features, unit_columns=columns, tables={IMAGE: table}, directory=None)


def alike(hashes: NDArray[np.uint64]) -> NDArray[np.int32]:
    """A number for each image, the same for images whose hashes differ in few bits, or that a chain of such connects.

    Returns:
        int32 (N,), from 0.
    """
    import numpy as np
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    different, which = np.unique(hashes, return_inverse=True)
    ones, others = [np.arange(0)], [np.arange(0)]
    # Hashes that differ in at most so many bits have at least one of NEAR_DUPLICATES + 1 parts in common.
    for bits in np.array_split(np.arange(64), NEAR_DUPLICATES + 1):
        parts = different & np.uint64(sum(1 << bit for bit in bits.tolist()))
        order = np.argsort(parts, kind="stable")
        for same in np.split(order, np.flatnonzero(np.diff(parts[order])) + 1):
            for place, one in enumerate(same[:-1].tolist(), start=1):
                near = same[place:][np.bitwise_count(different[same[place:]] ^ different[one]) <= NEAR_DUPLICATES]
                ones.append(np.full(len(near), one))
                others.append(near)
    rows, columns = np.concatenate(ones), np.concatenate(others)
    links = coo_array((np.ones(len(rows), bool), (rows, columns)), shape=(len(different), len(different)))
    groups: NDArray[np.int32] = connected_components(links, directed=False)[1][which].astype(np.int32)
    return groups


def _random(digest: str, size: int) -> NDArray[np.float32]:
    import numpy as np

    return np.random.default_rng(int(digest, 16)).standard_normal(size).astype(np.float32)


def _exchanged(images: int) -> NDArray[np.int32]:
    """For each image another one: the next of all in an order that is drawn once and for all."""
    import numpy as np

    if images < 2:
        raise DataError(
            "images = shuffled exchanges images, and there is one only",
            code="too-few-images",
            fix="give more images, or take images = random",
        )
    order = np.random.default_rng(0).permutation(images)
    exchanged = np.empty(images, np.int32)
    exchanged[order] = np.roll(order, 1)
    return exchanged


def _load(directory: Path) -> Vectors:
    import numpy as np

    digests: list[str] = json.loads((directory / "digests.json").read_text(encoding="utf-8"))
    names = ("vectors", "hashes", "groups")
    vectors, hashes, groups = (np.load(directory / f"{name}.npy", mmap_mode="r").view(np.ndarray) for name in names)
    return Vectors(digests, vectors, hashes, groups)


@hookimpl
def register_stages(register: Callable[[StageType], None]) -> None:
    """Register this stage."""
    register(StageType(name=EmbedImages.kind, stage=EmbedImages, description="vectors of images"))
