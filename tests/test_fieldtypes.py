"""Values that are not of the types that a class declares."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

import pytest

from harness.fieldtypes import wrong_field
from harness.registry import default_registry

if TYPE_CHECKING:
    from numpy.typing import ArrayLike


@dataclasses.dataclass(frozen=True, kw_only=True)
class Inner:
    number: int = 1


@dataclasses.dataclass(frozen=True, kw_only=True)
class Thing:
    text: str = "a"
    share: float = 0.5
    whole: int = 1
    flag: bool = False
    names: tuple[str, ...] = ()
    pair: tuple[str, int] = ("a", 1)
    rows: Sequence[int] = ()
    table: Mapping[str, Inner] = dataclasses.field(default_factory=dict)
    maybe: str | None = None
    choice: Literal["a", "b"] = "a"
    function: Callable[[Any], ArrayLike] = print  # type: ignore[assignment]
    cls: type[Inner] = Inner
    inner: Inner = Inner()
    unknown: ArrayLike = 0


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, ""),
        ({"text": None}, "has None as text, which is a text"),
        ({"share": 1}, ""),
        ({"share": True}, "has True as share, which is a number"),
        ({"whole": 1.0}, "has 1.0 as whole, which is a whole number"),
        ({"whole": True}, "has True as whole, which is a whole number"),
        ({"flag": 1}, "has 1 as flag, which is true or false"),
        ({"names": ["a"]}, ""),
        ({"names": "abc"}, "has 'abc' as names, which is a tuple, each part a text"),
        ({"names": ("a", 1)}, "has ('a', 1) as names, which is a tuple, each part a text"),
        ({"pair": ("a",)}, "has ('a',) as pair, which is a tuple, each part a text"),
        ({"rows": [1, "b"]}, "has [1, 'b'] as rows, which is a tuple, each part a whole number"),
        ({"table": {"a": Inner()}}, ""),
        ({"table": {"a": 1}}, "has {'a': 1} as table, which is a mapping to an Inner"),
        ({"table": {1: Inner()}}, "has {1: Inner(number=1)} as table, which is a mapping to an Inner"),
        ({"table": [Inner()]}, "has [Inner(number=1)] as table, which is a mapping to an Inner"),
        ({"maybe": "a"}, ""),
        ({"maybe": 1}, "has 1 as maybe, which is a text or None"),
        ({"choice": "c"}, "has 'c' as choice, which is 'a' or 'b'"),
        ({"function": 1}, "has 1 as function, which is a function"),
        ({"cls": 1}, "has 1 as cls, which is a type"),
        ({"inner": Inner(number="x")}, "has Inner(number='x') as inner, which is an Inner"),  # type: ignore[arg-type]
        ({"unknown": object}, ""),
        ({"text": ["x" * 99]}, f"has ['{'x' * 58}... as text, which is a text"),
    ],
)
def test_the_first_wrong_field_is_said(changes: dict[str, Any], said: str) -> None:
    assert wrong_field(Thing(**changes)) == said


def test_fields_of_a_plugins_subclass_are_those_of_both_modules() -> None:
    @dataclasses.dataclass(frozen=True, kw_only=True)
    class More(Thing):
        more: Unknown = 1  # type: ignore[name-defined]  # noqa: F821

    assert wrong_field(More(text=1)) == "has 1 as text, which is a text"  # type: ignore[arg-type]
    assert wrong_field(More(more="x")) == ""


def test_everything_that_xharness_registers_is_as_declared() -> None:
    things = [one for things in default_registry().everything().values() for one in things.values()]
    assert len(things) > 80
    assert [wrong_field(one) for one in things if wrong_field(one)] == []
