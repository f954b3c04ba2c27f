"""What prints as the tables of the command line, and what notebooks show as HTML."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from harness.cli.notebook import Shown


class ShownAsTables(ABC):
    """A result that people look at; what it looks like is made when it is first shown."""

    @abstractmethod
    def _shown(self) -> Shown:
        """Its tables."""

    def __str__(self) -> str:
        return str(self._shown())

    def __repr__(self) -> str:
        return str(self)

    def _repr_html_(self) -> str:
        return self._shown()._repr_html_()
