"""Drives both Python reference clients: drive.py BASE_URL KEY json|binary. Prints one line of JSON."""
import json
import sys

from legwork.client import Client, LegworkError


def drive_json(base_url, key):
    client = Client(base_url, key)
    stream = client.stream(["risk", "fills"])
    snapshot = next(stream)
    posted = client.request("POST", "/v1/orders", {"symbol": "ETH-USD", "side": "buy", "qty": 0.5})
    fill = next(stream)
    nav = client.request("GET", "/v1/positions")["totals"]["nav_usd_1e9"]
    try:
        client.request("GET", "/v1/orders/nobody:order:1")
        code = "none"
    except LegworkError as error:
        code = error.code
    return {"snapshot": snapshot["channel"], "graph": posted["graph_id"], "fill": fill["data"]["graph_id"], "nav": str(nav), "code": code}


def drive_binary(base_url, key):
    from legwork.binary import BinaryClient, graph_id
    client = BinaryClient(base_url, key, "python")
    seq = client.new_order("ETH-USD", "buy", 50_000_000)
    seqs = []
    ack = fill = None
    while ack is None or fill is None:
        frame = client.receive()
        if frame.Seq() > 0:
            seqs.append(frame.Seq())
        if frame.Ack() is not None and frame.Ack().ClientSeq() == seq:
            ack = frame.Ack()
        if frame.Fill() is not None:
            fill = frame.Fill()
    refused_seq = client.cancel("nobody:order:1")
    reject = client.receive().Reject()
    client.close()
    return {
        "graph": graph_id(ack), "fill": fill.NodeOrderId().decode(), "qty": fill.Qty1e8(), "seqs": seqs,
        "ordered": ack.GatewayInNs() <= ack.GatewayOutNs(), "core_ns": str(ack.CoreInNs()),
        "refused": reject.Code().decode(), "same": reject.ClientSeq() == refused_seq,
    }


print(json.dumps({"json": drive_json, "binary": drive_binary}[sys.argv[3]](sys.argv[1], sys.argv[2])))
