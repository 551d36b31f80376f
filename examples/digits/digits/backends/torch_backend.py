"""The torch backend: the transformer with AdamW, on one or several GPUs or on the CPU."""

from __future__ import annotations

import contextlib
import json
import os
from pathlib import Path
from typing import Any, BinaryIO

# Before torch starts CUDA: without it cuBLAS may add in another order each time.
os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")

import torch
import torch.nn.functional as F
from torch import nn
from torch.nn.parallel import DistributedDataParallel

from digits.backends.attention import choose_attention
from digits.backends.transformer import Classifier
from digits.checkpoint import Checkpoint, Format
from digits.config import Config
from digits.data import Images, Labels, Split
from digits.errors import TrainingError, UsageError
from digits.log import say
from digits.ranks import Ranks


class TorchBackend:
    name = "torch"

    def __init__(self, config: Config, ranks: Ranks) -> None:
        if config.TRAIN.BATCH_SIZE % ranks.world_size:
            raise UsageError(
                f"TRAIN.BATCH_SIZE {config.TRAIN.BATCH_SIZE} can't be shared evenly by "
                f"{ranks.world_size} processes"
            )
        self.format = Format(".pt", _write, _read)
        self._ranks = ranks
        self._device, why = _choose_device(config.TRAIN.DEVICE, ranks)
        self.device = str(self._device)
        if self._device.type == "cpu" and "OMP_NUM_THREADS" not in os.environ:
            # As for numpy in main.py: a model this small gains nothing from threads, loses much on
            # a busy machine, and its last bits would depend on their number.
            torch.set_num_threads(1)
        say(f"device: {_described(self._device)} ({why})")
        capability = (
            torch.cuda.get_device_capability(self._device) if self._device.type == "cuda" else None
        )
        # bfloat16 is native from compute capability 8.0 up; before it, and on a CPU, float32.
        self._dtype = torch.bfloat16 if capability and capability >= (8, 0) else torch.float32
        attention = choose_attention(
            config.MODEL.TRANSFORMER.ATTENTION, capability=capability, dtype=self._dtype
        )
        self.attention = attention.name
        say(f"attention: {attention.name} ({attention.reason})")

        torch.use_deterministic_algorithms(True)
        # The same first parameters on every rank and device: made on the CPU, then moved.
        torch.manual_seed(config.TRAIN.SEED)
        self._model = Classifier(config.MODEL.TRANSFORMER, attention.attend).to(self._device)
        self._trained: nn.Module = self._model
        if ranks.distributed:
            on_gpu = self._device.type == "cuda"
            self._trained = DistributedDataParallel(
                self._model, device_ids=[self._device.index] if on_gpu else None
            )
        decayed = [p for p in self._model.parameters() if p.ndim > 1]
        others = [p for p in self._model.parameters() if p.ndim <= 1]
        self._optimizer = torch.optim.AdamW(
            [
                {"params": decayed, "weight_decay": config.TRAIN.WEIGHT_DECAY},
                {"params": others, "weight_decay": 0.0},
            ],
            lr=config.TRAIN.LR,
            fused=True,  # one pass over all parameters: three times as fast, on the CPU too
        )

    def train_step(self, images: Images, labels: Labels, rate: float) -> None:
        # Every rank is handed the global batch and takes its share. The shares are equally large,
        # so the mean of the ranks' gradients is the global batch's gradient.
        share = slice(self._ranks.rank, None, self._ranks.world_size)
        for group in self._optimizer.param_groups:
            group["lr"] = rate
        self._optimizer.zero_grad(set_to_none=True)
        with self._precision():
            loss = F.cross_entropy(
                self._trained(self._tensor(images[share])), self._tensor(labels[share])
            )
        loss.backward()
        self._optimizer.step()

    @torch.no_grad()
    def evaluate(self, data: Split) -> tuple[float, float]:
        labels = self._tensor(data.labels)
        with self._precision():
            # The bare model: the first rank evaluates alone, so nothing may wait for the others.
            logits = self._model(self._tensor(data.images)).float()
        loss = F.cross_entropy(logits, labels).item()
        correct = int((logits.argmax(dim=1) == labels).sum().item())
        return loss, correct / len(labels)

    def state(self) -> dict[str, Any]:
        # Nothing draws from torch's generators after the start; a layer that will (dropout) is to
        # resume as exactly as the rest.
        random = {"cpu": torch.get_rng_state()}
        if self._device.type == "cuda":
            random["cuda"] = torch.cuda.get_rng_state(self._device)
        return {
            "model": self._model.state_dict(),
            "optimizer": self._optimizer.state_dict(),
            "random": random,
        }

    def restore(self, state: dict[str, Any]) -> None:
        self._model.load_state_dict(state["model"])
        self._optimizer.load_state_dict(state["optimizer"])
        torch.set_rng_state(state["random"]["cpu"])
        # A run may go on on another kind of device; then there is nothing to restore for it.
        if self._device.type == "cuda" and "cuda" in state["random"]:
            torch.cuda.set_rng_state(state["random"]["cuda"], self._device)

    def _tensor(self, array: Images | Labels) -> torch.Tensor:
        return torch.from_numpy(array).to(self._device)

    def _precision(self) -> contextlib.AbstractContextManager[object]:
        if self._dtype is torch.float32:
            return contextlib.nullcontext()
        return torch.autocast(self._device.type, dtype=self._dtype)


def _choose_device(wanted: str, ranks: Ranks) -> tuple[torch.device, str]:
    """This rank's device. CUDA_VISIBLE_DEVICES is the launcher's to set and is left alone."""
    visible = torch.cuda.device_count() if torch.cuda.is_available() else 0
    if wanted == "cpu":
        return torch.device("cpu"), "TRAIN.DEVICE asks for it"
    if visible == 0:
        built_for = f"CUDA {torch.version.cuda}" if torch.version.cuda else "the CPU only"
        reason = f"no CUDA device can be used; this torch {torch.__version__} is for {built_for}"
        if wanted == "cuda":
            raise TrainingError(f"TRAIN.DEVICE is cuda, but {reason}")
        return torch.device("cpu"), reason
    if ranks.local_rank >= visible:
        raise TrainingError(
            f"LOCAL_RANK is {ranks.local_rank}, but only {visible} CUDA devices are visible: "
            "start as many processes as there are GPUs"
        )
    device = torch.device("cuda", ranks.local_rank)
    torch.cuda.set_device(device)
    return device, f"{visible} visible"


def _described(device: torch.device) -> str:
    if device.type == "cpu":
        return f"cpu, threads: {torch.get_num_threads()}"
    return f"{device}, {torch.cuda.get_device_name(device)}"


def _write(stream: BinaryIO, checkpoint: Checkpoint) -> None:
    torch.save(
        {
            "header": json.dumps(checkpoint.header()),
            "order": torch.from_numpy(checkpoint.order),
            "state": checkpoint.state,
        },
        stream,
    )


def _read(path: Path) -> Checkpoint:
    # weights_only: tensors and plain values, no code that a pickle could bring along.
    content = torch.load(path, map_location="cpu", weights_only=True)
    header = json.loads(content["header"])
    return Checkpoint(**header, order=content["order"].numpy(), state=content["state"])
