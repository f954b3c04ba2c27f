"""Which arm each arm is compared with: by what arms are and the settings they share, never by a name."""

from __future__ import annotations

from typing import Any

from harness.results.references import references
from harness.results.schema import Arm, ArmPhase


def arm(label: str, *tasks: str, **other: Any) -> Arm:
    text = " + ".join(tasks) or "none"
    phases = (ArmPhase(tasks=tasks),) if tasks else ()
    return Arm(label=label, text=text, phases=phases, **other)


SLOW, FAST = {"target.lr": 1e-5}, {"target.lr": 1e-4}


def test_gains_are_against_the_arm_without_phases_whatever_it_is_called() -> None:
    arms = (arm("mnli", "mnli"), arm("plain"), arm("none of the others", "qqp"))
    assert references(arms, None) == {"mnli": "plain", "plain": "", "none of the others": "plain"}


def test_arms_with_the_same_varied_settings_are_paired() -> None:
    arms = [arm(f"none {n}", varied=v, base_label="none") for n, v in ((1, SLOW), (2, FAST))]
    arms += [arm(f"mnli {n}", "mnli", varied=v, base_label="mnli") for n, v in ((1, SLOW), (2, FAST))]
    arms += [arm("qqp 1", "qqp", varied=SLOW, base_label="qqp")]
    assert references(arms, None) == {
        "none 1": "",
        "none 2": "",
        "mnli 1": "none 1",
        "mnli 2": "none 2",
        "qqp 1": "none 1",
    }
    # Without the values an arm is named in all of them, with them it is that one arm.
    assert references(arms, "mnli") == {
        "none 1": "mnli 1",
        "none 2": "mnli 2",
        "mnli 1": "",
        "mnli 2": "",
        "qqp 1": "mnli 1",
    }
    for chosen in ("mnli 1", "mnli 2"):
        assert references(arms, chosen) == {one.label: "" if one.label == chosen else chosen for one in arms}


def test_an_arm_with_settings_of_its_own_is_compared_with_one_that_shares_them_or_with_the_plain_one() -> None:
    late = arm("late", "mnli", settings=FAST)
    assert references((arm("none"), late), None)["late"] == "none"
    assert references((arm("none"), arm("none, late", settings=FAST), late), None) == {
        "none": "",
        "none, late": "none",
        "late": "none, late",
    }


def test_without_an_arm_to_compare_with_there_is_none() -> None:
    assert references((arm("mnli", "mnli"),), None) == {"mnli": ""}
    assert references((arm("mnli", "mnli"),), "gone") == {"mnli": ""}
