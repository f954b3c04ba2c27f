"""The rules of the house: who may import whom, what stays light, and what every module has."""

from __future__ import annotations

import ast
import functools
import graphlib
import os
import re
import subprocess
import sys
import tomllib
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import harness
from harness import kindkit, studykit
from harness.planning.stages.base import Stage
from harness.registry import default_registry
from tests.trees import nodes, parsed

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parent.parent
FOLDERS = {"harness": ROOT / "harness", "harness_plugins": ROOT / "plugins"}

HEAVY = {"torch", "transformers", "datasets", "deepspeed", "scipy"}
LIGHT = tuple(
    f"harness.{name}"
    for name in ("benchmarks", "cli", "kinds", "planning", "report", "results", "sources", "statistics")
)
LIGHT += ("harness.scaffold", "harness.testing", "harness.validation", "harness_plugins")

# A module may import from its own layer and from those before it.
LAYERS = (
    ("results", "statistics"),
    ("sources", "kinds", "modeling", "training", "evaluation"),
    (
        "planning",
        "studies",
        "benchmarks",
        "exporting",
        "validation",
        "scaffold",
        "comparing",
        "every_eval_ever",
    ),
    ("report", "tracking"),
    ("cli",),
)


@dataclass(frozen=True)
class Import:
    """One imported name; `module` is None for `import a.b`."""

    module: str | None
    name: str
    at_load: bool

    @property
    def target(self) -> str:
        """The module that is imported, as far as it is one of ours."""
        if self.module is None:
            return self.name
        full = f"{self.module}.{self.name}"
        return full if full in MODULES else self.module


def modules() -> dict[str, Path]:
    """Paths of our modules by import name; a package has the name of its folder."""
    found = {}
    for package, folder in FOLDERS.items():
        for path in sorted(folder.rglob("*.py")):
            parts = path.relative_to(folder).with_suffix("").parts
            found[".".join([package, *(part for part in parts if part != "__init__")])] = path
    return found


MODULES = modules()


@functools.cache
def imports(name: str) -> list[Import]:
    """What a module imports when it runs; blocks for type checkers do not run."""
    path = MODULES[name]
    package = name if path.name == "__init__.py" else name.rpartition(".")[0]

    def visit(node: ast.AST, *, at_load: bool) -> Iterator[Import]:
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield Import(None, alias.name, at_load)
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            for alias in node.names:
                yield Import(".".join([*above, *filter(None, [node.module])]), alias.name, at_load)
        elif isinstance(node, ast.If) and _last_name(node.test) == "TYPE_CHECKING":
            for later in node.orelse:
                yield from visit(later, at_load=at_load)
        else:
            inside = at_load and not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
            for child in ast.iter_child_nodes(node):
                yield from visit(child, at_load=inside)

    return list(visit(parsed(path), at_load=True))


def below(name: str, package: str) -> bool:
    return name == package or name.startswith(package + ".")


def is_light(name: str) -> bool:
    """Whether a module may not import what is heavy when it is loaded; heads of plugins' kinds may."""
    return any(below(name, package) for package in LIGHT) and not below(name, "harness_plugins.kinds.heads")


def layer(name: str) -> int | None:
    """Position in LAYERS; None for the modules beside the packages, which all may use."""
    parts = name.split(".")
    return next((i for i, packages in enumerate(LAYERS) if len(parts) > 1 and parts[1] in packages), None)


def package_of(name: str) -> str:
    """The package of ours that a module is in; a module that is in none is a package of its own."""
    return ".".join(name.split(".")[:2])


def run(code: str) -> str:
    """What a fresh interpreter prints."""
    done = subprocess.run([sys.executable, "-c", code], check=True, stdout=subprocess.PIPE, text=True, cwd=ROOT)
    return done.stdout.strip()


def test_plugins_use_only_what_harness_exports() -> None:
    broken = []
    for name in (name for name in MODULES if below(name, "harness_plugins")):
        for item in imports(name):
            if below(name, "harness_plugins.studies") and (item.module, item.name) == ("harness", "studykit"):
                continue
            if item.module == "harness" and item.name not in harness.__all__:
                broken.append(f"{name}: from harness import {item.name}")
            elif below(name, "harness_plugins.kinds") and item.module == "harness.kindkit":
                broken += [] if item.name in kindkit.__all__ else [f"{name}: from harness.kindkit import {item.name}"]
            elif below(name, "harness_plugins.studies") and item.module == "harness.studykit":
                broken += [] if item.name in studykit.__all__ else [f"{name}: from harness.studykit import {item.name}"]
            elif below(item.module or item.name, "harness") and "harness" not in (item.module, item.name):
                broken.append(f"{name}: {item.module or item.name}")
        for node in nodes(MODULES[name]):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "harness":
                if node.attr not in harness.__all__:
                    broken.append(f"{name}:{node.lineno}: harness.{node.attr}")
            elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "studykit":
                broken += [] if node.attr in studykit.__all__ else [f"{name}:{node.lineno}: studykit.{node.attr}"]
            elif isinstance(node, ast.alias) and node.name == "harness" and node.asname:
                broken.append(f"{name}:{node.lineno}: harness under another name")
    assert broken == []


