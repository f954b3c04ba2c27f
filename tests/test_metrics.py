"""Columns of lists of records that are kept by field, beside those that are lists of records."""

from __future__ import annotations

import pytest

from harness import field_of
from harness.metrics import Records

KEPT = Records({"key": [["a", "b"], [], ["c"]], "score": [[0.5, 0.25], [], [1.0]]})
PLAIN = [[{"key": "a", "score": 0.5}, {"key": "b", "score": 0.25}], [], [{"key": "c", "score": 1.0}]]


def test_records_kept_by_field_are_the_lists_of_records() -> None:
    assert len(KEPT) == 3
    assert list(KEPT) == PLAIN
    assert list(KEPT[1:]) == PLAIN[1:]
    with pytest.raises(IndexError):
        KEPT[3]


@pytest.mark.parametrize("column", [KEPT, PLAIN, KEPT[0:3]])
def test_a_field_is_a_list_an_item_however_the_column_is_kept(column: Records) -> None:
    assert list(field_of(column, "key")) == [["a", "b"], [], ["c"]]
    assert list(field_of(column, "score")) == [[0.5, 0.25], [], [1.0]]
