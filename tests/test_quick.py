from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

TESTS = """
import subprocess
import sys
import pytest

@pytest.mark.loads_torch
def test_that_is_known_to_load_torch() -> None:
    assert False, "not begun"

def test_light() -> None:
    import numpy

def test_that_loads_torch() -> None:
    try:
        import torch
    except Exception:
        pass

def test_whose_process_loads_torch() -> None:
    subprocess.run([sys.executable, "-c", "import torch"], check=True)

def test_that_asks_whether_there_is_torch() -> None:
    from importlib.util import find_spec
    assert find_spec("torch")
"""


@pytest.mark.parametrize("parallel", [[], ["-n", "1"]], ids=["one process", "workers"])
def test_quick_leaves_out_what_loads_torch(tmp_path: Path, parallel: list[str]) -> None:
    file = tmp_path / "test_some.py"
    file.write_text(TESTS, encoding="utf-8")
    words = ["--quick", "-p", "tests.conftest", "-c", str(ROOT / "pyproject.toml"), "-p", "no:cacheprovider", "-vv"]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    command = [sys.executable, "-m", "pytest", *words, *parallel, f"--rootdir={tmp_path}", str(file)]
    done = subprocess.run(command, cwd=ROOT, env=environment, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    outcomes = {
        name: any(outcome in line for line in done.stdout.splitlines() if name in line)
        for name, outcome in {
            "test_light": "PASSED",
            "test_that_loads_torch": "SKIPPED",
            "test_that_is_known_to_load_torch": "SKIPPED",
            "test_whose_process_loads_torch": "SKIPPED",
            "test_that_asks_whether_there_is_torch": "PASSED",
        }.items()
    }
    assert all(outcomes.values()), outcomes
    assert "3 tests and files of tests" in done.stdout
