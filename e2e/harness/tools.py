"""Programs that are not certwatch's own and may be absent: installed, or unpacked by scripts/install-deps --test."""

import os
import pathlib
import shutil
import subprocess

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
UNPACKED = REPOSITORY / "build" / "tools" / "usr" / "bin"


# scripts/test sets it, since it has installed them: then nothing is skipped for want of one.
REQUIRED = bool(os.environ.get("CERTWATCH_TOOLS_REQUIRED"))


class Absent(Exception):
    """The program is not here; the text says where it was looked for and what would bring it."""


def _absent(why):
    return RuntimeError(why) if REQUIRED else Absent(why)


def program(name, package):
    """Path of a program of a Debian package. Raises Absent where there is none that starts, or an error if it is REQUIRED."""
    path = shutil.which(name, path=os.pathsep.join([os.environ.get("PATH", ""), str(UNPACKED), "/usr/sbin"]))
    if path is None:
        raise _absent(
            f"{name} is neither on PATH nor in {UNPACKED.relative_to(REPOSITORY)}: scripts/install-deps --test unpacks "
            f"it from Debian's package {package} where that can be had"
        )
    done = subprocess.run([path, "--version"], capture_output=True, text=True, errors="replace")
    if done.returncode != 0:
        raise _absent(f"{path} of the package {package} does not run here: {done.stderr.strip()[-200:]}")
    return path
