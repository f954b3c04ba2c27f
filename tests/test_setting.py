"""Declared hyper-parameters: their bounds, and what a kind's own may be."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest

from harness.errors import SettingsError
from harness.setting import KIND_ROLES, KindSettings, check_own_settings, setting


@dataclass(frozen=True, kw_only=True)
class Bounded(KindSettings):
    number: int = setting("encoding", "above", default=1, above=0)
    share: float = setting("encoding", "above and at most", default=0.5, above=0, most=1)
    part: float = setting("decoding", "from and below", default=0.5, least=0, below=1)
    stage: int = setting("decoding", "from and at most", default=2, least=0, most=3)
    count: int = setting("decoding", "least", default=2, least=1)
    layers: tuple[int, ...] = setting("decoding", "each least", default=(1, 2), least=1)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"number": 0}, "number = 0 must be above 0"),
        ({"share": 1.5}, "share = 1.5 must be above 0 and at most 1"),
        ({"share": float("nan")}, "share = nan must be a finite number"),
        ({"part": 1.0}, "part = 1.0 must be from 0 to below 1"),
        ({"stage": 4}, "stage = 4 must be from 0 to 3"),
        ({"stage": -1}, "stage = -1 must be from 0 to 3"),
        ({"count": 0}, "count = 0 must not be below 1"),
        ({"layers": (2, 0, -1)}, "layers = 0 must not be below 1"),
    ],
)
def test_numbers_out_of_bounds_are_refused(wrong: dict[str, Any], message: str) -> None:
    with pytest.raises(SettingsError) as caught:
        Bounded(**wrong)
    assert caught.value.what == message


def test_numbers_at_their_bounds_are_taken() -> None:
    assert Bounded(number=1, share=1.0, part=0.0, stage=3, count=1, layers=(1,))


class NoDataclass(KindSettings):
    share: float = 0.5


@dataclass(frozen=True, kw_only=True)
class Undeclared(KindSettings):
    share: float = field(default=0.5)


@dataclass(frozen=True, kw_only=True)
class Shared(KindSettings):
    lr: float = setting("encoding", "a name that is taken", default=0.5)


@dataclass(frozen=True, kw_only=True)
class Training(KindSettings):
    share: float = setting("training", "not a kind's to decide", default=0.5)


@pytest.mark.parametrize(
    ("owner", "message"),
    [
        (NoDataclass, "NoDataclass is not a dataclass"),
        (Undeclared, r"Undeclared.share is not declared: make the field by setting\(...\)"),
        (Shared, "Shared.lr: lr is a hyper-parameter that all kinds share"),
        (Training, "Training.share has the role 'training', which is none of encoding, decoding"),
    ],
)
def test_settings_that_a_kind_cannot_have_are_refused(owner: type[KindSettings], message: str) -> None:
    with pytest.raises(TypeError, match=message):
        check_own_settings(owner, KIND_ROLES, {"lr"})
    check_own_settings(Bounded, KIND_ROLES, {"lr"})
