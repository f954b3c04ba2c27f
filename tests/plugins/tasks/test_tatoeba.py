"""Task tatoeba: English asks, the other language is searched."""

from __future__ import annotations

from typing import TYPE_CHECKING

import datasets
import pytest

from harness import SentenceRow
from harness.sources.hub.source import HubSource, table_names
from harness.sources.hub.tables import HubTables
from tests.fixtures import HubCache

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from harness.registry import Registry
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


def test_every_language_has_a_code_of_laser(registry: Registry) -> None:
    task = registry.task("tatoeba")
    code_of = task.formats["laser"].options["language_codes"]
    codes = {language: code_of(language) for language in task.languages}
    assert len(set(codes.values())) == len(codes) == 41
    assert all(len(code) == 3 for code in codes.values())
    assert [codes[language] for language in ("fa", "sw", "zh", "ar", "et")] == ["pes", "swh", "cmn", "ara", "est"]
    assert set(task.languages[36:]) == {"az", "lt", "pl", "uk", "ro"}
    assert not {"en", "ms", "my", "yo"} & set(task.languages)


TEXT = datasets.Value("string")
XTREME = datasets.Features({"source_sentence": TEXT, "target_sentence": TEXT, "source_lang": TEXT, "target_lang": TEXT})
MTEB = datasets.Features({"sentence1": TEXT, "sentence2": TEXT, "lang": TEXT})


def of_xtreme(foreign: str, english: str) -> dict[str, str]:
    """As google/xtreme has a pair: with line ends, and part of a file's name for a language."""
    return {
        "source_sentence": foreign + "\n",
        "target_sentence": english + "\n",
        "source_lang": "0b7ad0ae4",
        "target_lang": "eng",
    }


def test_row_i_matches_row_i_on_the_hub(hub_cache: HubCache, load_hub: Callable[..., Split]) -> None:
    rows = [of_xtreme(" 你好。", "Hello."), of_xtreme("", "Bye."), of_xtreme("再见。", "Bye.")]
    hub_cache("google/xtreme", {"validation": rows}, XTREME, configuration="tatoeba.cmn")
    split = load_hub("tatoeba", "test", "zh")
    assert split.rows == [
        SentenceRow(text="Hello.", side="source", key="1", matches=("1",)),
        SentenceRow(text=" 你好。", side="target", key="1", matches=("1",)),
        SentenceRow(text="Bye.", side="source", key="3", matches=("3",)),
        SentenceRow(text="再见。", side="target", key="3", matches=("3",)),
    ]
    assert split.keys == [f"google/xtreme/tatoeba.cmn/validation:{n}:{side}" for n in (1, 3) for side in (1, 2)]
    assert list(map(str, split.skipped)) == ["google/xtreme/tatoeba.cmn/validation:2: a sentence of the pair is blank"]


@pytest.mark.parametrize(("language", "code", "pairs"), [("sw", "swh", 390), ("fa", "pes", 1000), ("az", "aze", 1000)])
def test_the_hubs_rows_are_those_of_lasers_files(
    language: str,
    code: str,
    pairs: int,
    shared: Path,
    hub_cache: HubCache,
    load: Callable[..., Split],
    load_hub: Callable[..., Split],
) -> None:
    names = [f"tatoeba/v1/tatoeba.{code}-eng.{side}" for side in (code, "eng")]
    texts = [(shared / "data" / name).read_text(encoding="utf-8") for name in names]
    sides = list(zip(*(text.removesuffix("\n").split("\n") for text in texts), strict=True))
    assert len(sides) == pairs
    if language == "az":
        rows = [{"sentence1": foreign, "sentence2": english, "lang": "aze-eng"} for foreign, english in sides]
        hub_cache("mteb/tatoeba-bitext-mining", {"test": rows}, MTEB, configuration="aze-eng")
    else:
        rows = [of_xtreme(foreign, english) for foreign, english in sides]
        hub_cache("google/xtreme", {"validation": rows}, XTREME, configuration=f"tatoeba.{code}")
    published = load(dict(zip(names, texts, strict=True)), "tatoeba", "test", language)
    loaded = load_hub("tatoeba", "test", language)
    assert loaded.rows == published.rows
    assert len(set(loaded.keys)) == len(loaded.rows) == 2 * pairs


def test_all_that_the_hub_has_is_asked_for_by_its_names(registry: Registry) -> None:
    task = registry.task("tatoeba")
    assert HubSource(HubTables()).languages(task, "test") == task.languages
    named = {
        name.configuration
        for data in task.hub
        for language in data.languages
        for name in table_names(data, "test", language)
    }
    # By hand from the lists of configurations of both repositories.
    published = (
        "afr ara ben bul cmn deu ell est eus fin fra heb hin hun ind ita jav jpn kat kaz kor mal mar nld pes por rus "
        "spa swh tam tel tgl tha tur urd vie"
    )
    added = {f"{code}-eng" for code in ("aze", "lit", "pol", "ukr", "ron")}
    assert named == {f"tatoeba.{code}" for code in published.split()} | added
