"""Figures as SVG: small files that browsers, GitHub and word processors show, with text that can be read."""

from __future__ import annotations

import functools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

from harness.documents.figures import Curves, Figure, Forest, HeatMap, Point, Scatter, Series
from harness.visible import visible

WIDTH = 720
ROW = 22
"""Height of a line of a forest plot."""
PLOT = 300
"""Height of the area of a plot with two axes."""
CHARACTER = 7.0
"""Width of a letter, roughly, for the room that labels take."""
LONGEST = 44
"""Characters of a label; the table beside the figure has all of it."""
TICKS = 6
MARKED = 40
"""Points of a line up to which each has a mark."""
STRONGEST = 0.6
"""Opacity of the value that is furthest from zero, at which text upon it can be read."""
LONGEST_HEAD = 14
"""Characters of the names above a heat map, which stand aslant."""
VALUES = 170
"""Room right of a forest plot for values and their intervals."""
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#5c5c5c", "#000000")
"""Eight that people with colour blindness can tell apart (Okabe and Ito 2008)."""
DASHES = ("", "6 3", "2 3")
"""Beyond eight series the colours come again, in other lines."""

STYLE = (
    ".xharness text{font:12px system-ui,sans-serif;fill:currentColor}.xharness .t{font-weight:600;font-size:14px}"
    ".xharness .a{opacity:.75}.xharness .g{stroke:currentColor;opacity:.2}.xharness .z{stroke:currentColor;opacity:.7}"
    ".xharness .m{fill:#0072b2;fill-opacity:.12}"
)
"""What figures look like on a page; their texts have its colour."""
ALONE = ":root{color:#222}@media(prefers-color-scheme:dark){:root{color:#eee}}"
"""And the colour where a figure is a page by itself."""


def draw(figure: Figure) -> str:
    """A figure as a document of its own, the same bytes for the same figure."""
    return drawing(figure, own=f"<style>{STYLE}{ALONE}</style>") + "\n"


def drawing(figure: Figure, *, own: str = "") -> str:
    """A figure as a part of a page.

    Args:
        own: what stands before the figure; a page that has `STYLE` needs nothing there.
    """
    drawn = _drawn(figure)
    name = _escaped(figure.title)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="xharness" viewBox="0 0 {WIDTH} {drawn.height:.0f}" role="img" '
        f'aria-label="{name}"><title>{name}</title>{own}{_text(16, 20, figure.title, "t", "start")}'
        f"{''.join(drawn.parts)}</svg>"
    )


@dataclass(frozen=True)
class _Drawn:
    """What a figure consists of below its title, and how high it is."""

    height: float
    parts: Sequence[str]


def _drawn(figure: Figure) -> _Drawn:
    if isinstance(figure, Forest):
        return _forest(figure)
    if isinstance(figure, HeatMap):
        return _heat_map(figure)
    return _axes(
        figure, joined=isinstance(figure, Curves), logarithmic=isinstance(figure, Curves) and figure.logarithmic
    )


@dataclass(frozen=True)
class Scale:
    """From values to places.

    Attributes:
        low, high: values at the ends.
        start, end: where these stand.
        logarithmic: whether equal factors are equally far apart.
    """

    low: float
    high: float
    start: float
    end: float
    logarithmic: bool = False

    def __call__(self, value: float) -> float:
        """Where a value stands."""
        low, high, at = self.low, self.high, value
        if self.logarithmic:
            low, high, at = math.log(low), math.log(high), math.log(value)
        return self.start + (at - low) / (high - low) * (self.end - self.start)

    @property
    def ticks(self) -> list[float]:
        """Round values within the ends."""
        if self.logarithmic:
            powers = range(math.ceil(math.log2(self.low) - 1e-9), math.floor(math.log2(self.high) + 1e-9) + 1)
            every = max(1, math.ceil(len(powers) / TICKS))
            return [float(2**power) for power in powers][::every]
        step = _round_step((self.high - self.low) / TICKS)
        first = math.ceil(self.low / step - 1e-9)
        return [number * step for number in range(first, math.floor(self.high / step + 1e-9) + 1)]


def _round_step(rough: float) -> float:
    """The smallest of 1, 2 and 5 times a power of ten that is not below a number."""
    power = 10.0 ** math.floor(math.log10(rough))
    return next(power * factor for factor in (1, 2, 5, 10) if power * factor >= rough * (1 - 1e-9))


