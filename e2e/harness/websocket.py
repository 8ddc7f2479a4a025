"""The part of RFC 6455 both ends need: handshake keys, frames, and per-message compression (RFC 7692)."""

import base64
import hashlib
import os
import struct
import zlib

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0x0, 0x1, 0x2, 0x8, 0x9, 0xA

_GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # RFC 6455 section 1.3
_EMPTY_BLOCK = b"\x00\x00\xff\xff"  # RFC 7692 section 7.2.1: cut from the end of each message


class Ended(Exception):
    """The peer is gone, or sent what is no frame."""


def accept_key(key):
    return base64.b64encode(hashlib.sha1((key + _GUID).encode()).digest()).decode()


def frame(opcode, payload=b"", fin=True, mask=False, rsv1=False):
    """The bytes of one frame."""
    head = bytes([(0x80 if fin else 0) | (0x40 if rsv1 else 0) | opcode])
    masked = 0x80 if mask else 0
    size = len(payload)
    if size < 126:
        head += bytes([masked | size])
    elif size < 65536:
        head += bytes([masked | 126]) + struct.pack(">H", size)
    else:
        head += bytes([masked | 127]) + struct.pack(">Q", size)
    if not mask:
        return head + payload
    key = os.urandom(4)
    return head + key + _masked(payload, key)


def _masked(payload, key):
    if not payload:
        return b""
    stream = key * (len(payload) // 4 + 1)
    size = len(payload)
    return (int.from_bytes(payload, "big") ^ int.from_bytes(stream[:size], "big")).to_bytes(size, "big")


def message_frames(opcode, payload, style, rsv1=False):
    """One message as frames.

    style "single": one frame. "server": as certstream-server-go writes it (a 4096-byte write buffer with room for a
    frame header; over 8192 bytes one non-final frame with everything and an empty final one). An integer: fragments
    of so many bytes.
    """
    if style == "single":
        return [frame(opcode, payload, rsv1=rsv1)]
    if style == "server":
        if len(payload) > 8192:
            return [frame(opcode, payload, fin=False, rsv1=rsv1), frame(CONTINUATION)]
        style = 4082
    pieces = [payload[at : at + style] for at in range(0, len(payload), style)] or [b""]
    return [
        frame(opcode if at == 0 else CONTINUATION, piece, at == len(pieces) - 1, rsv1=rsv1 and at == 0)
        for at, piece in enumerate(pieces)
    ]


def compressed(payload):
    """The payload of a message with RSV1 set, without context takeover."""
    deflate = zlib.compressobj(6, zlib.DEFLATED, -15)
    data = deflate.compress(payload) + deflate.flush(zlib.Z_SYNC_FLUSH)
    return data[: -len(_EMPTY_BLOCK)]


def decompressed(payload):
    return zlib.decompressobj(-15).decompress(payload + _EMPTY_BLOCK)


def read_exactly(stream, size):
    data = stream.read(size)
    if data is None or len(data) < size:
        raise Ended("connection ended")
    return data


def read_frame(stream, limit=64 << 20):
    """(opcode, payload, fin, rsv1, was_masked) of the next frame of a binary file object."""
    first, second = read_exactly(stream, 2)
    size = second & 0x7F
    if size == 126:
        size = struct.unpack(">H", read_exactly(stream, 2))[0]
    elif size == 127:
        size = struct.unpack(">Q", read_exactly(stream, 8))[0]
    if size > limit:
        raise Ended(f"frame of {size} bytes")
    masked = bool(second & 0x80)
    key = read_exactly(stream, 4) if masked else b""
    payload = read_exactly(stream, size) if size else b""
    return first & 0x0F, _masked(payload, key) if masked else payload, bool(first & 0x80), bool(first & 0x40), masked


def read_head(stream, limit=65536):
    """(first line, headers with lower-case names) of an HTTP request or response."""
    lines, size = [], 0
    while True:
        line = stream.readline(limit)
        size += len(line)
        if not line or size > limit:
            raise Ended("no complete HTTP head")
        line = line.rstrip(b"\r\n").decode("latin-1")
        if not line:
            break
        lines.append(line)
    if not lines:
        raise Ended("empty HTTP head")
    headers = {}
    for line in lines[1:]:
        name, _, value = line.partition(":")
        name = name.strip().lower()
        headers[name] = headers[name] + ", " + value.strip() if name in headers else value.strip()
    return lines[0], headers


class Client:
    """A small websocket client: proves the server in the harness's own test, and looks at feeds by hand."""

    def __init__(self, sock, host, path="/", deflate=False):
        self.sock = sock
        self.stream = sock.makefile("rb")
        key = base64.b64encode(os.urandom(16)).decode()
        lines = [
            f"GET {path} HTTP/1.1",
            f"Host: {host}",
            "Upgrade: websocket",
            "Connection: Upgrade",
            f"Sec-WebSocket-Key: {key}",
            "Sec-WebSocket-Version: 13",
        ]
        if deflate:
            lines.append("Sec-WebSocket-Extensions: permessage-deflate")
        sock.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
        self.status, self.headers = read_head(self.stream)
        if " 101 " not in self.status + " ":
            raise Ended(self.status)
        if self.headers.get("sec-websocket-accept") != accept_key(key):
            raise Ended("wrong Sec-WebSocket-Accept")

    def send(self, opcode, payload=b""):
        self.sock.sendall(frame(opcode, payload, mask=True))

    def receive(self):
        """(opcode, payload, fragment sizes) of the next message or control frame; pings are answered."""
        kind, parts, squeezed = None, [], False
        while True:
            opcode, payload, fin, rsv1, _ = read_frame(self.stream)
            if opcode == PING:
                self.send(PONG, payload)
            if opcode >= CLOSE:
                return opcode, payload, [len(payload)]
            if opcode != CONTINUATION:
                kind, parts, squeezed = opcode, [], rsv1
            parts.append(payload)
            if fin:
                data = b"".join(parts)
                return kind, decompressed(data) if squeezed else data, [len(part) for part in parts]

    def close(self):
        self.stream.close()
        self.sock.close()
