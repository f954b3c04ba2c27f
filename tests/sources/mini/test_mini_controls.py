"""Worlds in which an effect is turned off: what each changes, and what it leaves alone."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from harness.registry import default_registry
from harness.rows import Answer, ClassificationRow, MultipleChoiceRow, QuestionRow, TextRow, TokenRow
from harness.sources.mini.controls import WORLDS, with_arbitrary_labels
from harness.sources.mini.facts import changed_in_worlds
from harness.sources.mini.recipes import ALIKE, INTERMEDIATE, RECIPES
from harness.sources.mini.source import MiniSource
from harness.sources.mini.vocabulary import CITIES, NAMES, THINGS
from harness.sources.mini.world import REPORT, TALE
from tests.raising import raises_code

if TYPE_CHECKING:
    from collections.abc import Callable

GOLD = ("label", "tags", "answers")
CHANGED = (*INTERMEDIATE, "flickr8k")
TARGETS = [name for name in RECIPES if name not in CHANGED]


def text(row: Any) -> Any:
    """The row without its gold."""
    fields = {"label": None, "tags": (), "answers": ()}
    return replace(row, **{name: fields[name] for name in GOLD if hasattr(row, name)})


def gold(row: Any) -> Any:
    return next(getattr(row, name) for name in GOLD if hasattr(row, name))


def test_an_unknown_world_is_refused_with_a_suggestion() -> None:
    with raises_code("unknown-world", "unrelatd") as error:
        MiniSource("unrelatd")
    assert "unrelated" in str(error.value)
    assert "--data mini:unrelatd" in str(error.value)


def test_a_world_is_named_in_what_is_recorded(mini: Callable[..., Any]) -> None:
    own = [world for world, one in WORLDS.items() if not one.rows_of]
    origins = {world: mini("qqp", "validation", world=world).origin for world in own}
    assert all(f"world {world}" in origin for world, origin in origins.items())
    digests = {mini("qqp", "validation", world=world).digest for world in own}
    assert len(digests) == len(own)


@pytest.mark.parametrize("world", [name for name, one in WORLDS.items() if one.rows_of])
def test_a_world_with_dialects_has_the_very_rows_of_another(mini: Callable[..., Any], world: str) -> None:
    other = WORLDS[world].rows_of
    for name, split, language in (("mnli", "train", "en"), ("pawsx", "test", "en"), ("pawsx", "test", "qae")):
        mine, theirs = (mini(name, split, language, world=one) for one in (world, other))
        assert (mine.digest, mine.origin) == (theirs.digest, theirs.origin)
        assert list(mine.rows[:20]) == list(theirs.rows[:20])


def test_dialects_are_of_targets_whose_rows_are_independent(mini: Callable[..., Any]) -> None:
    source, standard = MiniSource("dialects"), MiniSource()

    def more(name: str, split: str) -> set[str]:
        task = default_registry().task(name)
        return set(source.languages(task, split)) - set(standard.languages(task, split))

    known = {name for name in TARGETS if more(name, "test")}
    assert known == {"xnli", "pawsx", "udpos", "panx", "xquad", "mlqa", "tydiqa", "xcopa"}
    assert all(more(name, "test") == {"qaf", "qag"} for name in known)
    assert not any(more(name, "train") for name in TARGETS)
    # Rows are translations of each other, there as elsewhere.
    english, dialect = (mini("pawsx", "test", code, world="dialects").rows for code in ("en", "qaf"))
    assert [row.label for row in english] == [row.label for row in dialect]
    assert [row.text for row in english[:9]] != [row.text for row in dialect[:9]]


@pytest.mark.parametrize("world", sorted(set(WORLDS) - {"standard"}))
@pytest.mark.parametrize("name", TARGETS)
def test_targets_are_the_same_in_every_world(mini: Callable[..., Any], name: str, world: str) -> None:
    for split in RECIPES[name].sizes:
        language = MiniSource().languages(default_registry().task(name), split)[-1]
        assert list(mini(name, split, language, world=world).rows[:20]) == list(mini(name, split, language).rows[:20])


@pytest.mark.parametrize("name", INTERMEDIATE)
def test_unrelated_tasks_have_the_same_texts_and_other_labels(mini: Callable[..., Any], name: str) -> None:
    standard, other = mini(name).rows, mini(name, world="unrelated").rows
    assert len(standard) == len(other)
    assert [text(row) for row in standard] == [text(row) for row in other]
    assert [gold(row) for row in standard] != [gold(row) for row in other]


def test_unrelated_passages_alone_have_other_labels(mini: Callable[..., Any]) -> None:
    other = {name for name in INTERMEDIATE if list(map(gold, mini(name).rows)) != list(map(gold, passages(mini, name)))}
    assert other == {"squad", "squad_v2", "cosmosqa"}
    for name in INTERMEDIATE:
        assert [text(row) for row in mini(name).rows] == [text(row) for row in passages(mini, name)]
        # What has been trained on other rows, and on these alone, is not shared.
        same = mini(name, world="unrelated-passages").digest == mini(name).digest
        assert same == (name not in other)
    assert list(passages(mini, "squad")) == list(mini("squad", world="unrelated").rows)


def passages(mini: Callable[..., Any], name: str) -> Any:
    return mini(name, world="unrelated-passages").rows


@pytest.mark.parametrize(("name", "classes"), [("mnli", 3), ("anli", 3), ("qqp", 2), ("hellaswag", 4), ("siqa", 3)])
def test_arbitrary_labels_agree_with_the_true_ones_by_chance(mini: Callable[..., Any], name: str, classes: int) -> None:
    """One of `classes`, give or take three standard deviations."""
    standard, other = mini(name).rows, mini(name, world="unrelated").rows
    count = len(standard)
    same = sum(one.label == two.label for one, two in zip(standard, other, strict=True))
    assert abs(same - count / classes) < 3 * (count * (1 / classes) * (1 - 1 / classes)) ** 0.5
    assert len({row.label for row in other}) == classes


def test_arbitrary_labels_are_a_function_of_the_words() -> None:
    labels = ("a", "b", "c")

    def given(row: Any) -> Any:
        return gold(with_arbitrary_labels(row, labels, unanswerable=True))

    pair = ClassificationRow(id="1", text="Anna found the lamp.", text_pair="the lamp was found.", label="a")
    assert given(pair) in labels
    assert given(pair) == given(replace(pair, id="2", label="c"))
    found = {given(ClassificationRow(text=f"x {word}.", text_pair="y", label="a")) for word in THINGS}
    assert found == set(labels)

    choice = MultipleChoiceRow(id="1", context="x", choices=("the dog", "the cat", "the car"), label=0)
    right = choice.choices[given(choice)]
    turned = replace(choice, id="2", choices=choice.choices[::-1], label=2)
    assert turned.choices[given(turned)] == right

    tokens = TokenRow(tokens=("the", "dog", "is", "wet", "."), tags=("A", "B", "C", "D", "E"))
    mixed = replace(tokens, tags=("E", "D", "C", "B", "A"))
    assert given(tokens) == given(mixed)
    assert sorted(given(tokens)) == list("ABCDE")

    question = QuestionRow(question="who?", context="Anna found the lamp. Ben hid it.", answers=(Answer("Anna", 0),))
    assert given(question) == given(replace(question, answers=()))
    with pytest.raises(TypeError, match="TextRow"):
        with_arbitrary_labels(TextRow(text="x"), labels, unanswerable=False)


def test_arbitrary_answers_are_whole_words_of_the_text(mini: Callable[..., Any]) -> None:
    answers = set()
    for row in mini("squad", world="unrelated").rows:
        (answer,) = row.answers
        end = answer.start + len(answer.text)
        assert row.context[answer.start : end] == answer.text
        assert answer.start == 0 or row.context[answer.start - 1] == " "
        assert row.context[end] in " ."
        answers.add(answer.text)
    assert len(answers) > 10


def test_some_questions_have_no_arbitrary_answer_where_the_task_has_such(mini: Callable[..., Any]) -> None:
    assert all(row.answers for row in mini("squad", world="unrelated").rows)
    rows = mini("squad_v2", world="unrelated").rows
    assert sum(not row.answers for row in rows) / len(rows) == pytest.approx(1 / 3, abs=0.12)


@pytest.mark.parametrize(("name", "other"), ALIKE.items())
def test_alike_tasks_are_the_same_task(mini: Callable[..., Any], name: str, other: str) -> None:
    """Rows of the same shape, drawn independently, with the other task's classes equally frequent."""
    assert RECIPES[name].build != RECIPES[other].build
    for split in ("validation", "test"):
        rows, others = mini(name, split, world="alike").rows, mini(other, split, world="alike").rows
        assert [row.id for row in others] != [row.id for row in rows]
        assert list(others) == list(mini(other, split).rows)
        assert Counter(map(shape, rows)) == Counter(map(shape, others))
        assert not {repr(replace(row, id="")) for row in rows} & {repr(replace(row, id="")) for row in others}


