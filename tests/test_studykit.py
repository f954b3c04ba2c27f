"""What studies are written with: it is all there, and light to import."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from harness import studykit

ROOT = Path(__file__).parent.parent


@pytest.mark.parametrize("name", studykit.__all__)
def test_every_name_exists(name: str) -> None:
    assert getattr(studykit, name) is not None


def test_studies_are_listed_without_anything_heavy() -> None:
    code = """
import sys
from harness.registry import Registry
assert Registry().studies is not None
heavy = {"torch", "transformers", "datasets", "deepspeed", "numpy", "scipy", "pandas"}
assert not heavy & sys.modules.keys(), heavy & sys.modules.keys()
"""
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)
