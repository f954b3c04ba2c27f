"""What has to be drawn together."""

from __future__ import annotations

from harness.statistics.units import linked_units


def test_translations_are_one_unit() -> None:
    assert linked_units([[["a"], ["b"], ["c"]], [["c"], ["d"], ["a"]]]) == [[0, 1, 2], [2, 3, 0]]


def test_items_that_carry_nothing_are_their_own() -> None:
    assert linked_units([[[], []], [[]]]) == [[0, 1], [2]]


def test_what_is_linked_by_others_is_one_unit() -> None:
    # Questions 1 and 2 share a passage in English; 2 and 3 in German, where the passage is cut otherwise.
    english = [["q1", ("en", "p")], ["q2", ("en", "p")], ["q3", ("en", "r")], ["q4", ("en", "s")]]
    german = [["q3", ("de", "x")], ["q2", ("de", "x")], ["q4", ("de", "y")]]
    assert linked_units([english, german]) == [[0, 0, 0, 1], [0, 0, 1]]


def test_long_chains_are_followed() -> None:
    chain = [[place, place + 1] for place in range(5000)]
    assert set(linked_units([chain])[0]) == {0}
