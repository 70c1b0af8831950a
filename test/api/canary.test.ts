/**
 * A whole process with its journal: venue secrets and raw keys are looked for in everything that it leaves behind, a
 * diagnostic report of Node and a death by signal included.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { at, Client } from './client.js';

const secrets = ['CANARY-key-7f3a91', 'CANARY-secret-b2c4e8', 'CANARY-pass-55d1c0'] as const;

/** As it is, and as base64 and hexadecimal would hide it. */
function forms(secret: string): string[] {
  const bytes = Buffer.from(secret);
  return [secret, bytes.toString('base64').replace(/=+$/, '').slice(0, -1), bytes.toString('hex')];
}

test('journal, stores, output and crash report hold no secret', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'legwork-canary-'));
  const child = spawn(
    process.execPath,
    ['--report-on-signal', `--report-directory=${folder}`, 'dist/src/cli/legwork.js', 'start', '--port', '0', '--data', join(folder, 'data')],
    { env: { ...process.env, LEGWORK_LOG: 'trace', LEGWORK_CREDENTIAL_KEY: '' }, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString('utf8')));
  const exited = new Promise((resolve) => child.on('exit', resolve));
  const until = async <T>(what: string, find: () => T | null | undefined): Promise<T> => {
    const deadline = Date.now() + 90_000;
    for (;;) {
      const found = find();
      if (found !== null && found !== undefined) return found;
      assert.ok(Date.now() < deadline && child.exitCode === null, `waited for ${what}: ${output.slice(-600)}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
  try {
    const [, port = ''] = await until('the address', () => /http:\/\/127\.0\.0\.1:(\d+) /.exec(output));
    const [key = ''] = await until('the key', () => /lw_test_[A-Za-z0-9_-]{43}/.exec(output));
    const client = new Client(Number(port), key);
    const [api_key, api_secret, passphrase] = secrets;
    assert.ok((await client.send('PUT', '/v1/credentials/kraken', JSON.stringify({ api_key, api_secret, passphrase }))).status < 300);
    const made = String(at((await client.post('/v1/api_keys', { name: 'kept' })).json, 'api_key'));
    const order = await client.post('/v1/orders', { symbol: 'ETH-USD', side: 'buy', qty: 0.5, order_type: 'limit', price: 100 });
    assert.ok([201, 422, 503].includes(order.status), order.text);
    client.close();
    child.kill('SIGUSR2');
    await until('the report', () => readdirSync(folder).find((name) => name.endsWith('.json')));
    child.kill('SIGKILL');
    await exited;
    const files = readdirSync(folder, { recursive: true }).map((name) => join(folder, String(name))).filter((path) => statSync(path).isFile());
    assert.ok(files.some((path) => path.endsWith('.json') && path.includes('report.')) && files.length >= 4, 'report, journal and stores are there');
    for (const secret of [...secrets, made]) {
      for (const form of forms(secret)) {
        assert.equal(output.includes(form), false, `${secret} in the output`);
        for (const path of files) assert.equal(readFileSync(path).includes(form), false, `${secret} in ${path}`);
      }
    }
  } finally {
    child.kill('SIGKILL');
    await exited;
    rmSync(folder, { recursive: true, force: true });
  }
});
