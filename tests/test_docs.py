"""The documentation is true: its commands and programs run, its tables come from the code, its links lead somewhere.

`python tests/test_docs.py` writes the generated tables of docs/ anew.

In a page, a block of language `console` holds commands after `$ `. They are run in the order of the page, in one
directory, and must end with code 0, or with N where `# exit code N` follows. `xharness train` gets small settings
unless it names a settings file. A command with `# needs ...` behind it is only parsed. A block with a second word
after its language is a file of that name. Blocks of Python are run.
"""

from __future__ import annotations

import ast
import contextlib
import copy
import dataclasses
import importlib
import inspect
import json
import pkgutil
import re
import shlex
import signal
import sys
import types
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import pytest

import harness
from harness import hookspecs
from harness.benchmarks.leaderboard import schema as leaderboard_schema
from harness.cli import main
from harness.cli.commands.study import all_command, command_of
from harness.comparing.formats import COLUMNS, ITEM_COLUMNS
from harness.config import Settings
from harness.hyper import Hyper, flatten
from harness.interruption import ENDING
from harness.perturbations import SEVERITIES
from harness.registry import Registry, default_registry
from harness.results import marks
from harness.results.columns import columns
from harness.results.jsonschema import json_schema
from harness.results.schema import KINDS
from harness.setting import Setting, declared
from harness.sources.base import SPLITS
from harness.sources.files import readers
from harness.sources.mini import facts, world
from harness.sources.mini.controls import WORLDS, World
from harness.sources.mini.languages import EVERY
from harness.sources.mini.recipes import RECIPES
from harness.studies.document import json_schema as study_schema
from harness.studies.options import ALL, StudyOptions

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", *sorted(DOCS.glob("*.md")), *sorted((DOCS / "studies").glob("*.md"))]
TEXTS = [*PAGES, ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md"]
PACKAGE = ROOT / "tests" / "plugin_package"

TINY = """
limit = 16
model = "scratch"
preset = "mini"

[set]
intermediate.steps = 2
target.steps = 2
model.hidden_size = 16
model.layers = 1
model.heads = 2
model.feed_forward = 32
model.vocabulary = 400
"""

FENCE = re.compile(r"^```(\w*)[ ]?([\w./-]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
GENERATED = re.compile(r"(<!-- generated: ([\w-]+) -->\n)(.*?)(<!-- end -->)", re.DOTALL)
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ (.*)$", re.MULTILINE)


@dataclass(frozen=True)
class Block:
    """A fenced block: its language, the file it stands for, and its text."""

    language: str
    file: str
    text: str


@dataclass(frozen=True)
class Command:
    """A line after `$ ` in a console block.

    Attributes:
        code: what it must exit with; None where it is not to be run.
    """

    words: list[str]
    code: int | None


def page_id(path: Path) -> str:
    return str(path.relative_to(DOCS)) if path.is_relative_to(DOCS) else path.name


def blocks(path: Path) -> list[Block]:
    return [Block(*found) for found in FENCE.findall(path.read_text(encoding="utf-8"))]


def commands(block: Block) -> Iterator[Command]:
    for line in block.text.splitlines():
        if line.startswith(("$ xharness", "$ scripts/")):
            written, _, comment = line.removeprefix("$ ").partition("  # ")
            expected = re.match(r"exit code (\d+)", comment)
            code = None if comment.startswith("needs ") else int(expected[1]) if expected else 0
            yield Command(shlex.split(written), code)


# Generated tables


def table(columns: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    lines = (columns, tuple("---" for _ in columns), *rows)
    return "".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |\n" for line in lines)


def code(value: object) -> str:
    return f"`{value}`"


def subcommands(group: click.Group = main.cli, prefix: str = "") -> dict[str, click.Command]:
    """All commands by their words; those of a group in its place."""
    context = click.Context(group)
    found: dict[str, click.Command] = {}
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if prefix == "study ":
            if name == ALL:
                continue
            found["study NAME"] = found.get("study NAME") or of_all_studies(name, command)
        elif isinstance(command, click.Group):
            found |= subcommands(command, f"{prefix}{name} ")
        elif command:
            found[f"{prefix}{name}"] = command
    return found


def of_all_studies(name: str, command: click.Command | None) -> click.Command:
    """The command of a study with the options that all studies have, without the study's defaults."""
    assert command is not None
    own = set(declared(default_registry().study(name).options)) - set(declared(StudyOptions))
    shared = [copy.copy(one) for one in command.params if one.name not in own]
    for one in shared:
        if isinstance(one, click.Option):
            one.help = re.sub(r"\.  \[default: .*\]$", ".", one.help or "")
    return click.Command("study NAME", params=shared)


def options_table() -> str:
    """Options and arguments; one that means the same in several commands is one row."""
    merged: dict[tuple[str, str], list[str]] = {}
    for name, command in subcommands().items():
        context = click.Context(command)
        for parameter in command.params:
            if isinstance(parameter, click.Option):
                value = "" if parameter.is_flag else f" {parameter.make_metavar(context)}"
                names = " / ".join(code(o + value) for o in (*parameter.opts, *parameter.secondary_opts))
                about = parameter.help or ""
            else:
                names, about = (
                    code(parameter.make_metavar(context)),
                    ARGUMENTS.get(f"{name} {parameter.name}") or ARGUMENTS[parameter.name or ""],
                )
            merged.setdefault((names, about), []).append(name)
    rows = [(names, ", ".join(users), about) for (names, about), users in merged.items()]
    return table(("option", "commands", "what it does"), rows)


ARGUMENTS = {
    "name": "The new task's name: small letters, digits and `_`.",
    "show name": "A task's or a perturbation's name.",
    "folder": "A folder of TASK/test-LANGUAGE.EXT.",
    "run": "A run's name, the beginning of it, or its directory; the latest by default.",
    "names": "Runs whose records are read, with --analyse-only.",
    "left": "What is asked about: RUN, RUN:ARM, RUN:MODEL, FILE.json, or a checkpoint.",
    "right": "What it is compared with, likewise; :ARM is an arm of LEFT's run.",
    "sources": "Runs, by name or directory, and leaderboards (.json); the latest run by default.",
    "task": "A task's name.",
    "tasks": "Tasks and suites.",
    "what": "What to list; tasks by default.",
}


def attributes(documented: type) -> dict[str, str]:
    """The attributes that a docstring describes."""
    _, _, section = (inspect.getdoc(documented) or "").partition("Attributes:\n")
    found = re.findall(r"^    (\w+): (.*?)(?=^    \w+: |\Z)", section, re.MULTILINE | re.DOTALL)
    return {name: " ".join(text.split()) for name, text in found}


def settings_table() -> str:
    about = attributes(Settings)
    flags = {p.name: p.opts[0] for p in subcommands()["train"].params} | {"set": "--set"}
    rows = []
    for field in dataclasses.fields(Settings):
        default = field.default if field.default is not dataclasses.MISSING else {}
        shown = json.dumps(list(default) if isinstance(default, tuple) else default)
        rows.append((code(field.name), code(flags[field.name]), code(shown), about[field.name]))
    return table(("setting", "flag", "default", "what it is"), rows)


def hyper_table() -> str:
    rows = [
        (code(one.name), code(shown_default(one)), one.declaration.role, shown_about(one))
        for one in declared(Hyper).values()
    ]
    return table(("name", "default", "role", "what it does"), rows)


def kind_settings_table() -> str:
    rows = []
    for kind in Registry().kinds.values():
        for one in declared(kind.settings).values():
            told = (code(one.name), code(shown_default(one)), one.declaration.role, shown_about(one))
            rows.append((code(kind.name), *told))
    return table(("kind", "name", "default", "role", "what it does"), rows)


def shown_default(one: Setting) -> str:
    return json.dumps(one.default) if isinstance(one.default, bool) else str(one.default)


def shown_about(one: Setting) -> str:
    choices = one.declaration.choices
    return one.declaration.about + (f" ({', '.join(choices)})" if choices else "")


def presets_table() -> str:
    presets = {name: flatten(preset.values) for name, preset in Registry().presets.items()}
    names = dict.fromkeys(name for values in presets.values() for name in values)
    rows = [(code(name), *(str(values.get(name, "")) for values in presets.values())) for name in names]
    return table(("hyper-parameter", *map(code, presets)), rows)


def models_table() -> str:
    rows = []
    for name, entry in Registry().models.items():
        parameters = ", ".join(f"{key} = {value}" for key, value in entry.parameters.items())
        description = entry.description + (f"; {parameters}" if parameters else "")
        rows.append((code(name), code(entry.hub or entry.build or entry.directory), description))
    return table(("model", "from", "what it is"), rows)


def image_encoders_table() -> str:
    rows = [(code(name), encoder.description, encoder.licence) for name, encoder in Registry().image_encoders.items()]
    return table(("image encoder", "what a vector holds", "licence of the weights"), rows)


def measures_table() -> str:
    rows = []
    for measure in Registry().measures.values():
        kinds = ", ".join(measure.kinds) or "all"
        rows.append((code(measure.name), measure.unit, measure.split or "scored", kinds, measure.description))
    return table(("measure", "unit", "rows", "kinds of task", "what it is, and what a high value means"), rows)


def perturbations_table() -> str:
    rows = [
        (
            code(name),
            one.description,
            "; ".join(f"{severity}: {does}" for severity, does in zip(SEVERITIES, one.severities, strict=True)),
            ", ".join(map(code, one.diagnostic)),
        )
        for name, one in Registry().perturbations.items()
        if one.severities[0]
    ]
    return table(("perturbation", "what it does", "severities", "diagnostic for"), rows)


def layouts_table() -> str:
    tasks = Registry().tasks
    rows = []
    for task in tasks.values():
        base = task.name.partition("@")[0]
        for name, form in task.formats.items():
            if task.name != base and name in tasks[base].formats:
                continue  # as those of the task that it is a variant of
            files = [f"{split}: {paths_shown(paths)}" for split, paths in form.files.items()]
            rows.append((code(task.name), code(name), code(form.reader), "<br>".join(files)))
    return table(("task", "format", "reader", "files below the data directory"), rows)


def paths_shown(paths: str | Sequence[str]) -> str:
    """All paths; of more than four, the first and the last."""
    shown = [code(path) for path in ([paths] if isinstance(paths, str) else paths)]
    return ", ".join(shown if len(shown) <= 4 else [shown[0], "...", shown[-1]])


def sources_table() -> str:
    """Every task by source, and how the rows there differ from the benchmark's."""
    rows = []
    for task in Registry().tasks.values():
        splits = ", ".join(s for s in SPLITS if any(s in form.files for form in task.formats.values()))
        stand_ins = [f"{code(name)} is a stand-in: {f.stand_in}" for name, f in task.formats.items() if f.stand_in]
        rows.append((code(task.name), f"files: {', '.join(map(code, task.formats))}", splits, "<br>".join(stand_ins)))
        for data in task.hub:
            where = "/".join(filter(None, [data.repository, data.configuration]))
            names = [f"{s}: {n if isinstance(n, str) else ', '.join(n)}" for s, n in data.splits.items()]
            rows.append((code(task.name), f"hub: {code(where)}", "<br>".join(names), data.differs))
        if not task.hub:
            about = f"get the files from {task.homepage}" if task.homepage else "bring your own files"
            rows.append((code(task.name), "hub: none", "", about))
    return table(("task", "source", "splits", "how it differs from the benchmark"), rows)


def readers_table() -> str:
    rows = []
    for name in readers.reader_names():
        module = importlib.import_module(f"{readers.__name__}.{name.replace('-', '_')}")
        options = [code(p.name) for p in inspect.signature(module.read).parameters.values() if p.kind is p.KEYWORD_ONLY]
        first = (inspect.getdoc(module) or "").splitlines()[0]
        rows.append((code(name), ", ".join(options), first))
    return table(("reader", "options", "what it reads"), rows)


def rows_table() -> str:
    rows = []
    for name, kind in Registry().kinds.items():
        row = type(kind).row_type
        fields = ", ".join(code(f"{f.name}: {f.type}") for f in dataclasses.fields(row) if f.name != "id")
        rows.append((code(name), code(f"harness.{row.__name__}"), fields))
    return table(("kind", "row", "fields beside `id`"), rows)


def hooks_text() -> str:
    parts = []
    for name, hook in vars(hookspecs).items():
        if inspect.isfunction(hook) and hook.__module__ == hookspecs.__name__:
            signature = str(inspect.signature(hook)).replace("'", "")
            parts.append(f"`{name}{signature}`\n\n{inspect.getdoc(hook)}\n")
    return "\n" + "\n".join(parts) + "\n"


def marks_table() -> str:
    rows = [
        (code(mark.sign), mark.name, mark.meaning, f"with `--allow {mark.name}`" if mark.refused else "yes")
        for mark in marks.MARKS.values()
    ]
    return table(("mark", "name", "what it means", "taken by leaderboards"), rows)


def records_tables() -> str:
    parts = [f"### {title[0].upper()}{title[1:]}\n\n{schema_table(node)}" for title, node in record_parts().items()]
    return "\n" + "\n".join(parts) + "\n"


def record_parts() -> dict[str, dict[str, Any]]:
    """The objects of a record by title: results and environments of each kind of line, then what they refer to."""
    parts = json_schema()["$defs"]
    titles: dict[str, list[str]] = {}
    for kind in KINDS.values():
        for part in ("result", "environment"):
            reference = parts[f"{kind.title()}Record"]["properties"][part]["$ref"]
            titles.setdefault(reference.rpartition("/")[2], []).append(f"{part} of {kind}")
    found = {", ".join(of): parts[name] for name, of in titles.items()}
    lines = {f"{kind.title()}Record" for kind in KINDS.values()}
    return found | {f"Each {name}": node for name, node in parts.items() if name not in (*titles, *lines)}


def columns_table() -> str:
    return table(("column", "what it is"), [(code(name), about) for name, about in columns().items()])


def studies_table() -> str:
    found = default_registry().studies.values()
    return table(("study", "question"), [(f"[`{one.name}`]({one.name}.md)", one.question) for one in found])


def study_tables() -> str:
    parts: dict[str, dict[str, Any]] = study_schema()["$defs"]
    titles = {
        "StudyPart": "The document",
        "DeparturePart": "An option that is not as the tier has it",
        "FindingsPart": "Findings of an encoder",
        "AnswerPart": "An answer",
        "TablePart": "A table",
    }
    assert titles.keys() == parts.keys()
    return "\n" + "\n".join(f"### {title}\n\n{schema_table(parts[name])}" for name, title in titles.items()) + "\n"


def leaderboard_tables() -> str:
    found = leaderboard_schema.json_schema()
    parts = {"The document": found} | {f"Each {name}": node for name, node in found["$defs"].items()}
    tables = [f"### {title}\n\n{schema_table(node)}" for title, node in parts.items() if "properties" in node]
    return "\n" + "\n".join(tables) + "\n"


def schema_table(node: dict[str, Any]) -> str:
    rows = [(code(path), kind, about) for path, kind, about in schema_fields(node)]
    return f"{node['description']}\n\n" + table(("field", "type", "what it is"), rows)


def schema_fields(node: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, str, str]]:
    """Dotted name, type and description of every field; those of list items after `[]`."""
    for name, field in node.get("properties", {}).items():
        path = f"{prefix}{name}"
        yield path, schema_type(field), field.get("description", "")
        yield from schema_fields(field, f"{path}.")
        yield from schema_fields(field.get("items", {}), f"{path}[].")


def schema_type(field: dict[str, Any]) -> str:
    if "$ref" in field:
        return str(field["$ref"].rpartition("/")[2])
    if "const" in field or "enum" in field:
        return ", ".join(code(value) for value in field.get("enum", [field.get("const")]))
    if "anyOf" in field:
        return " or ".join(schema_type(one) for one in field["anyOf"])
    named = {("pattern", "^[0-9a-f]{16}$"): "digest", ("minimum", 0): "count"}
    for (key, value), name in named.items():
        if field.get(key) == value:
            return name
    kinds = field["type"] if isinstance(field["type"], list) else [field["type"]]
    of = f" of {schema_type(field['items'])}" if {"$ref", "type"} & field.get("items", {}).keys() else ""
    return " or ".join(kinds) + of


def mini_languages_table() -> str:
    rows = []
    for name, language in EVERY.items():
        place = "before nouns" if language.rules.adjective_first else "after nouns"
        affixes = ", ".join(f"{code(affix)} {meaning}" for meaning, affix in facts.affixes(name).items())
        shares = (facts.shared_words(name), facts.order_distance(name), facts.pretraining_share(name))
        percent = [f"{100 * share:.0f} %" for share in shares]
        rows.append((code(name), language.about, language.script, facts.word_order(name), place, affixes, *percent))
    columns = ("code", "what it is", "script", "order", "adjectives", "affixes", "shared words", "other order", "text")
    return table(columns, rows)


def mini_genres_table() -> str:
    uses = {"report": "intermediate tasks", "tale": "targets", "everything": "pretraining text, `mlm`"}
    rows = []
    for genre in (world.REPORT, world.TALE, world.EVERYTHING):
        percent = [f"{100 * share:.0f} %" for share in (genre.details, genre.passive, genre.front)]
        rows.append((genre.name, uses[genre.name], ", ".join(genre.names[:3]) + ", ...", *percent))
    return table(("genre", "used for", "people", "details", "passive", "front"), rows)


def mini_tasks_table() -> str:
    rows = []
    for name, recipe in RECIPES.items():
        sizes = "/".join(f"{recipe.sizes.get(split, 0) or '-'}" for split in ("train", "validation", "test"))
        scored = any(split in recipe.sizes for split in ("validation", "test"))
        chance = f"{recipe.chance:.1f}" if scored else "-"
        rows.append((code(name), facts.role(name), sizes, facts.built(name), chance, recipe.cannot_show))
    return table(("task", "role", "train/validation/test", "rows", "chance", "cannot show"), rows)


def mini_worlds_table() -> str:
    about = attributes(World)
    rows = []
    for name, one in WORLDS.items():
        differs = [about[field.name] for field in dataclasses.fields(one) if getattr(one, field.name) is True]
        rows.append((code(name), " ".join(differs) or f"{one.about}: the default."))
    return table(("world", "what is different"), rows)


def described(columns: Mapping[str, str]) -> str:
    return table(("column", "what it is"), [(code(name), about) for name, about in columns.items()])


def errors_table() -> str:
    from tests.error_codes import meanings

    return table(("code", "what is wrong"), [(code(name), said) for name, said in meanings().items()])


GENERATORS: dict[str, Callable[[], str]] = {
    "options": options_table,
    "settings": settings_table,
    "hyper-parameters": hyper_table,
    "kind-settings": kind_settings_table,
    "presets": presets_table,
    "models": models_table,
    "layouts": layouts_table,
    "sources": sources_table,
    "readers": readers_table,
    "rows": rows_table,
    "hooks": hooks_text,
    "image-encoders": image_encoders_table,
    "perturbations": perturbations_table,
    "marks": marks_table,
    "measures": measures_table,
    "records": records_tables,
    "columns": columns_table,
    "leaderboard": leaderboard_tables,
    "mini-languages": mini_languages_table,
    "mini-genres": mini_genres_table,
    "mini-tasks": mini_tasks_table,
    "mini-worlds": mini_worlds_table,
    "errors": errors_table,
    "studies": studies_table,
    "study": study_tables,
    "comparison": lambda: described(COLUMNS),
    "comparison-items": lambda: described(ITEM_COLUMNS),
}


def generated(text: str) -> str:
    """The text with its generated parts as they should be."""
    return GENERATED.sub(lambda found: found[1] + GENERATORS[found[2]]() + found[4], text)


@pytest.mark.parametrize("path", PAGES, ids=page_id)
def test_generated_tables_are_up_to_date(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert generated(text) == text, "write them anew: python tests/test_docs.py"


def test_every_generated_table_is_in_a_page() -> None:
    found = [name for path in PAGES for _, name, *_ in GENERATED.findall(path.read_text(encoding="utf-8"))]
    assert sorted(found) == sorted(GENERATORS)


def test_every_setting_and_record_field_is_described() -> None:
    assert [field.name for field in dataclasses.fields(Settings) if not attributes(Settings).get(field.name)] == []
    named = [(title, *field) for title, node in record_parts().items() for field in schema_fields(node)]
    assert [f"{title}: {path}" for title, path, _, about in named if not about] == []


# Hand-written tables


def cells(path: Path, heading: str) -> list[list[str]]:
    """The cells of the first table below a heading, without its head; code marks taken off."""
    text = path.read_text(encoding="utf-8").partition(f"\n{heading}\n")[2]
    lines = re.search(r"((?:^\|.*\n)+)", text, re.MULTILINE)
    assert lines, f"no table below {heading!r} in {path.name}"
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[1].splitlines()[2:]]


def names_in(cell: str) -> list[str]:
    return re.findall(r"`([\w-]+)`", cell)


def test_exit_codes_are_documented() -> None:
    documented = [int(row[0]) for row in cells(ROOT / "docs" / "guide.md", "## Exit codes")]
    signals = sorted(128 + number for number in (signal.SIGINT, *ENDING))
    assert documented == [0, main.FAILED, main.USER_ERROR, *signals]


def test_the_definition_of_every_measure_is_documented() -> None:
    documented = [names_in(row[0]) for row in cells(ROOT / "docs" / "measures.md", "## Definitions and sources")]
    assert sorted(name for (name,) in documented) == sorted(Registry().measures)


def test_what_a_kind_must_have_is_documented() -> None:
    from harness.kinds.base import Kind

    documented = {name for row in cells(ROOT / "docs" / "plugins.md", "## A kind") for name in names_in(row[0])}
    assert documented >= set(Kind.__abstractmethods__)
    assert documented <= set(dir(Kind)) | {f.name for f in dataclasses.fields(Kind)} | set(Kind.__annotations__)


def test_everything_exported_is_documented() -> None:
    text = "".join(path.read_text(encoding="utf-8") for path in PAGES)
    assert [name for name in harness.__all__ if not re.search(rf"\b{name}\b", text)] == []


def test_environment_variables_are_documented() -> None:
    code = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "harness").rglob("*.py"))
    text = "".join(path.read_text(encoding="utf-8") for path in PAGES)
    assert {name for name in re.findall(r"\bXHARNESS_[A-Z]+\b", code) if name not in text} == set()


