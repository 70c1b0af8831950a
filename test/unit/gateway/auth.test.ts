import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { CredentialVault, masterKeysFromFile, parseMasterKeys } from '../../../src/gateway/auth/credential-vault.js';
import { KeyStore } from '../../../src/gateway/auth/key-store.js';
import { RateLimiter } from '../../../src/gateway/auth/rate-limit.js';
import { Tickets } from '../../../src/gateway/auth/tickets.js';
import { Lost } from '../../../src/gateway/orders/lost.js';

const wallNs = (): bigint => 5n;
const key = (version: number, byte: string): string => `${version}:${byte.repeat(32)}`;

function folder(run: (path: string) => void): void {
  const path = mkdtempSync(join(tmpdir(), 'legwork-auth-'));
  run(path);
  rmSync(path, { recursive: true });
}

test('a sealed record opens only for its account, venue and version', () => {
  folder((path) => {
    const file = join(path, 'c.json');
    const keys = parseMasterKeys(key(1, 'ab'));
    const vault = new CredentialVault(file, keys, wallNs);
    vault.put('main', 'kraken', { api_key: 'k', api_secret: 'very-secret' });
    assert.equal(readFileSync(file, 'utf8').includes('very-secret'), false);
    assert.deepEqual(new CredentialVault(file, keys, wallNs).open('main', 'kraken'), { api_key: 'k', api_secret: 'very-secret' });
    const stored = readFileSync(file, 'utf8');
    for (const [from, to] of [['"main"', '"other"'], ['"kraken"', '"binance"']] as const) {
      writeFileSync(file, stored.replace(from, to));
      const moved = new CredentialVault(file, keys, wallNs);
      const [account, venue] = to === '"other"' ? ['other', 'kraken'] : ['main', 'binance'];
      assert.throws(() => moved.open(account ?? '', venue ?? ''), /authenticate|auth/i, `${from} → ${to}`);
    }
    const record = JSON.parse(stored) as { credentials: { data: string }[] };
    const first = record.credentials[0];
    assert.ok(first);
    first.data = `${first.data.startsWith('A') ? 'B' : 'A'}${first.data.slice(1)}`;
    writeFileSync(file, JSON.stringify(record));
    assert.throws(() => new CredentialVault(file, keys, wallNs).open('main', 'kraken'));
  });
});

test('rotation: a higher version seals everything again, then the old key may go', () => {
  folder((path) => {
    const file = join(path, 'c.json');
    new CredentialVault(file, parseMasterKeys(key(1, 'ab')), wallNs).put('main', 'kraken', { api_key: 'k', api_secret: 's' });
    const both = new CredentialVault(file, parseMasterKeys(`${key(1, 'ab')}\n${key(2, 'cd')}`), wallNs);
    assert.equal(both.list('main')[0]?.key_version, 2);
    const alone = new CredentialVault(file, parseMasterKeys(key(2, 'cd')), wallNs);
    assert.equal(alone.open('main', 'kraken')?.api_secret, 's');
    assert.throws(() => new CredentialVault(file, parseMasterKeys(key(3, 'ef')), wallNs), /version 2 is missing/);
  });
});

test('a key file that others may read is refused', () => {
  folder((path) => {
    const file = join(path, 'deep', 'credential.key');
    const made = masterKeysFromFile(file);
    assert.deepEqual(masterKeysFromFile(file), made, 'made once, read again');
    chmodSync(file, 0o644);
    assert.throws(() => masterKeysFromFile(file), /chmod 600/);
    writeFileSync(file, 'xyz');
    chmodSync(file, 0o600);
    assert.throws(() => masterKeysFromFile(file), /64 hexadecimal digits/);
  });
});

test('keys are stored hashed only, and a damaged file says so', () => {
  folder((path) => {
    const file = join(path, 'k.json');
    const keys = new KeyStore(file, ['main'], wallNs);
    const made = keys.create({ name: '', accountName: 'main', test: false, scopes: ['read'], venues: null, instruments: null });
    assert.match(made.raw, /^lw_live_/);
    assert.equal(readFileSync(file, 'utf8').includes(made.raw.slice(8)), false);
    assert.equal(new KeyStore(file, ['main'], wallNs).authenticate(made.raw)?.keyId, made.view.key_id);
    for (const raw of ['', 'lw_live_', made.raw.slice(0, -1), `${made.raw}x`, made.raw.replace('live', 'test')]) {
      assert.equal(keys.authenticate(raw), null);
    }
    writeFileSync(file, '{"keys":');
    assert.throws(() => new KeyStore(file, ['main'], wallNs), /not readable as JSON/);
  });
});

test('a token bucket: burst, then the steady rate, per name', () => {
  let now = 0;
  const limiter = new RateLimiter({ qps: 2, burst: 4 }, 2, () => now);
  const take = (name: string): number => limiter.take(name);
  assert.deepEqual([1, 2, 3, 4, 5].map(() => take('a')), [0, 0, 0, 0, 1]);
  now = 499;
  assert.equal(take('a'), 1);
  now = 500;
  assert.equal(take('a'), 0);
  assert.equal(take('a'), 1);
  now = 60_000;
  assert.deepEqual([1, 2, 3, 4, 5].map(() => take('a')), [0, 0, 0, 0, 1], 'never more than the burst');
  assert.equal(take('b'), 0);
  assert.equal(limiter.peek(() => 'a'), 1, 'peek uses nothing');
});

test('tickets: once, thirty seconds, gone with their key', () => {
  let now = 0;
  const tickets = new Tickets(() => now);
  const who = { keyId: 'k', accountId: 0, accountName: 'main', test: true, scopes: [], venues: null, instruments: null };
  const first = tickets.issue(who);
  assert.equal(tickets.redeem(first)?.keyId, 'k');
  assert.equal(tickets.redeem(first), null);
  const late = tickets.issue(who);
  now = 30_000;
  assert.equal(tickets.redeem(late), null);
  const dropped = tickets.issue(who);
  tickets.drop('k');
  assert.equal(tickets.redeem(dropped), null);
});

test('a lost answer opens the door for 120 s', () => {
  let now = 0;
  const lost = new Lost(() => now);
  lost.add('a');
  now = 119_999;
  assert.ok(lost.has('a'));
  now = 120_000;
  assert.equal(lost.has('a'), false);
  lost.add('a');
  lost.served('a');
  assert.equal(lost.has('a'), false);
});
