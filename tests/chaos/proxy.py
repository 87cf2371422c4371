"""A cable that can be pulled: a TCP proxy on the loopback between a client and the broker."""

import contextlib
import selectors
import socket
import threading

_CHUNK = 65536


class Cable:
    """Listens at `port` and carries bytes to and from `broker_port` while it is plugged in."""

    def __init__(self, broker_port: int) -> None:
        self._broker_port, self.plugged = broker_port, True
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self._pairs: dict[socket.socket, socket.socket] = {}
        self._select = selectors.DefaultSelector()
        self._select.register(self._listener, selectors.EVENT_READ)
        self._closed = False
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._run, name="cable", daemon=True)
        self._thread.start()

    def pull(self) -> None:
        """Cut what flows; new connections are refused until `plug`."""
        with self._lock:
            self.plugged = False
            for sock in list(self._pairs):
                self._drop(sock)

    def plug(self) -> None:
        self.plugged = True

    def close(self) -> None:
        self._closed = True
        self._thread.join()
        self.pull()
        self._listener.close()
        self._select.close()

    def _run(self) -> None:
        while not self._closed:
            for key, _ in self._select.select(0.1):
                with self._lock:
                    if key.fileobj is self._listener:
                        self._accept()
                    elif isinstance(key.fileobj, socket.socket) and key.fileobj in self._pairs:
                        self._carry(key.fileobj)

    def _accept(self) -> None:
        client, _ = self._listener.accept()
        if not self.plugged:
            client.close()
            return
        try:
            broker = socket.create_connection(("127.0.0.1", self._broker_port), 1.0)
        except OSError:
            client.close()
            return
        for near, far in ((client, broker), (broker, client)):
            near.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            near.settimeout(2.0)
            self._pairs[near] = far
            self._select.register(near, selectors.EVENT_READ)

    def _carry(self, near: socket.socket) -> None:
        try:
            data = near.recv(_CHUNK)
            if data:
                self._pairs[near].sendall(data)
                return
        except OSError:
            pass
        self._drop(near)

    def _drop(self, near: socket.socket) -> None:
        far = self._pairs.pop(near, None)
        if far is None:
            return
        self._pairs.pop(far, None)
        for sock in (near, far):
            with contextlib.suppress(KeyError, ValueError):
                self._select.unregister(sock)
            sock.close()
