"""Maps of files: what they may say, and what is said about their mistakes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from harness import ClassificationRow, SentenceRow
from harness.registry import Registry
from harness.sources.files.source import FilesSource, open_files
from tests.raising import Refusal, raises_code

if TYPE_CHECKING:
    from pathlib import Path

    from harness import Task

REGISTRY = Registry()


@pytest.fixture
def pawsx() -> Task:
    return REGISTRY.task("pawsx")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    directory = tmp_path / "data"
    directory.mkdir()
    for language in ("en", "de", "fr"):
        (directory / f"{language}.tsv").write_text(f"{language} 1\tb\t0\n{language} 2\tb\t1\n")
    (directory / "more.tsv").write_text("id\tsentence1\tsentence2\tlabel\n7\tmore\tb\t0\n")
    return directory


def opened(directory: Path, text: str) -> FilesSource:
    path = directory / "map.toml"
    path.write_text(text, encoding="utf-8")
    return open_files(path, REGISTRY)


def test_entries_of_one_language_are_joined(tmp_path: Path, data: Path, pawsx: Task) -> None:
    source = opened(
        tmp_path,
        """
        root = "data"
        [[pawsx.test]]
        file = "{language}.tsv"
        format = "xtreme"
        languages = ["de", "en"]
        [[pawsx.test]]
        file = "more.tsv"
        format = "paws"
        stand_in = true
        note = "one row"
        """,
    )
    assert source.languages(pawsx, "test") == ("en", "de")
    assert source.languages(pawsx, "train") == ()
    english, german = (source.load(pawsx, "test", language) for language in ("en", "de"))
    assert english.keys == ["en.tsv:1", "en.tsv:2", "more.tsv:2"]
    assert english.rows[2].id == "7"
    assert english.stand_in
    assert english.origin == "en.tsv; more.tsv (stand-in: one row)"
    assert german.keys == ["de.tsv:1", "de.tsv:2"]
    assert not german.stand_in


def test_a_list_of_files_is_read_in_order(tmp_path: Path, data: Path, pawsx: Task) -> None:
    source = opened(tmp_path, 'root = "data"\n[pawsx.train]\nfile = ["fr.tsv", "en.tsv"]\nformat = "xtreme"\n')
    assert source.load(pawsx, "train", "en").keys == ["fr.tsv:1", "fr.tsv:2", "en.tsv:1", "en.tsv:2"]


def test_a_star_stands_for_any_name(tmp_path: Path, data: Path, pawsx: Task) -> None:
    (data / "more").mkdir()
    (data / "more" / "de.b.tsv").write_text("b\tb\t0\n")
    (data / "more" / "de.a.tsv").write_text("a\tb\t0\n")
    text = 'root = "data"\n[pawsx.test]\nfile = "mo*/{language}.*.tsv"\nformat = "xtreme"\nlanguages = ["de", "fr"]\n'
    source = opened(tmp_path, text)
    assert source.load(pawsx, "test", "de").keys == ["more/de.a.tsv:1", "more/de.b.tsv:1"]
    with raises_code("no-rows", "test", "pawsx", "fr") as caught:
        source.load(pawsx, "test", "fr")
    assert "mo*/fr.*.tsv" in str(caught.value)


@pytest.mark.parametrize("below_root", [True, False])
def test_nothing_but_a_star_stands_for_another_name(tmp_path: Path, data: Path, pawsx: Task, below_root: bool) -> None:
    folder = data / "set [x] really?"
    folder.mkdir()
    (folder / "de.a[1].tsv").write_text("b\tb\t0\n")
    (folder / "de.a1.tsv").write_text("a\tb\t0\n")
    (data / "set x reallyA").mkdir()
    (data / "set x reallyA" / "de.a[1].tsv").write_text("c\tb\t0\n")
    file = f"{'' if below_root else f'{data}/'}*[x] really?/{{language}}.**[1].tsv"
    text = f'root = "data"\n[pawsx.test]\nfile = "{file}"\nformat = "xtreme"\nlanguages = ["de"]\n'
    split = opened(tmp_path, text).load(pawsx, "test", "de")
    assert split.rows == [ClassificationRow(text="b", text_pair="b", label="0")]


def test_the_only_format_of_a_task_need_not_be_named(tmp_path: Path) -> None:
    (tmp_path / "q.tsv").write_text("id\tqid1\tqid2\tquestion1\tquestion2\tis_duplicate\n1\t\t\ta\tb\t1\n")
    split = opened(tmp_path, '[qqp.train]\nfile = "q.tsv"\n').load(REGISTRY.task("qqp"), "train", "en")
    assert len(split.rows) == 1


def test_standing_in_changes_the_digest_and_a_note_does_not(tmp_path: Path, data: Path, pawsx: Task) -> None:
    text = 'root = "data"\n[pawsx.test]\nfile = "en.tsv"\nformat = "xtreme"\n'
    digests = [
        opened(tmp_path, text + extra).load(pawsx, "test", "en").digest
        for extra in ("", 'note = "new words"\n', "stand_in = true\n")
    ]
    assert digests[0] == digests[1] != digests[2]


@pytest.mark.parametrize(
    "root", ["${XHARNESS_TEST_ROOT}", "${XHARNESS_TEST_UNSET:-data}", "${XHARNESS_TEST_EMPTY:-data}"]
)
def test_the_root_may_hold_environment_variables(
    root: str, tmp_path: Path, data: Path, pawsx: Task, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XHARNESS_TEST_ROOT", str(data))
    monkeypatch.setenv("XHARNESS_TEST_EMPTY", "")
    monkeypatch.delenv("XHARNESS_TEST_UNSET", raising=False)
    source = opened(tmp_path, f'root = "{root}"\n[pawsx.test]\nfile = "en.tsv"\nformat = "xtreme"\n')
    assert source.load(pawsx, "test", "en").keys == ["en.tsv:1", "en.tsv:2"]


def test_an_environment_variable_that_is_not_set_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("XHARNESS_TEST_UNSET", raising=False)
    with raises_code("variable-not-set", "XHARNESS_TEST_UNSET"):
        opened(tmp_path, 'root = "${XHARNESS_TEST_UNSET}/data"\n')


def test_missing_files_and_languages_are_named_when_they_are_loaded(tmp_path: Path, pawsx: Task) -> None:
    source = opened(tmp_path, '[pawsx.test]\nfile = "gone.tsv"\nformat = "xtreme"\n')
    assert source.languages(pawsx, "test") == ("en",)
    with raises_code("no-rows", "test", "pawsx", "en") as caught:
        source.load(pawsx, "test", "en")
    assert str(tmp_path / "gone.tsv") in str(caught.value)
    with raises_code("no-rows", "test", "pawsx", "de") as caught:
        source.load(pawsx, "test", "de")
    assert str(tmp_path / "map.toml") in str(caught.value)


FILE = 'file = "en.tsv"\n'


@pytest.mark.parametrize(
    ("text", "refusal"),
    [
        ("[pawx.test]\n" + FILE, ("unknown-task", "pawx", "map.toml", "pawsx")),
        ("[pawsx.tests]\n" + FILE, ("unknown-split", "tests", "[pawsx.tests]", "test")),
        ("[pawsx.dev]\n" + FILE, ("unknown-split", "dev")),
        ("[pawsx.test]\nfiles = 'a'\n", ("unknown-key", "files", "[pawsx.test]", "file")),
        ("[pawsx.test]\nformat = 'xtreme'\n", ("key-missing", "file")),
        ("[pawsx.test]\n" + FILE, ("key-missing", "format", "format = 'paws' or 'xtreme'")),
        ("[pawsx.test]\nformat = 'extreme'\n" + FILE, ("unknown-format", "extreme", "xtreme")),
        (
            "[[pawsx.test]]\nformat = 'paws'\n" + FILE + "[[pawsx.test]]\nformat = 'paws'\nlanguages = ['xx']\n" + FILE,
            ("unknown-language", "xx", "[pawsx.test] number 2"),
        ),
        ("[pawsx.test]\nformat = 'paws'\nlanguages = ['deu']\n" + FILE, ("unknown-language", "pawsx calls it de")),
        ("[pawsx.test]\nformat = 'paws'\nlanguages = ['german']\n" + FILE, ("unknown-language", "german")),
        ("[pawsx.test]\nformat = 'paws'\nlanguages = 'en'\n" + FILE, ("wrong-type-in-map", "languages")),
        ("[pawsx.test]\nformat = 'paws'\nlanguages = []\n" + FILE, ("wrong-type-in-map", "languages")),
        ("[pawsx.test]\nformat = 'paws'\nfile = 1\n", ("wrong-type-in-map", "file")),
        ("[pawsx.test]\nformat = ['paws']\n" + FILE, ("wrong-type-in-map", "format")),
        ("[pawsx.test]\nformat = 'paws'\nnote = 1\n" + FILE, ("wrong-type-in-map", "note")),
        ("[pawsx.test]\nformat = 'paws'\nstand_in = 'no'\n" + FILE, ("wrong-type-in-map",)),
        (
            "[pawsx.test]\nformat = 'paws'\nlanguages = ['en', 'de']\n" + FILE,
            ("file-read-twice", "en.tsv"),
        ),
        (
            "[[pawsx.test]]\nformat = 'paws'\n" + FILE + "[[pawsx.test]]\nformat = 'xtreme'\n" + FILE,
            ("file-read-twice", "en.tsv", "en"),
        ),
        ("pawsx = 'data'\n", ("not-a-table", "pawsx")),
        ("[pawsx]\ntest = 'data'\n", ("not-a-table",)),
        ("[pawsx]\ntest = ['data']\n", ("not-a-table",)),
        ("root = 1\n", ("wrong-type-in-map",)),
        ("root = \n", ("not-toml", "line 1")),
    ],
)
def test_mistakes_are_named_with_their_place(text: str, refusal: Refusal, tmp_path: Path) -> None:
    with raises_code(*refusal) as caught:
        opened(tmp_path, text)
    assert "map.toml" in (caught.value.where or "")


def test_a_map_may_have_rows_in_languages_that_the_task_does_not_have(tmp_path: Path) -> None:
    for code in ("swe", "cat", "deu"):
        for side in (code, "eng"):
            (tmp_path / f"tatoeba.{code}-eng.{side}").write_text(
                f"1 {code} {side}\n2 {code} {side}\n", encoding="utf-8"
            )
    source = opened(
        tmp_path,
        "[[tatoeba.test]]\nfile = 'tatoeba.{language}-eng.{language}'\nlanguages = ['sv', 'cat', 'de']\n",
    )
    task = REGISTRY.task("tatoeba")
    assert source.languages(task, "test") == ("de", "sv", "cat")
    found = {
        language: [row.text for row in source.load(task, "test", language).rows if isinstance(row, SentenceRow)]
        for language in ("sv", "cat")
    }
    assert found == {
        "sv": ["1 swe eng", "1 swe swe", "2 swe eng", "2 swe swe"],
        "cat": ["1 cat eng", "1 cat cat", "2 cat eng", "2 cat cat"],
    }


def test_a_map_that_is_not_utf8_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "map.toml"
    path.write_bytes(b'root = "\xff"\n')
    with raises_code("not-toml"):
        open_files(path, REGISTRY)
