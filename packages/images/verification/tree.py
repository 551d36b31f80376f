"""What must not lie in a base image: the same file twice, second copies of large libraries, caches, secrets."""

import os
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

LAYERS = Path("/layers")
LARGE_LIBRARIES = re.compile(r"^lib(cublas|cublasLt|cudnn|cufft|cusparse|cusolver|nccl)\.so")
CACHES = ["root/.cache/pip", "root/.cache/uv", "var/cache/apt/archives", "var/lib/apt/lists"]
SECRETS = re.compile(r"(^|/)(\.netrc|\.git-credentials|\.npmrc|\.pypirc|id_rsa|id_ed25519|credentials\.json|pip\.conf)$")
SKIPPED = {"proc", "sys", "dev", "run", "verification", "layers", "tmp"}


def check() -> Iterator[str]:
    seen: dict[str, str] = {}
    for layer in sorted(LAYERS.iterdir()) if LAYERS.is_dir() else []:
        for file in files(layer):
            path = str(file.relative_to(layer))
            if path in seen:
                yield f"/{path} is in two layers, {seen[path]} and {layer.name}"
            seen[path] = layer.name
    copies: dict[str, set[str]] = defaultdict(set)
    for file in files(Path("/"), skipped=SKIPPED):
        if LARGE_LIBRARIES.match(file.name) and not file.is_symlink():
            copies[file.name.split(".so")[0]].add(str(file.parent))
        if file.name.startswith(".wh."):
            yield f"{file} is a whiteout: a layer deletes what a lower one brought"
        if SECRETS.search(str(file)):
            yield f"{file} looks like a secret"
    for name, folders in sorted(copies.items()):
        if len(folders) > 1:
            yield f"{name} is there {len(folders)} times: {', '.join(sorted(folders))}"
    for cache in CACHES:
        # A lock file of no bytes is not worth a word.
        if any(file.stat().st_size > 0 for file in files(Path("/", cache))):
            yield f"/{cache} holds a cache"


def files(folder: Path, skipped: set[str] = frozenset()) -> Iterator[Path]:
    for root, folders, names in os.walk(folder):
        if root == "/":
            folders[:] = [name for name in folders if name not in skipped]
        for name in names:
            yield Path(root, name)
