"""Proves, inside a finished base image and without a GPU, what its definition promises.

Usage: python verify.py expected.json report.json

`expected.json` is written by the plan: capabilities, CUDA, torch, flash-attention, jit, locked distributions. The report
holds everything that is wrong, all together, and what was measured: `problems` (check, message), `seconds` of each
check, `python`, `stages` (name -> bytes on disk), `packages` (name, version, bytes on disk) and `system` (distribution
and its packages). The exit code is 0 when the report was written, whatever it says.
"""

import json
import platform
import sys
import time
from pathlib import Path

import gpu
import imports
import native
import sizes
import system
import tree


def main(expectations: str, report: str) -> int:
    expected = json.loads(Path(expectations).read_text())
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
    problems, seconds = [], {}
    for name, check in checks.items():
        before = time.monotonic()
        found = list(check())
        seconds[name] = round(time.monotonic() - before, 3)
        print(f"{name}: {len(found) or 'no'} problem(s), {seconds[name]:.1f} s", flush=True)
        for message in found:
            print(f"problem: {name}: {message}", flush=True)
        problems += [{"check": name, "message": message} for message in found]
    answer = {
        "python": platform.python_version(),
        "problems": problems,
        "seconds": seconds,
        "stages": sizes.stages(),
        "packages": sizes.packages(),
        "system": system.listed(),
    }
    Path(report).write_text(json.dumps(answer, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