def _scale(values: Sequence[float], start: float, end: float, *, logarithmic: bool = False) -> Scale:
    """A scale with some room around values."""
    low, high = min(values), max(values)
    if logarithmic:
        return Scale(low, high if high > low else 2 * low, start, end, logarithmic=True)
    room = (high - low) * 0.06 or max(1.0, abs(high) * 0.1)
    return Scale(low - room, high + room, start, end)


def _forest(figure: Forest) -> _Drawn:
    known = [end for point in figure.points for end in (point.y, point.low, point.high) if end is not None]
    beside = [0.0, *([figure.margin, -figure.margin] if figure.margin else [])]
    left = 16 + CHARACTER * max((len(_label(point.label)) for point in figure.points), default=0)
    bottom = 40 + ROW * len(figure.points)
    x = _scale([*known, *beside], left, WIDTH - VALUES)
    parts = []
    if figure.margin:
        width = x(figure.margin) - x(-figure.margin)
        parts.append(f'<rect class="m" x="{x(-figure.margin):.1f}" y="32" width="{width:.1f}" height="{bottom - 32}"/>')
    parts += [_vertical(x(tick), 32, bottom, "z" if abs(tick) < 1e-9 else "g") for tick in x.ticks]
    parts += [_text(x(tick), bottom + 16, _number(tick), "a", "middle") for tick in x.ticks]
    parts.append(_text((left + WIDTH - VALUES) / 2, bottom + 34, figure.unit, "a", "middle"))
    for place, point in enumerate(figure.points):
        y = 44 + ROW * place
        parts.append(_text(left - 8, y + 4, _label(point.label), "", "end"))
        if point.low is not None and point.high is not None:
            parts.append(_line(x(point.low), y, x(point.high), y, COLOURS[0], 2))
        parts.append(_mark(x(point.y), y, is_mean=point.is_mean))
        parts.append(_text(WIDTH - VALUES + 10, y + 4, _value(point), "a", "start"))
    return _Drawn(bottom + 44, parts)


def _mark(x: float, y: float, *, is_mean: bool) -> str:
    """A point; a mean of others is a diamond."""
    if is_mean:
        return f'<path d="M{x - 6:.1f} {y}l6 -6 6 6 -6 6z" fill="{COLOURS[1]}"/>'
    return f'<circle cx="{x:.1f}" cy="{y}" r="4" fill="{COLOURS[0]}"/>'


def _value(point: Point) -> str:
    ends = "" if point.low is None or point.high is None else f" [{_signed(point.low)}, {_signed(point.high)}]"
    return f"{_signed(point.y)}{ends}"


def _signed(value: float) -> str:
    """A value with its sign; what rounds to zero has no minus."""
    return f"{round(value, 1) + 0.0:+.1f}"


def _axes(figure: Curves | Scatter, *, joined: bool, logarithmic: bool) -> _Drawn:
    points = [point for series in figure.series for point in series.points]
    ends = [end for point in points for end in (point.y, point.low, point.high) if end is not None]
    if not points:
        return _Drawn(60, [_text(16, 48, "there is nothing to show", "a", "start")])
    x = _scale([point.x for point in points], 70, WIDTH - 20, logarithmic=logarithmic)
    y = _scale(ends, 32 + PLOT, 40)
    bottom = 32 + PLOT
    parts = [_line(70, y(tick), WIDTH - 20, y(tick), "", 1, "z" if abs(tick) < 1e-9 else "g") for tick in y.ticks]
    parts += [_text(62, y(tick) + 4, _number(tick), "a", "end") for tick in y.ticks]
    parts += [_text(x(tick), bottom + 18, _number(tick), "a", "middle") for tick in x.ticks]
    parts.append(_text((70 + WIDTH - 20) / 2, bottom + 38, figure.x, "a", "middle"))
    middle = 32 + PLOT / 2
    parts.append(f'<g transform="rotate(-90 16 {middle:.0f})">{_text(16, middle, figure.y, "a", "middle")}</g>')
    for number, series in enumerate(figure.series):
        parts += _series(series, number, x, y, joined=joined)
    legend, height = _legend(figure.series, bottom + 60)
    return _Drawn(height, [*parts, *legend])


