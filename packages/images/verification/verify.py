"""Proves, inside a finished base image and without a GPU, what its definition promises.

Usage: python verify.py expected.json

`expected.json` is written by the plan: capabilities, CUDA, torch, flash-attention, jit, locked distributions. Everything
that is wrong is printed together, one `problem: ...` line each, and the exit code is then 1.
"""

import json
import sys
import time
from pathlib import Path

import gpu
import imports
import native
import tree


def main(path: str) -> int:
    expected = json.loads(Path(path).read_text())
    exceptions = json.loads(Path(__file__).with_name("exceptions.json").read_text())
    checks = {
        "imports": lambda: imports.check(expected["distributions"], exceptions["modules"]),
        "torch": lambda: gpu.check_torch(expected),
        "flash-attention": lambda: gpu.check_flash_attention(expected),
        "triton": lambda: gpu.check_triton(expected),
        "compiler": lambda: gpu.check_compiler(expected),
        "native code": lambda: native.check(expected["computeCapabilities"], exceptions["libraries"]),
        "files": lambda: tree.check(),
    }
    failed = 0
    for name, check in checks.items():
        before = time.monotonic()
        problems = list(check())
        print(f"{name}: {len(problems) or 'no'} problem(s), {time.monotonic() - before:.1f} s", flush=True)
        for problem in problems:
            print(f"problem: {name}: {problem}", flush=True)
        failed += len(problems)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
