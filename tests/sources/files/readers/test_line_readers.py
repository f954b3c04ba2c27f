"""jsonl, tsv and csv: one bad record is counted, the others are read."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from harness.sources.files.readers import find_reader, reader_names
from tests.raising import Refusal, raises_code

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from typing import Any

    from harness.sources.files.lines import Line

    Write = Callable[[bytes], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write(content: bytes) -> Path:
        path = tmp_path / "data"
        path.write_bytes(content)
        return path

    return write


def read(name: str, path: Path, **options: Any) -> list[Line]:
    return list(find_reader(name).read(path, **options))


def records(lines: list[Line]) -> list[Any]:
    return [line.record for line in lines]


def problems(lines: list[Line]) -> list[tuple[int, str]]:
    return [(line.number, line.problem) for line in lines if line.record is None]


def test_readers_are_found_by_their_modules() -> None:
    assert {"conll", "csv", "jsonl", "squad", "text-pairs", "tsv"} <= set(reader_names())
    with raises_code("unknown-reader", "jsonl"):
        find_reader("json")


@pytest.mark.parametrize("name", ["jsonl", "tsv", "csv"])
@pytest.mark.parametrize("content", [b"", b"\n\r\n", b"\xef\xbb\xbf"])
def test_an_empty_file_is_refused(name: str, content: bytes, write: Write) -> None:
    with raises_code("empty-file"):
        read(name, write(content))


def test_jsonl_counts_a_broken_line_and_reads_on(write: Write) -> None:
    lines = [json.dumps({"n": n}).encode() for n in range(1, 21)]
    lines[16] = b'{"n": 17'
    result = read("jsonl", write(b"\n".join(lines)))
    assert [line.record["n"] for line in result if line.record] == [*range(1, 17), 18, 19, 20]
    assert problems(result) == [(17, "not JSON: Expecting ',' delimiter (column 9)")]


def test_jsonl_names_what_is_not_an_object_or_not_utf8(write: Write) -> None:
    result = read("jsonl", write(b'{"a": 1}\n[1]\n{"a": "\xff"}\n\n{"a": 2}\n'))
    assert problems(result) == [
        (2, "not a JSON object but a list"),
        (3, "not UTF-8: byte 0xff at byte 8 of the line"),
        (4, "not JSON: Expecting value (column 1)"),
    ]
    assert [line.number for line in result if line.record] == [1, 5]


@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_jsonl_ignores_bom_line_ends_and_blank_lines_at_the_end(end: bytes, write: Write) -> None:
    content = b"\xef\xbb\xbf" + end.join([b'{"a": 1}', b'{"a": 2}', b"", b""])
    result = read("jsonl", write(content))
    assert records(result) == [{"a": 1}, {"a": 2}]


def test_unicode_line_separators_end_no_line(write: Write) -> None:
    content = "one\u2028two\tx\u0085y\nthree\tz\x1dw\n".encode()
    result = read("tsv", write(content), columns=("a", "b"))
    assert records(result) == [{"a": "one\u2028two", "b": "x\u0085y"}, {"a": "three", "b": "z\x1dw"}]


def test_tsv_reads_a_header_and_leaves_quotes_alone(write: Write) -> None:
    content = b'\xef\xbb\xbfid\ttext\r\n1\t"never closed\r\n2\tsaid "so" twice\r\n3\t""\r\n\r\n'
    result = read("tsv", write(content))
    assert records(result) == [
        {"id": "1", "text": '"never closed'},
        {"id": "2", "text": 'said "so" twice'},
        {"id": "3", "text": '""'},
    ]
    assert [line.number for line in result] == [2, 3, 4]


def test_tsv_counts_rows_with_too_few_or_too_many_columns(write: Write) -> None:
    result = read("tsv", write(b"a\tb\tc\nd\te\nf\tg\th\ti\n\n\xff\tk\tl\n\tm\tn\n"), columns=("x", "y", "z"))
    assert problems(result) == [
        (2, "2 columns where 3 are expected (x, y, z)"),
        (3, "4 columns where 3 are expected (x, y, z)"),
        (4, "1 column where 3 are expected (x, y, z)"),
        (5, "not UTF-8: byte 0xff at byte 1 of the line"),
    ]
    assert [line.record["z"] for line in result if line.record] == ["c", "n"]


def test_tsv_refuses_a_header_that_is_not_utf8(write: Write) -> None:
    with raises_code("broken-header", "not UTF-8"):
        read("tsv", write(b"a\t\xff\n1\t2\n"))


def test_csv_reads_quoted_commas_quotes_and_line_ends(write: Write) -> None:
    content = b'\xef\xbb\xbfid,text\r\n1,"a, ""b""\nc"\r\n2,d\r\n\r\n'
    result = read("csv", write(content))
    assert records(result) == [{"id": "1", "text": 'a, "b"\nc'}, {"id": "2", "text": "d"}]
    assert [line.number for line in result] == [2, 4]


def test_csv_counts_bad_records_and_reads_on(write: Write) -> None:
    result = read("csv", write(b'id,text\n1\n2,\xff\n3,"x"y\n4,d\n5,"never closed\n6,e\n'))
    assert records(result) == [None, None, None, {"id": "4", "text": "d"}, None, None]
    assert problems(result) == [
        (2, "1 column where 2 are expected (id, text)"),
        (3, "not UTF-8"),
        (4, "not CSV: ',' expected after '\"'"),
        (6, "not CSV: unexpected end of data"),
        (7, "belongs to the bad record that begins in line 6; see its quotes"),
    ]


def test_csv_counts_every_line_that_an_unbalanced_quote_joins(write: Write) -> None:
    # The second quote opens a field that ends at the third, two lines below, which is no end of a field.
    swallowed = read("csv", write(b'id,text\n1,a\n2,b"\n3,"c\n4,d\n5,"e"\n6,f\n'))
    assert [line.number for line in swallowed if line.record is None] == [4, 5, 6]
    assert records(swallowed)[-1] == {"id": "6", "text": "f"}
    # Here the field ends well, and only the number of columns tells that lines were joined.
    joined = read("csv", write(b'id,text\n1,"a\n2,b",c\n3,d\n'))
    assert problems(joined) == [
        (2, "3 columns where 2 are expected (id, text)"),
        (3, "belongs to the bad record that begins in line 2; see its quotes"),
    ]
    assert records(joined)[-1] == {"id": "3", "text": "d"}


@pytest.mark.parametrize(
    ("content", "refusal"), [(b'"id"x,text\n1,a\n', ("broken-header",)), (b"id,\xff\n1,a\n", ("broken-header",))]
)
def test_csv_refuses_a_header_it_cannot_read(content: bytes, refusal: Refusal, write: Write) -> None:
    with raises_code(*refusal):
        read("csv", write(content))
