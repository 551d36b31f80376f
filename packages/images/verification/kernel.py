"""A small Triton kernel, in a file of its own because Triton reads its source."""

import triton
import triton.language as tl
from triton.backends.compiler import GPUTarget
from triton.compiler import ASTSource


@triton.jit
def add(x, y, out, n, BLOCK: tl.constexpr):
    offsets = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    mask = offsets < n
    tl.store(out + offsets, tl.load(x + offsets, mask=mask) + tl.load(y + offsets, mask=mask), mask=mask)


def compile_for(capability: int) -> bool:
    """Whether the kernel becomes a cubin for a capability such as 86, with no GPU in the machine."""
    signature = {"x": "*fp32", "y": "*fp32", "out": "*fp32", "n": "i32", "BLOCK": "constexpr"}
    source = ASTSource(fn=add, signature=signature, constexprs={"BLOCK": 128})
    return len(triton.compile(source, target=GPUTarget("cuda", capability, 32)).asm["cubin"]) > 0
