/**
 * Valid modules that binaryen makes from random bytes, in this process: the command-line tool is compiled once and
 * started anew for each module, some milliseconds instead of the half second of a process.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Prng } from '../../src/base/prng.js';
import { baseParts, build, i32, withImports } from './guest-builder.js';

/** What the tool's script is given; it is a script of Emscripten's, run as a function. */
type Start = (
  module: object, require: NodeJS.Require, filename: string, dirname: string, exports: object, process: NodeJS.Process,
) => () => Uint8Array<ArrayBuffer>;

const disabled = [
  'simd', 'relaxed-simd', 'threads', 'gc', 'exception-handling', 'tail-call', 'memory64', 'multimemory', 'strings',
  'extended-const', 'fp16', 'stack-switching', 'shared-everything',
];

export class RandomModules {
  readonly #folder = mkdtempSync(join(tmpdir(), 'legwork-fuzz-'));
  readonly #path: string;
  readonly #require: NodeJS.Require;
  readonly #start: Start;
  readonly #random: Prng;
  #compiled: WebAssembly.Module | undefined;

  constructor(seed: number) {
    this.#random = new Prng(seed);
    this.#path = join(dirname(createRequire(import.meta.url).resolve('binaryen/package.json')), 'bin/wasm-opt');
    this.#require = createRequire(this.#path);
    const source = readFileSync(this.#path, 'utf8').replace(/^#!.*\n/, '');
    // The script ends in what gives its own WebAssembly bytes.
    this.#start = new Function('Module', 'require', '__filename', '__dirname', 'module', 'process', `${source}\n;return findWasmBinary;`) as Start;
    const parts = withImports(baseParts(i32(0)));
    // A 0.1 guest: its data may lie low, as the generator puts it.
    parts.exports = parts.exports.map((entry) => (entry.name === 'algo_on_book_v3' ? { ...entry, name: 'algo_on_book' } : entry));
    writeFileSync(this.#file('initial.wasm'), build(parts));
  }

  /** @param bytesMax of randomness: larger ones make larger modules. @returns undefined when the tool failed */
  async next(bytesMax: number): Promise<Uint8Array | undefined> {
    const random = this.#random;
    writeFileSync(this.#file('input'), Uint8Array.from({ length: random.between(100, bytesMax) }, () => random.below(256)));
    const flags = ['-ttf', `--initial-fuzz=${this.#file('initial.wasm')}`, '--fuzz-preserve-imports-exports', '--dce', '-o', this.#file('output.wasm')];
    const status = await this.#run([this.#file('input'), ...flags, ...disabled.map((name) => `--disable-${name}`)]);
    return status === 0 ? readFileSync(this.#file('output.wasm')) : undefined;
  }

  close(): void {
    rmSync(this.#folder, { recursive: true });
  }

  #file(name: string): string {
    return join(this.#folder, name);
  }

  #run(args: string[]): Promise<number> {
    return new Promise((resolve) => {
      const quiet = (): void => undefined;
      // It says how it ended by the process's exit code; then it throws, which nobody waits for.
      const own = Object.create(process, { exitCode: { set: (status: number) => resolve(status), get: () => 0 } }) as NodeJS.Process;
      const module = {
        arguments: args, thisProgram: 'wasm-opt', print: quiet, printErr: quiet, onAbort: () => resolve(-1),
        instantiateWasm: (imports: WebAssembly.Imports, receive: (instance: WebAssembly.Instance) => void) => {
          queueMicrotask(() => {
            this.#compiled ??= new WebAssembly.Module(binary());
            receive(new WebAssembly.Instance(this.#compiled, imports));
          });
          return {};
        },
      };
      const binary = this.#start(module, this.#require, this.#path, dirname(this.#path), { exports: {} }, own);
    });
  }
}
