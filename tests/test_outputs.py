"""Files that a user names are written whole or not at all."""

from __future__ import annotations

import errno
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from harness.outputs import check_new_folder, check_writable, new_folder, portable_name, write_output
from tests.raising import raises_code


def test_a_file_and_its_directory_are_made(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b.json"
    for content in (b"1", b"2"):
        write_output(path, content)
        assert path.read_bytes() == content
    assert [one.name for one in path.parent.iterdir()] == ["b.json"]


@pytest.mark.parametrize("name", ["folder", "file/x", "n" * 300, "."])
def test_what_cannot_be_written_names_its_option_and_leaves_nothing(tmp_path: Path, name: str) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_text("kept")
    with raises_code("cannot-write", "name another --labels"):
        write_output(tmp_path / name, b"1", option="--labels")
    assert sorted(one.name for one in tmp_path.rglob("*")) == ["file", "folder"]
    assert (tmp_path / "file").read_text() == "kept"


@pytest.mark.parametrize("name", ["file", "file/x", "n" * 300, "/proc/none"])
def test_a_folder_that_cannot_be_written_is_refused_and_leaves_nothing(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").write_text("kept")
    with raises_code("cannot-write", "name another --output"):
        check_writable(tmp_path / name)
    assert [one.name for one in tmp_path.rglob("*")] == ["file"]


def test_a_folder_that_can_be_written_is_left_as_it_was(tmp_path: Path) -> None:
    (tmp_path / "old").mkdir()
    (tmp_path / "old" / "kept").write_text("")
    for name in ("new/a/b", "old", "old/new"):
        check_writable(tmp_path / name)
    assert sorted(one.name for one in tmp_path.rglob("*")) == ["kept", "old"]


def test_a_folder_among_results_is_refused(tmp_path: Path) -> None:
    (tmp_path / "records.jsonl").write_text("")
    with raises_code("output-among-results"):
        check_writable(tmp_path)


def test_what_a_link_names_is_written_and_the_link_stays(tmp_path: Path) -> None:
    link, target = tmp_path / "link.json", tmp_path / "elsewhere" / "target.json"
    target.parent.mkdir()
    link.symlink_to(target)
    for content in (b"1", b"2"):
        write_output(link, content)
        assert link.is_symlink()
        assert target.read_bytes() == content
    assert [one.name for one in target.parent.iterdir()] == ["target.json"]


def test_a_circle_of_links_is_refused(tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(link)
    with raises_code("cannot-write", "name another --output"):
        write_output(link, b"1")
    assert link.is_symlink()


@pytest.mark.parametrize("linked", [False, True])
def test_a_pipe_gets_the_content_and_stays(linked: bool, tmp_path: Path) -> None:
    pipe = named = tmp_path / "pipe"
    os.mkfifo(pipe)
    if linked:
        named = tmp_path / "link"
        named.symlink_to(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        write_output(named, b"content")
        assert os.read(reader, 100) == b"content"
    finally:
        os.close(reader)
    assert pipe.is_fifo()
    assert named.is_symlink() == linked


def test_a_file_that_is_the_standard_output_goes_on_where_it_was(tmp_path: Path) -> None:
    file = tmp_path / "out.txt"
    program = "from pathlib import Path; from harness.outputs import write_output; "
    program += f"print('before'); write_output(Path({str(file)!r}), b'content\\n'); print('after')"
    with file.open("wb") as out:
        subprocess.run([sys.executable, "-c", program], stdout=out, check=True)
    assert file.read_text() == "before\ncontent\nafter\n"


@pytest.mark.parametrize("through", [False, True])
def test_a_full_disk_is_told_and_leaves_what_was_there(
    through: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "there"
    os.mkfifo(path) if through else path.write_text("kept")
    reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("harness.outputs._write_all", full)
    with raises_code("cannot-write", "No space left on device", "name another --output"):
        write_output(path, b"1")
    os.close(reader)
    assert [one.name for one in tmp_path.iterdir()] == ["there"]
    assert path.is_fifo() if through else path.read_text() == "kept"


def test_a_file_beside_it_that_seems_its_own_is_kept(tmp_path: Path) -> None:
    (tmp_path / "a.json.new").write_text("kept")
    write_output(tmp_path / "a.json", b"1")
    assert (tmp_path / "a.json.new").read_text() == "kept"


@pytest.mark.parametrize(
    ("mark", "name"),
    [
        ("run/records.jsonl", "run/records.jsonl"),
        ("run/records.jsonl", "run/new.json"),
        ("run/run.json", "run/settings.toml"),
        ("runs/store/train/abc/manifest.json", "runs/store/train/abc/manifest.json"),
        ("runs/store/train/abc/manifest.json", "runs/store/new.json"),
    ],
)
@pytest.mark.parametrize("linked", [False, True])
def test_files_of_runs_and_stores_are_refused(mark: str, name: str, linked: bool, tmp_path: Path) -> None:
    marked, named = tmp_path / mark, tmp_path / name
    marked.parent.mkdir(parents=True)
    marked.write_text("kept")
    if linked:
        named = tmp_path / "link"
        named.symlink_to(tmp_path / name)
    with raises_code("output-among-results", "name another --output"):
        write_output(named, b"1")
    assert marked.read_text() == "kept"
    assert (tmp_path / name).exists() == (mark == name)


@pytest.mark.parametrize("beside", ["settings.toml", "manifest.json", "store/manifest.json"])
def test_files_beside_a_user_s_own_are_not_taken_for_ours(beside: str, tmp_path: Path) -> None:
    (tmp_path / beside).parent.mkdir(exist_ok=True)
    (tmp_path / beside).write_text("kept")
    path = (tmp_path / beside).with_name("output.json")
    write_output(path, b"1")
    assert path.read_bytes() == b"1"


def test_a_folder_is_put_in_its_place_whole(tmp_path: Path) -> None:
    place = tmp_path / "a" / "b"
    with new_folder(place) as aside:
        (aside / "one").write_text("1")
        assert not place.exists()
    assert (place / "one").read_text() == "1"
    assert [path.name for path in place.parent.iterdir()] == ["b"]


def test_of_a_folder_that_fails_nothing_is_left(tmp_path: Path) -> None:
    def fill_and_fail() -> None:
        with new_folder(tmp_path / "a" / "b") as aside:
            (aside / "one").write_text("1")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fill_and_fail()
    assert list(tmp_path.iterdir()) == []


def test_what_a_folder_is_made_from_is_not_the_options_fault(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    with pytest.raises(FileNotFoundError), new_folder(tmp_path / "out" / "b"):
        (tmp_path / "gone" / "input").read_text()
    with raises_code("cannot-write", "name another --to"), new_folder(tmp_path / "out" / "b", option="--to") as aside:
        (aside / ("n" * 300)).write_text("1")
    full = OSError(errno.ENOSPC, "No space left on device", str(tmp_path / "out"))
    with pytest.raises(OSError, match="No space"), new_folder(tmp_path / "out" / "b"):
        raise full
    assert list((tmp_path / "out").iterdir()) == []


@pytest.mark.parametrize("name", ["link", "file"])
def test_only_a_folder_without_files_is_new(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").write_text("kept")
    (tmp_path / "link").symlink_to(tmp_path)
    with raises_code("output-exists", "name a new folder with --to"):
        check_new_folder(tmp_path / name, option="--to")
    check_new_folder(tmp_path / "new")


@pytest.mark.parametrize(
    "text", ["pawsx", "target-pawsx-seed1-aaaaaaaa", "a_b.c", "m" * 120, "squad_v2_0123456789abcdef"]
)
def test_what_is_a_name_everywhere_stays(text: str) -> None:
    assert portable_name(text) == text


@pytest.mark.parametrize(
    ("text", "beginning"),
    [
        ("mnli > squad", "mnli-squad_"),
        ("mnli, squad", "mnli-squad_"),
        ("mnli + squad", "mnli-squad_"),
        ("a b/c:d", "a-b-c-d_"),
        ("\u202eevil\x00\n", "evil_"),
        ("Data", "_Data_"),
        ("con.txt", "_con.txt_"),
        ("lpt1", "_lpt1_"),
        ("x" * 500, "x" * 109 + "_"),
        ("-rf", "rf_"),
        (".hidden", "hidden_"),
        ("end.", "end_"),
        ("XLM-R", "XLM-R_"),
        ("mnli_0123456789", "mnli_0123456789_"),
        ("é", "_"),
        ("e\u0301", "e_"),
        ("..", "_"),
        ("", "_"),
        ("\udc80", "_"),
    ],
)
def test_what_is_no_name_everywhere_becomes_one_that_ends_in_a_digest(text: str, beginning: str) -> None:
    name = portable_name(text)
    assert re.fullmatch(rf"{re.escape(beginning)}[0-9a-f]{{10}}", name)
    assert len(name) <= 120
    assert portable_name(name) != name


def test_two_texts_never_share_a_name_with_or_without_case() -> None:
    texts = [
        "mnli > squad",
        "mnli, squad",
        "mnli-squad",
        "MNLI-squad",
        "a" * 200,
        "a" * 201,
        "a" * 120,
        "é",
        "e\u0301",
        "è",
    ]
    texts += [portable_name("mnli > squad"), "con", "_con", "", "-", "."]
    assert len({portable_name(text).lower() for text in texts}) == len(texts)
    assert len({portable_name(text, longest=20).lower() for text in texts}) == len(texts)
    assert all(len(portable_name(text, longest=20)) <= 20 for text in texts)


def test_where_case_counts_a_name_may_have_capitals() -> None:
    assert portable_name("FacebookAI", case_counts=True) == "FacebookAI"
    assert portable_name("Ours & Co.", case_counts=True).startswith("Ours-Co_")
