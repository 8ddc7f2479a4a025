"""A TCP proxy that can fail: what happens between certwatch and PostgreSQL when the network does."""

import contextlib
import socket
import struct
import threading

from e2e.harness.listener import Listener


class Proxy(Listener):
    """Forwards 127.0.0.1:.port to `target_port`, until told otherwise."""

    def __init__(self, target_port):
        super().__init__()
        self._target = target_port
        self._flowing = threading.Event()
        self._flowing.set()
        self._frozen = set()  # connections that stay frozen for good
        self._pairs = []
        self.accepted = 0
        self.listen()

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

    def _taken(self, sock):
        self.accepted += 1
        super()._taken(sock)

    def _serve(self, client):
        self._flowing.wait()
        try:
            server = socket.create_connection(("127.0.0.1", self._target), 10)
            # Else each small packet waits for the last one's acknowledgement.
            server.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
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
