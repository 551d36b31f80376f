"""Imports every top-level module of every locked distribution: nothing else finds what no lock file names."""

import importlib
import re
import subprocess
import sys
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

# Debian's packages for the shared libraries that wheels expect of the system without saying so.
SYSTEM_PACKAGES = {
    "libGL.so.1": "libgl1",
    "libEGL.so.1": "libegl1",
    "libX11.so.6": "libx11-6",
    "libXext.so.6": "libxext6",
    "libxcb.so.1": "libxcb1",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libgthread-2.0.so.0": "libglib2.0-0",
    "libgomp.so.1": "libgomp1",
    "libstdc++.so.6": "libstdc++6",
    "libsndfile.so.1": "libsndfile1",
    "libnuma.so.1": "libnuma1",
    "libibverbs.so.1": "libibverbs1",
}


def check(distributions: list[dict], exceptions: dict[str, str]) -> Iterator[str]:
    """Yields what is wrong. `exceptions`: module -> the reason why it need not be importable."""
    modules: list[str] = []
    for wanted in distributions:
        try:
            installed = metadata.distribution(wanted["name"])
        except metadata.PackageNotFoundError:
            # A marker may exclude it here; the lock is for several platforms.
            if not wanted["conditional"]:
                yield f"{wanted['name']} {wanted['version']} is locked and not installed"
            continue
        if wanted["version"] and installed.version.split("+")[0] != wanted["version"].split("+")[0]:
            yield f"{wanted['name']} is {installed.version}, the lock says {wanted['version']}"
        modules += [name for name in top_level(installed) if name not in exceptions]
    yield from import_all(sorted(set(modules)))


def top_level(distribution: metadata.Distribution) -> set[str]:
    """Names that a distribution makes importable, read from the list of its files."""
    names = set()
    for file in distribution.files or []:
        parts = Path(str(file)).parts
        if parts[0] in {"..", "/"} or parts[0].endswith((".dist-info", ".data", ".egg-info", ".libs")):
            continue
        if len(parts) == 1 and not re.search(r"\.(py|so)$", parts[0]):
            continue
        name = parts[0].split(".")[0]
        if name.isidentifier() and name != "__pycache__":
            names.add(name)
    return names


def import_all(modules: list[str]) -> Iterator[str]:
    """Imports in one child after another: a module that kills the process is blamed and the rest goes on."""
    waiting = modules
    while waiting:
        child = subprocess.run([sys.executable, __file__, *waiting], capture_output=True, text=True)
        done = re.findall(r"^\x1e(ok|failed) (\S+)(.*)$", child.stdout, re.M)
        for outcome, name, why in done:
            if outcome == "failed":
                yield explain(name, why.strip())
        waiting = waiting[len(done) :]
        # A module that ends the interpreter, with whatever exit code, must not be tried again and again.
        if waiting and (child.returncode != 0 or not done):
            yield f"importing {waiting[0]} kills the interpreter (exit code {child.returncode})"
            waiting = waiting[1:]


def explain(name: str, why: str) -> str:
    library = re.search(r"(lib[\w.+-]+\.so[.\d]*): cannot open shared object file", why)
    if library is None:
        return f"{name} cannot be imported: {why}"
    package = SYSTEM_PACKAGES.get(library[1])
    fix = f"add {package} to system_packages" if package else "find its Debian package on https://packages.debian.org"
    return f"{name} cannot be imported: {library[1]} is missing: {fix}"


def report(*words: str) -> None:
    """On a line of its own, told from what modules print by a character that no one prints."""
    print("\n\x1e" + " ".join(words), flush=True)


if __name__ == "__main__":
    for module in sys.argv[1:]:
        try:
            importlib.import_module(module)
        except BaseException as error:  # noqa: BLE001 - some modules exit when imported
            report("failed", module, f"{type(error).__name__}: {error}".replace("\n", " ")[:400])
        else:
            report("ok", module)