# Commands, programs, files, links


@pytest.mark.parametrize("path", TEXTS, ids=page_id)
def test_links_lead_somewhere(path: Path) -> None:
    broken = []
    for link in LINK.findall(FENCE.sub("", path.read_text(encoding="utf-8"))):
        if re.match(r"[a-z]+:", link):
            continue
        file, _, anchor = link.partition("#")
        target = (path.parent / file).resolve() if file else path
        if not target.exists() or (anchor and anchor not in anchors(target)):
            broken.append(link)
    assert broken == []


def anchors(path: Path) -> set[str]:
    headings = HEADING.findall(FENCE.sub("", path.read_text(encoding="utf-8")))
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("path", PAGES, ids=page_id)
def test_commands_can_be_parsed(path: Path) -> None:
    for command in (c for block in blocks(path) if block.language == "console" for c in commands(block)):
        program, *words = command.words
        if program.startswith("scripts/"):
            script = (ROOT / program).read_text(encoding="utf-8")
            if '"$@"' in script and "xharness train" in script:
                parse(["train", *words])
            else:
                assert [w for w in words if w.startswith("--") and w not in script] == []
        elif words and not words[0].startswith("-"):
            parse(words)


def test_arms_of_the_guide_can_be_planned(scratch: Path) -> None:
    # One of the arms freezes a layer and trains another.
    (scratch / ".tiny.toml").write_text(TINY.replace("model.layers = 1", "model.layers = 2"), encoding="utf-8")
    rows = cells(ROOT / "docs" / "guide.md", "## Arms")
    assert len(rows) > 10
    for _, command in rows:
        program, *words = shlex.split(command.strip("`"))
        assert program == "xharness"
        assert main.run([*words, "--config", ".tiny.toml", "--plan"]) == 0, command


