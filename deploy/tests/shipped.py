"""Where things are, and what the program knows: for the tests beside it."""

import os
import pathlib
import re
import shutil
import socket
import unittest

import tables

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
DEPLOY = REPOSITORY / "deploy"


def tool(name):
    """Path of a program: installed, or unpacked by scripts/install-deps --test. Skips the test where there is none.

    scripts/test has installed them: then the test fails.
    """
    path = shutil.which(name, path=os.environ["PATH"] + f":{REPOSITORY}/build/tools/usr/bin:/usr/sbin:/sbin")
    if path is None and os.environ.get("CERTWATCH_TOOLS_REQUIRED"):
        raise RuntimeError(f"{name} is not here")
    if path is None:
        raise unittest.SkipTest(f"{name} is not here")
    return path


def binary():
    """The release build (or CERTWATCH_BIN)."""
    path = pathlib.Path(os.environ.get("CERTWATCH_BIN") or REPOSITORY / "build" / "release" / "certwatch")
    if not path.exists():
        raise unittest.SkipTest(f"{path} is not built")
    return str(path)


def variables():
    return tables.source_variables(tables.read("src/config/variables.h"))


def constant(path, name):
    """The number that a source file gives to a name."""
    return int(re.search(rf"\b{name} = (\d+);", tables.read(path))[1])


def queue_bytes():
    """The bound of what waits between reader and recorder."""
    mebibytes = re.search(r"match_queue_bounds\{[\d']+, (\d+)U << 20\}", tables.read("src/pipeline/watcher.h"))[1]
    return int(mebibytes) << 20


def rows_of_threads():
    """How many threads src/README.md lists."""
    table = re.search(r"^\| thread \|.*?\n\n", tables.read("src/README.md"), re.M | re.S)[0]
    return len(table.strip().splitlines()) - 2


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def metrics():
    """{name: (type, {labels})}, from README, which another test compares with the program."""
    return tables.readme_metrics(tables.read("README.md"))


def yaml_documents(path):
    try:
        import yaml
    except ImportError as error:
        raise unittest.SkipTest("python3-yaml is not here") from error
    with open(path, encoding="utf-8") as file:
        return list(yaml.safe_load_all(file))
