"""How much of the disk a base takes: by stage, and by package."""

from importlib import metadata

from tree import STAGES, files


def stages() -> dict[str, int]:
    """Bytes of the files of each stage; files linked to one another count once."""
    return {folder.name: sum(_sizes(folder)) for folder in sorted(STAGES.iterdir())} if STAGES.is_dir() else {}


def packages() -> list[dict]:
    """Every installed distribution with its version and the bytes of its files, the largest first."""
    found = [
        {"name": each.name, "version": each.version, "bytes": sum(size for size in map(_size, each.files or []))}
        for each in metadata.distributions()
    ]
    return sorted(found, key=lambda each: (-each["bytes"], each["name"]))


def _sizes(folder):
    seen = set()
    for file in files(folder, skipped={"proc", "sys", "dev"}):
        status = file.lstat()
        if status.st_nlink > 1 and (status.st_dev, status.st_ino) in seen:
            continue
        seen.add((status.st_dev, status.st_ino))
        yield status.st_size


def _size(file) -> int:
    try:
        return file.locate().lstat().st_size
    except OSError:
        # A record may name a file that was never installed, or was taken out.
        return 0
