from __future__ import annotations

from pathlib import Path

from tests.fixtures import Cli


def test_files_and_the_next_step_are_told(cli: Cli) -> None:
    done = cli("new-task", "my_news")
    assert done.code == 0
    written = [Path(line.removeprefix("wrote ")) for line in done.out.splitlines()[:-1]]
    assert all(file.is_file() for file in written)
    assert {file for file in Path("xharness-my-news").rglob("*") if file.is_file()} == set(written)
    assert done.out.splitlines()[-1] == (
        "next: pip install -e xharness-my-news && xharness validate my_news --data xharness-my-news/tests/data"
    )


def test_a_second_time_is_refused(cli: Cli) -> None:
    assert cli("new-task", "news").code == 0
    again = cli("new-task", "news")
    assert again.code == 2
    assert "[output-exists]" in again.err
    assert "where: xharness-news" in again.err
