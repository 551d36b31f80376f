"""Which attention is chosen, over facts about GPUs this machine need not have."""

from __future__ import annotations

from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

torch = pytest.importorskip("torch")

from digits.backends.attention import choose_attention, sdpa  # noqa: E402
from digits.errors import TrainingError  # noqa: E402


def installed(_name: str) -> Any:  # noqa: ANN401
    def flash_attn_func(
        q: torch.Tensor, k: torch.Tensor, v: torch.Tensor, *, deterministic: bool
    ) -> torch.Tensor:
        assert deterministic
        return sdpa(q, k, v)

    return SimpleNamespace(__version__="2.7.4.post1", flash_attn_func=flash_attn_func)


def missing(name: str) -> ModuleType:
    raise ModuleNotFoundError(f"No module named '{name}'", name=name)


def foreign(_name: str) -> ModuleType:
    raise ImportError("flash_attn_2_cuda.so: undefined symbol: _ZN3c104cuda")


@pytest.mark.parametrize(
    ("capability", "dtype", "importer", "name", "reason"),
    [
        ((8, 0), torch.bfloat16, installed, "flash-attention 2.7.4.post1", "8.0, bfloat16"),
        ((9, 0), torch.float16, installed, "flash-attention 2.7.4.post1", "9.0, float16"),
        (None, torch.float32, installed, "scaled_dot_product_attention", "needs a CUDA device"),
        ((7, 5), torch.float16, installed, "scaled_dot_product_attention", "this GPU has 7.5"),
        ((8, 6), torch.float32, installed, "scaled_dot_product_attention", "not float32"),
        ((8, 6), torch.bfloat16, missing, "scaled_dot_product_attention", "is not installed"),
        ((8, 6), torch.bfloat16, foreign, "scaled_dot_product_attention", "undefined symbol"),
    ],
)
def test_choice_and_reason(
    capability: tuple[int, int] | None,
    dtype: Any,  # noqa: ANN401
    importer: Any,  # noqa: ANN401
    name: str,
    reason: str,
) -> None:
    choice = choose_attention("auto", capability=capability, dtype=dtype, import_module=importer)
    assert choice.name == name
    assert reason in choice.reason


def test_flash_attention_is_called_deterministically() -> None:
    choice = choose_attention(
        "auto", capability=(8, 0), dtype=torch.bfloat16, import_module=installed
    )
    q = torch.rand(2, 8, 4, 16)
    assert torch.equal(choice.attend(q, q, q), sdpa(q, q, q))


def test_flash_asked_for_and_impossible_is_an_error() -> None:
    with pytest.raises(TrainingError, match=r"this GPU has 7\.5"):
        choose_attention("flash", capability=(7, 5), dtype=torch.float16, import_module=installed)


def test_sdpa_can_be_asked_for() -> None:
    choice = choose_attention(
        "sdpa", capability=(9, 0), dtype=torch.bfloat16, import_module=installed
    )
    assert choice.name == "scaled_dot_product_attention"


def test_sdpa_mixes_tokens_within_each_head() -> None:
    """Against attention written out, in flash-attention's layout (batch, tokens, heads, width)."""
    torch.manual_seed(0)
    q, k, v = (torch.rand(3, 8, 4, 16) for _ in range(3))
    scores = torch.einsum("bqhd,bkhd->bhqk", q, k) / 16**0.5
    expected = torch.einsum("bhqk,bkhd->bqhd", scores.softmax(dim=-1), v)
    torch.testing.assert_close(sdpa(q, k, v), expected)
