"""Files that are either whole or not there."""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

TEMPORARY_SUFFIX = ".tmp"


@contextlib.contextmanager
def atomic_writer(path: Path, *, keep_as: Path | None = None) -> Iterator[BinaryIO]:
    """A stream whose content becomes `path` in one step, once it is safely on the disk.

    With `keep_as`, what was at `path` before is moved there first.

    The temporary name is random: two containers that share a cache folder also share process ids.
    The file is opened plainly rather than through `tempfile`, so that it gets the umask's mode and
    the owner of a mounted output folder can read it.
    """
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}{TEMPORARY_SUFFIX}")
    try:
        with temporary.open("xb") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        if keep_as is not None and path.exists():
            path.replace(keep_as)
        temporary.replace(path)
        _sync_folder(path.parent)
    finally:
        temporary.unlink(missing_ok=True)


def write_atomically(path: Path, text: str) -> None:
    with atomic_writer(path) as stream:
        stream.write(text.encode())


def remove_temporaries(folder: Path) -> None:
    """Clear what a killed process left half written."""
    for path in folder.glob(f".*{TEMPORARY_SUFFIX}"):
        path.unlink(missing_ok=True)


def _sync_folder(folder: Path) -> None:
    """Make a rename survive a power cut, on the file systems that need telling."""
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
