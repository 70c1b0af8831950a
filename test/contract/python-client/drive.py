"""Drives every method of the public client `sequence-markets` 0.5.7, unmodified, against a running gateway.

usage: drive.py BASE_URL KEY WASM_FILE      prints one line a check; exit code 0 when all hold

What is in our scope must answer with the fields that the client reads; the rest must be a clean 501 envelope.
The three streaming methods need the `websockets` package, which the test installs beside the client.
"""
import asyncio
import sys
import time
import warnings

from sequence_markets import Sequence, SequenceError

warnings.simplefilter("ignore", DeprecationWarning)
base_url, key, wasm_path = sys.argv[1:4]
seq = Sequence(key, base_url=base_url, max_retries=0)
driven = set()
failures = []


def call(name, *args, **kwargs):
    driven.add(name)
    return getattr(seq, name)(*args, **kwargs)


def check(what, condition, got=None):
    print(("ok   " if condition else "FAIL ") + what)
    if not condition:
        failures.append(f"{what}: {got!r}")


def refused(what, status, name, *args, **kwargs):
    try:
        got = call(name, *args, **kwargs)
    except SequenceError as error:
        check(f"{what} is {status} with a reason", error.status == status and len(error.message) > 5, str(error))
    else:
        check(f"{what} is {status}", False, got)


def has(what, got, *fields):
    missing = [field for field in fields if not isinstance(got, dict) or field not in got]
    check(f"{what} has {', '.join(fields)}", not missing, got)


def until(what, name, condition, *args):
    """Cancels and fills take the venue's time: asks again for at most ten seconds."""
    deadline = time.monotonic() + 10
    got = call(name, *args)
    while not condition(got) and time.monotonic() < deadline:
        time.sleep(0.02)
        got = call(name, *args)
    check(what, condition(got), got)


# Level 0 and 1
check("health", call("health") is True)
call("connect_venue", "kraken", "the-key", "the-secret", passphrase="p", extra_json={"a": 1})
stored = call("venues")
check("venues() lists kraken", any(row["venue"] == "kraken" for row in stored["credentials"]), stored)
check("venues() hides secrets", "the-secret" not in str(stored) and "the-key" not in str(stored), stored)
call("disconnect_venue", "kraken")
quote = call("quote", "BTC-USD", depth=5, nowait=True)
has("quote", quote, "symbol", "source", "nbbo", "venues", "book")
mid = quote["nbbo"]["mid"]
check("quote mid is a price", isinstance(mid, (int, float)) and mid > 0, quote["nbbo"])
many = call("quotes", ["BTC-USD", "ETH-USD"])
check("quotes of two", len(many["quotes"]) == 2, many)
batch = call("quotes_batch", ["BTC-USD", "NO-SUCH"], depth=3)
check("quotes_batch: one good, one error", batch["count"] == 2 and "error" in batch["quotes"][1], batch)
has("quotes_batch", batch, "quotes", "count", "elapsed_ms")
has("balances", call("balances"), "balances")
has("positions", call("positions"), "positions")
has("positions_unified", call("positions_unified", venues=["binance"], kinds=["fiat", "crypto"], include_closed=True),
    "positions", "totals", "as_of_ns")
has("perp_positions", call("perp_positions"), "positions")
has("portfolio", call("portfolio"), "nav_usd_1e9")
has("symbols", call("symbols"), "symbols")
has("price_history", call("price_history", "BTC-USD", range="1h", fidelity_secs=0, limit=5), "symbol", "points")
has("edges", call("edges"), "edges")
has("account", call("account"), "account")
has("risk_limits", call("risk_limits"), "max_order_notional_usd", "reduce_only")
fees = call("fees", "BTC-USD", ["binance"])
check("fees of binance", [row["venue"] for row in fees["fees"]] == ["binance"], fees)
rates = call("funding_rates", venue="binance", symbol="BTC-USD-PERP")
check("funding_rates is empty in bps_per_hour", rates == {"unit": "bps_per_hour", "rates": []}, rates)
check("funding_rate is None", call("funding_rate", "binance", "BTC-USD-PERP") is None)

