"""Task tatoeba: English asks, the other language is searched."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from harness import SentenceRow

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.sources.base import Split


def test_line_i_matches_line_i(load: Callable[..., Split]) -> None:
    files = {"tatoeba/v1/tatoeba.cmn-eng.cmn": "你好。\n再见。\n", "tatoeba/v1/tatoeba.cmn-eng.eng": "Hello.\nBye.\n"}
    split = load(files, "tatoeba", "test", "zh")
    assert split.rows == [
        SentenceRow(text="Hello.", side="source", key="1", matches=("1",)),
        SentenceRow(text="你好。", side="target", key="1", matches=("1",)),
        SentenceRow(text="Bye.", side="source", key="2", matches=("2",)),
        SentenceRow(text="再见。", side="target", key="2", matches=("2",)),
    ]
    assert split.keys == [f"tatoeba/v1/tatoeba.cmn-eng.{side}:{line}" for line in (1, 2) for side in ("eng", "cmn")]


def test_every_language_of_xtreme_has_a_code_of_laser(registry: Any) -> None:
    task = registry.task("tatoeba")
    codes = task.formats["laser"].options["language_codes"]
    assert task.languages == tuple(codes)
    assert len(set(codes.values())) == len(codes) == 36
    assert all(len(code) == 3 for code in codes.values())
    assert [codes[language] for language in ("fa", "sw", "zh", "ar", "et")] == ["pes", "swh", "cmn", "ara", "est"]
