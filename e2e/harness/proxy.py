"""A TCP proxy that can fail: what happens between certwatch and PostgreSQL when the network does."""

import contextlib
import socket
import struct
import threading


class Proxy:
    """Forwards 127.0.0.1:.port to `target_port`, until told otherwise."""

    def __init__(self, target_port):
        self._target = target_port
        self._flowing = threading.Event()
        self._flowing.set()
        self._frozen = set()  # connections that stay frozen for good
        self._pairs = []
        self._listener = None
        self.accepted = 0
        self.port = 0
        self.listen()

    def listen(self):
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", self.port))
        listener.listen(64)
        self.port = listener.getsockname()[1]
        self._listener = listener
        threading.Thread(target=self._accept, args=(listener,), daemon=True).start()

    def refuse(self):
        """No new connections."""
        if self._listener is not None:
            self._listener.shutdown(socket.SHUT_RDWR)
            self._listener.close()
            self._listener = None

    def cut(self):
        """Ends all connections with RST."""
        pairs, self._pairs = self._pairs, []
        for pair in pairs:
            for sock in pair:
                with contextlib.suppress(OSError):
                    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                    sock.shutdown(socket.SHUT_RD)

    def freeze(self):
        """Nothing is forwarded any more, on old and new connections, and nothing ends."""
        self._flowing.clear()

    def thaw(self):
        self._flowing.set()

    def abandon(self):
        """The connections there are now stay silent for ever, new ones work: a firewall that forgot its states."""
        self._frozen.update(self._pairs)

    def close(self):
        self.refuse()
        self.thaw()
        self.cut()

    def _accept(self, listener):
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            self.accepted += 1
            threading.Thread(target=self._open, args=(client,), daemon=True).start()

    def _open(self, client):
        self._flowing.wait()
        try:
            server = socket.create_connection(("127.0.0.1", self._target), 10)
            for side in (client, server):  # else each small packet waits for the last one's acknowledgement
                side.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        except OSError:
            client.close()
            return
        server.settimeout(None)
        pair = (client, server)
        self._pairs.append(pair)
        threading.Thread(target=self._forward, args=(pair, client, server), daemon=True).start()
        self._forward(pair, server, client)

    def _forward(self, pair, source, target):
        with contextlib.suppress(OSError):
            while True:
                data = source.recv(65536)
                self._flowing.wait()
                if pair in self._frozen:
                    threading.Event().wait()
                if not data:
                    break
                target.sendall(data)
        for sock in pair:
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
        for sock in pair:
            sock.close()
