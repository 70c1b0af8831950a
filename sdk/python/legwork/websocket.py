"""A WebSocket client (RFC 6455) as small as the reference clients need: blocking, no extensions."""
import base64
import hashlib
import os
import socket
import ssl
import struct
from urllib.parse import urlsplit

_GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


class WebSocketClosed(Exception):
    def __init__(self, code, reason):
        super().__init__("closed: %d %s" % (code, reason))
        self.code = code
        self.reason = reason


class WebSocket:
    def __init__(self, url, key, protocol=None, timeout=30.0):
        parts = urlsplit(url)
        secure = parts.scheme in ("https", "wss")
        port = parts.port or (443 if secure else 80)
        self._socket = socket.create_connection((parts.hostname, port), timeout=timeout)
        if secure:
            self._socket = ssl.create_default_context().wrap_socket(self._socket, server_hostname=parts.hostname)
        self._buffer = b""
        nonce = base64.b64encode(os.urandom(16)).decode()
        lines = [
            "GET %s HTTP/1.1" % (parts.path or "/"), "Host: %s:%d" % (parts.hostname, port), "Upgrade: websocket",
            "Connection: Upgrade", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: " + nonce,
            "Authorization: Bearer " + key,
        ]
        if protocol is not None:
            lines.append("Sec-WebSocket-Protocol: " + protocol)
        self._socket.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
        head = self._read_head()
        expected = base64.b64encode(hashlib.sha1((nonce + _GUID).encode()).digest()).decode()
        if not head.startswith("HTTP/1.1 101") or expected not in head:
            self._socket.close()
            raise ConnectionError("the upgrade was refused: " + head.split("\r\n")[0])

    def send_text(self, text):
        self._send(0x1, text.encode())

    def send_binary(self, data):
        self._send(0x2, bytes(data))

    def receive(self):
        """The next message's bytes. Raises WebSocketClosed when the server ends the connection."""
        message = b""
        while True:
            first, second = self._read(2)
            length = second & 0x7F
            if length == 126:
                length = struct.unpack("!H", self._read(2))[0]
            elif length == 127:
                length = struct.unpack("!Q", self._read(8))[0]
            payload = self._read(length)
            opcode = first & 0x0F
            if opcode == 0x8:
                code = struct.unpack("!H", payload[:2])[0] if len(payload) >= 2 else 1005
                raise WebSocketClosed(code, payload[2:].decode("utf-8", "replace"))
            if opcode == 0x9:
                self._send(0xA, payload)
            elif opcode in (0x0, 0x1, 0x2):
                message += payload
                if first & 0x80:
                    return message

    def close(self):
        try:
            self._send(0x8, struct.pack("!H", 1000))
        except OSError:
            pass
        self._socket.close()

    def _send(self, opcode, payload):
        if len(payload) < 126:
            head = struct.pack("!BB", 0x80 | opcode, 0x80 | len(payload))
        elif len(payload) < 65536:
            head = struct.pack("!BBH", 0x80 | opcode, 0x80 | 126, len(payload))
        else:
            head = struct.pack("!BBQ", 0x80 | opcode, 0x80 | 127, len(payload))
        mask = os.urandom(4)
        masked = bytes(byte ^ mask[i % 4] for i, byte in enumerate(payload))
        self._socket.sendall(head + mask + masked)

    def _read_head(self):
        while b"\r\n\r\n" not in self._buffer:
            self._fill()
        head, self._buffer = self._buffer.split(b"\r\n\r\n", 1)
        return head.decode("latin-1")

    def _read(self, count):
        while len(self._buffer) < count:
            self._fill()
        data, self._buffer = self._buffer[:count], self._buffer[count:]
        return data

    def _fill(self):
        chunk = self._socket.recv(65536)
        if not chunk:
            raise WebSocketClosed(1006, "the connection was lost")
        self._buffer += chunk
