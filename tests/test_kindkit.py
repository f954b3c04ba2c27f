"""What kinds are written with: it is all there, light to import, and what the built-in kinds use."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import harness
from harness import kindkit
from tests.trees import nodes

ROOT = Path(__file__).parent.parent


@pytest.mark.parametrize("name", kindkit.__all__)
def test_every_name_exists(name: str) -> None:
    assert getattr(kindkit, name) is not None


def test_unknown_names_are_refused() -> None:
    with pytest.raises(AttributeError, match="no attribute 'Haed'"):
        _ = kindkit.Haed


def test_importing_it_loads_nothing_heavy_until_a_head_is_asked_for() -> None:
    code = """
import sys
import harness
from harness import kindkit
heavy = {"torch", "transformers", "datasets", "deepspeed", "numpy"}
assert not heavy & sys.modules.keys(), heavy & sys.modules.keys()
assert kindkit.Head.__module__ == "harness.modeling.heads.base"
assert "torch" in sys.modules
"""
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)


def test_the_built_in_kinds_need_nothing_else() -> None:
    """A third party could write them: what they import of ours is exported, or is another built-in kind."""
    exported = {*kindkit.__all__, *harness.__all__}
    modules = [
        path for path in sorted((ROOT / "harness" / "kinds").glob("*.py")) if "def register_kinds" in path.read_text()
    ]
    assert len(modules) == 8
    missing = {
        f"{node.module}.{alias.name}"
        for path in modules
        for node in nodes(path)
        if isinstance(node, ast.ImportFrom) and str(node.module).startswith("harness")
        for alias in node.names
        if alias.name not in exported
    }
    own = ("sentence_similarity.", "search.mining.", "search.no_answer.", "places.")
    assert [name for name in missing if not name.removeprefix("harness.kinds.").startswith(own)] == []
