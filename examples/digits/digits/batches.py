"""Mini-batches: shuffled each epoch, a little moved, and resumable at any step."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
from numpy.typing import NDArray

from digits.data import Images, Labels, Split


class Batches:
    """An endless stream of global batches over one training set.

    One generator makes every random choice, and it draws for the *global* batch on every rank, so
    neither the order nor the augmentation depends on how many processes share the work.
    """

    def __init__(self, data: Split, *, size: int, max_shift: int, seed: int) -> None:
        self._data = data
        self._size = size
        self._max_shift = max_shift
        self._random = np.random.default_rng(seed)
        self._order = self._random.permutation(len(data.labels))
        self._position = 0

    def next(self) -> tuple[Images, Labels]:
        """The next batch: images (size, 8, 8) and labels (size,)."""
        if self._position + self._size > len(self._order):
            # The rest of the epoch is dropped: batches of one size keep every step comparable.
            self._order = self._random.permutation(len(self._order))
            self._position = 0
        chosen = self._order[self._position : self._position + self._size]
        self._position += self._size
        images = shifted(self._data.images[chosen], self._max_shift, self._random)
        return images, self._data.labels[chosen]

    def state(self) -> tuple[dict[str, Any], NDArray[np.int64]]:
        """What resuming needs: JSON-able facts, and this epoch's order."""
        # As text: PCG64's state holds integers of 128 bits, which not every format can.
        random = json.dumps(self._random.bit_generator.state)
        return {"random": random, "position": self._position}, self._order

    def restore(self, facts: dict[str, Any], order: NDArray[np.int64]) -> None:
        if sorted(order) != list(range(len(self._order))):
            raise ValueError("the saved data order is of another data set")
        self._random.bit_generator.state = json.loads(facts["random"])
        self._position = int(facts["position"])
        self._order = np.asarray(order, dtype=np.int64)


def shifted(images: Images, max_shift: int, random: np.random.Generator) -> Images:
    """Move each of `images` (n, h, w) by its own offset; what comes in is background."""
    if max_shift == 0:
        return images
    count, height, width = images.shape
    padding = (max_shift, max_shift)
    padded = np.pad(images, ((0, 0), padding, padding))
    corner = random.integers(0, 2 * max_shift + 1, size=(count, 2))
    rows = corner[:, 0, None] + np.arange(height)  # (n, h)
    columns = corner[:, 1, None] + np.arange(width)  # (n, w)
    return padded[np.arange(count)[:, None, None], rows[:, :, None], columns[:, None, :]]