# Level 2
has("preview", call("preview", "ETH-USD", "buy", 0.5), "legs")
bought = call("buy", "ETH-USD", 0.5, urgency="high", max_slippage_bps=50)
has("buy", bought, "graph_id", "status", "node_count", "edge_count", "node_order_ids", "groups", "is_sandbox", "warnings")
sold = call("sell", "BTC-USD", 0.1, limit_price=round(mid * 1.2), tif="gtc", venue="coinbase")
order_id = sold["node_order_ids"]["order"]
order = call("order", order_id)
has("order", order, "node_order_id", "qty_1e8", "status", "symbol", "side")
refused("an order nobody has", 404, "order", "nothing:order:1")
listed = call("orders", limit=10, symbol="BTC-USD")
check("orders filters by symbol", listed["orders"] and all(row["symbol"] == "BTC-USD" for row in listed["orders"]), listed)
amended = call("amend", order_id, new_price=round(mid * 1.3), new_qty=0.09)
check("amend keeps the id", amended["order_id"] == order_id and amended["status"], amended)
decreased = call("decrease", order_id, 0.01)
check("decrease", decreased["order_id"] == order_id, decreased)
check("decrease took effect", call("order", order_id)["qty_1e8"] in (8_000_000, 7_999_999), call("order", order_id))
call("cancel", order_id)
until("cancel", "order", lambda order: order["status"] == "CANCELLED", order_id)
has("fills", call("fills", limit=5), "fills", "total", "has_more")
with call("batch", "binance") as builder:
    builder.buy("ETH-USD", 0.1)
    builder.sell_limit("BTC-USD", 0.01, round(mid * 1.2))
check("batch submitted both", all("submitted" in row for row in builder.responses), builder.responses)
killed = call("kill_switch_engage")
has("kill_switch_engage", killed, "ts_ns", "seq")
refused("an order under the kill switch", 409, "buy", "ETH-USD", 0.1)
call("kill_switch_clear")
has("cancel_all_on_venue", call("cancel_all_on_venue", "binance"), "venue", "cancelled")

# Level 3: the product's examples
hedge = call(
    "graph",
    nodes=[
        call("node", "spot", "ETH-USD", "buy", 2, urgency="medium"),
        call("node", "hedge", "ETH-USD", "sell", 2, instrument_type="perp"),
    ],
    edges=[call("edge", "spot", "hedge", trigger="fill_pct", value=0.5)],
)
check("graph of two nodes and an edge", hedge["node_count"] == 2 and hedge["edge_count"] == 1, hedge)
status = call("graph_status", hedge["graph_id"])
check("graph_status has both nodes", set(status["nodes"]) == {"spot", "hedge"}, status)
check("graph_status has fills", all("filled_qty_1e8" in node for node in status["nodes"].values()), status)
bracket = seq.graph(
    nodes=[
        seq.node("entry", "BTC-USD", "buy", 0.1, limit_price=round(mid * 0.8)),
        seq.node("tp", "BTC-USD", "sell", 0.1, limit_price=round(mid * 1.2)),
        seq.node("sl", "BTC-USD", "sell", 0.1, urgency="high"),
    ],
    edges=[
        seq.edge("entry", "tp", trigger="full_fill"),
        {"edge_id": "e_sl", "from_node": "entry", "to_node": "sl",
         "trigger": {"on_price": {"symbol": "BTC-USD", "direction": "below",
                                  "reference": "graph_entry_price", "offset_pct": -5.0}}},
    ],
)
check("bracket of three nodes", bracket["node_count"] == 3, bracket)
seq._post_empty(f"/v1/execution_graphs/{bracket['graph_id']}/pause")
call("graph_resume", bracket["graph_id"])
call("graph_cancel", bracket["graph_id"])
until("graph_cancel", "graph_status", lambda graph: graph["status"] == "cancelled", bracket["graph_id"])

# Level 4: with an algo host the real thing, else 501
hosted = len(sys.argv) > 4 and sys.argv[4] == "hosted"
if hosted:
    deployed = call("deploy_algo", "mine", wasm_path, ["BTC-USD"])
    deployment = deployed["deployment_id"]
    has("algo_status", call("algo_status", deployment), "deployment_id", "status")
    call("algo_stop", deployment)
    call("algo_start", deployment)
    has("algo_logs", call("algo_logs", deployment), "logs")
    call("algo_mesh", deployment)
    check("algos", any(row["symbol"] == "BTC-USD" for row in call("algos", detail="edge")["algos"]))
    call("algo", "BTC-USD")
    call("algo_stop_by_symbol", "BTC-USD")
    call("algo_start_by_symbol", "BTC-USD")
    call("algo_logs_by_symbol", "BTC-USD")
    call("algo_stats", "BTC-USD")
    call("algo_undeploy", deployment)
