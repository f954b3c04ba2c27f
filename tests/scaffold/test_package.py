"""What `new-task` writes: installed as a third party would, it passes its own test, whatever the kind."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from harness.errors import UnknownName
from harness.registry import Registry, default_registry
from harness.scaffold.package import write_package
from harness.scaffold.templates import kinds
from tests.raising import raises_code

PIP = ["--quiet", "--disable-pip-version-check", "--no-index", "--no-deps", "--no-build-isolation"]


@pytest.fixture(scope="module")
def registry() -> Registry:
    return default_registry()


def name_of(kind: str) -> str:
    return f"my_{kind.replace('-', '_')}"


@pytest.fixture(scope="module")
def packages(registry: Registry, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one package a kind."""
    place = tmp_path_factory.mktemp("scaffold")
    for kind in kinds():
        write_package(name_of(kind), kind, place, registry)
    return place


@pytest.fixture(scope="module")
def environment(packages: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Environment variables with which a subprocess finds all packages, installed."""
    installed = tmp_path_factory.mktemp("installed")
    # Built from a copy, because a build leaves files in the folder it builds.
    copies = shutil.copytree(packages, installed / "source")
    sources = [str(path) for path in sorted(copies.iterdir())]
    command = [sys.executable, "-m", "pip", "install", *PIP, "--target", str(installed), *sources]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    path = os.pathsep.join(filter(None, [str(installed), os.environ.get("PYTHONPATH")]))
    return {**os.environ, "PYTHONPATH": path, "XHARNESS_STRICT": "1"}


def test_every_kind_has_a_template(registry: Registry) -> None:
    assert kinds() == sorted(registry.kinds)


@pytest.mark.loads_torch
def test_every_package_passes_its_own_test_and_xharness_validate(packages: Path, environment: dict[str, str]) -> None:
    tests = [str(path) for path in sorted(packages.glob("*/tests/test_*.py"))]
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *tests]
    done = subprocess.run(command, cwd=packages, env=environment, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
    assert f"{len(kinds())} passed" in done.stdout
    data = packages / "xharness-my-text-retrieval" / "tests" / "data"
    command = [sys.executable, "-c", "from harness.cli.main import main; main()", "validate", "my_text_retrieval"]
    done = subprocess.run([*command, "--data", str(data)], env=environment, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
    assert "1 task, 0 with problems" in done.stdout


@pytest.mark.loads_torch
@pytest.mark.parametrize("kind", ["text-classification", "fill-mask"])
def test_its_first_run_is_as_its_readme_says(
    packages: Path, environment: dict[str, str], kind: str, tmp_path: Path
) -> None:
    package = packages / f"xharness-{name_of(kind).replace('_', '-')}"
    readme = (package / "README.md").read_text(encoding="utf-8")
    (line,) = (line for line in readme.splitlines() if line.startswith("$ xharness train "))
    words = line.removeprefix("$ xharness ").split()
    command = [sys.executable, "-c", "from harness.cli.main import main; main()", *words, "--runs", str(tmp_path)]
    done = subprocess.run(command, cwd=package, env=environment, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "failed" not in done.stdout
    assert f"{name_of(kind)}: {'masked_' if kind == 'fill-mask' else ''}accuracy, percent" in done.stdout


@pytest.mark.parametrize("kind", kinds())
def test_a_task_is_below_thirty_lines(packages: Path, kind: str) -> None:
    name = name_of(kind)
    (module,) = (packages / f"xharness-{name.replace('_', '-')}").glob("*.py")
    text = module.read_text(encoding="utf-8")
    assert len(text.splitlines()) < 30
    assert f'kind="{kind}"' in text
    assert module.name == f"xharness_{name}.py"


def test_files_are_given_in_the_order_to_read_them(registry: Registry, tmp_path: Path) -> None:
    files = [file.relative_to(tmp_path).as_posix() for file in write_package("news", "fill-mask", tmp_path, registry)]
    assert files[:4] == [
        f"xharness-news/{name}" for name in ("xharness_news.py", "pyproject.toml", "tests/test_news.py", "README.md")
    ]
    assert files[4:] == [
        f"xharness-news/tests/data/news/{language}/{split}.jsonl"
        for split in ("train", "validation")
        for language in ("en", "sw")
    ]


@pytest.mark.parametrize("name", ["", "News", "1news", "my-news", "my news", "../news", "news_", "é"])
def test_names_that_no_module_could_have_are_refused(registry: Registry, tmp_path: Path, name: str) -> None:
    with raises_code("bad-task-name"):
        write_package(name, "fill-mask", tmp_path, registry)
    assert list(tmp_path.iterdir()) == []


def test_what_exists_is_refused(registry: Registry, tmp_path: Path) -> None:
    with raises_code("task-exists", "pawsx", "xharness"):
        write_package("pawsx", "fill-mask", tmp_path, registry)
    (tmp_path / "xharness-my-news").mkdir()
    with raises_code("output-exists"):
        write_package("my_news", "fill-mask", tmp_path, registry)
    assert list((tmp_path / "xharness-my-news").iterdir()) == []


def test_an_unknown_kind_is_refused_with_a_suggestion(registry: Registry, tmp_path: Path) -> None:
    with pytest.raises(UnknownName) as found:
        write_package("news", "text-clasification", tmp_path, registry)
    assert found.value.fix == "did you mean text-classification or token-classification?"
    assert list(tmp_path.iterdir()) == []
