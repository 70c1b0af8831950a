/** The Python reference clients against the gateway: JSON with the standard library, binary with the stock package. */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { pino } from 'pino';
import { mountBinary } from '../../../src/gateway/binary/mount.js';
import { startGateway, type Gateway } from '../../../src/gateway/gateway.js';
import { mountStreams } from '../../../src/gateway/streams/mount.js';
import { StreamEngine } from '../stream-engine.js';

const VERSION = '25.9.23';
/** Kept between runs: installing costs seconds, using it none. */
const environment = join(tmpdir(), `legwork-flatbuffers-${VERSION}`);
const python = join(environment, 'bin', 'python');

const works = (command: string, args: readonly string[], timeout: number): boolean => spawnSync(command, args, { timeout }).status === 0;
const noPython = works('python3', ['--version'], 20_000) ? false : 'python3 is not installed';

/** Why the stock FlatBuffers package can't be had here; false when it is ready. */
function noFlatbuffers(): string | false {
  if (noPython !== false) return noPython;
  const ready = (): boolean => existsSync(python) && works(python, ['-c', 'import flatbuffers'], 20_000);
  if (ready()) return false;
  rmSync(environment, { recursive: true, force: true });
  if (!works('python3', ['-m', 'venv', environment], 60_000)) return 'python3 has no venv';
  const install = ['-m', 'pip', 'install', '-q', '--disable-pip-version-check', `flatbuffers==${VERSION}`];
  if (!works(python, install, 60_000)) return `pip can't get flatbuffers ${VERSION} here`;
  return ready() ? false : 'the package does not import';
}

let engine: StreamEngine;
let gateway: Gateway;
let key: string;

before(async () => {
  engine = new StreamEngine();
  gateway = await startGateway({
    port: engine, listenPort: 0, dataDir: null, admin: null, log: pino({ level: 'silent' }), drainMs: 1_000,
    mount: [mountStreams(), mountBinary()],
  });
  key = gateway.makeTestKey();
});
after(() => gateway.close());

function drive(command: string, which: string): Promise<Readonly<Record<string, unknown>>> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, ['test/api/python-sdk/drive.py', gateway.address, key, which], {
      env: { ...process.env, PYTHONPATH: 'sdk/python', PYTHONDONTWRITEBYTECODE: '1' }, timeout: 30_000,
    });
    let out = '';
    let errors = '';
    child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === 0) resolve(JSON.parse(out) as Readonly<Record<string, unknown>>);
      else reject(new Error(`drive.py ${which} ended with ${code}: ${errors}`));
    });
  });
}

test('requests and the stream, standard library only', { skip: noPython }, async () => {
  const got = await drive('python3', 'json');
  assert.equal(got['snapshot'], 'risk');
  assert.equal(got['fill'], got['graph']);
  assert.equal(got['nav'], '15000000000000000003');
  assert.equal(got['code'], 'NOT_FOUND');
});

const missing = noFlatbuffers();

test('binary order entry, read by the stock package', { skip: missing }, async () => {
  const got = await drive(python, 'binary');
  assert.equal(got['fill'], `${String(got['graph'])}:order:1`);
  assert.equal(got['qty'], 50_000_000);
  assert.equal(got['ordered'], true);
  assert.ok(BigInt(String(got['core_ns'])) > engine.baseNs());
  assert.equal(got['refused'], 'NOT_FOUND');
  assert.equal(got['same'], true);
  const seqs = got['seqs'] as number[];
  assert.deepEqual(seqs, seqs.map((_, i) => i + 1));
});
