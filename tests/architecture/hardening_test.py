"""The hardening check, tested on binaries made weak in one way each."""

import pathlib
import platform
import shutil
import subprocess
import tempfile
import unittest

import hardening

_PROGRAM = """
#include <cstdio>
#include <cstring>
int main(int count, char** words) {
  char text[64];
  std::memset(text, count, sizeof text);
  std::strcpy(text, words[0]);
  return std::puts(text);
}
"""
_GOOD = ["-O2", "-fPIE", "-fstack-protector-strong", "-fcf-protection=full", "-pie", "-Wl,-z,relro,-z,now,-z,noexecstack"]


@unittest.skipUnless(shutil.which("g++") and shutil.which("readelf"), "no compiler")
class Hardening(unittest.TestCase):
    def weaknesses(self, *change):
        flags = [flag for flag in _GOOD if platform.machine() == "x86_64" or "cf-protection" not in flag]
        with tempfile.TemporaryDirectory() as folder:
            source, binary = pathlib.Path(folder, "a.cpp"), pathlib.Path(folder, "a")
            source.write_text(_PROGRAM)
            subprocess.run(["g++", *flags, *change, str(source), "-o", str(binary)], check=True)
            return hardening.weaknesses(hardening.describe(str(binary)))

    def test_a_hardened_binary(self):
        self.assertEqual(self.weaknesses(), [])

    def test_no_pie(self):
        self.assertIn("no PIE", self.weaknesses("-fno-PIE", "-no-pie"))

    def test_lazy_binding(self):
        self.assertEqual(self.weaknesses("-Wl,-z,lazy"), ["no BIND_NOW"])

    def test_no_relro(self):
        self.assertEqual(self.weaknesses("-Wl,-z,norelro"), ["no RELRO"])

    def test_an_executable_stack(self):
        self.assertEqual(self.weaknesses("-Wl,-z,execstack"), ["no non-executable stack"])

    def test_no_stack_protector(self):
        self.assertEqual(self.weaknesses("-fno-stack-protector"), ["no stack protector"])

    @unittest.skipUnless(platform.machine() == "x86_64", "CET is of x86-64")
    def test_no_cet(self):
        self.assertEqual(self.weaknesses("-fcf-protection=none"), ["no CET (endbr64 at the start of main)"])

    def test_a_library_search_path(self):
        found = self.weaknesses("-Wl,-rpath,/tmp")
        self.assertEqual(len(found), 1)
        self.assertIn("library search path", found[0])

    def test_a_source_compiled_without_a_flag(self):
        good = "g++ -O2 -fPIE -fstack-protector-strong -fcf-protection=full -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2 -c a.cpp"
        self.assertEqual(hardening.unprotected([{"file": "a.cpp", "command": good}]), [])
        bad = good.replace("-D_FORTIFY_SOURCE=2", "")
        self.assertEqual(
            hardening.unprotected([{"file": "a.cpp", "command": bad}]), ["a.cpp: compiled without FORTIFY"]
        )


if __name__ == "__main__":
    unittest.main()
