"""What can be proven of torch, flash-attention and Triton on a machine without a GPU."""

import shutil
import subprocess
import sysconfig
import tempfile
from collections.abc import Iterator
from pathlib import Path

from native import covers


def check_torch(expected: dict) -> Iterator[str]:
    if expected["torch"] is None:
        return
    import torch

    if torch.__version__.split("+")[0] != expected["torch"].split("+")[0]:
        yield f"torch is {torch.__version__}, the definition says {expected['torch']}"
    if torch.version.cuda != expected["cuda"]:
        yield f"torch is built for CUDA {torch.version.cuda}, the definition says {expected['cuda']}"
    flags = (torch._C._cuda_getArchFlags() or "").split()
    cubins = [int(flag.removeprefix("sm_")) for flag in flags if flag.startswith("sm_") and flag[3:].isdigit()]
    ptx = [int(flag.removeprefix("compute_")) for flag in flags if flag.startswith("compute_") and flag[8:].isdigit()]
    for capability in expected["computeCapabilities"]:
        if not covers(capability, cubins, ptx):
            yield f"torch has no code for compute capability {capability}; it has {' '.join(flags)}"


def check_flash_attention(expected: dict) -> Iterator[str]:
    try:
        import flash_attn
    except ModuleNotFoundError as error:
        if expected["flashAttention"] is not None:
            yield f"flash-attention {expected['flashAttention']} is promised: {error}"
        return
    except ImportError as error:
        yield f"flash_attn cannot be imported: {error} (an undefined symbol means a wheel for another torch or C++ ABI)"
        return
    major = int(flash_attn.__version__.split(".")[0])
    if expected["flashAttention"] is None:
        yield f"flash_attn {flash_attn.__version__} is there, and the definition has none"
    elif major != expected["flashAttention"]:
        yield f"flash_attn is {flash_attn.__version__}, promised is version {expected['flashAttention']}"


def check_triton(expected: dict) -> Iterator[str]:
    """Compiles one kernel to a cubin for every promised capability, with Triton's own ptxas."""
    if expected["torch"] is None or not expected["jit"] or not expected["computeCapabilities"]:
        return
    from kernel import compile_for

    for capability in expected["computeCapabilities"]:
        try:
            if not compile_for(int(capability.replace(".", ""))):
                yield f"Triton gave no cubin for compute capability {capability}"
        except Exception as error:  # noqa: BLE001 - whatever it is, it is the finding
            yield f"Triton cannot compile for compute capability {capability}: {type(error).__name__}: {error}"


def check_compiler(expected: dict) -> Iterator[str]:
    """Triton's launcher stub is C that is compiled at run time: without a compiler the first kernel dies."""
    if not expected["jit"]:
        return
    compiler = shutil.which("gcc") or shutil.which("cc")
    if compiler is None:
        yield "there is no C compiler: add gcc to system_packages, or set jit = false"
        return
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder, "stub.c")
        source.write_text("#include <Python.h>\n#include <stdlib.h>\nint main(void) { return PY_MAJOR_VERSION == 3 ? 0 : 1; }\n")
        include = sysconfig.get_paths()["include"]
        command = [compiler, "-shared", "-fPIC", f"-I{include}", str(source), "-o", str(Path(folder, "stub.so"))]
        built = subprocess.run(command, capture_output=True, text=True)
        if built.returncode != 0:
            yield f"a C extension cannot be compiled (add libc6-dev and python3-dev): {built.stderr.strip()[-300:]}"
