"""The real certstream-server-go, where it is present, following logs that are given to it and no others."""

import json
import os
import shutil
import subprocess

from e2e.harness import tools, waiting

PACKAGE = "certstream-server-go"


class CertstreamServer:
    """One process, with its files in `folder`. `.url` is what goes into CERTSTREAM_URL. Raises tools.Absent.

    `logs` are the addresses of RFC 6962 logs by name, `tiled_logs` those of static-ct logs. It starts at the end of each log.
    """

    def __init__(self, folder, logs, tiled_logs=None, deflate=False):
        program = tools.program(PACKAGE, PACKAGE)
        folder.mkdir(parents=True, exist_ok=True)
        self.port = waiting.free_port()
        self.log_path = folder / "certstream-server.log"
        settings = {
            "webserver": {
                "listen_addr": "127.0.0.1", "listen_port": self.port, "full_url": "/full-stream", "lite_url": "/",
                "domains_only_url": "/domains-only", "compression_enabled": deflate,
            },
            "prometheus": {"enabled": False},
            "general": {
                # Else it fetches Google's list, and reads the logs of the world.
                "disable_default_logs": True,
                "additional_logs": _as_list(logs),
                "additional_tiled_logs": _as_list(tiled_logs or {}),
                "recovery": {"enabled": False},
            },
        }  # fmt: skip
        config = folder / "config.yaml"
        config.write_text(json.dumps(settings, indent=1))  # JSON is YAML
        command = [program, "--config", str(config)]
        if shutil.which("setpriv"):
            command = ["setpriv", "--pdeathsig=KILL", "--", *command]
        with open(self.log_path, "ab") as log:
            self._process = subprocess.Popen(
                command, cwd=folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                env={"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "HOME": str(folder)},
            )  # fmt: skip

    @property
    def name(self):
        """The `feed` label of metrics."""
        return f"127.0.0.1:{self.port}"

    @property
    def url(self):
        return f"ws://{self.name}/full-stream"

    @property
    def log(self):
        return self.log_path.read_text(errors="replace")

    def close(self):
        self._process.kill()
        self._process.wait()


def _as_list(logs):
    return [{"url": url, "operator": "Certwatch Tests", "description": name} for name, url in logs.items()]
