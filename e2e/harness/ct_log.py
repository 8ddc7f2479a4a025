"""A Certificate Transparency log on 127.0.0.1: what a reader needs of RFC 6962 (section 4) and of static-ct-api.

Its leaves and its root hash are right; its signatures have the right form only, since no certstream server verifies them.
"""

import base64
import dataclasses
import hashlib
import http.server
import json
import os
import secrets
import struct
import threading
import time
import urllib.parse

from e2e.harness import waiting
from e2e.harness.messages import Certificate

_X509_ENTRY, _PRECERT_ENTRY = 0, 1
_PAGE = 256  # entries that one get-entries may bring
_TILE = 256  # entries of a full tile
# ecdsa with SHA-256 (RFC 5246, 7.4.1.4.1), then the signature.
_SIGNATURE = b"\x04\x03" + struct.pack(">H", 70) + os.urandom(70)


def prefixed(size, content):
    """The content behind its length in `size` bytes (RFC 5246, 4.3)."""
    return len(content).to_bytes(size, "big") + content


def root_hash(leaves):
    """The Merkle Tree Hash of the leaves (RFC 6962, 2.1), as bytes."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    # Every level pairs from the left; who has no neighbour goes up as it is.
    level = [hashlib.sha256(b"\x00" + leaf).digest() for leaf in leaves]
    while len(level) > 1:
        pairs = [level[at : at + 2] for at in range(0, len(level), 2)]
        level = [hashlib.sha256(b"\x01" + b"".join(pair)).digest() if len(pair) == 2 else pair[0] for pair in pairs]
    return level[0]


@dataclasses.dataclass
class _Entry:
    """One entry in its forms: the Merkle tree leaf, the extra data beside it, and what stands in a tile."""

    leaf: bytes
    extra: bytes
    tile: bytes


def _entry(certificate, kind, issuer, index):
    """The entry for a certificate or precertificate of a messages.Certificate, issued by another one."""
    when = struct.pack(">Q", int(time.time() * 1000))
    submitted, authority = prefixed(3, certificate.der(kind)), issuer.der()
    chain, fingerprints = prefixed(3, prefixed(3, authority)), prefixed(2, hashlib.sha256(authority).digest())
    # The index of the entry, as static-ct-api has it.
    extensions = prefixed(2, b"\x00" + prefixed(2, index.to_bytes(5, "big")))
    if kind == "certificate":
        signed = struct.pack(">H", _X509_ENTRY) + submitted + extensions
        extra, in_tile = chain, b""
    else:
        tbs = bytes.fromhex(issuer.spki_sha256) + prefixed(3, certificate.tbs)
        signed = struct.pack(">H", _PRECERT_ENTRY) + tbs + extensions
        extra, in_tile = submitted + chain, submitted
    # Version 1, a timestamped entry.
    return _Entry(b"\x00\x00" + when + signed, extra, when + signed + in_tile + fingerprints)


class CtLog:
    """Listens from construction on. .url is the log of RFC 6962, .tiled_url the same log as static-ct-api has it.

    .asked   how often the size of the tree was asked for, by the path of the question
    """

    def __init__(self):
        self._issuer = Certificate("ca.example.net")
        self._entries = []
        self._lock = threading.Lock()
        self.asked = {}
        log = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                status, content, kind = log._answer(self.path)
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_):
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        base = f"http://127.0.0.1:{self._server.server_address[1]}"
        self.url, self.tiled_url = base + "/rfc6962", base + "/static"

    def add(self, *entries):
        """Appends (certificate, kind) entries, all at once; returns the index of the first."""
        with self._lock:
            first = len(self._entries)
            for certificate, kind in entries:
                self._entries.append(_entry(certificate, kind, self._issuer, len(self._entries)))
            return first

    def wait_asked(self, path, count):
        """Waits until the size was asked for so often."""
        waiting.until(lambda: self.asked.get(path, 0) >= count, lambda: f"{count} times {path}: {self.asked}")

    def close(self):
        self._server.shutdown()
        self._server.server_close()

    def _answer(self, target):
        """(status, content, content type)."""
        path, _, query = target.partition("?")
        with self._lock:
            entries = list(self._entries)
            if path in ("/rfc6962/ct/v1/get-sth", "/static/checkpoint"):
                self.asked[path] = self.asked.get(path, 0) + 1
        if path == "/rfc6962/ct/v1/get-sth":
            return _json({
                "tree_size": len(entries),
                "timestamp": int(time.time() * 1000),
                "sha256_root_hash": _base64(root_hash([entry.leaf for entry in entries])),
                "tree_head_signature": _base64(_SIGNATURE),
            })  # fmt: skip
        if path == "/rfc6962/ct/v1/get-entries":
            asked = urllib.parse.parse_qs(query)
            start, end = int(asked["start"][0]), int(asked["end"][0])
            if not 0 <= start <= end or start >= len(entries):
                return 400, b"no such entries", "text/plain"
            page = entries[start : min(end + 1, start + _PAGE)]
            return _json({"entries": [
                {"leaf_input": _base64(entry.leaf), "extra_data": _base64(entry.extra)} for entry in page
            ]})  # fmt: skip
        if path == "/static/checkpoint":
            root = _base64(root_hash([entry.leaf for entry in entries]))
            note = f"{self.tiled_url.removeprefix('http://')}\n{len(entries)}\n{root}\n"
            return 200, f"{note}\n— log {_base64(secrets.token_bytes(76))}\n".encode(), "text/plain"
        if path.startswith("/static/tile/data/"):
            number, _, width = path.removeprefix("/static/tile/data/").partition(".p/")
            first = int(number) * _TILE  # three digits are enough for any log of a test
            tile = entries[first : first + int(width or _TILE)]
            if len(tile) == int(width or _TILE):
                return 200, b"".join(entry.tile for entry in tile), "application/octet-stream"
        return 404, b"nothing here", "text/plain"


def _json(value):
    return 200, json.dumps(value).encode(), "application/json"


def _base64(content):
    return base64.b64encode(content).decode()
