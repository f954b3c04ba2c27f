"""The wheel works by itself: built, installed into a directory, and used where the checkout cannot be imported."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from harness.registry import default_registry

ROOT = Path(__file__).parent.parent
PIP = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
OFFLINE = ["--no-deps", "--no-index"]


@dataclass(frozen=True)
class Installed:
    """A wheel, where it is installed, and a directory to be in."""

    wheel: Path
    directory: Path
    here: Path

    def run(self, arguments: Sequence[str]) -> str:
        environment = {**os.environ, "PYTHONPATH": str(self.directory), "PYTHONSAFEPATH": ""}
        done = subprocess.run(
            [sys.executable, *arguments], cwd=self.here, env=environment, check=False, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def xharness(self, *arguments: str) -> str:
        return self.run([str(self.directory / "bin" / "xharness"), *arguments])


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    place = tmp_path_factory.mktemp("wheel")
    source = place / "source"
    # The build reads the folders' files as they are, and leaves files of its own.
    left_out = shutil.ignore_patterns(
        "__pycache__", "*.egg-info", ".*_cache", ".venv", ".git", "runs", "build", "dist", "tests", "docs"
    )
    shutil.copytree(ROOT, source, ignore=left_out, symlinks=True)
    build = f"from setuptools.build_meta import build_wheel; build_wheel({str(place)!r})"
    subprocess.run([sys.executable, "-c", build], cwd=source, check=True, stdout=subprocess.DEVNULL)
    (wheel,) = place.glob("*.whl")
    subprocess.run([*PIP, "install", "--no-compile", *OFFLINE, "--target", place / "installed", wheel], check=True)
    here = place / "here"
    for package in ("plugins", "plugins/tasks"):
        (here / package).mkdir(parents=True)
        (here / package / "__init__.py").write_text("raise RuntimeError('not the plugins of xharness')\n")
    return Installed(wheel, place / "installed", here)


def test_the_checkout_is_out_of_reach(installed: Installed) -> None:
    code = "import harness, harness_plugins; print(harness.__file__); print(harness_plugins.__path__[0])"
    assert all(Path(line).is_relative_to(installed.directory) for line in installed.run(["-c", code]).splitlines())


def test_the_wheel_holds_what_the_code_reads(installed: Installed) -> None:
    names = set(zipfile.ZipFile(installed.wheel).namelist())
    assert {"harness/registry.yaml", "harness/sources/hub/revisions.json", "harness/py.typed"} <= names
    code = {path.relative_to(ROOT).as_posix() for path in (ROOT / "harness").rglob("*.py")}
    code |= {f"harness_{path.relative_to(ROOT).as_posix()}" for path in (ROOT / "plugins").rglob("*.py")}
    assert {name for name in names if name.endswith(".py")} == code
    registry = zipfile.ZipFile(installed.wheel).read("harness/registry.yaml")
    assert registry == (ROOT / "registry.yaml").read_bytes()


def test_all_tasks_are_listed_beside_a_package_named_plugins(installed: Installed) -> None:
    expected = list(default_registry().tasks)
    assert [task["name"] for task in json.loads(installed.xharness("ls", "tasks", "--json"))] == expected
    # Here the current directory comes first in the path.
    code = "from harness.cli.main import run; run(['ls', 'tasks', '--json'])"
    assert [task["name"] for task in json.loads(installed.run(["-c", code]))] == expected


@pytest.mark.loads_torch
def test_a_run_on_mini_works(installed: Installed) -> None:
    steps = ["--set", "intermediate.steps=2", "--set", "target.steps=2", "--limit", "16"]
    out = installed.xharness("train", "--intermediate", "qqp", "--target", "pawsx", "--languages", "en", *steps)
    assert "pawsx: accuracy, percent, after qqp" in out
    assert len(list(installed.here.glob("runs/*/records.jsonl"))) == 1
