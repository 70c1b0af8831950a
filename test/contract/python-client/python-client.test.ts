/** The public Python client, unmodified, against the gateway: the compatibility promise of wire.md. */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { DeploymentDone, DeploymentPort } from '../../../src/protocol/deployment-port.js';
import { mountStreams } from '../../../src/gateway/streams/mount.js';
import { rig } from '../../api/client.js';
import { simRig } from '../../api/sim-rig.js';

const VERSION = '0.5.7';
const WEBSOCKETS = '15.0.1';
/** Kept between runs: installing costs seconds, using it none. */
const environment = join(tmpdir(), `legwork-sequence-markets-${VERSION}`);
const python = join(environment, 'bin', 'python');

/** Why the client can't be had here; null when it is ready. */
function unavailable(): string | null {
  const ready = (): boolean =>
    existsSync(python) && spawnSync(python, ['-c', 'import sequence_markets, websockets'], { timeout: 20_000 }).status === 0;
  if (ready()) return null;
  if (spawnSync('python3', ['--version'], { timeout: 20_000 }).status !== 0) return 'python3 is not installed';
  rmSync(environment, { recursive: true, force: true });
  if (spawnSync('python3', ['-m', 'venv', environment], { timeout: 60_000 }).status !== 0) return 'python3 has no venv';
  const install = ['-m', 'pip', 'install', '-q', '--disable-pip-version-check', `sequence-markets==${VERSION}`, `websockets==${WEBSOCKETS}`];
  if (spawnSync(python, install, { timeout: 60_000 }).status !== 0) return `pip can't get sequence-markets ${VERSION} here`;
  return ready() ? null : 'the package does not import';
}

const reason = unavailable();

/** Remembers one deployment; enough for the routes to be driven. */
class OneDeployment implements DeploymentPort {
  onEvent(): () => void {
    return () => {};
  }

  readonly #row = { deployment_id: 'dep_1', name: 'mine', status: 'running', symbols: ['BTC-USD'], size_bytes: 8, edges: [] };
  #there = false;

  upload = (_: number, __: unknown, done: DeploymentDone): void => {
    this.#there = true;
    done({ ok: true, body: this.#row });
  };
  list = (_: number, done: DeploymentDone): void => done({ ok: true, body: { deployments: this.#there ? [this.#row] : [] } });
  get = (_: number, id: string, done: DeploymentDone): void => this.#say(id, this.#row, done);
  patch = (_: number, id: string, __: unknown, done: DeploymentDone): void => this.#say(id, this.#row, done);
  undeploy = (_: number, id: string, done: DeploymentDone): void => {
    this.#say(id, this.#row, done);
    this.#there = false;
  };
  start = (_: number, id: string, done: DeploymentDone): void => this.#say(id, this.#row, done);
  stop = (_: number, id: string, done: DeploymentDone): void => this.#say(id, this.#row, done);
  logs = (_: number, id: string, __: number, done: DeploymentDone): void => this.#say(id, { logs: [] }, done);
  mesh = (_: number, id: string, done: DeploymentDone): void => this.#say(id, { instances: [] }, done);
  metrics = (_: number, id: string, done: DeploymentDone): void => this.#say(id, { fuel: 0 }, done);

  #say(id: string, body: unknown, done: DeploymentDone): void {
    if (this.#there && id === 'dep_1') done({ ok: true, body });
    else done({ ok: false, code: 'NOT_FOUND', message: `no deployment "${id}"` });
  }
}

/** A module that nobody looks into. */
const anyWasm = Buffer.from('0061736d01000000', 'hex');

async function drive(address: string, key: string, bytes: Uint8Array, ...more: readonly string[]): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'legwork-py-'));
  const wasm = join(folder, 'algo.wasm');
  writeFileSync(wasm, bytes);
  const script = join('test', 'contract', 'python-client', 'drive.py');
  const { code, text } = await run(python, [script, address, key, wasm, ...more]);
  rmSync(folder, { recursive: true, force: true });
  assert.equal(code, 0, text);
}

const skip = reason ?? false;

for (const hosted of [false, true]) {
  test(`every method of sequence-markets ${VERSION}, ${hosted ? 'with' : 'without'} an algo host`, { skip }, async () => {
    const r = await rig({ deployments: hosted ? new OneDeployment() : null, mount: [mountStreams()] });
    await drive(r.gateway.address, r.key, anyWasm, ...(hosted ? ['hosted'] : [])).finally(() => r.close());
  });
}

test(`every method of sequence-markets ${VERSION} against the engine on simulated venues`, { skip }, async () => {
  const r = await simRig({ mount: [mountStreams()] });
  await drive(r.gateway.address, r.key, readFileSync('dist/algos/peg.wasm'), 'hosted').finally(() => r.close());
});

function run(command: string, args: readonly string[]): Promise<{ code: number | null; text: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], timeout: 60_000 });
    let text = '';
    child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString('utf8')));
    child.stderr.on('data', (chunk: Buffer) => (text += chunk.toString('utf8')));
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, text }));
  });
}
