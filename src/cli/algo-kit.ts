/** The writer's kit on disk: a new algo's files, and its module. */
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { admit, type AdmittedModule } from '../algo/admission/admit.js';
import { Probe } from '../algo/admission/probe.js';
import { CompilePool } from '../algo/compile/compile-pool.js';

/** Compiled files lie in dist/src/cli. */
const projectRoot = fileURLToPath(new URL('../../..', import.meta.url));

const example = `// NAME: what it does, in a line or two.
// config: 0 side (1 buy, -1 sell) · 1 quantity _1e8
import { actions, BUY, POST_ONLY } from "../std/actions";
import { Algo } from "../std/algo";
import { config } from "../std/config";
import { Book, State } from "../std/views";

class Example extends Algo {
  private id: u64 = 0;

  onBook(book: Book, state: State): void {
    if (!book.usable || this.id != 0) return;
    const side = config.int(0, 1) < 0 ? <i8>-1 : BUY;
    const id = this.nextId();
    const px = side == BUY ? book.bid(0).px : book.ask(0).px;
    if (actions.order(id, side, POST_ONLY, px, config.int(1, 100000))) this.id = id;
  }
}

export function create(): Algo {
  return new Example();
}
`;

const exampleTest = `import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { AlgoHarness } from 'HARNESS';

const wasm = fileURLToPath(new URL('../../dist/algos/NAME.wasm', import.meta.url));

test('posts once at the touch', () => {
  const algo = new AlgoHarness(wasm, { config: [1, 100000] });
  algo.book([100, 5], [101, 5]);
  algo.book([102, 5], [103, 5]);
  assert.deepEqual(algo.actions.map(({ side, priceTicks, qtyLots }) => [side, priceTicks, qtyLots]), [[1, 100, 10]]);
  assert.deepEqual(algo.deaths, []);
});
`;

/**
 * Makes `algos/NAME` below a folder, and the kit beside it where it isn't there yet.
 * @returns the new folder, or what is wrong
 */
export function makeAlgo(dir: string, name: string): { readonly folder: string } | string {
  if (!/^[a-z][a-z0-9-]{0,63}$/.test(name)) return `"${name}" is no name for an algo: expected lower-case letters, digits and dashes`;
  const folder = join(dir, 'algos', name);
  if (existsSync(folder)) return `${folder} is there already`;
  mkdirSync(folder, { recursive: true });
  const kit = join(dir, 'algos', 'std');
  if (!existsSync(kit)) cpSync(join(projectRoot, 'algos', 'std'), kit, { recursive: true });
  const harness = relative(resolve(folder), join(projectRoot, 'dist/src/algo/harness/algo-harness.js'));
  writeFileSync(join(folder, 'index.ts'), readFileSync(join(projectRoot, 'algos/peg/index.ts')));
  writeFileSync(join(folder, 'algo.ts'), example.replaceAll('NAME', name));
  writeFileSync(join(folder, 'algo.test.mjs'), exampleTest.replaceAll('NAME', name).replace('HARNESS', harness));
  return { folder };
}

/**
 * An algo by name below a folder (compiled where there is a source), a built-in one, or a file of a module; admitted.
 * @returns the module, or what to print
 */
export async function buildAlgo(dir: string, name: string): Promise<AdmittedModule | string> {
  const outFile = resolve(dir, 'dist/algos', `${name}.wasm`);
  const entry = `algos/${name}/index.ts`;
  if (existsSync(join(dir, entry))) {
    const pool = new CompilePool();
    const messages = await pool.compile({ root: resolve(dir), entry, outFile });
    await pool.close();
    if (messages !== undefined) return messages;
  }
  const file = [outFile, name, join(projectRoot, 'dist/algos', `${name}.wasm`)].find((path) => existsSync(path));
  if (file === undefined) return `there is no ${join(dir, entry)}, no ${outFile} and no file ${name}`;
  const probe = new Probe();
  const result = await admit(readFileSync(file), probe);
  probe.close();
  return result.ok ? result.value : `refused: ${result.error.code}: ${result.error.message}`;
}