def parse(words: list[str]) -> None:
    of_studies = {f"study {name}": command_of(study) for name, study in default_registry().studies.items()}
    known = subcommands() | of_studies | {f"study {ALL}": all_command()}
    count = 1 if words[0] in known else 2
    name = " ".join(words[:count])
    with contextlib.suppress(click.exceptions.Exit):  # asked for help
        known[name].make_context(name, words[count:], **main.cli.context_settings).close()


def run_page(path: Path, directory: Path) -> None:
    """Do all that a page says, in a directory."""
    (directory / ".tiny.toml").write_text(TINY, encoding="utf-8")
    namespace: dict[str, Any] = {"__name__": "documentation"}
    for block in blocks(path):
        if block.file:
            (directory / block.file).parent.mkdir(parents=True, exist_ok=True)
            (directory / block.file).write_text(block.text, encoding="utf-8")
        if block.language == "python":
            exec(compile(block.text, f"{path.name}: {block.file or 'python'}", "exec", dont_inherit=True), namespace)
        elif block.language == "console":
            for command in commands(block):
                if command.words[0] == "xharness" and command.code is not None:
                    words = command.words[1:]
                    if words[0] == "train" and {"--config", "--resume"}.isdisjoint(words):
                        words += ["--config", ".tiny.toml"]
                    assert main.run(words) == command.code, shlex.join(command.words)


