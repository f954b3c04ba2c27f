"""Cells of studies' tables: a mean over seeds and half its interval, where there is one that says something."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from harness.documents.parts import Cell
from harness.results.comparison import PERCENT_GAIN, Bounds, Estimate, over_seeds
from harness.statistics.intervals import Interval
from harness.studies.tables import gain_cell, value_cell

WIDE = {1: 60.0, 2: -20.0}


def test_seeds_give_half_an_interval_and_bold_where_it_leaves_out_zero() -> None:
    found = over_seeds({1: 9.0, 2: 10.0, 3: 11.0}, Bounds())
    assert (gain_cell(found).text, gain_cell(found).best) == ("+10.0 ± 2.5", True)
    assert value_cell(found, 2).text == "10.00 ± 2.48"


@pytest.mark.parametrize("cell", [gain_cell, value_cell])
def test_an_interval_beyond_what_can_be_is_open_and_not_none(cell: Callable[[Estimate], Cell]) -> None:
    assert cell(over_seeds(WIDE, PERCENT_GAIN)).text.endswith("20.0 ± ?")
    assert cell(over_seeds(WIDE, Bounds())).text.endswith("20.0 ± 508.2")


def test_one_seed_has_no_interval_over_seeds() -> None:
    """What is known of it is over items, which ± does not mean here."""
    of_items = Estimate(value=5.0, seeds=1, interval=Interval(low=1.0, high=9.0, level=0.95, method="", answers=""))
    assert (gain_cell(of_items).text, gain_cell(of_items).best, value_cell(of_items).text) == ("+5.0", False, "5.0")


def test_seeds_that_agree_have_none() -> None:
    assert gain_cell(over_seeds({1: 5.0, 2: 5.0}, Bounds())).text == "+5.0"


def test_nothing_is_a_dash() -> None:
    assert (gain_cell(None).text, value_cell(None).text) == ("-", "-")
