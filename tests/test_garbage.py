from __future__ import annotations

import gc
import subprocess
import sys
import weakref
from collections.abc import Iterator

import pytest

from harness import garbage


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    thresholds = gc.get_threshold()
    yield
    garbage._usual.clear()
    gc.set_threshold(*thresholds)


def test_garbage_is_looked_for_seldom_until_the_libraries_are_loaded_and_then_as_usual() -> None:
    usual, frozen = gc.get_threshold(), gc.get_freeze_count()
    garbage.collect_seldom()
    garbage.collect_seldom()
    assert gc.get_threshold() == garbage.SELDOM != usual
    garbage.libraries_are_loaded()
    assert gc.get_threshold() == usual
    assert gc.get_freeze_count() > frozen


def test_models_made_after_the_libraries_are_loaded_are_collected() -> None:
    garbage.collect_seldom()
    garbage.libraries_are_loaded()

    class Model:
        itself: Model

    model = Model()
    model.itself = model
    held = weakref.ref(model)
    garbage.libraries_are_loaded()
    del model
    gc.collect()
    assert held() is None


def test_a_process_that_is_not_this_programs_alone_is_left_as_it_is() -> None:
    usual, frozen = gc.get_threshold(), gc.get_freeze_count()
    garbage.libraries_are_loaded()
    assert (gc.get_threshold(), gc.get_freeze_count()) == (usual, frozen)


def test_exit_handlers_run_at_the_end_of_the_command_line() -> None:
    code = "import atexit; from harness.cli.main import main; atexit.register(print, 'handler'); main(['--version'])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "handler"