@pytest.fixture
def scratch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("XHARNESS_RUNS", raising=False)
    monkeypatch.setattr(sys, "argv", ["xharness"])
    return tmp_path


TRAINING = ("mini.md", "settings.md")
"""Pages whose commands plan much before they train something."""


@pytest.mark.parametrize(
    "path",
    [
        pytest.param(page, marks=pytest.mark.loads_torch if page_id(page) in TRAINING else (), id=page_id(page))
        for page in PAGES
    ],
)
def test_commands_and_programs_run(path: Path, scratch: Path) -> None:
    run_page(path, scratch)
    if path.name == "guide.md":
        check_runs_directory(scratch / "runs", path.read_text(encoding="utf-8"))


def test_the_notebook_runs(scratch: Path) -> None:
    import json

    notebook = json.loads((DOCS / "report.ipynb").read_text(encoding="utf-8"))
    namespace: dict[str, Any] = {}
    shown = []
    for cell in notebook["cells"]:
        assert cell.get("outputs", []) == []
        if cell["cell_type"] == "code":
            tree = ast.parse("".join(cell["source"]))
            last = tree.body[-1]
            if isinstance(last, ast.Expr):
                # What a notebook shows is the value of the last expression.
                tree.body[-1] = ast.parse("shown = 0").body[0]
                tree.body[-1].value = last.value  # type: ignore[attr-defined]
            exec(compile(tree, "report.ipynb", "exec"), namespace)
            shown += [namespace["shown"]] if isinstance(last, ast.Expr) else []
    scores, steps_of, report, figure, written = shown
    assert set(scores.columns) == {"none", "mnli"}
    assert "mnli" in {task for _, task in steps_of.index}
    assert "Is there a gain?" in report._repr_html_()
    assert "Is there a gain?" in str(report)
    assert "<svg " in figure._repr_html_()
    assert figure.svg.startswith("<svg ")
    assert (scratch / written).read_text(encoding="utf-8").startswith("<!doctype html>")


