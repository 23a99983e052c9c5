"""For a program that refuses to run as root, where `make local` is: in a container, as a rule."""

from __future__ import annotations

import os
import pwd
import stat
import sys
from collections.abc import Sequence
from pathlib import Path

USER = "nobody"  # there on every system, so none has to be made
READ_BY_ALL = stat.S_IRUSR | stat.S_IRGRP | stat.S_IROTH
PASS_BY_ALL = stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH
# The same process becomes the program, so its id and start time stay what they were.
BECOME = (
    "import os, sys; user, group = map(int, sys.argv[1:3]); "
    "os.setgroups([]); os.setgid(group); os.setuid(user); os.execv(sys.argv[3], sys.argv[3:])"
)


def command(program: Sequence[str]) -> list[str]:
    """Return the command that runs a program as nobody, where it would run as root."""
    if os.geteuid() != 0:
        return list(program)
    user = pwd.getpwnam(USER)
    return [sys.executable, "-I", "-S", "-c", BECOME, str(user.pw_uid), str(user.pw_gid), *program]


def prepare(installation: Sequence[Path], data: Path) -> None:
    """Make the data directory if there is none; as root, hand it to nobody, and let nobody reach all the places."""
    data.mkdir(mode=0o700, exist_ok=True)
    if os.geteuid() != 0:
        return
    user = pwd.getpwnam(USER)
    os.chown(data, user.pw_uid, user.pw_gid)
    for place in (*installation, data):
        # To pass through, not to read: a clone in /root or in a mktemp directory is behind one that others cannot pass.
        for parent in place.parents:
            _allow(parent, PASS_BY_ALL)
    for place in installation:  # made with a umask of 077, it is root's alone
        for folder, _, files in os.walk(place):
            _allow(Path(folder), READ_BY_ALL | PASS_BY_ALL)
            for file in files:
                path = Path(folder, file)
                _allow(path, READ_BY_ALL | (PASS_BY_ALL if path.stat().st_mode & stat.S_IXUSR else 0))


def let_read(file: Path) -> None:
    """As root, hand a file to nobody."""
    if os.geteuid() == 0:
        user = pwd.getpwnam(USER)
        os.chown(file, user.pw_uid, user.pw_gid)


def _allow(path: Path, rights: int) -> None:
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode | rights != mode:
        path.chmod(mode | rights)
