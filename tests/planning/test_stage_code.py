"""The code of a stage and its version: whoever changes the one has to think of the other.

Run as a program, `python tests/planning/test_stage_code.py`, it writes down what the code is now.
"""

from __future__ import annotations

import ast
import hashlib
import json
from pathlib import Path

import pytest

from harness.planning.digests import VERSIONS

ROOT = Path(__file__).parent.parent.parent
KNOWN = Path(__file__).with_name("stage_code.json")

ENCODING = ("harness/rows.py", "harness/kinds/*.py", "harness/modeling/tokenizer.py")
MODELING = (
    *("harness/modeling/checkpoints.py", "harness/modeling/model.py", "harness/modeling/shape.py"),
    "harness/modeling/heads/*.py",
    "harness/modeling/use/model.py",
)
TRIMMING = "harness/modeling/vocabulary.py"
PREDICTING = ("harness/training/predict.py", "harness/kinds/search/retrieval.py", "harness/training/batching.py")
MODULES = {
    "model": (*ENCODING, "harness/modeling/scratch.py", "harness/modeling/use/*.py", TRIMMING),
    "features": (*ENCODING, TRIMMING),
    "train": (*ENCODING, *MODELING, *PREDICTING, "harness/training/*.py", "harness/item_scores.py"),
    "predict": (*ENCODING, *MODELING, *PREDICTING, "harness/evaluation/predictions.py"),
}


def code_of(source: str) -> str:
    """A module's code without comments and docstrings, the same under every version of Python."""
    return repr(_plain(ast.parse(source)))


def _plain(node: object) -> object:
    if isinstance(node, list):
        return [_plain(item) for item in node if not _is_text(item)]
    if not isinstance(node, ast.AST):
        return node
    # What is empty is left out: newer versions of Python add fields that are.
    fields = {name: _plain(value) for name, value in ast.iter_fields(node)}
    return type(node).__name__, {name: value for name, value in fields.items() if value not in (None, [])}


def _is_text(node: object) -> bool:
    """A docstring, or a text below a constant that documents it."""
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def code_now() -> dict[str, dict[str, object]]:
    """Version and hash of each stage's code."""
    stages: dict[str, dict[str, object]] = {}
    for stage, patterns in MODULES.items():
        paths = sorted({path for pattern in patterns for path in ROOT.glob(pattern)})
        codes = [f"{path.relative_to(ROOT).as_posix()}\n{code_of(path.read_text(encoding='utf-8'))}" for path in paths]
        stages[stage] = {
            "version": VERSIONS[stage],
            "code": hashlib.sha256("\n".join(codes).encode()).hexdigest()[:16],
        }
    return stages


def test_every_stage_is_watched() -> None:
    assert MODULES.keys() == VERSIONS.keys()
    for patterns in MODULES.values():
        assert all(any(ROOT.glob(pattern)) for pattern in patterns)


@pytest.mark.parametrize("stage", VERSIONS)
def test_code_that_changed_has_a_new_version(stage: str) -> None:
    known, now = json.loads(KNOWN.read_text(encoding="utf-8"))[stage], code_now()[stage]
    if known["code"] != now["code"] and known["version"] == now["version"]:
        pytest.fail(
            f"the code of the stage {stage!r} has changed. If its results can be others, raise VERSIONS[{stage!r}] in "
            "harness/planning/digests.py (or the version of the one kind that changed), so that nobody is given old "
            "results. Then, or if they cannot: python tests/planning/test_stage_code.py"
        )
    assert known == now, "a new version: write it down with python tests/planning/test_stage_code.py"


def test_only_what_runs_counts() -> None:
    plain = "X = 1\ndef f():\n    return 1\n"
    assert code_of('"""Doc."""\nX = 1\n"""About X."""\ndef f():\n    """Doc."""\n    return 1  # why\n') == code_of(
        plain
    )
    assert code_of(plain.replace("return 1", "return 2")) != code_of(plain)
    assert code_of(plain.replace("X = 1", "X = '1'")) != code_of(plain)


if __name__ == "__main__":
    KNOWN.write_text(json.dumps(code_now(), indent=1) + "\n", encoding="utf-8")
