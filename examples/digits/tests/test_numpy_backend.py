"""The hand-written backward pass, against numbers; the schedule and the batches."""

from __future__ import annotations

import numpy as np
import pytest

from digits.backends.numpy_backend import NumpyBackend
from digits.batches import Batches, shifted
from digits.config import load_config
from digits.data import Split
from digits.schedule import learning_rate


def random_split(count: int) -> Split:
    random = np.random.default_rng(0)
    images = random.random((count, 8, 8)).astype(np.float32)
    return Split(images, random.integers(0, 10, count))


def test_gradients_equal_finite_differences() -> None:
    backend = NumpyBackend(load_config(None, ["MODEL.MLP.WIDTH", "16"]))
    data = random_split(5)
    for index, parameter in enumerate(backend._parameters):
        lifted = parameter.astype(np.float64)  # differences drown in float32
        (backend._weights + backend._biases)[index] = lifted
        if index < len(backend._weights):
            backend._weights[index] = lifted
        else:
            backend._biases[index - len(backend._weights)] = lifted
    gradients = backend._gradients(backend._forward(data.images), data.labels)
    for parameter, gradient in zip(backend._parameters, gradients, strict=True):
        where = np.unravel_index(np.abs(gradient).argmax(), gradient.shape)
        before = parameter[where]
        losses = []
        for shift in (1e-5, -1e-5):
            parameter[where] = before + shift
            losses.append(backend.evaluate(data)[0])
        parameter[where] = before
        assert (losses[0] - losses[1]) / 2e-5 == pytest.approx(gradient[where], rel=1e-4)


def test_everything_stays_in_single_precision() -> None:
    backend = NumpyBackend(load_config(None, []))
    data = random_split(8)
    backend.train_step(data.images, data.labels, 0.01)
    state = backend.state()
    for name in ("parameters", "means", "squares"):
        assert {array.dtype for array in state[name]} == {np.dtype(np.float32)}


def test_the_rate_warms_up_and_falls() -> None:
    rates = [learning_rate(s, steps=100, warmup_steps=10, peak=1.0) for s in range(100)]
    assert rates[0] == pytest.approx(0.1)
    assert max(rates) == rates[9] == rates[10] == 1.0
    assert rates[10:] == sorted(rates[10:], reverse=True)
    assert 0.01 <= rates[-1] < 0.02


def test_an_epoch_holds_each_image_at_most_once() -> None:
    images = np.arange(20, dtype=np.float32)[:, None, None] * np.ones((1, 8, 8), np.float32)
    batches = Batches(Split(images, np.arange(20)), size=6, max_shift=0, seed=0)
    epoch = np.concatenate([batches.next()[1] for _ in range(3)])
    assert len(set(epoch.tolist())) == 18


def test_restored_batches_go_on_alike() -> None:
    data = random_split(50)
    first = Batches(data, size=8, max_shift=2, seed=1)
    for _ in range(9):
        first.next()
    second = Batches(data, size=8, max_shift=2, seed=99)
    second.restore(*first.state())
    for _ in range(20):
        for one, other in zip(first.next(), second.next(), strict=True):
            np.testing.assert_array_equal(one, other)


def test_a_shift_moves_and_fills_with_background() -> None:
    images = np.ones((200, 8, 8), np.float32)
    moved = shifted(images, 1, np.random.default_rng(0))
    assert moved.shape == images.shape
    assert set(np.unique(moved.sum(axis=(1, 2)))) == {49.0, 56.0, 64.0}
