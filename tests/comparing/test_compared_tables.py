"""What people see of a comparison, in every form of it."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest

from harness.cli.notebook import Shown
from harness.comparing.compare import ComparedSides, DifferentMatch, Family
from harness.comparing.differences import Differences, FirstStage
from harness.comparing.findings import ABOVE, Finding, LanguageFinding, TaskFinding
from harness.comparing.flips import Flip
from harness.comparing.formats import COLUMNS, ITEM_COLUMNS, render
from harness.comparing.pairing import Match, Refused, RefusedMatch
from harness.comparing.provenance import Differing
from harness.comparing.tables import difference_tables, item_tables, language_tables, notes, p_value, task_tables
from harness.report.compared import compared_view
from harness.results.paired_items import ItemCounts
from harness.statistics.conclusion import Verdict
from harness.statistics.intervals import OTHER_ITEMS, OTHER_SEEDS, Interval, Test

MATCH = Match("old", "mnli", "mnli")


def finding(value: float = 2.0, verdict: Verdict | None = Verdict.BETTER, **other: Any) -> Finding:
    answers = other.pop("answers", OTHER_ITEMS)
    interval = Interval(low=value - 1, high=value + 1, level=0.95, method="paired bootstrap", answers=answers)
    test = Test(p=0.0004, statistic=1.0, method="sign flips", answers=answers, n=9, unit="items that differ")
    known: dict[str, Any] = {
        "interval": interval,
        "test": test,
        "p": 0.0008,
        "items": ItemCounts(7, 2, 91),
        "by_seed": {1: value},
    }
    return Finding(left=50.0 + value, right=50.0, value=value, verdict=verdict, **(known | other))


def task(name: str = "pawsx", **other: Any) -> TaskFinding:
    languages = tuple(
        LanguageFinding(language=code, n=100, marks=("limited",), found=finding(value))
        for code, value in (("en", 3.0), ("de", 2.0), ("fr", -1.0))
    )
    known = {"of": MATCH, "metric": "accuracy", "unit": "percent", "seeds": (1,), "right_seeds": (1,)}
    values = {"question": "items", "languages": languages, "found": finding(), **known, **other}
    return TaskFinding(task=name, **values)


HOLM = Family(looked_at=2, tested=2, method="holm", claims="the chance of any false claim")
BH = Family(looked_at=6, tested=6, method="benjamini-hochberg", claims="the share of false ones")


def sides(*tasks: TaskFinding, **other: Any) -> ComparedSides:
    values: dict[str, Any] = {"refused": (), "alone": (), "differences": (), "of_tasks": HOLM, "of_languages": BH}
    return ComparedSides(left="new", right=("old",), margin=1.0, tasks=tasks, **(values | other))


def texts(table: Any) -> list[list[str]]:
    return [[cell.text for cell in row] for row in table.rows]


def test_a_task_is_a_row_with_its_verdict() -> None:
    (table,) = task_tables(sides(task()))
    assert table.title == "new minus old"
    assert table.columns == ("task", "left", "right", "difference", "p (Holm)", "verdict", "languages", "")
    assert texts(table) == [["pawsx", "52.0", "50.0", "+2.0", "<0.001", "better", "+2 -1 of 3", "l"]]
    assert table.rows[0][3].interval == "[+1.0,+3.0]"


def test_titles_say_the_arms_where_there_are_several() -> None:
    other = task(of=Match("old", "none", "base"))
    titles = [table.title for table in task_tables(sides(task(), other))]
    assert titles == ["new minus old, arm mnli", "new minus old (none minus base)"]


def test_a_language_is_a_row_and_so_is_their_mean() -> None:
    (table,) = language_tables(sides(task()))
    assert texts(table)[0] == ["en", "53.0", "50.0", "+3.0", "<0.001", "better", "+7 -2", "100", "l"]
    assert texts(table)[-1] == ["mean", "52.0", "50.0", "+2.0", "", "", "+7 -2", "3/3", ""]
    assert table.columns[4] == "p (BH)"


def test_the_mean_says_of_how_many_languages_it_is() -> None:
    gone = Refused(task="pawsx", languages=("ja", "ko"), code="other-data", why="other rows")
    found = sides(task(), refused=(RefusedMatch(MATCH, gone),))
    assert texts(language_tables(found)[0])[-1][7] == "3/5"
    (row,) = csv.DictReader(io.StringIO(render(found, "csv").decode()))
    assert (row["languages"], row["all_languages"], row["n"]) == ("3", "5", "300")


def test_languages_are_named_though_their_task_has_the_same_reason() -> None:
    one = LanguageFinding(language="en", n=9, marks=(), found=finding(why=ABOVE))
    lines = list(notes(sides(task(languages=(one,), found=finding(why=ABOVE))), by_language=True))
    assert "pawsx and pawsx en: the interval is above 0, but p is not below 0.05" in lines


def test_without_a_test_there_is_neither_p_nor_a_claim() -> None:
    untold = finding(0.0, Verdict.CANNOT_TELL, interval=None, test=None, p=None, why="all are ties", items=None)
    (table,) = task_tables(sides(task(found=untold)))
    assert texts(table)[0][3:6] == ["+0.0", "-", "cannot tell"]
    told = list(notes(sides(task(found=untold))))
    assert "pawsx: all are ties" in told
    assert not any(line.startswith(("p of a task", "better")) for line in told)


P_VALUES = [(None, "-"), (0.0, "<0.001"), (0.00099, "<0.001"), (0.001, "0.001"), (1, "1.000")]


@pytest.mark.parametrize(("p", "shown"), P_VALUES)
def test_p_values_are_shown_with_three_places(p: float | None, shown: str) -> None:
    assert p_value(p) == shown


def test_notes_name_the_question_the_correction_and_the_margin() -> None:
    lines = list(notes(sides(task(), task("xnli", found=finding(0.1, Verdict.EQUAL)))))
    assert "Scores: accuracy (percent) of pawsx and xnli." in lines
    assert any(line.startswith("Intervals: 95 %, these checkpoints on other items") for line in lines)
    corrected = "2 comparisons of tasks were looked at; Holm keeps the chance of any false claim below 5 %."
    assert f"p of a task: sign flips; {corrected}" in lines
    assert "equal: the whole interval is within ±1 point (`--margin`)." in lines
    seeds = task(question="seeds", seeds=(1, 2, 5), right_seeds=(1, 2, 5), found=finding(answers=OTHER_SEEDS))
    assert any("Student's t, paired by seed (seeds 1, 2, 5)" in line for line in notes(sides(seeds)))
    apart = task(seeds=(1,), right_seeds=(4,))
    assert any("(seed 1 on the left, 4 on the right)" in line for line in notes(sides(apart)))


def test_overlap_is_told_below_what_its_mark_means() -> None:
    one = LanguageFinding(language="en", n=100, marks=("overlap",), found=finding())
    lines = list(notes(sides(task(languages=(one,), overlap=("overlap: pawsx with qqp train",)))))
    place = next(place for place, line in enumerate(lines) if line.startswith("o  test rows share"))
    assert lines[place + 1] == "overlap: pawsx with qqp train"


def test_two_questions_are_told_apart() -> None:
    seeds = task("xnli", question="seeds", seeds=(1, 2), right_seeds=(1, 2), found=finding(answers=OTHER_SEEDS))
    lines = [line for line in notes(sides(task(), seeds)) if line.startswith("Intervals")]
    assert [line.partition(":")[0] for line in lines] == ["Intervals of pawsx", "Intervals of xnli"]


def test_languages_are_explained_where_they_are_tested() -> None:
    lines = list(notes(sides(task()), by_language=True))
    assert any(
        line.startswith("p of a language: sign flips; 6 comparisons of languages were looked at; Benjamini")
        for line in lines
    )
    assert not any("`--by language` tests each" in line for line in lines)


def test_what_is_not_compared_is_told_with_the_reason() -> None:
    refused = [
        RefusedMatch(MATCH, Refused(task=name, languages=("de",), code="other-data", why="other rows", fix="repeat it"))
        for name in ("xnli", "panx")
    ]
    told = list(notes(sides(task(), refused=tuple(refused), alone=(("old", "qqp"),))))
    assert "not compared: xnli and panx in de: other rows; repeat it" in told
    assert "not compared: of new and old only one has the arm qqp" in told


def test_seeds_of_one_side_are_named_and_so_are_those_used_though_there_is_no_interval() -> None:
    alone = Refused(task="pawsx", languages=(), code="one-side-only", why="only the right side has it", seeds=(2,))
    languages = (LanguageFinding(language="en", n=9, marks=(), found=finding(interval=None, test=None)),)
    bare = task(languages=languages, found=finding(interval=None, test=None, p=None))
    told = list(notes(sides(bare, refused=(RefusedMatch(MATCH, alone),))))
    assert "not compared: pawsx, seed 2: only the right side has it" in told
    assert "Without an interval: pawsx (seed 1)." in told


def differences(digest: str = "d") -> Differences:
    stage = FirstStage(
        left="target phase",
        right="target phase",
        digests=(("c" * 16, digest * 16),),
        facts=(
            Differing("lr", 1, 2),
            Differing("tasks", ["a", "b"], ["b", "c"]),
            Differing("data", {"a": "f" * 64}, None),
        ),
        tasks=("pawsx",),
    )
    return Differences(settings=(Differing("limit", 5, None),), environment=(), stages=(stage,), same=("xnli",))


def test_what_differs_is_a_table() -> None:
    (table,) = difference_tables(sides(task(), differences=(DifferentMatch(MATCH, differences()),)))
    assert texts(table) == [
        ["first differing stage, of pawsx", f"target phase {'c' * 16}", f"target phase {'d' * 16}"],
        ["  lr", "1", "2"],
        ["  tasks", "a, b", "b, c"],
        ["  data", '{"a": "ffffffff..."}', "-"],
        ["same predictions: xnli", "", ""],
        ["settings: limit", "5", "-"],
    ]


@pytest.mark.parametrize(
    ("left", "right", "shown"),
    [
        (["mnli", "qqp"], ["mnli"], ("mnli, qqp", "mnli")),
        (["a", "b", "c", "d", "e"], ["a", "b"], ("c, d, e, 2 that both have", "2 that both have")),
        (["a", "b", "c", "d", "e"], ["e", "d", "c", "b", "a"], ("a, b, c, d, e", "e, d, c, b, a")),
        (["a", "b", "c", "d", "e"], [], ("a, b, c, d, e", "-")),
    ],
)
def test_lists_do_not_hide_what_both_sides_have(left: list[str], right: list[str], shown: tuple[str, str]) -> None:
    setting = Differing("tasks", left, right)
    found = Differences(settings=(setting,), environment=(), stages=(), same=())
    (table,) = difference_tables(sides(task(), differences=(DifferentMatch(MATCH, found),)))
    assert texts(table) == [["settings: tasks", *shown]]


def test_arms_that_differ_in_the_same_share_a_table() -> None:
    other = Match("old", "none", "none")
    found = sides(
        task(),
        task(of=other),
        differences=(DifferentMatch(MATCH, differences()), DifferentMatch(other, differences("e"))),
    )
    (table,) = difference_tables(found)
    assert (table.title, texts(table)[0][1]) == ("What differs", "target phase")


def flip(place: int, gain: float, **other: Any) -> Flip:
    known: dict[str, Any] = {"gold": "0", "left": ("1",), "right": ("0",), "key": f"k{place}"}
    return Flip(of=MATCH, task="pawsx", language="en", item=f"i{place}", gain=gain, **(known | other))


def test_items_that_differ_most_are_shown() -> None:
    flips = [flip(place, float(place)) for place in range(1, 13)]
    (table,) = item_tables(sides(task(), flips=tuple(flips)))
    assert table.title.endswith("10 of 12, those that differ most")
    assert [row[1] for row in texts(table)] == [f"i{place}" for place in range(12, 2, -1)]


def test_items_that_are_not_shown_are_told() -> None:
    every = sides(task(), flips=tuple(flip(place, float(place)) for place in range(1, 13)))
    assert any("`--items --format csv` has all" in line for line in notes(every))
    assert not any("--items" in line for line in notes(sides(task(), flips=(flip(1, 1.0),))))
    gone = LanguageFinding(language="de", n=9, marks=(), found=finding(items=None, unpaired="they are gone"))
    told = sides(task(languages=(*task().languages, gone)), flips=(flip(1, 1.0),))
    assert "no items of pawsx de: they are gone" in list(notes(told))
    assert not any("no items" in line for line in notes(sides(*told.tasks)))


def test_long_answers_and_lists_are_shortened() -> None:
    long = flip(1, 50.0, gold=["O"] * 40, left=("a" * 50, "b"), right=("c", "c"))
    (table,) = item_tables(sides(task(), flips=(long,)))
    (row,) = texts(table)
    assert row[3:] == [f"{'O ' * 14}O…", f"{'a' * 29}…; b", "c"]


HOSTILE = "[red]x[/red] | & \\ {y} é"


def test_every_form_holds_what_a_hostile_name_says() -> None:
    found = sides(task(HOSTILE), flips=(flip(1, 1.0, gold=HOSTILE),))
    shown = str(Shown(compared_view(found, by_language=True)))
    assert HOSTILE in shown
    rows = list(csv.DictReader(io.StringIO(render(found, "csv").decode())))
    assert [json.loads(row["gold"]) for row in rows] == [HOSTILE]
    assert json.loads(render(found, "json"))["tasks"][0]["task"] == HOSTILE
    assert r"\[red\]x\[/red\] \| \& \\ \{y\} é" in render(found, "markdown").decode()
    assert r"[red]x[/red] \textbar{} \& \textbackslash{} \{y\} é" in render(found, "latex").decode()


def test_the_flat_table_has_a_row_for_each_task_and_language() -> None:
    found = sides(task())
    for by_language, expected in ((False, [""]), (True, ["", "en", "de", "fr"])):
        rows = list(csv.DictReader(io.StringIO(render(found, "csv", by_language=by_language).decode())))
        assert [row["language"] for row in rows] == expected
        assert list(rows[0]) == list(COLUMNS)
    mean, english = rows[0], rows[1]
    assert (mean["difference"], mean["low"], mean["high"], mean["n"], mean["languages"]) == (
        "2.0",
        "1.0",
        "3.0",
        "300",
        "3",
    )
    assert (mean["p"], mean["p_corrected"], mean["corrected_by"], mean["comparisons"]) == (
        "0.0004",
        "0.0008",
        "holm",
        "2",
    )
    assert (english["corrected_by"], english["languages"], english["verdict"]) == ("benjamini-hochberg", "", "better")


def test_items_that_were_asked_for_are_the_flat_table_even_where_there_are_none() -> None:
    assert render(sides(task(), flips=()), "csv").decode() == ",".join(ITEM_COLUMNS) + "\n"


@pytest.mark.parametrize("form", ["json", "csv", "latex", "markdown"])
def test_the_same_comparison_gives_the_same_bytes(form: str) -> None:
    found = sides(task(), flips=(flip(1, 1.0),), differences=(DifferentMatch(MATCH, differences()),))
    assert render(found, form, by_language=True) == render(found, form, by_language=True)


def test_the_screen_has_tables_notes_and_what_differs() -> None:
    found = sides(task(), flips=(flip(1, 1.0),), differences=(DifferentMatch(MATCH, differences()),))
    shown = str(Shown(compared_view(found, by_language=True)))
    order = ["new minus old", "pawsx: accuracy, percent", "items with another score", "Scores: ", "What differs"]
    assert [shown.index(part) for part in order] == sorted(shown.index(part) for part in order)
    assert " en " not in str(Shown(compared_view(sides(task()))))


def test_nothing_in_a_name_is_obeyed_by_terminals_or_spreadsheets() -> None:
    found = sides(task("=1+1\x1b[31m"))
    for form in ("json", "csv", "latex", "markdown"):
        assert "\x1b" not in render(found, form).decode()
    assert "\x1b" not in str(Shown(compared_view(found)))
    (row,) = csv.DictReader(io.StringIO(render(found, "csv").decode()))
    assert row["task"] == "'=1+1\\u001b[31m"
