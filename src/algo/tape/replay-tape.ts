/** A tape through its module again: each action it recorded must come again, and no other. */
import { emptyOrderCell } from '../guest/cells.js';
import type { AbiProfile } from '../abi/profiles.js';
import { BookTop } from '../host/book-top.js';
import { Deployment, type DeploymentSpec } from '../host/deployment.js';
import type { DeathReason } from '../host/instance.js';
import type { ConfigParam } from '../host/regions.js';
import type { RiskView } from '../host/state-writer.js';
import { actLine, tapeText, tapeValue, type TapeLine } from './tape-writer.js';

export interface TapeModule {
  readonly metered: Uint8Array<ArrayBuffer>;
  readonly profile: AbiProfile;
}

export interface TapeReplay {
  readonly inputs: number;
  readonly outputs: number;
  /** Where the replay did something else, in words; undefined: it did the same. */
  readonly difference: string | undefined;
}

interface StartLine {
  readonly hash: string;
  readonly spec: DeploymentSpec;
}

const outputs: ReadonlySet<string> = new Set(['act', 'died', 'paused']);

/** @param module of a hash. @throws RangeError when there is none, or the text is no tape */
export function replayTape(text: string, module: (hash: string) => TapeModule | undefined): TapeReplay {
  return new Replay(module).run(text.split('\n'));
}

/** @returns undefined for a last line that was cut short */
function lineOf(text: string, isLast: boolean): TapeLine | undefined {
  try {
    const value = tapeValue(text);
    if (!Array.isArray(value) || typeof value[0] !== 'string') throw new RangeError('expected an array that begins with a word');
    return value as unknown as TapeLine;
  } catch (problem) {
    if (isLast) return undefined;
    throw new RangeError(`no tape: ${text.slice(0, 80)} is no line of one`, { cause: problem });
  }
}

class Replay {
  readonly #module: (hash: string) => TapeModule | undefined;
  readonly #top = new BookTop();
  /** What the replay did and the tape hasn't said yet. */
  #done: string[] = [];
  #deployment: Deployment | undefined;

  constructor(module: (hash: string) => TapeModule | undefined) {
    this.#module = module;
  }

  run(lines: readonly string[]): TapeReplay {
    let inputs = 0;
    let compared = 0;
    for (const [number, text] of lines.entries()) {
      if (text === '') continue;
      const line = lineOf(text, number === lines.length - 1);
      if (line === undefined || line[0] === 'full') break;
      const at = `line ${number + 1}`;
      if (outputs.has(line[0])) {
        const done = this.#done.shift();
        compared++;
        if (done !== text) return { inputs, outputs: compared, difference: `${at}: the tape has ${text}, the replay ${done ?? 'nothing'}` };
        continue;
      }
      // A thread that was ended took its last lines along: what it did then isn't known.
      if (line[0] === 'start') this.#done = [];
      if (this.#done.length > 0) return { inputs, outputs: compared, difference: `${at}: the replay did ${this.#done[0]} before it, the tape nothing` };
      inputs++;
      this.#apply(line);
    }
    return { inputs, outputs: compared, difference: undefined };
  }

  #apply(line: TapeLine): void {
    const [kind, ...rest] = line;
    if (kind === 'start') return this.#start(rest[0] as StartLine);
    const deployment = this.#deployment;
    if (deployment === undefined) throw new RangeError('no tape: its first line is no start');
    const [tNs = 0, a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = rest as number[];
    switch (kind) {
      case 'book':
        this.#top.setFrom(rest[4] as number[], rest[5] as number[], c);
        return deployment.bookChanged(a, b, this.#top, tNs);
      case 'trade': return deployment.traded(a, b, c, d, e < 0 ? -1 : 1, tNs);
      case 'order':
        return deployment.tell({ ...emptyOrderCell(), tNs, kind: a, instance: b, symbol: c, ref: d, priceTicks: e, lots: f, side: g, code: h });
      case 'settle': return deployment.settle(tNs);
      case 'beat': return deployment.advance(tNs);
      case 'fresh': return deployment.freshness(a, (rest[2] as unknown) === true, tNs);
      case 'config': return deployment.configure(rest[1] as ConfigParam[], tNs);
      case 'risk': return deployment.riskChanged(rest[1] as RiskView, tNs);
      case 'run': return deployment.start();
      case 'stop': return deployment.stop();
      case 'dead': return deployment.bury(tNs);
      case 'kill': return deployment.kill(tNs, rest[1] as DeathReason, String(rest[2]));
      case 'shutdown': return deployment.shutdown(tNs);
      default: throw new RangeError(`no tape: a line is called ${kind}`);
    }
  }

  #start({ hash, spec }: StartLine): void {
    const module = this.#module(hash);
    if (module === undefined) throw new RangeError(`the module ${hash} of the tape is not there`);
    const note = (line: TapeLine): void => void this.#done.push(tapeText(line));
    this.#deployment = new Deployment(spec, new WebAssembly.Module(module.metered), module.profile, {
      act: (instance, action) => note(actLine(instance.spec.place, action)),
      log: () => undefined,
      died: (instance, reason) => note(['died', instance.spec.place, reason]),
      paused: (instance, reason) => note(['paused', instance.spec.place, reason]),
    });
  }
}
