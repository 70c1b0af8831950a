/**
 * A module built with the public crate, unmodified, runs in the host. Needs cargo, the wasm32-unknown-unknown target
 * and the crate (registry or cargo's cache); says what is missing and ends when one isn't there.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { ACTION_KIND_CANCEL, ACTION_KIND_NEW } from '../../src/algo/abi/layouts.generated.js';
import { admitted, BINANCE, book, deploy, KRAKEN, recorder } from './support.js';

const manifest = `[package]
name = "guest"
version = "0.1.0"
edition = "2021"
[lib]
crate-type = ["cdylib"]
[dependencies]
sequence-algo-sdk = "=0.4.0"
[profile.release]
opt-level = 3
panic = "abort"
`;

/** Buys once, logs what it saw, tells its peer of fills, cancels at the end. */
const source = `use algo_sdk::*;
struct Guest { id: u64, heard: u64 }
impl Algo for Guest {
    fn on_book(&mut self, book: &L2Book, state: &AlgoState, features: &OnlineFeatures, actions: &mut Actions) {
        log_info!("bid {} x {} micro {} pos {} orders {}", book.bids[0].px_1e9, book.bids[0].sz_1e8,
            features.microprice_1e9, state.position_1e8, state.order_ct);
        if self.id == 0 && book.bid_ct > 0 {
            self.id = 1;
            actions.post_only_buy(self.id, 100_000, book.bids[0].px_1e9);
        }
    }
    fn on_fill(&mut self, fill: &Fill, state: &AlgoState) {
        log_info!("fill {} at {} pos {}", fill.qty_1e8, fill.px_1e9, state.position_1e8);
        send("right", b"filled");
    }
    fn on_message(&mut self, from: &str, payload: &[u8], _state: &AlgoState, _actions: &mut Actions) {
        self.heard += 1;
        log_info!("from {} {} bytes", from, payload.len());
    }
    fn on_nbbo(&mut self, nbbo: &NbboSnapshot, books: &VenueBooks, _state: &AlgoState, _f: &OnlineFeatures, _a: &mut Actions) {
        log_info!("nbbo {} {} venues {} merged {}", nbbo.nbbo_bid_px_1e9, nbbo.nbbo_ask_px_1e9, nbbo.venue_ct, books.merged.bid_ct);
    }
    fn on_shutdown(&mut self, state: &AlgoState, actions: &mut Actions) {
        actions.cancel_all(state);
    }
}
export_algo!(Guest { id: 0, heard: 0 });
`;

/** The path of the built module, or why it can't be built here. */
function buildGuest(folder: string): { path: string } | { missing: string } {
  const rustc = process.env['RUSTC'] ?? 'rustc';
  const libraries = spawnSync(rustc, ['--print', 'target-libdir', '--target', 'wasm32-unknown-unknown'], { encoding: 'utf8' });
  if (libraries.status !== 0) return { missing: 'rustc is not installed' };
  if (!existsSync(libraries.stdout.trim())) return { missing: 'the target wasm32-unknown-unknown is not installed' };
  mkdirSync(join(folder, 'src'));
  writeFileSync(join(folder, 'Cargo.toml'), manifest);
  writeFileSync(join(folder, 'src/lib.rs'), source);
  // From rustc 1.96 on undefined symbols are errors at link time: the crate's imports need the flag.
  const env = { ...process.env, RUSTFLAGS: `${process.env['RUSTFLAGS'] ?? ''} -C link-arg=--allow-undefined` };
  const args = ['build', '--release', '--target', 'wasm32-unknown-unknown', '--manifest-path', join(folder, 'Cargo.toml')];
  const done = spawnSync('cargo', args, { env, encoding: 'utf8' });
  const path = join(folder, 'target/wasm32-unknown-unknown/release/guest.wasm');
  return done.status === 0 ? { path } : { missing: `cargo: ${done.error?.message ?? done.stderr.slice(-600)}` };
}

test('a module of the public Rust crate 0.4.0 trades, logs, sends and shuts down', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'legwork-rust-'));
  try {
    const built = buildGuest(folder);
    if ('missing' in built) {
      t.diagnostic(`not run: ${built.missing}`);
      return;
    }
    const sink = recorder();
    const deployment = deploy(admitted(built.path), sink, {
      instances: [{ label: 'left', venueId: KRAKEN }, { label: 'right', venueId: BINANCE }],
    });
    const left = deployment.instance('left');
    deployment.bookChanged(KRAKEN, 0, book([6_000_000, 7], [6_000_010, 7]), 1_000);
    assert.deepEqual(
      sink.actions.map(({ kind, side, priceTicks, qtyLots }) => [kind, side, priceTicks, qtyLots]),
      [[ACTION_KIND_NEW, 1, 6_000_000, 10]],
    );
    assert.equal(sink.lines[0], 'bid 60000000000000 x 70000 micro 60000050000000 pos 0 orders 0');
    assert.ok(sink.lines.includes('nbbo 60000000000000 60000100000000 venues 2 merged 1'));
    left?.orderAcked(0, 1);
    left?.orderFilled(0, 1, 6_000_000, 4, 1, 2_000);
    deployment.settle(2_000);
    assert.ok(sink.lines.includes('fill 40000 at 60000000000000 pos 40000'));
    assert.ok(sink.lines.includes('from left 6 bytes'));
    deployment.shutdown(3_000);
    assert.deepEqual([sink.actions[1]?.kind, sink.actions[1]?.ref], [ACTION_KIND_CANCEL, 1]);
    assert.deepEqual(sink.deaths, []);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
