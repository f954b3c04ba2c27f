"""Readers of published file formats, one module each; the module's name is the reader's, with "-" for "_".

A reader module has

    read(path, **options) -> Iterator[Line]     every record of a file, good or bad
    VERSION                                     1 at first, raised where `read` gives other records for the same file
    companions(path, **options) -> tuple        optional: other files that `read` opens beside `path`
    USES                                        optional: the reader modules that `read` calls

A mistake in one record is a `Line` with a problem, and reading goes on; a file that as a whole cannot be read is a
`DataError`.
"""

from __future__ import annotations

import functools
import importlib
import pkgutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from harness.errors import UnknownName

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from types import ModuleType

    from harness.sources.files.lines import Line


@dataclass(frozen=True)
class Reader:
    """The functions of a reader module.

    Attributes:
        modules: those whose versions decide the records: its own, and those of the readers that it calls.
    """

    read: Callable[..., Iterator[Line]]
    companions: Callable[..., tuple[Path, ...]] | None
    modules: tuple[ModuleType, ...]

    def files(self, path: Path, **options: Any) -> tuple[Path, ...]:
        """All files that `read` opens, `path` first."""
        return (path, *(self.companions(path, **options) if self.companions else ()))


@functools.cache
def reader_names() -> tuple[str, ...]:
    """Names of all readers."""
    return tuple(sorted(found.name.replace("_", "-") for found in pkgutil.iter_modules(__path__)))


def find_reader(name: str) -> Reader:
    """The reader of that name.

    Raises:
        UnknownName: there is none.
    """
    if name not in reader_names():
        raise UnknownName("reader", name, reader_names())
    module = importlib.import_module(f"{__name__}.{name.replace('-', '_')}")
    return Reader(module.read, getattr(module, "companions", None), (module, *getattr(module, "USES", ())))
