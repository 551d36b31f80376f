"""Reads which GPUs the native libraries hold code for, from the fat binaries' own headers."""

import mmap
import struct
import sysconfig
from collections.abc import Iterator
from pathlib import Path

# Layout as cuobjdump shows it: a container of entries, each PTX or a cubin for one architecture.
CONTAINER_MAGIC = 0xBA55ED50
PTX, CUBIN = 1, 2


def check(capabilities: list[str], exceptions: dict[str, str]) -> Iterator[str]:
    """Yields libraries that have GPU code and none for a promised capability.

    `exceptions`: beginning of a file name -> the reason why it need not cover everything.
    """
    if not capabilities:
        return
    for path in sorted(Path(sysconfig.get_paths()["purelib"]).rglob("*.so*")):
        if path.is_symlink() or not path.is_file() or any(path.name.startswith(name) for name in exceptions):
            continue
        cubins, ptx = architectures(path)
        if not cubins and not ptx:
            if path.name == "libtorch_cuda.so":
                yield "no GPU code was found in libtorch_cuda.so: its form has changed, and this check proves nothing"
            continue
        missing = [each for each in capabilities if not covers(each, cubins, ptx)]
        if missing:
            yield f"{path.name} has no code for {', '.join(missing)}; cubins {sorted(cubins)}, PTX {sorted(ptx)}"


def covers(capability: str, cubins, ptx) -> bool:
    """A cubin runs on its own major with an equal or higher minor; PTX runs on everything newer."""
    wanted = int(capability.replace(".", ""))
    return any(each // 10 == wanted // 10 and each <= wanted for each in cubins) or any(each <= wanted for each in ptx)


def architectures(path: Path) -> tuple[set[int], set[int]]:
    """Architectures (75, 86, ...) that a shared library holds cubins and PTX for."""
    cubins: set[int] = set()
    ptx: set[int] = set()
    with path.open("rb") as file:
        if file.read(5) != b"\x7fELF\x02":
            return cubins, ptx
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            for start, size in fat_sections(data):
                read_section(data, start, start + size, cubins, ptx)
    return cubins, ptx


def fat_sections(data: mmap.mmap) -> Iterator[tuple[int, int]]:
    """Offset and size of the ELF sections that hold fat binaries."""
    table, _flags, _size, _phsize, _phcount, entry, count, names_index = struct.unpack_from("<QIHHHHHH", data, 0x28)
    if table == 0 or count == 0:
        return
    names_offset = struct.unpack_from("<Q", data, table + names_index * entry + 0x18)[0]
    for index in range(count):
        header = table + index * entry
        name = struct.unpack_from("<I", data, header)[0]
        offset, size = struct.unpack_from("<QQ", data, header + 0x18)
        text = data[names_offset + name : data.find(b"\0", names_offset + name)]
        if text in (b".nv_fatbin", b"__nv_relfatbin"):
            yield offset, size


def read_section(data: mmap.mmap, at: int, end: int, cubins: set[int], ptx: set[int]) -> None:
    while at + 16 <= end:
        magic, _version, header, size = struct.unpack_from("<IHHQ", data, at)
        if magic != CONTAINER_MAGIC:
            # Containers are aligned; what lies between them is padding.
            at += 8
            continue
        entry, last = at + header, at + header + size
        while entry + 32 <= last:
            kind, _unknown, entry_header, entry_size = struct.unpack_from("<HHIQ", data, entry)
            architecture = struct.unpack_from("<I", data, entry + 28)[0]
            if kind == CUBIN:
                cubins.add(architecture)
            elif kind == PTX:
                ptx.add(architecture)
            if entry_header + entry_size == 0:
                break
            entry += entry_header + entry_size
        at = (last + 7) & ~7