def shape(row: Any) -> Any:
    """What a class is, and how many choices or sentences there are."""
    if isinstance(row, MultipleChoiceRow):
        assert row.label in range(len(row.choices))
        return row.label, len(row.choices), bool(row.question)
    if isinstance(row, QuestionRow):
        return len(row.answers), row.question.split()[0] in ("where", "when")
    assert isinstance(row, ClassificationRow)
    return row.label, row.text.count(".")


@pytest.mark.parametrize("name", INTERMEDIATE)
def test_in_one_genre_intermediate_tasks_are_written_like_targets(mini: Callable[..., Any], name: str) -> None:
    """In the standard world they are not: their training texts name none of the targets' people and things."""
    own = {genre: {*genre.names, *genre.things, *genre.cities} for genre in (REPORT, TALE)}

    def named(world: str) -> set[str]:
        words = " ".join(map(repr, mini(name, "validation", world=world).rows)).replace("'", " ").replace(".", " ")
        return set(words.replace("?", " ").split()) & {*NAMES, *THINGS, *CITIES}

    assert named("standard") <= own[REPORT]
    assert named("one-genre") <= own[TALE]
    assert named("one-genre")
    assert named("standard")


def test_captions_apart_have_no_thing_in_common_and_the_same_picture(mini: Callable[..., Any]) -> None:
    rows, standard = mini("flickr8k", world="captions-apart").rows, mini("flickr8k").rows
    assert [row.image for row in rows] == [row.image for row in standard]
    assert [row.id for row in rows] == [row.id for row in standard]
    for one, other in zip(rows[::2], rows[1::2], strict=True):
        told = [re.fullmatch(r"the (\w+) is (\w+)\.", row.text) for row in (one, other)]
        placed = [f"{found[2]} {found[1]}" for found in told if found]
        assert len({*placed}) == 2
        assert {*placed} == {part.split(" at ")[0] for part in one.image.name.split(" and ")}


