"""Settings files that were changed at random are settings, or are refused in words."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from harness.config import load_file, settings_from
from harness.registry import default_registry
from tests.campaigns.mutations import TRIALS, Trials, mutated

if TYPE_CHECKING:
    from collections.abc import Callable

STORED = sorted((Path(__file__).parents[1] / "results" / "schema1").glob("*/settings.toml"))

WRITTEN = b"""# Written by hand.
intermediate = ["mnli", "ccg"]
target = ["pawsx", "tatoeba"]
languages = ["en", "qab"]
model = "scratch"
data = "mini"
seeds = [1, 2]
limit = 32
preset = "mini"

[arms]
short = "mnli{steps=3} > squad + qqp"
both = { arm = "mnli + ccg", set = { steps = 4 } }

[set]
lr = 1e-4
intermediate.steps = 6
tasks.pawsx.batch_size = 4
model = { hidden_size = 16, layers = 1 }
"""


@TRIALS
def test_changed_settings_are_settings_or_refused(trials: int, tmp_path: Path, figures: Callable[[str], None]) -> None:
    registry = default_registry()
    contents = [WRITTEN, *(path.read_bytes() for path in STORED)]
    path, campaign = tmp_path / "settings.toml", Trials("settings", trials)

    def load() -> str:
        settings_from(registry, load_file(path))
        return "settings"

    path.write_bytes(WRITTEN)
    assert load() == "settings"
    for number, draw in campaign:
        path.write_bytes(mutated(draw.choice(contents), draw))
        campaign.outcome(number, load)
    campaign.check()
    figures(str(campaign))
    assert campaign.ends["settings"]
    assert campaign.ends["not-toml"]
