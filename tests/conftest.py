"""What several tests use, and `--quick`; what is left out is said at the end."""

from __future__ import annotations

import gc
import importlib
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, settings

from harness.errors import counted
from harness.registry import Registry
from tests.fixtures import HubCache
from tests.quick import REASON, Quick
from tests.sharing import made_once

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    import datasets

ROOT = Path(__file__).parent.parent

# Modules that are no tests tell what was asserted only if they are named here, before any of them is imported.
pytest.register_assert_rewrite("tests.cli.options", "tests.raising")

# Models as small as those of tests only lose by more threads, and processes that run at once even more.
os.environ.setdefault("OMP_NUM_THREADS", "1")

# Output is of the usual width, however wide the terminal or the process that tests run in.
os.environ.pop("COLUMNS", None)


# No test fails because the machine is busy. With --quick there are half as many examples as without.
TIMELESS = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("all", TIMELESS)
settings.register_profile("quick", TIMELESS, max_examples=50)

LEFT_OUT = pytest.StashKey[set[str]]()
FIGURES = "figures"
"""What a test has to say of itself: how much of a campaign it has tried."""
SLOW, TORCH = "left out, as slow campaigns; scripts/test --full runs them too", "left out, as they load torch"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--quick", action="store_true", help="leave out tests that load torch")


def pytest_configure(config: pytest.Config) -> None:
    config.stash[LEFT_OUT] = set()
    quick = config.getoption("quick")
    settings.load_profile("quick" if quick else "all")
    if quick:
        config.pluginmanager.register(Quick(), "quick")


def pytest_collection_finish() -> None:
    """All that is imported by now stays to the end, so that nothing of it has to be looked through for garbage.

    What tests make later is looked through seldom, as it takes longer the more there is.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


def pytest_deselected(items: Sequence[pytest.Item]) -> None:
    for item in items:
        if item.get_closest_marker("full"):
            item.config.stash[LEFT_OUT].add(item.nodeid)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """A worker of pytest-xdist tells what it left out; each of them leaves out the same."""
    if hasattr(session.config, "workeroutput"):
        left_out = session.config.stash[LEFT_OUT]
        session.config.workeroutput["left_out"] = sorted(left_out)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    node.config.stash[LEFT_OUT].update(getattr(node, "workeroutput", {}).get("left_out", ()))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    left_out = config.stash[LEFT_OUT]
    if left_out:
        terminalreporter.section(SLOW)
        for name in sorted(left_out):
            terminalreporter.line(name)
    figures = [
        f"{report.nodeid}: {value}"
        for report in terminalreporter.stats.get("passed", [])
        for name, value in report.user_properties
        if name == FIGURES
    ]
    if figures:
        terminalreporter.section("campaigns")
        for line in figures:
            terminalreporter.line(line)
    if config.getoption("quick"):
        skipped = terminalreporter.stats.get("skipped", [])
        without = [report for report in skipped if isinstance(report.longrepr, tuple) and REASON in report.longrepr[2]]
        terminalreporter.section(TORCH)
        terminalreporter.line(f"{counted(len(without), 'test')} and files of tests; scripts/test runs them too")


@pytest.fixture
def figures(request: pytest.FixtureRequest) -> Callable[[str], None]:
    """Has the summary of all tests say how much of a campaign was tried."""
    return lambda words: request.node.user_properties.append((FIGURES, words))


@pytest.fixture(scope="session")
def shared() -> Path:
    """The directory of real data: XHARNESS_SHARED, or the folder `shared` beside the project."""
    directory = (ROOT / os.environ.get("XHARNESS_SHARED", "../shared")).resolve()
    if not directory.is_dir():
        pytest.skip(f"no real data: {directory} does not exist (XHARNESS_SHARED names another place)")
    return directory


@pytest.fixture(scope="session")
def plugin_directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory into which pip has installed tests/plugin_package; nothing is fetched from anywhere."""

    def install(directory: Path) -> None:
        # Built from a copy, because a build leaves files in the folder it builds.
        source = shutil.copytree(ROOT / "tests" / "plugin_package", directory / "source")
        options = ["--quiet", "--disable-pip-version-check", "--no-index", "--no-deps", "--no-build-isolation"]
        command = [
            sys.executable,
            "-m",
            "pip",
            "install",
            *options,
            "--target",
            str(directory / "installed"),
            str(source),
        ]
        done = subprocess.run(command, check=False, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr

    return made_once(tmp_path_factory, "plugin", install) / "installed"


@pytest.fixture
def plugin_environment(plugin_directory: Path) -> dict[str, str]:
    """Environment variables with which a subprocess finds the third-party plugin."""
    path = os.pathsep.join(filter(None, [str(plugin_directory), os.environ.get("PYTHONPATH")]))
    return {**os.environ, "PYTHONPATH": path}


@pytest.fixture
def plugin_registry(plugin_directory: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Registry]:
    """A registry of this process that has the third-party plugin beside the built-ins."""
    monkeypatch.syspath_prepend(plugin_directory)
    importlib.invalidate_caches()
    yield Registry()
    for name in [name for name in sys.modules if name.startswith("xharness_kinya")]:
        del sys.modules[name]


REVISION = "0123456789abcdef0123456789abcdef01234567"


@pytest.fixture
def hub_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> HubCache:
    """Puts a dataset into the cache of `datasets`, as if it had been loaded before; there is no network.

    Returns:
        A function of a repository, its rows by split, their features, and by name configuration and revision.
    """
    from datasets import config
    from huggingface_hub import constants

    cache = tmp_path / "hub-cache"
    monkeypatch.setattr(config, "HF_DATASETS_CACHE", str(cache))
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)

    def store(
        repository: str,
        splits: Mapping[str, Sequence[Mapping[str, object]]],
        features: datasets.Features,
        *,
        configuration: str = "default",
        revision: str = REVISION,
    ) -> None:
        import datasets
        from datasets.arrow_writer import ArrowWriter

        owner, _, name = repository.partition("/")
        prefix = datasets.naming.camelcase_to_snakecase(name)
        directory = cache / f"{owner}___{prefix}" / configuration / "0.0.0" / revision
        directory.mkdir(parents=True)
        infos = datasets.SplitDict(dataset_name=name)
        for split, rows in splits.items():
            with ArrowWriter(path=str(directory / f"{prefix}-{split}.arrow"), features=features) as writer:
                for row in rows:
                    writer.write(row)
                count, size = writer.finalize()
            infos.add(datasets.SplitInfo(name=split, num_examples=count, num_bytes=size, dataset_name=name))
        datasets.DatasetInfo(
            features=features,
            splits=infos,
            builder_name="parquet",
            dataset_name=name,
            config_name=configuration,
            version="0.0.0",
        ).write_to_directory(str(directory))

    return store
