"""Figures as values: what they show and of what, without how they are drawn."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Point:
    """A value and, where it is known, its interval.

    Attributes:
        x: where it stands; of a forest plot nothing.
        y: the value.
        low, high: ends of its interval; None where nothing can be said.
        label: what it is of.
        is_mean: whether it is a mean of others beside it.
    """

    y: float
    x: float = 0.0
    low: float | None = None
    high: float | None = None
    label: str = ""
    is_mean: bool = False


@dataclass(frozen=True, kw_only=True)
class Forest:
    """Differences with intervals, one below the other, beside a line at zero.

    Attributes:
        unit: of the values, such as "points".
        margin: below which a difference does not matter, drawn as a band; None for no band.
        points: from top to bottom.
    """

    title: str
    unit: str
    points: tuple[Point, ...]
    margin: float | None = None


@dataclass(frozen=True, kw_only=True)
class Series:
    """Points of one colour."""

    name: str
    points: tuple[Point, ...]


@dataclass(frozen=True, kw_only=True)
class Curves:
    """Values over something that has an order, such as steps; the points of a series are joined by a line.

    Attributes:
        x, y: what the axes are, with their units.
        logarithmic: whether equal factors of x are equally far apart.
    """

    title: str
    x: str
    y: str
    series: tuple[Series, ...]
    logarithmic: bool = False


@dataclass(frozen=True, kw_only=True)
class Scatter:
    """One value against another."""

    title: str
    x: str
    y: str
    series: tuple[Series, ...]


@dataclass(frozen=True, kw_only=True)
class HeatMap:
    """Values, most of them around zero, by two names; the further from zero the stronger the colour.

    Attributes:
        unit: of the values.
        rows, columns: names, from top to bottom and from left to right.
        values: a row each; None where there is none.
        least: the value that has the strongest colour at least; smaller ones never look like much.
    """

    title: str
    unit: str
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    values: tuple[tuple[float | None, ...], ...]
    least: float = 0.0


Figure = Forest | Curves | Scatter | HeatMap