def test_other_pictures_show_other_scenes_than_are_told(mini: Callable[..., Any]) -> None:
    rows, standard = mini("flickr8k", world="other-pictures").rows, mini("flickr8k").rows
    assert [row.text for row in rows] == [row.text for row in standard]
    assert sorted(row.image.name for row in rows) == sorted(row.image.name for row in standard)
    assert not any(row.image.name == one.image.name for row, one in zip(rows, standard, strict=True))
    assert all(one.image == other.image for one, other in zip(rows[::2], rows[1::2], strict=True))


@pytest.mark.parametrize("name", RECIPES)
def test_what_is_said_of_worlds_is_so(mini: Callable[..., Any], name: str) -> None:
    """Of the first split, in its last language."""
    split = next(iter(RECIPES[name].sizes))
    language = RECIPES[name].languages_of(split)[-1]
    standard = list(mini(name, split, language).rows[:20])
    others = [world for world in WORLDS if list(mini(name, split, language, world=world).rows[:20]) != standard]
    assert others == list(changed_in_worlds(name))


@pytest.mark.parametrize("world", ["captions-apart", "other-pictures"])
def test_worlds_of_captions_change_no_other_task(mini: Callable[..., Any], world: str) -> None:
    for name in INTERMEDIATE:
        assert list(mini(name, world=world).rows[:20]) == list(mini(name).rows[:20])
    task = default_registry().task("flickr8k")
    again = MiniSource(world).load(task, "train", "en").rows[:20]
    assert list(mini("flickr8k", "train", world=world).rows[:20]) == list(again)
    assert list(again) != list(mini("flickr8k", "train").rows[:20])
