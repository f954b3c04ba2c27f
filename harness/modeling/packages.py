"""Python packages that carry a model's weights: which version is there, and with which files."""

from __future__ import annotations

import hashlib
import importlib.metadata
import importlib.util
from dataclasses import dataclass
from pathlib import Path

from harness.errors import UserError


class PackageError(UserError):
    """The package is missing, or carries other files."""


@dataclass(frozen=True, kw_only=True)
class Carrier:
    """A package of the package index that carries what a model is made from. None of its code is run.

    Attributes:
        model: that is made from it.
        package: name on the index.
        version: the only one whose files are known.
        module: its folder, as a name to import.
        extra: of xharness, that installs it; "" where none does.
    """

    model: str
    package: str
    version: str
    module: str
    extra: str = ""

    @property
    def installation(self) -> str:
        """The command that installs it."""
        return f"pip install {self._installed}"

    @property
    def repair(self) -> str:
        """The command that installs it anew."""
        return f"pip install --force-reinstall {self._installed}"

    @property
    def _installed(self) -> str:
        return f'"xharness[{self.extra}]"' if self.extra else f"{self.package}=={self.version}"

    def folder(self) -> Path:
        """Where it is installed.

        Raises:
            PackageError: it is not.
        """
        spec = importlib.util.find_spec(self.module)
        if spec is None or spec.origin is None:
            raise PackageError(
                f"the model {self.model} is made from the package {self.package}, which is not installed",
                code="package-missing",
                fix=self.installation,
            )
        return Path(spec.origin).parent

    def check_version(self) -> None:
        """Refuse another version, whose files are not known.

        Raises:
            PackageError: so it is.
        """
        try:
            found = importlib.metadata.version(self.package)
        except importlib.metadata.PackageNotFoundError:  # a copied folder; its files are compared in any case
            return
        if found != self.version:
            raise PackageError(
                f"the model {self.model} is made from {self.package} {self.version}, and {found} is installed",
                code="package-of-other-version",
                where=str(self.folder()),
                fix=self.installation,
            )

    def checked(self, path: Path, sha256: str) -> Path:
        """One of its files.

        Raises:
            PackageError: it is missing or another one.
        """
        if not path.is_file() or _sha256(path) != sha256:
            raise PackageError(
                f"not the file of {self.package} {self.version}",
                code="package-changed",
                where=str(path),
                fix=self.repair,
            )
        return path


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
