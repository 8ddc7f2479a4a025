"""The world around certwatch, played by small servers that can also be started by hand (see e2e/README.md)."""
