"""Which Debian packages a base has, from the records that dpkg keeps."""

import platform
from collections.abc import Iterator
from pathlib import Path

STATUS = Path("/var/lib/dpkg/status")


def listed() -> dict:
    """The distribution as /etc/os-release names it (`id`, `version`), and its installed `packages`, sorted by name."""
    try:
        release = platform.freedesktop_os_release()
    except OSError:
        release = {}
    records = STATUS.read_text(errors="replace") if STATUS.is_file() else ""
    packages = sorted(_installed(records), key=lambda each: (each["name"], each["architecture"]))
    return {"id": release.get("ID", ""), "version": release.get("VERSION_ID", ""), "packages": packages}


def _installed(records: str) -> Iterator[dict]:
    for record in records.split("\n\n"):
        lines = [line.split(": ", 1) for line in record.splitlines() if not line.startswith(" ")]
        fields = dict(pair for pair in lines if len(pair) == 2)
        # What was removed leaves a record too, as long as its settings lie there.
        if fields.get("Status", "").endswith(" installed"):
            name, version = fields["Package"], fields["Version"]
            # Advisories name the source package. Its version is in brackets where it is another one: "glibc (2.41-12)".
            source, _, own = fields.get("Source", name).partition(" ")
            yield {
                "name": name,
                "version": version,
                "architecture": fields["Architecture"],
                "source": source,
                "source_version": own.strip("()") or version,
            }