@pytest.mark.parametrize("name", harness.__all__)
def test_every_exported_name_exists(name: str) -> None:
    assert getattr(harness, name) is not None


def test_the_core_names_no_plugin() -> None:
    core = [name for name in MODULES if below(name, "harness")]
    assert [(n, i.target) for n in core for i in imports(n) if below(i.target, "harness_plugins")] == []


def test_statistics_stand_on_their_own() -> None:
    allowed = ("harness.statistics", "harness.errors")
    broken = [
        (name, item.target)
        for name in MODULES
        if below(name, "harness.statistics")
        for item in imports(name)
        if below(item.target, "harness") and not any(below(item.target, package) for package in allowed)
    ]
    assert broken == []


def test_imports_go_one_way() -> None:
    broken = []
    for name in MODULES:
        own = layer(name)
        for item in imports(name):
            other = layer(item.target) if below(item.target, "harness") else None
            if own is not None and other is not None and other > own:
                broken.append(f"{name} imports {item.target}")
    assert broken == []


def test_no_modules_need_each_other_to_load() -> None:
    graph = {
        name: {item.target for item in imports(name) if item.at_load and item.target in MODULES} for name in MODULES
    }
    try:
        graphlib.TopologicalSorter(graph).prepare()
    except graphlib.CycleError as error:
        pytest.fail(f"import cycle: {' <- '.join(error.args[1])}")


def test_no_packages_need_each_other_to_run() -> None:
    graph: dict[str, set[str]] = {}
    for name in MODULES:
        needed = {package_of(item.target) for item in imports(name) if item.target in MODULES}
        graph.setdefault(package_of(name), set()).update(needed - {package_of(name)})
    try:
        graphlib.TopologicalSorter(graph).prepare()
    except graphlib.CycleError as error:
        pytest.fail(f"packages import each other: {' <- '.join(error.args[1])}")


def test_only_reports_and_the_command_line_write_to_terminals() -> None:
    allowed = ("harness.cli", "harness.report")
    names = [name for name in MODULES if not any(below(name, package) for package in allowed)]
    assert [name for name in names for item in imports(name) if below(item.target, "rich")] == []


def test_light_packages_import_nothing_heavy_themselves() -> None:
    broken = [
        (name, item.target)
        for name in MODULES
        if is_light(name)
        for item in imports(name)
        if item.at_load and item.target.partition(".")[0] in HEAVY
    ]
    assert broken == []


def test_light_packages_load_nothing_heavy_at_all() -> None:
    names = [name for name in MODULES if is_light(name)]
    code = f"""
import importlib, sys
for name in {names!r}:
    importlib.import_module(name)
    heavy = {HEAVY!r} & sys.modules.keys()
    if heavy:
        print(name, "loads", *sorted(heavy))
        break
"""
    assert run(code) == ""


def test_listing_tasks_and_metrics_loads_nothing_heavy() -> None:
    code = f"""
import sys
import harness
from harness.registry import default_registry
from tests.trees import nodes, parsed
registry = default_registry()
assert registry.tasks and registry.metrics
print(*sorted({HEAVY | {"numpy"}!r} & sys.modules.keys()))
"""
    assert run(code) == ""


def test_the_distribution_has_every_package() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["setuptools"]
    on_disk = [name for name, path in MODULES.items() if path.name == "__init__.py"]
    assert sorted(settings["packages"]) == sorted(on_disk)
    assert {name: ROOT / folder for name, folder in settings["package-dir"].items()} == FOLDERS
    folders_with_modules = {path.parent for path in MODULES.values()}
    assert [folder for folder in folders_with_modules if not (folder / "__init__.py").exists()] == []


