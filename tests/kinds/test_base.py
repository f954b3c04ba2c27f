"""What every kind has: the names of what it reads, and what it does where nothing else is said."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import pytest

from harness.hyper import Hyper
from harness.kinds.text_classification import TextClassification
from harness.setting import KindSettings, setting

if TYPE_CHECKING:
    from harness.kinds.base import Kind


@dataclass(frozen=True, kw_only=True)
class Own(KindSettings):
    width: int = setting("encoding", "how wide", default=3)
    rule: str = setting("decoding", "how joined", default="strict")


class Wide(TextClassification):
    settings: ClassVar[type[KindSettings]] = Own


class Undeclared(KindSettings):
    width: int = 3


class Wrong(TextClassification):
    settings: ClassVar[type[KindSettings]] = Undeclared


def test_a_kind_reads_its_own_settings_by_their_role_beside_the_shared_ones_it_names() -> None:
    kind = Wide(name="wide", head="m:H", decode_with=("layer",))
    assert kind.encode_with == ("max_length", "width")
    assert kind.decode_with == ("layer", "rule")
    assert Wide(name="wide", head="m:H", encode_with=("width",)).encode_with == ("width",)


def test_a_kind_that_names_what_nobody_declares_is_refused() -> None:
    with pytest.raises(TypeError, match="decode_with names 'ruel', which is no hyper-parameter of the kind wide"):
        Wide(name="wide", head="m:H", decode_with=("ruel",))
    with pytest.raises(TypeError, match="Undeclared is not a dataclass"):
        Wrong(name="wrong", head="m:H")


def test_lengths_are_those_of_all_texts_together_where_a_kind_says_nothing_else(kinds: dict[str, Kind[Any]]) -> None:
    assert kinds["text-classification"].lengths([3, 4.5], Hyper()) == [7.5]


@pytest.mark.parametrize(
    ("kind", "texts", "found"),
    [
        ("text-classification", [30, 40], [50]),
        # Stem and choice together, each pair a sequence.
        ("multiple-choice", [20, 10, 45], [30 + 50]),
        ("text-retrieval", [40, 80], [16 + 50]),
        ("text-retrieval", [80], [50]),
        ("fill-mask", [120], [50, 50, 20]),
        ("fill-mask", [50], [50]),
        ("token-classification", [60], [50, 10]),
        ("token-classification", [0], [0]),
    ],
)
def test_lengths_are_cut_as_rows_are(
    kinds: dict[str, Kind[Any]], kind: str, texts: list[float], found: list[float]
) -> None:
    assert kinds[kind].lengths(texts, Hyper(max_length=50, max_query_length=16)) == found