def _series(series: Series, number: int, x: Scale, y: Scale, *, joined: bool) -> Iterator[str]:
    colour = COLOURS[number % len(COLOURS)]
    dash = DASHES[number // len(COLOURS) % len(DASHES)]
    if joined and len(series.points) > 1:
        path = " ".join(f"{x(point.x):.1f},{y(point.y):.1f}" for point in series.points)
        dashed = f' stroke-dasharray="{dash}"' if dash else ""
        yield f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"{dashed}/>'
    for point in series.points if len(series.points) <= MARKED or not joined else ():
        if point.low is not None and point.high is not None:
            yield _line(x(point.x), y(point.low), x(point.x), y(point.high), colour, 1)
        told = f"<title>{_escaped(point.label)}</title>" if point.label else ""
        yield f'<circle cx="{x(point.x):.1f}" cy="{y(point.y):.1f}" r="3.5" fill="{colour}">{told}</circle>'


def _legend(series: Sequence[Series], top: float) -> tuple[list[str], float]:
    """Names beside their colours, and where they end."""
    parts: list[str] = []
    left, y = 70.0, top
    for number, one in enumerate(series):
        width = 34 + CHARACTER * len(_label(one.name))
        if left + width > WIDTH - 20 and left > 70:
            left, y = 70.0, y + 20
        dash = DASHES[number // len(COLOURS) % len(DASHES)]
        parts.append(_line(left, y - 4, left + 18, y - 4, COLOURS[number % len(COLOURS)], 3, dash=dash))
        parts.append(_text(left + 24, y, _label(one.name), "", "start"))
        left += width
    return parts, y + 14


def _heat_map(figure: HeatMap) -> _Drawn:
    known = [abs(value) for row in figure.values for value in row if value is not None]
    most = max([figure.least, *known]) or 1.0
    left = 16 + CHARACTER * max((len(_label(name)) for name in figure.rows), default=0)
    top = 40 + 0.7 * CHARACTER * max((min(len(name), LONGEST_HEAD) for name in figure.columns), default=0)
    width = min(64.0, (WIDTH - left - 40) / max(1, len(figure.columns)))
    parts = []
    for place, name in enumerate(figure.columns):
        x = left + width * (place + 0.5)
        short = name if len(name) <= LONGEST_HEAD else f"{name[: LONGEST_HEAD - 3]}..."
        parts.append(
            f'<g transform="translate({x:.1f} {top - 6:.0f}) rotate(-35)">{_text(0, 0, short, "a", "start")}</g>'
        )
    for place, (name, values) in enumerate(zip(figure.rows, figure.values, strict=True)):
        y = top + ROW * place
        parts.append(_text(left - 8, y + 15, _label(name), "", "end"))
        for column, value in enumerate(values):
            x = left + width * column
            if value is not None:
                colour = COLOURS[0] if value > 0 else COLOURS[1]
                opacity = STRONGEST * abs(value) / most
                parts.append(
                    f'<rect x="{x + 1:.1f}" y="{y + 1:.0f}" width="{width - 2:.1f}" height="{ROW - 2}" '
                    f'fill="{colour}" fill-opacity="{opacity:.2f}"/>'
                )
            shown = "-" if value is None else _signed(value)
            parts.append(_text(x + width / 2, y + 15, shown, "", "middle"))
    bottom = top + ROW * len(figure.rows)
    parts.append(_text(left, bottom + 18, f"{figure.unit}; - where there is none", "a", "start"))
    return _Drawn(bottom + 28, parts)


def _vertical(x: float, top: float, bottom: float, style: str) -> str:
    return _line(x, top, x, bottom, "", 1, style)


def _line(x: float, y: float, x2: float, y2: float, colour: str, width: float, style: str = "", dash: str = "") -> str:
    look = f'class="{style}"' if style else f'stroke="{colour}" stroke-width="{width:g}"'
    dashed = f' stroke-dasharray="{dash}"' if dash else ""
    return f'<line x1="{x:.1f}" y1="{y:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" {look}{dashed}/>'


def _text(x: float, y: float, text: str, style: str, anchor: str) -> str:
    look = f' class="{style}"' if style else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{look}>{_escaped(text)}</text>'


def _escaped(text: str) -> str:
    """Text as a part of SVG; characters that nobody sees are their codes."""
    return escape(visible(text), {'"': "&quot;"})


def _label(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 3]}..."


@functools.cache
def _number(value: float) -> str:
    return f"{value:,.4g}"
