"""What tables call arms: short, and each by another name."""

from __future__ import annotations

from harness.results.words import ArmName, short_arms


def called(*texts: str, mode: str = "multitask") -> list[str]:
    return list(short_arms(ArmName(text, text, mode) for text in texts).values())


def test_tasks_behind_the_third_are_counted_unless_they_tell_two_arms_apart() -> None:
    assert called("a + b + c + d", "a + b + e + f") == [
        "a + b + c + 1 more (multitask)",
        "a + b + e + 1 more (multitask)",
    ]
    assert called("a + b + c + d", "a + b + c + e", "a + b") == [
        "a + b + c + d (multitask)",
        "a + b + c + e (multitask)",
        "a + b (multitask)",
    ]
    assert called("a > b > c > d", mode="sequential") == ["a > b > c > 1 more (sequential)"]


def test_settings_of_parts_are_never_cut() -> None:
    for text in ("(a + b + c + d){steps=300}", 'a{select_on="x + y"} + b + c + d', "a + b + c + (d){steps=1}"):
        assert called(text) == [f"{text} (multitask)"]
    assert called("a > b > c > d{replay=0.2}", mode="sequential") == ["a > b > c > d{replay=0.2} (sequential)"]
    assert called("a{steps=2}", mode="single") == ["a{steps=2}"]


def test_a_label_that_reads_like_a_short_name_stays_with_its_arm() -> None:
    own, label = ArmName("a + b", "a + b", "multitask"), ArmName("a + b (multitask)", "ccg", "single")
    assert short_arms([own, label]) == {"a + b": "a + b", "a + b (multitask)": "a + b (multitask)"}
    assert short_arms([ArmName("late", "a + b", "multitask")]) == {"late": "late"}
