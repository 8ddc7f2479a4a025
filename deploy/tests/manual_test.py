"""The manual page."""

import subprocess
import unittest

import shipped


class Manual(unittest.TestCase):
    def test_it_is_well_formed(self):
        done = subprocess.run(
            [shipped.tool("mandoc"), "-T", "lint", "-W", "warning", shipped.REPOSITORY / "docs" / "certwatch.1"],
            capture_output=True, text=True,
        )  # fmt: skip
        # It knows pages of other packages only where they are installed.
        complaints = [line for line in done.stdout.splitlines() if "referenced manual not found" not in line]
        self.assertEqual(complaints, [])


if __name__ == "__main__":
    unittest.main()
