"""scripts/quickstart, with stubs for what it installs, builds and runs."""

import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

import shipped

_STUB = "#!/bin/sh\nexit 0\n"


class Quickstart(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        shutil.copytree(shipped.REPOSITORY / "scripts", self.folder / "scripts")
        shutil.copytree(shipped.REPOSITORY / "e2e", self.folder / "e2e", ignore=shutil.ignore_patterns("__pycache__"))
        for name in ("scripts/install-deps", "bin/cmake", "build/release/certwatch"):
            path = self.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(_STUB)
            path.chmod(0o755)
        self.own = self.folder / "build" / "quickstart" / "certwatch.db"
        self.own.parent.mkdir(parents=True)
        self.own.write_text("of an earlier run")

    def start(self, **variables):
        environment = {"PATH": f"{self.folder}/bin:{os.environ['PATH']}", **variables}
        done = subprocess.run([self.folder / "scripts" / "quickstart"], env=environment, capture_output=True, text=True,
                              timeout=120)  # fmt: skip
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_it_begins_anew_with_its_own_database(self):
        self.start()
        self.assertFalse(self.own.exists())

    def test_a_database_that_somebody_named_stays(self):
        named = self.folder / "precious.db"
        beside = [named.with_name(named.name + suffix) for suffix in ("", "-wal", "-shm")]
        for path in beside:
            path.write_text("precious")
        self.start(SQLITE_PATH=str(named))
        self.assertEqual([path.read_text() for path in beside], ["precious"] * 3)


if __name__ == "__main__":
    unittest.main()
