"""Reference client of the engine, standard library only: requests, and the stream with resume.

    client = Client("http://127.0.0.1:50052", key)
    client.request("POST", "/v1/orders", {"symbol": "ETH-USD", "side": "buy", "qty": 0.5})
    for frame in client.stream(["orders", "fills"]):
        print(frame["channel"], frame["data"])

Python's integers have no limit, so every integer of the wire is exact.
"""
import json
import urllib.error
import urllib.request

from .websocket import WebSocket, WebSocketClosed


class LegworkError(Exception):
    """An answer that was no success: the envelope's code and message."""

    def __init__(self, status, code, message):
        super().__init__(message)
        self.status = status
        self.code = code


class Client:
    def __init__(self, base_url, key, timeout=30.0):
        self._base_url = base_url.rstrip("/")
        self._key = key
        self._timeout = timeout

    def request(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        headers = {"Authorization": "Bearer " + self._key, "Content-Type": "application/json"}
        request = urllib.request.Request(self._base_url + path, data=data, headers=headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=self._timeout) as response:
                return json.loads(response.read())
        except urllib.error.HTTPError as refused:
            error = json.loads(refused.read())["error"]
            raise LegworkError(refused.code, error["code"], error["message"]) from None

    def stream(self, channels, from_seq=None):
        """Frames of the channels for ever; after a lost connection it goes on from the last account sequence."""
        last_seq = from_seq
        while True:
            socket = WebSocket(self._base_url + "/v1/stream", self._key, timeout=self._timeout)
            subscribe = {"subscribe": list(channels)}
            if last_seq is not None:
                subscribe["from_seq"] = last_seq
            try:
                socket.send_text(json.dumps(subscribe))
                while True:
                    frame = json.loads(socket.receive())
                    if "channel" not in frame:
                        continue
                    if "seq" in frame:
                        last_seq = max(last_seq or 0, frame["seq"])
                    yield frame
            except (WebSocketClosed, OSError) as lost:
                if getattr(lost, "code", None) == 4001:
                    raise
            finally:
                socket.close()
