"""What must not lie in a base image: the same file twice, second copies of large libraries, caches, secrets."""

import os
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

# The stages that the image is made of, each in a folder of its own.
STAGES = Path("/stages")
# What the last of them, `os`, stands on, lowest first.
BELOW = Path("/below")
# Bytes below which what a layer deletes is not worth a word: packages' own scripts take away links and settings.
FEW = 1_000_000
LARGE_LIBRARIES = re.compile(r"^lib(cublas|cublasLt|cudnn|cufft|cusparse|cusolver|nccl)\.so")
CACHES = ["root/.cache/pip", "root/.cache/uv", "var/cache/apt/archives", "var/lib/apt/lists"]
SECRETS = re.compile(r"(^|/)(\.netrc|\.git-credentials|\.npmrc|\.pypirc|id_rsa|id_ed25519|credentials\.json|pip\.conf)$")
SKIPPED = {"proc", "sys", "dev", "run", "verifier", "stages", "below", "tmp"}


def check() -> Iterator[str]:
    seen: dict[str, str] = {}
    for stage in sorted(STAGES.iterdir()) if STAGES.is_dir() else []:
        for file in files(stage, skipped=SKIPPED):
            path = str(file.relative_to(stage))
            if path in seen:
                yield f"/{path} is in two layers, {seen[path]} and {stage.name}"
            seen[path] = stage.name
    yield from deleted(BELOW, STAGES / "os")
    copies: dict[str, set[str]] = defaultdict(set)
    for file in files(Path("/"), skipped=SKIPPED):
        if LARGE_LIBRARIES.match(file.name) and not file.is_symlink():
            copies[file.name.split(".so")[0]].add(str(file.parent))
        if SECRETS.search(str(file)):
            yield f"{file} looks like a secret"
    for name, folders in sorted(copies.items()):
        if len(folders) > 1:
            yield f"{name} is there {len(folders)} times: {', '.join(sorted(folders))}"
    for cache in CACHES:
        # A lock file of no bytes is not worth a word.
        if any(file.stat().st_size > 0 for file in files(Path("/", cache))):
            yield f"/{cache} holds a cache"


def deleted(below: Path, above: Path) -> Iterator[str]:
    """What stays in a layer although a higher one deletes it: secrets, and what takes space for nothing."""
    sizes: dict[str, int] = {}
    for stage in sorted(below.iterdir()) if below.is_dir() else []:
        for file in files(stage, skipped=SKIPPED):
            path = str(file.relative_to(stage))
            if not os.path.lexists(above / path):
                sizes[path] = file.lstat().st_size
    for path in sizes:
        if SECRETS.search(f"/{path}"):
            yield f"/{path} looks like a secret, and stays in the layer below the one that deletes it"
    total = sum(sizes.values())
    if total > FEW:
        largest = max(sizes, key=sizes.__getitem__)
        yield (
            f"{len(sizes)} file(s) are deleted by a layer above the one that brought them and take {total / 1e6:.1f} MB"
            f" for ever; the largest is /{largest}"
        )


def files(folder: Path, skipped: set[str] = frozenset()) -> Iterator[Path]:
    for root, folders, names in os.walk(folder):
        if Path(root) == folder:
            folders[:] = [name for name in folders if name not in skipped]
        for name in names:
            yield Path(root, name)
