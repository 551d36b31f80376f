"""The data: scikit-learn's 1797 handwritten digits of 8 x 8 pixels, cached and split."""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from digits.files import atomic_writer
from digits.log import say

SIDE = 8
CLASSES = 10
# In the name, so that a cache made by code that prepared the arrays otherwise is never read.
_CACHE_NAME = "digits-v1.npz"

Images = NDArray[np.float32]
Labels = NDArray[np.int64]


@dataclass(frozen=True)
class Split:
    images: Images  # (n, 8, 8), in [0, 1]
    labels: Labels  # (n,), in 0..9


@dataclass(frozen=True)
class Dataset:
    train: Split
    test: Split


def load_dataset(cache_dir: Path, *, split_seed: int, test_fraction: float) -> Dataset:
    """The training and test images; the same ones for the same seed and fraction."""
    everything = _cached(cache_dir)
    order = np.random.default_rng(split_seed).permutation(len(everything.labels))
    held_out = round(test_fraction * len(order))
    test, train = order[:held_out], order[held_out:]
    return Dataset(
        train=Split(everything.images[train], everything.labels[train]),
        test=Split(everything.images[test], everything.labels[test]),
    )


def _cached(cache_dir: Path) -> Split:
    path = cache_dir / _CACHE_NAME
    try:
        data = _read(path)
        say(f"data: {len(data.labels)} images from the cache {path}")
        return data
    except FileNotFoundError:
        found = ""
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        found = f"; what was cached there could not be used: {error}"
    data = _prepare()
    try:
        cache_dir.mkdir(parents=True, exist_ok=True)
        with atomic_writer(path) as stream:
            np.savez_compressed(stream, images=data.images, labels=data.labels)
    except OSError as error:
        # The cache only saves time. Under a foreign uid its default folder can't even be entered.
        say(f"data: {len(data.labels)} images from scikit-learn, not cached in {path}: {error}")
    else:
        say(f"data: {len(data.labels)} images from scikit-learn, cached in {path}{found}")
    return data


def _read(path: Path) -> Split:
    """Read a cached file (each array's CRC is checked on the way) and hold it to its promise."""
    with np.load(path, allow_pickle=False) as arrays:
        data = Split(arrays["images"], arrays["labels"])
    if data.images.shape[1:] != (SIDE, SIDE) or len(data.images) != len(data.labels):
        raise ValueError(f"images of shape {data.images.shape}, labels {data.labels.shape}")
    if data.images.dtype != np.float32 or data.labels.dtype != np.int64:
        raise ValueError(f"types {data.images.dtype} and {data.labels.dtype}")
    return data


def _prepare() -> Split:
    # Imported here: it takes longer than the training, and a cached run does without it.
    from sklearn.datasets import load_digits

    source = load_digits()
    return Split(
        images=(source.images / 16.0).astype(np.float32),
        labels=source.target.astype(np.int64),
    )
