"""`--quick`: a test is left out at the moment it loads torch, so that nobody keeps a list of such tests.

Within the tests' own process the import skips the test. A process that a test starts ends at the import. Either leaves
a mark, and the test it was for is left out, whatever it made of that. Tests that do much before they come to it are
marked `loads_torch`, and not begun.
"""

from __future__ import annotations

import os
import sys
import tempfile
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from _pytest.outcomes import Skipped

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence
    from types import ModuleType

REASON = "loads torch"
FOR_PROCESSES = Path(__file__).parent / "without_torch"


class Quick:
    """The plugin of pytest that leaves out what loads torch."""

    def __init__(self) -> None:
        assert "torch" not in sys.modules, "a conftest.py loads torch when it is imported"
        sys.meta_path.insert(0, _WithoutTorch())
        self._place = tempfile.TemporaryDirectory(prefix="xharness-quick-")
        # One test goes on as another user, whose reports look for the mark, too.
        Path(self._place.name).chmod(0o755)
        self._mark = Path(self._place.name, "mark")
        os.environ["XHARNESS_TESTS_MARK"] = str(self._mark)
        before = os.environ.get("PYTHONPATH")
        os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [str(FOR_PROCESSES), before]))

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        for item in items:
            if item.get_closest_marker("loads_torch"):
                item.add_marker(pytest.mark.skip(reason=REASON))

    def pytest_collection_finish(self) -> None:
        self._mark.unlink(missing_ok=True)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        report = yield
        if self._mark.exists():
            self._mark.unlink()
            report.outcome = "skipped"
            report.longrepr = (str(item.path), 0, f"Skipped: it, or a process that it starts, {REASON}")
        return report

    def pytest_unconfigure(self) -> None:
        self._place.cleanup()


class LoadsTorch(Skipped, GeneratorExit):
    """Leaves a test out; like what ends a generator it is nobody's mistake, and no code under test keeps it."""


class _WithoutTorch(MetaPathFinder):
    """Finds torch, so that asking whether it is installed is answered as ever, and refuses to load it."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        spec = PathFinder.find_spec(fullname, path, target) if fullname == "torch" else None
        if spec is not None:
            spec.loader = _Refusing()
        return spec


class _Refusing(Loader):
    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        # The code under test may take even what is no Exception for a plugin's mistake.
        Path(os.environ["XHARNESS_TESTS_MARK"]).touch()
        raise LoadsTorch(REASON, allow_module_level=True)

    def exec_module(self, module: ModuleType) -> None:
        raise AssertionError("nothing to run")
