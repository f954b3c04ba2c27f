"""SQuAD's JSON: articles of paragraphs of questions; also MLQA, XQuAD, XQuAD-R and TyDiQA-GoldP."""

from __future__ import annotations

import codecs
import json
from typing import TYPE_CHECKING, Any

from harness.errors import DataError, counted
from harness.outside import HalfPair, Unreadable, parse_json, read_bytes
from harness.sources.files.lines import Line, empty_file

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

VERSION = 1


def read(path: Path) -> Iterator[Line]:
    """Every question, numbered by its position in the file.

    A record has the question's own fields (id, question, answers), those of its paragraph (context), the article's
    title ("" where the file has none) and is_impossible (False where the file does not say).

    Raises:
        DataError: the file is empty, not UTF-8, not JSON or not laid out as SQuAD's.
    """
    number = 0
    document, suspicious = _document(path)
    for article in _list(document, "data", path, number):
        for paragraph in _list(article, "paragraphs", path, number):
            shared = {name: value for name, value in paragraph.items() if name != "qas"}
            shared["title"] = article.get("title", "")
            for question in _list(paragraph, "qas", path, number):
                number += 1
                if not isinstance(question, dict):
                    yield Line(path, number, None, f"question {number} is not an object")
                    continue
                record = {"is_impossible": False, **shared, **question}
                if suspicious and _has_half_pair(record):
                    yield Line(path, number, None, "a text has half of a surrogate pair")
                else:
                    yield Line(path, number, record)


def _document(path: Path) -> tuple[Any, bool]:
    """The document, and whether some text of it has half of a surrogate pair."""
    raw = read_bytes(path)
    if not raw.removeprefix(codecs.BOM_UTF8).strip():
        raise empty_file(path)
    try:
        try:
            return parse_json(raw), False
        except HalfPair:
            # One text is spoilt, not the file.
            return parse_json(raw, half_pairs=True), True
    except Unreadable as error:
        place = f", line {error.line}, column {error.column}" if error.line else ""
        raise DataError(
            f"the file is {error.problem}", code="broken-json", where=f"{path}{place}", fix="fetch it again"
        ) from None


def _list(container: Any, name: str, path: Path, before: int) -> list[Any]:
    found = container.get(name) if isinstance(container, dict) else None
    if not isinstance(found, list) or (name != "qas" and not all(isinstance(item, dict) for item in found)):
        raise DataError(
            f"not laid out as SQuAD's JSON: no list of objects {name!r} where one is expected",
            code="not-squad-json",
            where=f"{path}, after {counted(before, 'question')}",
            fix="the layout is data > paragraphs > qas; choose the format that fits this file",
        )
    return found


def _has_half_pair(record: dict[str, Any]) -> bool:
    try:
        json.dumps(record, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return True
    return False
