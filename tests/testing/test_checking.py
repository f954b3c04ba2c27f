"""The assertion for plugin authors, on mini and on files that hide their labels."""

from __future__ import annotations

from pathlib import Path

import pytest

import harness.testing
from harness.testing import check_task
from tests.raising import raises_code

DOCS = Path(__file__).parent.parent.parent / "docs" / "plugins.md"


def test_a_good_task_gives_its_report() -> None:
    report = check_task("tatoeba", languages=["qaa"], limit=16)
    assert list(report.languages) == ["qaa"]
    assert report.problems == []


def test_problems_are_all_in_the_message(tmp_path: Path) -> None:
    for split in ("train", "test_2k"):
        file = tmp_path / "x-final" / "en" / f"{split}.tsv"
        file.parent.mkdir(parents=True, exist_ok=True)
        rows = "".join(f"{i}\tone {split} {i}\tanother {split} {i}\t0\n" for i in range(60))
        file.write_text(f"id\tsentence1\tsentence2\tlabel\n{rows}", encoding="utf-8")
    with pytest.raises(AssertionError, match="task pawsx has problems") as found:
        check_task("pawsx", data=tmp_path)
    assert "every row has the label '0'" in str(found.value)
    assert "all 60 gold labels are '0'" in str(found.value)


def test_an_unknown_task_is_the_callers_mistake() -> None:
    with raises_code("unknown-task", "tatoebo"):
        check_task("tatoebo")


def test_what_is_public_is_documented() -> None:
    text = DOCS.read_text(encoding="utf-8")
    assert harness.testing.__all__ == ["check_task"]
    assert [name for name in harness.testing.__all__ if f"`harness.testing.{name}`" not in text] == []
