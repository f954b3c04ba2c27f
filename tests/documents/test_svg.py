"""Figures as SVG: well-formed, places in proportion to values, hostile texts inert."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest

from harness.documents.figures import Curves, Figure, Forest, HeatMap, Point, Scatter, Series
from harness.documents.svg import WIDTH, Scale, draw

SVG = "{http://www.w3.org/2000/svg}"
FOREST = Forest(
    title="gains",
    unit="points",
    points=(Point(y=-2.0, low=-4.0, high=0.0, label="a"), Point(y=3.0, low=1.0, high=5.0, label="b"), Point(y=0.0)),
    margin=1.0,
)
CURVES = Curves(
    title="by step",
    x="steps",
    y="accuracy",
    series=(
        Series(name="one", points=(Point(x=1, y=10), Point(x=2, y=20), Point(x=4, y=30))),
        Series(name="two", points=(Point(x=1, y=40),)),
    ),
    logarithmic=True,
)
SCATTER = Scatter(title="s", x="x", y="y", series=(Series(name="n", points=(Point(x=0, y=5, label="first"),)),))


def circles(figure: Figure) -> list[tuple[float, float]]:
    root = ElementTree.fromstring(draw(figure))
    return [(float(one.get("cx", "")), float(one.get("cy", ""))) for one in root.iter(f"{SVG}circle")]


def test_points_of_a_forest_stand_where_their_values_are() -> None:
    (left, _), (right, _), (zero, _) = circles(FOREST)
    assert (right - zero) / (zero - left) == pytest.approx(3 / 2, abs=0.01)
    lines = [one.attrib for one in ElementTree.fromstring(draw(FOREST)).iter(f"{SVG}line") if "stroke" in one.attrib]
    assert [(float(one["x1"]) - zero) / (right - zero) for one in lines] == pytest.approx([-4 / 3, 1 / 3], abs=0.01)
    band = next(ElementTree.fromstring(draw(FOREST)).iter(f"{SVG}rect"))
    assert float(band.attrib["width"]) == pytest.approx(2 / 3 * (right - zero), abs=0.2)


def test_equal_factors_are_equally_far_apart_where_asked() -> None:
    (first, low), (second, middle), (third, high), _ = circles(CURVES)
    assert second - first == pytest.approx(third - second, abs=0.2)
    assert low > middle > high


@pytest.mark.parametrize("figure", [FOREST, CURVES, SCATTER])
def test_everything_stays_on_the_page_and_is_named(figure: Figure) -> None:
    text = draw(figure)
    root = ElementTree.fromstring(text)
    height = float(root.attrib["viewBox"].split()[3])
    assert all(0 <= x <= WIDTH and 0 <= y <= height for x, y in circles(figure))
    assert root.get("aria-label") == figure.title
    assert draw(figure) == text


@pytest.mark.parametrize("figure", [Forest(title="t", unit="u", points=()), Curves(title="t", x="", y="", series=())])
def test_nothing_is_a_figure_too(figure: Figure) -> None:
    assert circles(figure) == []


def test_hostile_texts_are_texts() -> None:
    evil = '<script>alert(1)</script>" onload="x\u202e\x00'
    figure = Scatter(
        title=evil, x=evil, y=evil, series=(Series(name=evil, points=(Point(x=1, y=2, label=evil), Point(x=1, y=2))),)
    )
    text = draw(figure)
    assert "<script>" not in text
    assert "\u202e" not in text
    root = ElementTree.fromstring(text)
    assert not any("onload" in one.attrib for one in root.iter())


def test_many_series_are_told_apart() -> None:
    points = (Point(x=1, y=1), Point(x=2, y=2))
    figure = Curves(title="t", x="x", y="y", series=tuple(Series(name=str(n), points=points) for n in range(20)))
    looks = re.findall(r'<polyline points="[^"]*" fill="none"( stroke="[^/]*)/>', draw(figure))
    assert len(set(looks)) == 20


@pytest.mark.parametrize(
    ("low", "high", "logarithmic", "ticks"),
    [
        (0.0, 10.0, False, [0, 2, 4, 6, 8, 10]),
        (-1.3, 1.1, False, [-1, -0.5, 0, 0.5, 1]),
        (1.0, 64.0, True, [1, 4, 16, 64]),
    ],
)
def test_ticks_are_round(low: float, high: float, logarithmic: bool, ticks: list[float]) -> None:
    assert Scale(low, high, 0, 1, logarithmic=logarithmic).ticks == pytest.approx(ticks)


def test_a_heat_map_is_the_stronger_the_further_from_zero() -> None:
    values = ((4.0, -2.0), (None, 0.0))
    drawn = draw(HeatMap(title="gains", unit="points", rows=("a", "b"), columns=("x", "y"), values=values))
    root = ElementTree.fromstring(drawn)
    found = [(one.get("fill"), float(one.get("fill-opacity", ""))) for one in root.iter(f"{SVG}rect")]
    up, down = "#0072b2", "#d55e00"
    assert found == [(up, 0.6), (down, 0.3), (down, 0.0)]
    texts = [one.text for one in root.iter(f"{SVG}text")]
    assert [text for text in texts if text in ("+4.0", "-2.0", "-", "+0.0")] == ["+4.0", "-2.0", "-", "+0.0"]


def test_what_rounds_to_zero_has_no_minus() -> None:
    drawn = draw(Forest(title="gains", unit="points", points=(Point(y=-0.04, low=-1.0, high=-0.01, label="a"),)))
    assert "+0.0 [-1.0, +0.0]" in drawn


def test_means_have_another_shape_than_what_they_are_means_of() -> None:
    points = (Point(y=1.0, label="a"), Point(y=2.0, label="mean", is_mean=True))
    root = ElementTree.fromstring(draw(Forest(title="gains", unit="points", points=points)))
    assert len(list(root.iter(f"{SVG}circle"))) == len(list(root.iter(f"{SVG}path"))) == 1


def test_long_curves_have_no_mark_at_each_point() -> None:
    def curve(n: int) -> Curves:
        points = tuple(Point(x=place, y=place) for place in range(n))
        return Curves(title="loss", x="step", y="loss", series=(Series(name="one", points=points),))

    assert len(circles(curve(40))) == 40
    assert circles(curve(41)) == []
    assert "<polyline" in draw(curve(41))
