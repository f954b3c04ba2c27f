from __future__ import annotations

from collections.abc import Callable

import pytest

from harness.benchmarks.files import File, FileProblem, listed


def test_line_ends_of_windows_are_line_ends(make_file: Callable[..., File]) -> None:
    assert make_file("pawsx", b"0\r\n1\r\n").text() == "0\n1\n"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        # Read by the reference, the first label is "\ufeff0", which equals no label.
        (b"\xef\xbb\xbf0\n1\n", ("a byte order mark before the first line", 1, "save the file as UTF-8 without it")),
        (b"0\n1\r2\n", ("a carriage return within the line", 2, r"end lines with \n")),
        (b"0\n1\n\xe9\n", ("not UTF-8: byte 0xe9", 3, "save the file as UTF-8")),
        ("0\n1\n".encode("utf-16"), ("not UTF-8: byte 0xff", 1, "save the file as UTF-8")),
    ],
    ids=["byte order mark", "carriage return", "Latin 1", "UTF-16"],
)
def test_other_encodings_are_refused(
    make_file: Callable[..., File], content: bytes, message: tuple[str, int, str]
) -> None:
    file = make_file("pawsx", content)
    with pytest.raises(FileProblem) as caught:
        file.text()
    error = caught.value
    assert (error.what, error.where, error.fix) == (message[0], f"{file.path}:{message[1]}", message[2])


def test_separators_of_unicode_do_not_end_a_line(make_file: Callable[..., File]) -> None:
    file = make_file("pawsx", "0\u20281\x0b2\n3\n")
    assert file.lines(file.text()) == ["0\u20281\x0b2", "3"]


def test_of_many_names_the_first_are_listed() -> None:
    assert listed(["a", "b"]) == "a, b"
    assert listed(list("abcdefg")) == "a, b, c, d, e and 2 more"
