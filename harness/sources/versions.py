"""Versions of the code that decides rows: raised by hand where a module gives other rows, so that digests change."""

from __future__ import annotations

from types import ModuleType

FIRST = 1
"""The version of every module when versions began; digests do not say it."""


def raised(*modules: ModuleType) -> dict[str, int]:
    """Versions of modules by name, of those that are not the first.

    Args:
        modules: each has a `VERSION`.
    """
    versions = {module.__name__.removeprefix("harness.sources."): module.VERSION for module in modules}
    return {name: version for name, version in versions.items() if version != FIRST}


def counted(*modules: ModuleType) -> dict[str, dict[str, int]]:
    """What a digest of rows says of the versions of these modules: nothing where all are the first."""
    found = raised(*modules)
    return {"versions": found} if found else {}
