"""Checkpoints: written whole, the last good one kept, damage noticed before it is trained on."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from digits.errors import TrainingError
from digits.files import atomic_writer
from digits.log import say


@dataclass(frozen=True)
class Checkpoint:
    """All that the next step depends on, and what a resume must agree with."""

    step: int  # steps done
    seconds: float  # of training so far
    logged: int  # lines in metrics.jsonl up to this step
    version: str  # of the application that wrote it
    settings: dict[str, Any]  # the settings that decide the result
    order_facts: dict[str, Any]  # random generator and position of the data order
    order: NDArray[np.int64]  # (training images,), this epoch's permutation
    state: dict[str, Any]  # the backend's own: parameters, optimizer, random state

    def header(self) -> dict[str, Any]:
        """The JSON-able part."""
        names = ("step", "seconds", "logged", "version", "settings", "order_facts")
        return {name: getattr(self, name) for name in names}


@dataclass(frozen=True)
class Format:
    """How one backend lays a checkpoint out in a file. Both formats are zip files underneath."""

    suffix: str
    write: Callable[[BinaryIO, Checkpoint], None]
    read: Callable[[Path], Checkpoint]


SUFFIXES = (".npz", ".pt")


def current_path(folder: Path, suffix: str) -> Path:
    return folder / f"checkpoint{suffix}"


def previous_path(folder: Path, suffix: str) -> Path:
    return folder / f"checkpoint.previous{suffix}"


def damaged_path(folder: Path, suffix: str) -> Path:
    return folder / f"checkpoint.damaged{suffix}"


def save(folder: Path, checkpoint: Checkpoint, form: Format) -> Path:
    """Write the new one aside, then step the old one back and the new one in.

    Killed between these two renames, the folder holds no current checkpoint but a previous one,
    which was the current one until then; `load` takes it.
    """
    path = current_path(folder, form.suffix)
    with atomic_writer(path, keep_as=previous_path(folder, form.suffix)) as stream:
        form.write(stream, checkpoint)
    return path


def load(folder: Path, form: Format, *, tidy: bool) -> Checkpoint | None:
    """The newest checkpoint that is whole; None without any; TrainingError when all are damaged.

    With `tidy`, a damaged current checkpoint is moved out of the way of `save`, which would
    otherwise keep it in the place of the whole one.
    """
    current = current_path(folder, form.suffix)
    paths = [path for path in (current, previous_path(folder, form.suffix)) if path.exists()]
    damage: list[str] = []
    for path in paths:
        try:
            checkpoint = _read_whole(path, form)
        except Exception as error:  # a damaged file makes readers raise nearly anything
            damage.append(f"{path.name} ({error or type(error).__name__})")
            continue
        if damage and tidy:
            aside = current.replace(damaged_path(folder, form.suffix))
            say(f"resume: damaged: {damage[0]}; now {aside.name}; going back to {path.name}")
        return checkpoint
    if damage:
        raise TrainingError(
            f"no checkpoint in {folder} can be read: {'; '.join(damage)}. Delete them, name "
            "another EXPERIMENT.NAME, or start over with --opts TRAIN.AUTO_RESUME false"
        )
    return None


def _read_whole(path: Path, form: Format) -> Checkpoint:
    # Torch's reader does not check the CRCs of the archive's members; zipfile does.
    with zipfile.ZipFile(path) as archive:
        if (member := archive.testzip()) is not None:
            raise ValueError(f"{member} is damaged")
    return form.read(path)
