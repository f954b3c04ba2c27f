"""Coordinates that only some scores have."""

STEP = "step"
"""Of scores of snapshots: the step of the phase that a target is scored after."""

PHASE = "phase"
"""Of scores after each phase: how many phases are done."""

TARGET = "target"
"""Of these, the target whose chain the phases are of; missing as long as chains of all targets have them."""
