"""fill-mask: guess masked tokens of plain text (masked language modelling)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from harness.errors import DataError
from harness.hookspecs import hookimpl
from harness.kinds.base import DecodeTask, Fields, Kind, cut_lengths
from harness.rows import Row, TextRow
from harness.setting import KindSettings, setting
from harness.tasks import BadRow

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray

    from harness.hyper import Hyper
    from harness.kinds.encoding import TextEncoder
    from harness.kinds.features import Features


@dataclass(frozen=True, kw_only=True)
class FillMaskSettings(KindSettings):
    """What only fill-mask reads."""

    mask_probability: float = setting(
        "encoding", "masked language modelling: share of tokens that are masked", default=0.15, above=0, most=1
    )


class FillMask(Kind[TextRow]):
    """Trained as an intermediate task only; as a target it is scored with the head that the encoder has.

    A text that does not fit is cut into pieces, so nothing of it is lost. The number of masked tokens of a piece is
    fixed, as in BERT, so a step's number of targets is known before its masks are drawn.
    """

    row_type: ClassVar[type[Row]] = TextRow
    settings: ClassVar[type[KindSettings]] = FillMaskSettings
    trained: ClassVar[bool] = False
    pretrained: ClassVar[bool] = True
    pretrained_names: ClassVar[tuple[Mapping[str, str], ...]] = (
        {"dense": "lm_head.dense", "layer_norm": "lm_head.layer_norm", "bias": "lm_head.bias"},
        {
            "dense": "cls.predictions.transform.dense",
            "layer_norm": "cls.predictions.transform.LayerNorm",
            "bias": "cls.predictions.bias",
        },
        {"dense": "vocab_transform", "layer_norm": "vocab_layer_norm", "bias": "vocab_projector.bias"},
    )
    """XLM-R's, BERT's, DistilBERT's."""

    def check(self, row: TextRow, labels: Sequence[str]) -> None:
        """Refuse empty texts."""
        del labels
        if not row.text.strip():
            raise BadRow("an empty text")

    def texts(self, row: TextRow) -> tuple[str, ...]:
        """The text."""
        return (row.text,)

    def lengths(self, texts: Sequence[float], hyper: Hyper) -> list[float]:
        """Roughly, the tokens of each piece that a text is cut into."""
        return cut_lengths(sum(texts), hyper.max_length)

    def encode(self, rows: Sequence[TextRow], labels: Sequence[str], encoder: TextEncoder, hyper: Hyper) -> Features:
        """One unit a piece, unmasked; its weight is the number of tokens to mask, at least one.

        A piece of special tokens alone has no unit.

        Raises:
            DataError: that leaves nothing.
            SettingsError: the tokenizer has no mask token.
        """
        from harness.kinds.features import FeatureBuilder, Masking

        del labels
        share = hyper.own(FillMaskSettings).mask_probability
        special = set(encoder.special_ids)
        builder = FeatureBuilder()
        encodings = encoder.encode([row.text for row in rows], [None] * len(rows), hyper.max_length)
        for index, encoding in enumerate(encodings):
            for piece in (encoding, *encoding.overflowing):
                ordinary = sum(i not in special for i in piece.ids)
                if ordinary:
                    builder.sequence(piece.ids)
                    builder.end_unit(index, weight=max(1, round(share * ordinary)))
        features = builder.build(
            Masking(mask_id=encoder.mask_id, special_ids=encoder.special_ids, vocabulary=encoder.vocabulary_size)
        )
        if not len(features):
            raise DataError("none of the texts has a token that could be masked", code="nothing-to-mask")
        return features

    def decode(
        self, outputs: Sequence[NDArray[np.float32]], features: Features, rows: Sequence[TextRow], task: DecodeTask
    ) -> list[tuple[int, Fields]]:
        """See `guesses_of_masked`."""
        del rows, task
        return guesses_of_masked(outputs, features)


def guesses_of_masked(outputs: Sequence[NDArray[np.float32]], features: Features) -> list[tuple[int, Fields]]:
    """Of each row the masked tokens' ids, the most probable ids, and the masked tokens' log-probabilities.

    Args:
        outputs: of `FillMaskHead`.
    """
    decoded: dict[int, Fields] = {}
    for row, guesses in zip(features.rows.tolist(), outputs, strict=True):
        fields = decoded.setdefault(row, {"gold": [], "prediction": [], "log_probs": []})
        fields["gold"] += guesses[:, 0].astype(int).tolist()
        fields["prediction"] += guesses[:, 1].astype(int).tolist()
        fields["log_probs"] += guesses[:, 2].tolist()
    return list(decoded.items())


@hookimpl
def register_kinds(register: Callable[[Kind[TextRow]], None]) -> None:
    """Register this kind."""
    register(FillMask(name="fill-mask", head="harness.modeling.heads.fill_mask:FillMaskHead"))
