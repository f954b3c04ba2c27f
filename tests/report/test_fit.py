"""Tables at any width: nothing is cut off, columns share the room, and rows become blocks where there is too little."""

from __future__ import annotations

import io

import pytest
from rich.console import Console
from rich.table import Table
from rich.text import Text

from harness.report.fit import Narrowing, fitted, pairs, wrapped
from harness.report.terminal import new_table

NAMES = ("use-multilingual", "google-bert/bert-base-multilingual-cased", "46.9 ± 0.3", "35 %")


def table() -> Table:
    made = new_table()
    made.add_column("name", no_wrap=True)
    made.add_column("description")
    made.add_column("score", justify="right")
    made.add_row(NAMES[0], f"a sentence in words of {NAMES[1]}, read twice", f"{NAMES[2]} \\[45.0,48.8]")
    made.add_row("mini\nmicro", "short", NAMES[3])
    return made


def lines(renderable: object, width: int) -> list[str]:
    console = Console(file=io.StringIO(), width=width)
    console.print(renderable, crop=False)
    assert isinstance(console.file, io.StringIO)
    return [line.rstrip() for line in console.file.getvalue().splitlines()]


@pytest.mark.parametrize("width", range(43, 130))
def test_nothing_is_cut_off_or_broken_at_any_width(width: int) -> None:
    shown = lines(fitted(table(), width), width)
    assert max(map(len, shown)) <= width
    assert [name for name in NAMES if not any(name in line for line in shown)] == []


def test_columns_give_way_before_rows_become_blocks() -> None:
    one_line = lines(fitted(table(), 140), 140)
    assert sum("use-multilingual" in line for line in one_line) == 1
    assert any("a sentence in words of google-bert" in line for line in one_line)
    narrower = lines(fitted(table(), 82), 82)
    assert " mini              short" in "\n".join(narrower)
    assert not any("a sentence in words of google-bert" in line for line in narrower)
    assert lines(fitted(table(), 60), 60) == [
        "use-multilingual",
        "  description: a sentence in words of",
        "  google-bert/bert-base-multilingual-cased, read twice;",
        "  score: 46.9 ± 0.3 [45.0,48.8]",
        "mini",
        "micro",
        "  description: short; score: 35 %",
    ]


def test_that_column_gives_way_which_makes_the_table_least_longer() -> None:
    made = new_table()
    made.add_column("language")
    for column in ("baseline", "score", "gain"):
        made.add_column(column, justify="right")
    for language in ("en", "de", "fr"):
        made.add_row(language, *["49.7 \\[44.0,55.3]"] * 2, "+28.7 \\[+21.7,+35.7]")
    made.add_row("mean without en", "49.9", "63.6", "+13.7")
    one_line = lines(fitted(made, 80), 80)
    assert any("mean without en" in line for line in one_line)
    shown = lines(fitted(made, 72), 72)
    assert len(shown) == len(one_line) + 1
    assert sum("49.7 [44.0,55.3]  49.7 [44.0,55.3]  +28.7 [+21.7,+35.7]" in line for line in shown) == 3


def test_a_table_is_as_before_where_there_is_room_again() -> None:
    made = table()
    before = lines(fitted(made, 140), 140)
    fitted(made, 82)
    assert lines(fitted(made, 140), 140) == before


def test_another_form_stands_in_where_the_first_does_not_fit() -> None:
    narrow = new_table()
    narrow.add_column("both")
    narrow.add_row("use-multilingual\n46.9 ± 0.3")
    both = Narrowing(table(), narrow)
    assert any("description" in line for line in lines(both, 120))
    assert [line.strip() for line in lines(both, 50) if "─" not in line and line] == [
        "both", "use-multilingual", "46.9 ± 0.3"
    ]  # fmt: skip


def test_texts_are_broken_between_words_alone() -> None:
    text = Text("see /a/path/that/is/longer/than/twenty for the 35 % and more", style="dim")
    shown = wrapped(text, 20)
    assert shown.plain.split("\n") == ["see", "/a/path/that/is/longer/than/twenty", "for the 35 % and", "more"]
    assert shown.style == "dim"


def test_pairs_stand_beside_their_names() -> None:
    shown = pairs([("task", "pawsx, version 1"), ("", "two\nlines"), ("homepage", "https://a.example/b")], 20)
    assert shown.plain.split("\n") == [
        "task      pawsx,",
        "          version 1",
        "          two",
        "          lines",
        "homepage  https://a.example/b",
    ]
