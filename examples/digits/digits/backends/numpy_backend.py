"""The numpy backend: a multilayer perceptron with its backward pass and AdamW by hand."""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from digits.checkpoint import Checkpoint, Format
from digits.config import Config
from digits.data import CLASSES, SIDE, Images, Labels, Split

Array = NDArray[np.float32]

_BETA1, _BETA2, _EPSILON = 0.9, 0.999, 1e-8


class NumpyBackend:
    """`LAYERS` hidden layers of `WIDTH` rectified units, then a softmax over the ten digits."""

    name = "numpy"
    device = "cpu"
    attention = None

    def __init__(self, config: Config) -> None:
        self.format = Format(".npz", _write, _read)
        self._weight_decay = config.TRAIN.WEIGHT_DECAY
        sizes = [SIDE * SIDE, *[config.MODEL.MLP.WIDTH] * config.MODEL.MLP.LAYERS, CLASSES]
        random = np.random.default_rng(config.TRAIN.SEED)
        # He's initialisation keeps the activations' variance through rectified layers.
        self._weights: list[Array] = [
            (random.standard_normal((rows, columns)) * np.sqrt(2.0 / rows)).astype(np.float32)
            for rows, columns in itertools.pairwise(sizes)
        ]
        self._biases: list[Array] = [np.zeros(columns, np.float32) for columns in sizes[1:]]
        # Adam's moving averages, in the order of `_parameters`.
        self._means: list[Array] = [np.zeros_like(p) for p in self._parameters]
        self._squares: list[Array] = [np.zeros_like(p) for p in self._parameters]
        self._updates = 0

    @property
    def _parameters(self) -> list[Array]:
        return [*self._weights, *self._biases]

    def train_step(self, images: Images, labels: Labels, rate: float) -> None:
        activations = self._forward(images)
        self._update(self._gradients(activations, labels), rate)

    def evaluate(self, data: Split) -> tuple[float, float]:
        log_probabilities = _log_softmax(self._forward(data.images)[-1])
        rows = np.arange(len(data.labels))
        loss = -log_probabilities[rows, data.labels].mean(dtype=np.float64)
        accuracy = (log_probabilities.argmax(axis=1) == data.labels).mean(dtype=np.float64)
        return float(loss), float(accuracy)

    def state(self) -> dict[str, Any]:
        return {
            "parameters": self._parameters,
            "means": self._means,
            "squares": self._squares,
            "updates": self._updates,
        }

    def restore(self, state: dict[str, Any]) -> None:
        layers = len(self._weights)
        self._weights, self._biases = state["parameters"][:layers], state["parameters"][layers:]
        self._means, self._squares = state["means"], state["squares"]
        self._updates = state["updates"]

    def _forward(self, images: Images) -> list[Array]:
        """Every layer's output: the input (n, 64), the hidden ones (n, width), logits (n, 10)."""
        activations: list[Array] = [images.reshape(len(images), -1)]
        last = len(self._weights) - 1
        for layer, (weight, bias) in enumerate(zip(self._weights, self._biases, strict=True)):
            output = activations[-1] @ weight + bias
            activations.append(output if layer == last else np.maximum(output, 0))
        return activations

    def _gradients(self, activations: list[Array], labels: Labels) -> list[Array]:
        """Of the batch's mean cross-entropy, in the order of `_parameters`."""
        # For softmax with cross-entropy the logits' gradient is (probabilities - one-hot) / n.
        error = np.exp(_log_softmax(activations[-1]))
        error[np.arange(len(labels)), labels] -= 1
        error /= len(labels)
        weights: list[Array] = []
        biases: list[Array] = []
        for layer in reversed(range(len(self._weights))):
            weights.append(activations[layer].T @ error)
            biases.append(error.sum(axis=0))
            if layer:
                # A rectifier passes the gradient where it passed the signal.
                error = (error @ self._weights[layer].T) * (activations[layer] > 0)
        return [*reversed(weights), *reversed(biases)]

    def _update(self, gradients: list[Array], rate: float) -> None:
        """AdamW: Adam's step, and weight decay beside it rather than through the averages."""
        self._updates += 1
        # Plain Python floats: a numpy float64 would lift the float32 arrays to float64.
        unbias_mean = 1 - _BETA1**self._updates
        unbias_square = 1 - _BETA2**self._updates
        for parameter, gradient, mean, square in zip(
            self._parameters, gradients, self._means, self._squares, strict=True
        ):
            mean += (1 - _BETA1) * (gradient - mean)
            square += (1 - _BETA2) * (gradient * gradient - square)
            if parameter.ndim > 1:  # biases are not decayed
                parameter *= 1 - rate * self._weight_decay
            parameter -= rate * (mean / unbias_mean) / (np.sqrt(square / unbias_square) + _EPSILON)


def _log_softmax(logits: Array) -> Array:
    """Row by row over (n, classes); the maximum goes first, so that exp can't overflow."""
    centred = logits - logits.max(axis=1, keepdims=True)
    return centred - np.log(np.exp(centred).sum(axis=1, keepdims=True))


def _write(stream: BinaryIO, checkpoint: Checkpoint) -> None:
    """Arrays as they are, everything else as JSON: reading it back needs no pickle."""
    lists = ("parameters", "means", "squares")
    arrays = {
        f"{name}.{index}": array
        for name in lists
        for index, array in enumerate(checkpoint.state[name])
    }
    header = checkpoint.header() | {
        "updates": checkpoint.state["updates"],
        "arrays": len(checkpoint.state["parameters"]),
    }
    np.savez(stream, header=json.dumps(header), order=checkpoint.order, **arrays)


def _read(path: Path) -> Checkpoint:
    with np.load(path, allow_pickle=False) as arrays:
        header = json.loads(str(arrays["header"]))
        count = header.pop("arrays")
        state: dict[str, Any] = {
            name: [arrays[f"{name}.{index}"] for index in range(count)]
            for name in ("parameters", "means", "squares")
        }
        state["updates"] = header.pop("updates")
        return Checkpoint(**header, order=arrays["order"], state=state)
