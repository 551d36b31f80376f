"""The few words that training processes exchange beside their gradients."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from digits.ranks import Ranks


class Alone:
    """One process: it agrees with itself."""

    def wait(self) -> None:
        """Go on when every process has come this far."""

    def any(self, flag: bool) -> bool:
        """Whether any process says yes."""
        return flag


class Group(Alone):
    """Several processes that torchrun started."""

    def wait(self) -> None:
        import torch.distributed as dist

        dist.barrier()

    def any(self, flag: bool) -> bool:
        import torch
        import torch.distributed as dist

        on_gpu = dist.get_backend() == "nccl"
        flags = torch.tensor([int(flag)], device="cuda" if on_gpu else "cpu")
        dist.all_reduce(flags, op=dist.ReduceOp.MAX)
        return bool(flags.item())


@contextlib.contextmanager
def process_group(ranks: Ranks, *, device: str) -> Iterator[Alone]:
    """Join the other processes for as long as the block lasts; `device` is TRAIN.DEVICE."""
    if not ranks.distributed:
        yield Alone()
        return
    import torch
    import torch.distributed as dist

    on_gpu = device != "cpu" and torch.cuda.is_available()
    if on_gpu and ranks.local_rank < torch.cuda.device_count():
        # NCCL's first collective takes the current device; all would take the first GPU.
        torch.cuda.set_device(ranks.local_rank)
    dist.init_process_group("nccl" if on_gpu else "gloo")
    try:
        yield Group()
    finally:
        dist.destroy_process_group()
