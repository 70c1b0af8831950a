"""Reference client of /v1/ws/orders (subprotocol legwork.v1). Needs the package `flatbuffers`."""
import flatbuffers

from .v1 import Cancel, ClientFrame, Logon, NewOrder
from .v1.ServerFrame import ServerFrame
from .websocket import WebSocket


class LogonRefused(Exception):
    pass


class BinaryClient:
    def __init__(self, base_url, key, session, last_seq=0, cancel_on_disconnect_ms=0, timeout=30.0):
        self._socket = WebSocket(base_url.rstrip("/") + "/v1/ws/orders", key, protocol="legwork.v1", timeout=timeout)
        self.last_seq = last_seq
        self._send_logon(session, last_seq, cancel_on_disconnect_ms)
        frame = self._read()
        refused = frame.Reject()
        if refused is not None:
            raise LogonRefused(refused.Message().decode())
        logon = frame.LogonAck()
        self.resumed = logon.Resumed()
        self.resync = logon.Resync()
        # What every Ack survives; empty where the server is older and does not say.
        self.durability = (logon.Durability() or b"").decode()
        self.client_seq = logon.ClientSeq()
        self.instruments = [logon.Instruments(i).decode() for i in range(logon.InstrumentsLength())]

    def new_order(self, instrument, side, qty_1e8, price_1e9=0, tif=0):
        """Returns the client sequence that the Ack or Reject will name. Price 0: a market order."""
        self.client_seq += 1
        builder = flatbuffers.Builder(128)
        ClientFrame.ClientFrameStart(builder)
        ClientFrame.ClientFrameAddNewOrder(builder, NewOrder.CreateNewOrder(
            builder, self.client_seq, qty_1e8, price_1e9, self.instruments.index(instrument), 1 if side == "buy" else 2, tif, 0))
        self._finish(builder)
        return self.client_seq

    def cancel(self, node_order_id):
        self.client_seq += 1
        builder = flatbuffers.Builder(128)
        text = builder.CreateString(node_order_id)
        Cancel.CancelStart(builder)
        Cancel.CancelAddClientSeq(builder, self.client_seq)
        Cancel.CancelAddNodeOrderId(builder, text)
        cancel = Cancel.CancelEnd(builder)
        ClientFrame.ClientFrameStart(builder)
        ClientFrame.ClientFrameAddCancel(builder, cancel)
        self._finish(builder)
        return self.client_seq

    def receive(self):
        """The next frame; `last_seq` moves with it."""
        frame = self._read()
        self.last_seq = max(self.last_seq, frame.Seq())
        return frame

    def close(self):
        self._socket.close()

    def _send_logon(self, session, last_seq, cancel_ms):
        builder = flatbuffers.Builder(128)
        name = builder.CreateString(session)
        Logon.LogonStart(builder)
        Logon.LogonAddSession(builder, name)
        Logon.LogonAddLastSeq(builder, last_seq)
        Logon.LogonAddCancelOnDisconnectMs(builder, cancel_ms)
        logon = Logon.LogonEnd(builder)
        ClientFrame.ClientFrameStart(builder)
        ClientFrame.ClientFrameAddLogon(builder, logon)
        self._finish(builder)

    def _finish(self, builder):
        builder.Finish(ClientFrame.ClientFrameEnd(builder))
        self._socket.send_binary(builder.Output())

    def _read(self):
        return ServerFrame.GetRootAs(self._socket.receive(), 0)


def graph_id(ack):
    """The graph id of an Ack."""
    return bytes(ack.GraphId(i) for i in range(ack.IdLength())).decode()
