"""What the harness' servers have in common: a TCP port of 127.0.0.1 that can be given up and taken again."""

import socket
import threading


class Listener:
    """Listens from `listen` on, always on the same .port; each connection is taken by `_serve` on a thread of its own."""

    def __init__(self, port=0):
        self.port = port
        self._socket = None

    def listen(self):
        """Takes connections (again)."""
        listening = socket.socket()
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(("127.0.0.1", self.port))
        listening.listen(256)
        self.port = listening.getsockname()[1]
        self._socket = listening
        threading.Thread(target=self._accept, args=(listening,), daemon=True).start()

    def refuse(self):
        """Nobody listens on the port any more; connections that are up stay."""
        if self._socket is not None:
            self._socket.shutdown(socket.SHUT_RDWR)
            self._socket.close()
            self._socket = None

    def _accept(self, listening):
        while True:
            try:
                sock, _ = listening.accept()
            except OSError:
                return
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._taken(sock)

    def _taken(self, sock):
        """On the accepting thread, for what has to be counted in order."""
        threading.Thread(target=self._serve, args=(sock,), daemon=True).start()

    def _serve(self, sock):
        raise NotImplementedError
