from __future__ import annotations

from pathlib import Path

import pytest

from harness import memory


@pytest.fixture
def system(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Files that are read instead of the system's; there are none at first."""
    for name in ("MACHINE", "LIMIT", "USED"):
        monkeypatch.setattr(memory, name, tmp_path / name)
    return tmp_path


def test_the_least_of_machine_and_container_counts(system: Path) -> None:
    assert memory.available_memory() is None
    (system / "MACHINE").write_text("MemTotal:  9000 kB\nMemAvailable:    3000 kB\n")
    assert memory.available_memory() == 3000 * 1024
    (system / "USED").write_text("500\n")
    (system / "LIMIT").write_text("max\n")
    assert memory.available_memory() == 3000 * 1024
    (system / "LIMIT").write_text("2500\n")
    assert memory.available_memory() == 2000
    (system / "USED").write_text("2501\n")
    assert memory.available_memory() == 0


def test_a_machine_that_does_not_say_is_not_guessed(system: Path) -> None:
    (system / "MACHINE").write_text("MemTotal:  9000 kB\n")
    assert memory.available_memory() is None
