"""xharness mini: the generated benchmark that comes with the program: its languages, worlds, tasks and rows."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from harness.cli.repeated import option
from harness.cli.say import say
from harness.errors import counted

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

    from harness.rows import Answer, Image

GOLD = {"label", "tags", "answers", "matches", "positive"}
"""Fields of rows that say what is right."""

NAMES_WIDTH = 15
"""Columns of the names of fields and the space behind them."""


@click.group("mini")
def command() -> None:
    """Look at mini, the generated benchmark."""


@command.command("describe")
@click.argument("task", required=False)
@option("--json", "as_json", is_flag=True, help="As a JSON object.")
def describe(task: str | None, as_json: bool) -> None:
    """Describe mini's languages and worlds, or one of its tasks.

    A task's baseline by shared words is computed on the spot, which takes a few seconds.
    """
    facts = _task(task) if task else {"languages": _languages(), "worlds": _worlds(), "tasks": _tasks()}
    if as_json:
        say(json.dumps(facts, indent=1, ensure_ascii=False))
    elif task:
        _print_task(facts)
    else:
        _print_benchmark(facts)


@command.command("sample")
@click.argument("task")
@option(
    "--language", metavar="CODE", help="Language of the rows; the split's first, which is mostly English, if left out."
)
@option("--split", metavar="NAME", help="train, validation or test; the one that is scored if left out.")
@option("--count", metavar="N", type=click.IntRange(min=1), default=3, show_default=True, help="How many items.")
@option(
    "--world",
    metavar="NAME",
    default="standard",
    show_default=True,
    help="One of the worlds of `xharness mini describe`.",
)
@option(
    "--seed",
    metavar="N",
    type=click.IntRange(min=0),
    default=0,
    show_default=True,
    help="Which rows are drawn; runs use 0.",
)
@option("--json", "as_json", is_flag=True, help="As JSON lines, one a row.")
def sample(
    task: str, language: str | None, split: str | None, count: int, world: str, seed: int, as_json: bool
) -> None:
    """Show rows of a task, with their gold and, word by word, what they mean in English.

    Of retrieval tasks an item is a query; what it is to find comes along.
    """
    from harness.cli.display import make_console
    from harness.errors import UnknownName
    from harness.registry import default_registry
    from harness.sources.mini.baselines import scored_split
    from harness.sources.mini.controls import WORLDS
    from harness.sources.mini.source import MiniSource

    _known(task)
    if world not in WORLDS:
        raise UnknownName("world", world, WORLDS, where="--world")
    registry = default_registry()
    found = registry.task(task)
    source = MiniSource(world, seed)
    split = split or scored_split(source, found) or "train"
    language = language or next(iter(source.languages(found, split)), "en")
    rows = registry.kind(found.kind).take(source.load(found, split, language).rows, count)
    if as_json:
        for row in rows:
            say(json.dumps(dataclasses.asdict(row), ensure_ascii=False, default=_bytes))
        return
    console = make_console()
    console.print(f"{task}, {split}, {language}; world {world}, seed {seed}")
    for row in rows:
        console.print()
        _print_pairs(console, _Shown(row, language, console.width - NAMES_WIDTH).fields())


def _known(task: str) -> None:
    from harness.errors import UnknownName
    from harness.sources.mini.recipes import RECIPES

    if task not in RECIPES:
        raise UnknownName("task", task, RECIPES, where="mini, the generated benchmark")


def _languages() -> list[dict[str, Any]]:
    from harness.sources.mini import facts
    from harness.sources.mini.languages import EVERY, gloss, grammar_of

    english = EVERY["en"]
    found = []
    for code, language in EVERY.items():
        example = grammar_of(code).sentence(facts.EXAMPLE).text
        found.append(
            {
                "code": code,
                "about": language.about,
                "script": language.script,
                "word_order": facts.word_order(code),
                "adjective": "before the noun" if language.rules.adjective_first else "after the noun",
                "affixes": facts.affixes(code),
                "pretraining_share": facts.pretraining_share(code),
                "distance": {
                    "shared_words": facts.shared_words(code),
                    "order": facts.order_distance(code),
                    "other_script": language.script != english.script,
                },
                "example": example,
                "gloss": gloss(code, example),
            }
        )
    return found


def _worlds() -> list[dict[str, Any]]:
    from harness.sources.mini.controls import WORLDS

    return [{"name": name, "about": world.about} for name, world in WORLDS.items()]


def _tasks() -> list[dict[str, Any]]:
    from harness.sources.mini.facts import role
    from harness.sources.mini.recipes import RECIPES

    return [{"name": name, "role": role(name)} for name in RECIPES]


def _task(name: str) -> dict[str, Any]:
    from harness.registry import default_registry
    from harness.sources.mini import facts
    from harness.sources.mini.baselines import overlap_baseline, scored_split
    from harness.sources.mini.recipes import RECIPES
    from harness.sources.mini.source import MiniSource

    _known(name)
    registry, source, recipe = default_registry(), MiniSource(), RECIPES[name]
    task = registry.task(name)
    scored = scored_split(source, task)
    return {
        "name": name,
        "kind": task.kind,
        "role": facts.role(name),
        "built": facts.built(name),
        "trains_on": task.trained_as if registry.kind(task.kind).trained else None,
        "splits": {
            split: {
                "items": items,
                "genre": recipe.genre_of(split).name,
                "languages": list(recipe.languages_of(split)),
            }
            for split, items in recipe.sizes.items()
        },
        "changed_in_worlds": facts.changed_in_worlds(name),
        "scored": scored or None,
        "metric": task.metrics[0],
        "chance": recipe.chance if scored else None,
        "shared_words": {
            code: score
            for code in (source.languages(task, scored) if scored else ())
            if (score := overlap_baseline(registry, source, task, code)) is not None
        },
        "cannot_show": recipe.cannot_show,
    }


def _print_benchmark(facts: Mapping[str, Any]) -> None:
    from rich import box
    from rich.table import Table

    from harness.cli.display import make_console, show

    console = make_console()
    languages = facts["languages"]
    console.print("mini: one small world, told in English and in constructed languages\n")
    _print_pairs(console, ((language["code"], language["about"]) for language in languages))
    table = Table(box=box.SIMPLE, pad_edge=False, collapse_padding=True)
    for column in ("", "script", "order", "adjectives", "affixes"):
        table.add_column(column)
    for column in ("shared words", "other order", "text"):
        table.add_column(column, justify="right")
    for language in languages:
        distance = language["distance"]
        table.add_row(
            language["code"],
            language["script"],
            language["word_order"],
            language["adjective"].removesuffix(" the noun"),
            "\n".join(f"{affix} {meaning}" for meaning, affix in language["affixes"].items()),
            _percent(distance["shared_words"]),
            _percent(distance["order"]),
            _percent(language["pretraining_share"]),
        )
    show(console, table)
    _print_pairs(console, _COLUMNS.items())
    console.print("\nThe same sentence in each, word by word:\n")
    width = console.width - 5
    _print_pairs(
        console, ((each["code"], _glossed(each["example"].split(), each["code"], width)) for each in languages)
    )
    console.print("\nWorlds, for --data mini:WORLD:\n")
    _print_pairs(console, ((world["name"], world["about"]) for world in facts["worlds"]))
    console.print("\nTasks, for `xharness mini describe TASK` and `xharness mini sample TASK`:\n")
    for role in ("intermediate", "target"):
        names = ", ".join(task["name"] for task in facts["tasks"] if task["role"] == role)
        _print_pairs(console, [(f"{role:12}", names)])


_COLUMNS = {
    "order": "of subject (S), verb (V) and object (O)",
    "adjectives": "stand before or after their noun",
    "affixes": "-ta is a suffix, ta- a prefix",
    "shared words": "nouns, verbs and adjectives that are spelled as in English",
    "other order": "pairs of an event's parts (who, not, does, to whom, where, when) in the other order than English's",
    "text": "share of the text that the encoder which comes with mini was pretrained on",
}


def _print_task(facts: Mapping[str, Any]) -> None:
    from harness.cli.display import make_console

    scored = facts["scored"]
    pairs = [("task", f"{facts['name']}, {facts['kind']}, {facts['role']}"), ("rows", facts["built"])]
    for split, part in facts["splits"].items():
        genre = {"everything": "of every sort"}.get(part["genre"], f"in {part['genre']}s")
        pairs.append((split, f"{counted(part['items'], 'item')} {genre}: {', '.join(part['languages'])}"))
    if facts["trains_on"] not in (None, facts["name"]):
        pairs.append(("trained on", f"rows of {facts['trains_on']}"))
    others = facts["changed_in_worlds"]
    pairs.append(("worlds", f"other rows in {', '.join(others)}" if others else "the same rows in each"))
    if scored:
        pairs += [
            ("scored by", f"{facts['metric']}, percent, on {scored} rows"),
            ("chance", f"{facts['chance']:.1f}"),
        ]
    if shared := facts["shared_words"]:
        pairs.append(("shared words", ", ".join(f"{code} {score:.1f}" for code, score in shared.items())))
    pairs.append(("cannot show", facts["cannot_show"]))
    _print_pairs(make_console(), pairs)


def _print_pairs(console: Console, pairs: Iterable[tuple[str, str | Text]]) -> None:
    """Names, and beside each what there is to say of it."""
    from rich.table import Table
    from rich.text import Text

    table = Table.grid(padding=(0, 2))
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in pairs:
        table.add_row(name, Text(value) if isinstance(value, str) else value)
    console.print(table)


@dataclass(frozen=True)
class _Shown:
    """A row of any kind, for people.

    Attributes:
        language: the language that was asked for; retrieval tasks have texts in others, too.
        width: columns for what fields hold.
    """

    row: Any
    language: str
    width: int

    def fields(self) -> Iterator[tuple[str, str | Text]]:
        """Names and values of the fields that hold something; gold ones say so."""
        ways: Mapping[str, Callable[[Any], str | Text]] = {
            "choices": self.choices,
            "answers": self.answers,
            "matches": ", ".join,
            "image": self.image,
            "tags": self.tags,
        }
        for field in dataclasses.fields(self.row):
            value = getattr(self.row, field.name)
            if (value not in ("", (), None) or field.name == "answers") and field.name != "tokens":
                name = f"gold {field.name}" if field.name in GOLD else field.name
                yield name, ways.get(field.name, self.text)(value)

    def text(self, value: str | int) -> Text:
        """A text with its gloss; names, keys and numbers have none."""
        from harness.sources.mini.languages import language_of

        text = str(value)
        return _glossed(text.split(), language_of(text, self.language), self.width)

    def image(self, image: Image) -> str:
        """What it shows, in words."""
        return image.name

    def choices(self, choices: Sequence[str]) -> Text:
        """Each choice behind its index."""
        from rich.text import Text

        numbers = (f"{index}: " for index in range(len(choices)))
        narrower = dataclasses.replace(self, width=self.width - 3)
        return Text("\n").join(
            line
            for number, choice in zip(numbers, choices, strict=True)
            for line in _behind(number, narrower.text(choice))
        )

    def answers(self, answers: Sequence[Answer]) -> str:
        """Each answer and where it starts."""
        return "; ".join(f"{answer.text} (from character {answer.start})" for answer in answers) or "none"

    def tags(self, tags: Sequence[str]) -> Text:
        """The tokens, what they mean, and their tags."""
        return _glossed(self.row.tokens, self.language, self.width, tags)


def _behind(head: str, text: Text) -> Iterator[Text]:
    """The lines of a text, the first behind a head and the others behind blanks."""
    from rich.text import Text

    for number, line in enumerate(text.split()):
        yield Text(head if number == 0 else " " * len(head)) + line


def _glossed(words: Sequence[str], code: str, width: int, *more: Sequence[str]) -> Text:
    """Words, and below each what it means in English, unless that is the same for all, and what more there is of it."""
    from rich.cells import cell_len, set_cell_size
    from rich.text import Text

    from harness.sources.mini.languages import gloss

    glosses = [gloss(code, word) for word in words]
    lines = [words, *([glosses] if glosses != list(words) else []), *more]
    shown: list[Text] = []
    begin = 0
    columns = [max(map(cell_len, column)) + 1 for column in zip(*lines, strict=True)]
    while begin < len(columns):
        end = begin + 1
        while end < len(columns) and sum(columns[begin : end + 1]) <= width + 1:
            end += 1
        for number, line in enumerate(lines):
            cells = [set_cell_size(word, size) for word, size in zip(line[begin:end], columns[begin:end], strict=True)]
            shown.append(Text("".join(cells).rstrip(), style="dim" if number else ""))
        begin = end
    return Text("\n").join(shown)


def _bytes(content: bytes) -> str:
    """What stands for the content of an image in JSON."""
    return counted(len(content), "byte")


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"