else:
    refused("deploy_algo", 501, "deploy_algo", "mine", wasm_path, ["BTC-USD"])
    for name in ("algo_status", "algo_start", "algo_stop", "algo_undeploy", "algo_logs", "algo_mesh"):
        refused(name, 501, name, "dep_1")
    has("algos", call("algos"), "algos")
    for name in ("algo", "algo_start_by_symbol", "algo_stop_by_symbol", "algo_logs_by_symbol", "algo_stats"):
        refused(name, 501, name, "BTC-USD")

# Level 5
has("tca", call("tca", "ETH-USD"), "tca")
has("intel", call("intel", "BTC-USD"), "symbol", "venues")
slippage = call("slippage", "BTC-USD")
check("slippage of four sizes", [row["size_usd"] for row in slippage["slippage"]] == [1000, 10000, 100000, 1000000], slippage)
has("routing", call("routing", "ETH-USD", "sell", 1.5), "legs")
has("depth", call("depth", "BTC-USD"), "bids", "asks")
has("forecast", call("forecast", "ETH-USD", "buy", 2.0), "legs")
filled_id = bought["node_order_ids"]["order"]
has("execution_live", call("execution_live", filled_id), "order", "graph")
has("execution_review", call("execution_review", filled_id), "order", "review")
has("execution_summary", call("execution_summary"), "orders", "averages")
call("trace", filled_id)
check("trace answers", True)

# Out of scope
refused("markets", 501, "markets")
refused("market", 501, "market", "x")
refused("search_markets", 501, "search_markets", "x")
driven.add("iter_markets")
try:
    list(seq.iter_markets())
    check("iter_markets is 501", False)
except SequenceError as error:
    check("iter_markets is 501", error.status == 501)
refused("settlement", 501, "settlement", "x")
refused("redeem", 501, "redeem", "x", "kalshi")
refused("polymarket_rewards", 501, "polymarket_rewards")
refused("polymarket_rewards of one", 501, "polymarket_rewards", "1")
refused("funding_history", 501, "funding_history", "BTC-USD-PERP", "binance")
refused("create_strategy", 501, "create_strategy", "n", "python", "main.py", "AAAA")
refused("strategies", 501, "strategies")
for name in ("strategy", "strategy_start", "strategy_stop", "strategy_logs", "strategy_delete"):
    refused(name, 501, name, "s1")

wrong = Sequence("lw_test_wrong", base_url=base_url, max_retries=0)
try:
    wrong.account()
    check("a wrong key is 401", False)
except SequenceError as error:
    check("a wrong key is 401", error.status == 401)



async def first_frames():
    """One frame of each channel that says something by itself or by an order of ours."""
    wanted = {"prices:ETH-USD", "book:ETH-USD", "risk", "fills"}
    seen = {}
    async for channel, data in call("stream", sorted(wanted)):
        if not seen:
            await asyncio.to_thread(seq.buy, "ETH-USD", 0.1)
        seen.setdefault(channel, data)
        if wanted <= set(seen):
            return seen


async def refused_stream(name):
    try:
        async for event in call(name):
            return f"an event came: {event}"
    except Exception as error:
        return getattr(getattr(error, "response", None), "status_code", repr(error))


seen = asyncio.run(asyncio.wait_for(first_frames(), 60))
has("prices frame", seen["prices:ETH-USD"], "bid", "ask", "mid", "ts_ns")
has("book frame", seen["book:ETH-USD"], "bids", "asks", "ts_ns")
has("fills frame", seen["fills"], "node_order_id", "price_1e9", "qty_1e8")
for name in ("stream_new_markets", "stream_resolved_markets"):
    status = asyncio.run(asyncio.wait_for(refused_stream(name), 60))
    check(f"{name} is 501", status == 501, status)

public = {name for name in dir(Sequence) if not name.startswith("_")}
check("every method was driven", public <= driven, sorted(public - driven))
for failure in failures:
    print("FAILED:", failure)
sys.exit(1 if failures else 0)
