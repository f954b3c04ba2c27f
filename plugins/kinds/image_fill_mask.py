"""image-fill-mask: guess masked words of a caption, whose image stands before it as if it were a word."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import harness
from harness.kindkit import CaptionKind, FillMaskSettings, ImageSettings

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from harness.kindkit import DecodeTask, Features, Fields, Hyper, KindSettings, TextEncoder


@dataclass(frozen=True, kw_only=True)
class ImageFillMaskSettings(ImageSettings, FillMaskSettings):
    """Which images, and how much of their captions is masked."""


class ImageFillMask(CaptionKind):
    """A unit is a caption behind its image, which takes the place of a mask token; without images, a caption."""

    settings: ClassVar[type[KindSettings]] = ImageFillMaskSettings

    def encode(
        self, rows: Sequence[harness.CaptionRow], labels: Sequence[str], encoder: TextEncoder, hyper: Hyper
    ) -> Features:
        """One sequence a caption, cut to `max_length`; its weight is the number of tokens to mask, at least one.

        Raises:
            DataError: no caption has a token that could be masked.
            SettingsError: the tokenizer has no mask token.
        """
        from harness.kindkit import FeatureBuilder, Masking

        del labels
        own = hyper.own(ImageFillMaskSettings)
        place = [encoder.mask_id] if own.images != "none" else []
        kept = {*encoder.special_ids, encoder.mask_id}
        builder = FeatureBuilder()
        encoded = encoder.encode([row.text for row in rows], [None] * len(rows), hyper.max_length - len(place))
        for index, encoding in enumerate(encoded):
            first = encoder.prefix_length
            ordinary = sum(i not in kept for i in encoding.ids)
            if not ordinary:
                continue
            if encoding.overflowing:
                builder.truncated_rows.add(index)
            ids = [*encoding.ids[:first], *place, *encoding.ids[first:]]
            builder.sequence(ids, image_place=[bool(place) and at == first for at in range(len(ids))])
            builder.end_unit(index, weight=max(1, round(own.mask_probability * ordinary)))
        special = tuple(sorted(kept))
        features = builder.build(
            Masking(mask_id=encoder.mask_id, special_ids=special, vocabulary=encoder.vocabulary_size)
        )
        if not len(features):
            raise harness.DataError("no caption has a token that could be masked", code="nothing-to-mask")
        return features

    def decode(
        self,
        outputs: Sequence[NDArray[np.float32]],
        features: Features,
        rows: Sequence[harness.CaptionRow],
        task: DecodeTask,
    ) -> list[tuple[int, Fields]]:
        """The masked tokens' ids, the most probable ids, and the masked tokens' log-probabilities."""
        from harness.kindkit import guesses_of_masked

        del task
        return [
            (row, {**fields, "cluster": self.group(rows[row])}) for row, fields in guesses_of_masked(outputs, features)
        ]


@harness.hookimpl
def register_kinds(register: Callable[[CaptionKind], None]) -> None:
    register(ImageFillMask(name="image-fill-mask", head=f"{__package__}.heads.image_fill_mask:ImageFillMaskHead"))