def test_every_module_says_what_it_is_for() -> None:
    empty = {name for name, path in MODULES.items() if not path.read_text(encoding="utf-8").strip()}
    silent = [name for name, path in MODULES.items() if not ast.get_docstring(parsed(path))]
    assert [name for name in silent if name not in empty] == []


def test_every_script_runs_and_says_what_it_is() -> None:
    scripts = [path for path in sorted((ROOT / "scripts").iterdir()) if path.is_file()]
    assert {"setup", "test", "demo"} <= {path.name for path in scripts}
    for path in scripts:
        first, second = path.read_text(encoding="utf-8").splitlines()[:2]
        assert first.startswith("#!"), path
        assert second.startswith(("# ", '"""')), path
        assert os.access(path, os.X_OK), path


def test_files_of_tests_have_names_of_their_own() -> None:
    """pytest imports them by their last name, and refuses a second file of one."""
    names = Counter(path.name for path in (ROOT / "tests").rglob("test_*.py"))
    assert [name for name, count in names.items() if count > 1] == []


def test_every_module_is_readable_in_one_sitting() -> None:
    lengths = {name: len(path.read_text(encoding="utf-8").splitlines()) for name, path in MODULES.items()}
    assert {name: length for name, length in lengths.items() if length > 400} == {}


def test_json_and_toml_of_files_are_read_in_one_place() -> None:
    """Elsewhere, only texts that were made a moment ago are parsed."""
    reading = re.compile(
        r"\bimport tomllib|(?<![\w.])json\.load\(|(?<![\w.])json\.loads\([^()\n]*(read_|readline|\bline\b)"
    )
    broken = [name for name, path in MODULES.items() if reading.search(path.read_text(encoding="utf-8"))]
    assert broken == ["harness.outside"]


def test_numbers_of_things_in_words_are_right_for_one() -> None:
    """`counted` says "1 task". A number of a larger one ("2 of 3 rows") is followed by a plural whatever it is."""
    number = r"(?:len\([^{}]*\)|[^{}]*_rows|[^{}]*\['(?:n|items|steps)'\])"
    plural = re.compile(rf"(?<! of )(?<! the )(?<!all )(?<!'s )\{{{number}(?::,)?\}} [a-z]+s\b")
    # What statistics raise is for programmers, and they need nothing of the rest.
    told = {name: path for name, path in MODULES.items() if not name.startswith("harness.statistics")}
    broken = {name: plural.findall(path.read_text(encoding="utf-8")) for name, path in told.items()}
    assert {name: found for name, found in broken.items() if found} == {}


def test_no_file_names_a_place_of_one_machine() -> None:
    places = re.compile(rb"(?<![\w.~-])/(work|home|root|opt|mnt|tmp|Users)/\w")
    files = [
        path
        for folder in ("harness", "plugins", "scripts")
        for path in sorted((ROOT / folder).rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts
    ]
    assert [str(path) for path in files if places.search(path.read_bytes())] == []


def test_nothing_asks_of_what_class_a_stage_is() -> None:
    """Stages answer for themselves: a new one is a new file, and no chain of cases elsewhere knows it."""
    stages = default_registry().stages.values()
    bases = {base for one in stages for base in one.stage.__mro__ if issubclass(base, Stage)}
    home = {base.__name__: base.__module__ for base in bases}
    broken = []
    for name in MODULES:
        foreign = {stage for stage, module in home.items() if module != name}
        for node in nodes(MODULES[name]):
            named = {_last_name(part) for one in _tested_for(node) for part in ast.walk(one)}
            if named & foreign:
                broken.append(f"{name}: {ast.unparse(node)}")
    assert broken == []


def _last_name(node: ast.AST) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""


def _tested_for(node: ast.AST) -> list[ast.AST]:
    """The classes that an expression or a pattern asks for; `type(x) is C` is one, too."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("isinstance", "issubclass"):
        return list(node.args[1:])
    if isinstance(node, ast.MatchClass):
        return [node.cls]
    if isinstance(node, ast.Compare):
        sides = [node.left, *node.comparators]
        if any(ast.unparse(one).startswith("type(") or ast.unparse(one).endswith(".__class__") for one in sides):
            return list(sides)
    return []


@pytest.mark.parametrize(
    "code",
    [
        "isinstance(x, Trained)",
        "issubclass(x, (Built, int))",
        "type(x) is Given",
        "match x:\n  case Encode():\n    1",
        "x.__class__ is a.Given",
    ],
)
def test_questions_for_a_class_are_seen(code: str) -> None:
    assert any(_tested_for(node) for node in ast.walk(ast.parse(code)))