def check_runs_directory(runs: Path, text: str) -> None:
    """Every file of a run and every file that leaves a stage is named in the guide."""
    assert any(runs.glob("*/records.jsonl"))
    files = [path for path in runs.rglob("*") if path.is_file() and not path.name.startswith(".")]
    names = {path.name for path in files if not {"features", "shared"} & set(path.parts)}
    names = {"head-TASK.safetensors" if name.startswith("head-") else name for name in names}
    assert {name for name in names if f"`{name}`" not in text} == set()
    # Files that checkpoints share have no names of their own, and no digests of stages.
    assert "`shared/`" in text
    folders = {path.name for path in (runs / "store").iterdir() if path.is_dir()} - {"shared"}
    assert folders >= {"model", "features", "train", "predict", "embed", "measure"}
    assert {folder for folder in folders if f"`{folder}/DIGEST`" not in text} == set()


def test_predictions_and_flat_columns_are_documented(scratch: Path) -> None:
    import pandas as pd
    import pyarrow.parquet as pq

    from tests.pictures import write_captions

    page = ROOT / "docs" / "records.md"
    documented = {row[0].strip("`"): names_in(row[1]) for row in cells(page, "## Predictions")}
    assert sorted(documented) == sorted(["every kind", *Registry().kinds])
    (scratch / "tiny.toml").write_text(TINY, encoding="utf-8")
    targets = ["pawsx", "hellaswag", "ccg", "squad_v2", "tatoeba", "bucc2018", "lareqa"]
    on_mini = harness.train(config="tiny.toml", target=targets, languages=["en", "qaa"]).records
    # Mini's plain text is for training only, and a random model guesses masked tokens with what it was trained on.
    for split in ("train", "validation"):
        file = scratch / "data" / "mlm" / f"{split}-en.txt"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"one old house of the {split} rows\ntwo birds sing\n", encoding="utf-8")
    texts: dict[str, Any] = {"intermediate": "mlm", "target": "mlm", "baseline": False, "data": "data"}
    on_files = harness.train(config="tiny.toml", **texts).records
    captions = str(write_captions(scratch / "pictured"))
    on_images = harness.train(config="tiny.toml", target=["flickr8k", "flickr8k@masked"], data=captions).records
    scores = pd.concat([on_mini, on_files, on_images])
    assert set(scores["status"]) == {"ok"}
    assert sorted(scores["kind"].unique()) == sorted(Registry().kinds)
    for kind, stage in scores.groupby("kind")["predictions"].first().items():
        stored = pq.read_schema(scratch / "runs" / "store" / "predict" / stage / "predictions.parquet").names
        assert stored == documented["every kind"] + documented[str(kind)]
    assert sorted(scores.columns) == sorted(columns())
    fields = {names_in(row[0])[0]: {"event", "phase", "digest", *names_in(row[1])} for row in cells(page, "## Steps")}
    log = Path(on_mini["run_directory"].iloc[0]) / "steps.jsonl"
    for line in map(json.loads, log.read_text(encoding="utf-8").splitlines()):
        assert line.keys() == fields[line["event"]]


