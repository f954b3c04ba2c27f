"""Task mlm: plain text, one file a language."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness import TextRow
from harness.languages import LANGUAGES

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.registry import Registry
    from harness.sources.base import Split


def test_a_text_a_line(load: Callable[..., Split]) -> None:
    files = {
        "mlm/train-sw.txt": '\ufeffNdege\twatatu "wanaimba".\n\n  \nMbwa mzee\u2028analala.\r\n',
        "mlm/train-en.txt": "A bird sings.\n",
    }
    split = load(files, "mlm", "train", "sw")
    assert split.rows == [TextRow(text='Ndege\twatatu "wanaimba".'), TextRow(text="Mbwa mzee\u2028analala.")]
    assert split.keys == ["mlm/train-sw.txt:1", "mlm/train-sw.txt:4"]
    assert not split.skipped


def test_every_language_of_the_benchmarks_can_be_trained_on(registry: Registry) -> None:
    task = registry.task("mlm")
    # Dialects are of targets alone: no encoder has read them.
    assert set(LANGUAGES) - {"qaf", "qag"} <= set(task.languages)
    assert task.languages_trained == task.languages
    assert len(set(task.languages)) == len(task.languages)
