"""What kind of disk a file is on: SQLite's locks hold on a disk of this machine alone."""

from __future__ import annotations

import os
import re
from pathlib import Path

OVER_THE_NETWORK = frozenset({"nfs", "nfs4", "cifs", "smb3", "smbfs", "ncpfs", "afs", "fuse.sshfs"})
NOT_CERTAIN = frozenset({"9p", "overlay", "virtiofs", "vboxsf", "ceph", "lustre", "fuse.glusterfs", "fuse"})
MOUNTS = Path("/proc/self/mountinfo")
ANY_DISK = "SALESBOARD_ANY_DISK"
"""The environment's word of somebody who knows what they do."""


def kind_of(path: Path) -> str:
    """The kind of file system that a file is on, as the kernel calls it; empty where it does not say."""
    try:
        mounts = MOUNTS.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    best, kind = "", ""
    for line in mounts.splitlines():
        before, _, after = line.partition(" - ")
        fields = before.split(" ")
        if len(fields) < 5 or not after:
            continue
        place = re.sub(r"\\(\d{3})", lambda found: chr(int(found[1], 8)), fields[4])
        inside = str(path) == place or str(path).startswith(place.rstrip("/") + "/")
        if inside and len(place) >= len(best):
            best, kind = place, after.split(" ")[0]
    return kind


def is_over_the_network(path: Path) -> bool:
    """Whether changes could get lost there, and nobody has said that they know."""
    return kind_of(path) in OVER_THE_NETWORK and not os.environ.get(ANY_DISK)
