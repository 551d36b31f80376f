"""Which attention is used, and why: flash-attention where it can run, else torch's own.

The choice is made once, from facts that are handed in, so that it can be tested without a GPU.
Falling back is not an error (a Turing GPU has no flash-attention and trains as well), but it is
always said: a silent fall-back looks like a slow GPU.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType

import torch
import torch.nn.functional as F

from digits.errors import TrainingError

# (queries, keys, values) -> mixed values; all four of (batch, tokens, heads, head width)
Attend = Callable[[torch.Tensor, torch.Tensor, torch.Tensor], torch.Tensor]

_LOWEST_CAPABILITY = (8, 0)
_HALF_TYPES = (torch.float16, torch.bfloat16)


@dataclass(frozen=True)
class Attention:
    name: str
    reason: str
    attend: Attend


def choose_attention(
    wanted: str,
    *,
    capability: tuple[int, int] | None,
    dtype: torch.dtype,
    import_module: Callable[[str], ModuleType] = importlib.import_module,
) -> Attention:
    """`wanted` is auto, flash or sdpa; `capability` is the CUDA device's, None on a CPU."""
    if wanted == "sdpa":
        return Attention(_SDPA, "MODEL.TRANSFORMER.ATTENTION asks for it", sdpa)
    flash = _flash(capability, dtype, import_module)
    if isinstance(flash, Attention):
        return flash
    if wanted == "flash":
        raise TrainingError(f"MODEL.TRANSFORMER.ATTENTION is flash, but {flash}")
    return Attention(_SDPA, flash, sdpa)


_SDPA = "scaled_dot_product_attention"


def sdpa(queries: torch.Tensor, keys: torch.Tensor, values: torch.Tensor) -> torch.Tensor:
    """Torch's own, in flash-attention's layout (torch's wants heads before tokens)."""
    mixed = F.scaled_dot_product_attention(
        queries.transpose(1, 2), keys.transpose(1, 2), values.transpose(1, 2)
    )
    return mixed.transpose(1, 2)


def _flash(
    capability: tuple[int, int] | None,
    dtype: torch.dtype,
    import_module: Callable[[str], ModuleType],
) -> Attention | str:
    """Flash-attention, or why it can't be used."""
    if capability is None:
        return "flash-attention needs a CUDA device"
    if capability < _LOWEST_CAPABILITY:
        return f"flash-attention needs compute capability 8.0, this GPU has {_dotted(capability)}"
    if dtype not in _HALF_TYPES:
        return f"flash-attention needs float16 or bfloat16, not {_short(dtype)}"
    try:
        module = import_module("flash_attn")
        function = module.flash_attn_func
    except ModuleNotFoundError as error:
        return f"{error.name or 'flash_attn'} is not installed"
    except (ImportError, OSError, AttributeError) as error:
        # Built for another torch or C++ ABI: an undefined symbol, at import.
        return f"flash_attn does not work with this torch: {' '.join(str(error).split())}"

    def attend(queries: torch.Tensor, keys: torch.Tensor, values: torch.Tensor) -> torch.Tensor:
        # The default backward pass adds with atomics, so a resumed run would differ in last bits.
        return function(queries, keys, values, deterministic=True)

    version = getattr(module, "__version__", "of unknown version")
    reason = f"compute capability {_dotted(capability)}, {_short(dtype)}"
    return Attention(f"flash-attention {version}", reason, attend)


def _dotted(capability: tuple[int, int]) -> str:
    return f"{capability[0]}.{capability[1]}"


def _short(dtype: torch.dtype) -> str:
    return str(dtype).removeprefix("torch.")
