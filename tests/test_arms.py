from __future__ import annotations

from harness.arms import TARGET_ENGLISH, Arm, arms_of


def test_the_arms_of_a_run() -> None:
    assert list(arms_of((), "multitask", baseline=False)) == [Arm("none")]
    names = [arm.name for arm in arms_of(("a", TARGET_ENGLISH), "single", baseline=True)]
    assert names == ["none", "a", TARGET_ENGLISH]
    assert [arm.name for arm in arms_of(("a", TARGET_ENGLISH), "multitask", baseline=False)] == [
        f"a + {TARGET_ENGLISH}"
    ]
    (chained,) = arms_of(("a", TARGET_ENGLISH), "sequential", baseline=False)
    assert (chained.name, chained.by_target, chained.tasks("t")) == (f"a > {TARGET_ENGLISH}", True, ("a", "t"))
