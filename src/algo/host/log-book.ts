import { runLimits } from '../limits.js';

export interface LogLine {
  /** Engine time, ns since the base. */
  readonly tNs: number;
  /** abi.LOG_LEVEL_*. */
  readonly level: number;
  readonly text: string;
}

const NS_PER_SECOND = 1_000_000_000;

/**
 * One instance's last log lines. Beyond the rate lines are counted and said once, with the first line of a later
 * second; nothing a guest writes makes this grow.
 */
export class LogBook {
  readonly #lines: LogLine[] = [];
  readonly #decoder = new TextDecoder('utf-8', { fatal: false });
  #second = -1;
  #inSecond = 0;
  /** Lines over the rate and ranges outside memory, lifetime. */
  dropped = 0;
  badRanges = 0;
  #unsaid = 0;

  /** @returns the line, or undefined when it was dropped */
  write(tNs: number, level: number, memory: Uint8Array, ptr: number, length: number): LogLine | undefined {
    const at = ptr >>> 0;
    const bytes = length >>> 0;
    if (at + bytes > memory.length) {
      this.badRanges++;
      return undefined;
    }
    if (!this.#allowed(tNs)) return undefined;
    const cut = memory.subarray(at, at + Math.min(bytes, runLimits.logBytes));
    return this.#keep({ tNs, level: level >= 0 && level <= 4 ? level : 2, text: this.#decoder.decode(cut) });
  }

  /** A line of the host's own, about the instance. */
  note(tNs: number, level: number, text: string): LogLine {
    return this.#keep({ tNs, level, text });
  }

  /** The newest lines, oldest first. */
  last(limit: number): LogLine[] {
    return this.#lines.slice(-limit);
  }

  #allowed(tNs: number): boolean {
    const second = Math.floor(tNs / NS_PER_SECOND);
    if (second !== this.#second) {
      this.#second = second;
      this.#inSecond = 0;
      if (this.#unsaid > 0) this.note(tNs, 3, `${this.#unsaid} log lines over the rate were dropped`);
      this.#unsaid = 0;
    }
    if (++this.#inSecond <= runLimits.logLinesPerSecond) return true;
    this.dropped++;
    this.#unsaid++;
    return false;
  }

  #keep(line: LogLine): LogLine {
    this.#lines.push(line);
    if (this.#lines.length >= 2 * runLimits.logLinesKept) this.#lines.splice(0, runLimits.logLinesKept);
    return line;
  }
}
