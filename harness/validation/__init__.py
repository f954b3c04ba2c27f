"""Whether a task can be used with the rows of a source: checks, each with its findings."""

LIMIT = 200
"""Items of each split that are looked at unless asked otherwise."""
