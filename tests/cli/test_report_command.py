"""xharness report and export site: files that open from anywhere."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest

from harness.documents.html import html
from harness.documents.parts import Document, Table, row_of
from tests import browser
from tests.fixtures import Cli


@pytest.fixture
def page(cli: Cli, runs: Path, tmp_path: Path) -> Path:
    done = cli("report", "--runs", runs, "--output", tmp_path / "report.html")
    assert done.code == 0, done.err
    assert done.out.endswith(f": {tmp_path / 'report.html'}\n")
    return tmp_path / "report.html"


def test_it_writes_one_file_and_the_same_one_again(cli: Cli, page: Path, runs: Path) -> None:
    first = page.read_bytes()
    assert cli("report", "--runs", runs, "--output", page).code == 0
    assert page.read_bytes() == first
    assert b"Is there a gain?" in first
    assert b"generated" in first
    assert b"Differences within 5 points do not matter." in first
    assert [path for path in page.parent.iterdir() if path.name.startswith("report")] == [page]


def test_items_have_their_texts(page: Path) -> None:
    text = page.read_text()
    assert "texts are not where" not in text
    items = text[text.index(">tatoeba qaa<") :]
    assert re.search(r'<th scope="row" lang="und" dir="auto">[^<]*\w+ \w+', items)


@pytest.mark.parametrize("command", [["report"], ["export", "site"]])
def test_what_cannot_be_written_is_told_and_leaves_nothing(
    cli: Cli, runs: Path, tmp_path: Path, command: list[str]
) -> None:
    file = tmp_path / "file"
    file.write_text("mine")
    for place in (file / "child.html", tmp_path if command == ["report"] else file):
        done = cli(*command, "--runs", runs, "--output", place)
        assert done.code == 2
        assert "--output" in done.err or "[output-exists]" in done.err
        assert "Traceback" not in done.err
    assert file.read_text() == "mine"
    assert {path.name for path in tmp_path.iterdir()} <= {"file", "runs", "here"}


def test_a_file_that_is_no_page_is_not_written_over(cli: Cli, runs: Path, tmp_path: Path) -> None:
    notes = tmp_path / "notes.txt"
    notes.write_text("mine")
    assert "[not-html]" in cli("report", "--runs", runs, "--output", notes).err
    assert notes.read_text() == "mine"


def test_a_run_without_scores_and_one_that_is_not_there_are_refused(cli: Cli, runs: Path, tmp_path: Path) -> None:
    assert "[unknown-run]" in cli("report", "nothing", "--runs", runs, "--output", tmp_path / "r.html").err
    done = cli("report", "--runs", tmp_path / "empty", "--output", tmp_path / "r.html")
    assert done.code == 2
    assert not (tmp_path / "r.html").exists()


def test_a_site_has_all_items_and_leaderboards(cli: Cli, runs: Path, tmp_path: Path) -> None:
    board = tmp_path / "board.json"
    allowed = ("--allow", "limited,partial,failed")
    assert cli("export", "leaderboard", "--runs", runs, *allowed, "--output", board).code == 0
    folder = tmp_path / "site"
    latest = sorted(path.parent for path in runs.glob("*/records.jsonl"))[-1]
    done = cli("export", "site", latest, board, "--runs", runs, "--output", folder)
    assert done.code == 0, done.err
    index = (folder / "index.html").read_text()
    links = set(re.findall(r'<a href="([^"#]+)"', index))
    assert "leaderboard-board.html" in links
    assert any(link.startswith("items/") for link in links)
    assert all((folder / link).is_file() for link in links)
    pages = {str(path.relative_to(folder)) for path in folder.rglob("*.html")}
    assert pages == links | {"index.html"}
    for item in folder.glob("items/*/*.html"):
        assert '<a href="../../index.html">' in item.read_text()
    assert "xtreme@mini: averages" in (folder / "leaderboard-board.html").read_text()
    alone = cli("export", "site", board, "--runs", tmp_path / "none", "--output", tmp_path / "boards")
    assert alone.code == 0, alone.err
    assert 'href="leaderboard-board.html"' in (tmp_path / "boards" / "index.html").read_text()


def test_pages_of_runs_and_leaderboards_of_the_same_name_are_all_there(cli: Cli, runs: Path, tmp_path: Path) -> None:
    allowed = ("--allow", "limited,partial,failed")
    boards = [tmp_path / folder / "board.json" for folder in ("first", "second")]
    for board in boards:
        assert cli("export", "leaderboard", "--runs", runs, *allowed, "--output", board).code == 0
    latest = sorted(path.parent for path in runs.glob("*/records.jsonl"))[-1]
    again = latest.with_name(f"{latest.name}-again")
    shutil.copytree(latest, again)
    for run in (latest, again):
        info = json.loads((run / "run.json").read_text())
        (run / "run.json").write_text(json.dumps(info | {"name": "same"}))
    done = cli("export", "site", latest, again, *boards, "--runs", runs, "--output", tmp_path / "site")
    assert done.code == 0, done.err
    pages = list((tmp_path / "site").rglob("*.html"))
    assert done.out.startswith(f"{len(pages)} pages: ")
    assert {path.name for path in pages if path.name.startswith("lead")} == {
        "leaderboard-board.html",
        "leaderboard-board-2.html",
    }
    assert len({path.parent for path in pages if "items" in path.parts}) == 2


def test_a_document_of_another_schema_is_no_page(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "other.json").write_text('{"schema": 99}')
    done = cli("export", "site", tmp_path / "other.json", "--output", tmp_path / "site")
    assert done.code == 2
    assert "other.json" in done.err
    assert not (tmp_path / "site").exists()


def test_a_browser_has_nothing_to_complain_of(page: Path, tmp_path: Path) -> None:
    browser.needs_browser()
    for scripts in (True, False):
        seen = browser.opened(page, tmp_path / f"net-{scripts}.json", scripts=scripts)
        assert seen.console == []
        assert seen.requests == []
        # Without scripts this browser has no way to say what is on the page.
        assert ("Is there a gain?" in seen.dom) == ("Filter" in seen.dom) == scripts
    assert browser.width_within(page, 390, tmp_path / "net-phone.json") <= 390


@pytest.mark.parametrize("dark", [False, True])
def test_axe_finds_nothing_in_either_theme(page: Path, tmp_path: Path, dark: bool) -> None:
    browser.needs_browser()
    assert browser.violations(page, tmp_path / "net.json", dark=dark) == []


def test_tables_are_sorted_by_numbers(tmp_path: Path) -> None:
    browser.needs_browser()
    rows = tuple(
        row_of(name, number) for name, number in (("a", "12,345"), ("b", "-"), ("c", "345 [1,2]"), ("d", "-2.5"))
    )
    page = tmp_path / "page.html"
    page.write_text(html(Document("a", (Table("", ("name", "rows"), rows),))), encoding="utf-8")
    script = (
        "Promise.resolve().then(() => { document.querySelectorAll('thead button')[1].click();"
        "return [...document.querySelectorAll('tbody th')].map((head) => head.textContent) })"
    )
    # What has no number comes last.
    assert browser.asked_inside(page, script, tmp_path / "net.json") == ["d", "c", "a", "b"]


def test_the_browser_of_these_tests_sees_what_is_wrong(tmp_path: Path) -> None:
    browser.needs_browser()
    bad = tmp_path / "bad.html"
    bad.write_text('<img src="http://example.org/a.png"><script>console.log(1)</script>')
    seen = browser.opened(bad, tmp_path / "net.json")
    assert seen.requests == ["http://example.org/a.png"]
    assert len(seen.console) >= 1
    bad.write_text('<html><body><div style="width:2000px">wide</div></body></html>')
    assert browser.width_within(bad, 390, tmp_path / "net-2.json") >= 2000
    bad.write_text("<html><head></head><body><p style='color:#eee'>pale</p></body></html>")
    assert any(one.startswith("color-contrast") for one in browser.violations(bad, tmp_path / "net-3.json"))