def test_plugin_example_is_the_package_that_tests_install() -> None:
    found = {block.file: block.text for block in blocks(ROOT / "docs" / "plugins.md") if block.file}
    assert found["xharness_kinyanews.py"] == (PACKAGE / "xharness_kinyanews.py").read_text(encoding="utf-8")
    # The package of the tests has more modules, which the documentation tells of elsewhere.
    lines = (PACKAGE / "pyproject.toml").read_text(encoding="utf-8").splitlines(keepends=True)
    assert found["pyproject.toml"] == "".join(line for line in lines if not re.search("xharness_(?!kinyanews)", line))


def test_hooks_of_examples_exist() -> None:
    for block in blocks(ROOT / "docs" / "plugins.md"):
        if "hookimpl" in block.text and block.language == "python":
            module = types.ModuleType("example")
            exec(compile(block.text, "example", "exec", dont_inherit=True), vars(module))
            manager = Registry().manager
            manager.register(module)
            manager.check_pending()
            assert manager.get_hookcallers(module)


def test_every_reader_and_module_is_in_the_architecture() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    packages = [found.name for found in pkgutil.iter_modules(harness.__path__) if found.ispkg]
    modules = [f"{found.name}.py" for found in pkgutil.iter_modules(harness.__path__) if not found.ispkg]
    assert [name for name in [*(f"{package}/" for package in packages), *modules] if f"`{name}`" not in text] == []


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    for page in PAGES:
        old = page.read_text(encoding="utf-8")
        if generated(old) != old:
            page.write_text(generated(old), encoding="utf-8")
