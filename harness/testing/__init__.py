"""For tests: the checks of `xharness validate` as an assertion, and simulated records (`harness.testing.simulated`)."""

from harness.testing.checking import check_task

__all__ = ["check_task"]
