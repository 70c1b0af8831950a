import { createHash } from 'node:crypto';
import { profileOf, type AbiProfile } from '../abi/profiles.js';
import { must } from '../../base/assert.js';
import { err, ok, type Result } from '../../base/result.js';
import { moduleLimits } from '../limits.js';
import { RefusalError, type Refusal } from '../refusal.js';
import { parseModule } from '../wasm/parse-module.js';
import { meterModule } from './meter.js';
import type { Probe } from './probe.js';
import { checkAbi } from './static-checks.js';

export interface AdmitOptions {
  /** The deployment's `abi`, e.g. "0.3.0"; undefined: by the exports. */
  readonly abi?: string;
  /** Most pages the guest's memory may grow to, 3..256. */
  readonly memoryPages?: number;
}

/** A module that passed every check, ready to be instantiated. */
export interface AdmittedModule {
  /** SHA-256 of the bytes as uploaded, hexadecimal. */
  readonly hash: string;
  readonly original: Uint8Array<ArrayBuffer>;
  readonly metered: Uint8Array<ArrayBuffer>;
  readonly profile: AbiProfile;
  readonly entries: readonly string[];
}

/** Everything before the first compile: size, structure, every body, the ABI's rules, metering. Compiles nothing. */
export function checkAndMeter(bytes: Uint8Array, options: AdmitOptions = {}): Result<AdmittedModule, Refusal> {
  try {
    const original = Uint8Array.from(bytes.length > moduleLimits.bytes ? bytes.subarray(0, moduleLimits.bytes + 1) : bytes);
    const module = parseModule(original);
    const { profile, entries } = checkAbi(module, options.abi);
    const memoryPages = Math.min(options.memoryPages ?? moduleLimits.memoryPages, moduleLimits.memoryPages);
    const metered = Uint8Array.from(meterModule(module, { memoryPages, entries }));
    return ok({ hash: sha256(original), original, metered, profile, entries: [...entries].sort() });
  } catch (error) {
    if (error instanceof RefusalError) return err(error.toRefusal());
    throw error;
  }
}

/** The whole admission, in the probe's child process: the checks above, then the first compile and instantiation. */
export async function admit(
  bytes: Uint8Array,
  probe: Probe,
  options: AdmitOptions = {},
): Promise<Result<AdmittedModule, Refusal>> {
  // Nothing so large is sent anywhere.
  if (bytes.length > moduleLimits.bytes) return checkAndMeter(bytes, options);
  const original = Uint8Array.from(bytes);
  const { refusal, admitted } = await probe.run({ bytes: original, options });
  if (refusal !== undefined) return err(refusal);
  const { hash, metered, entries } = must(admitted, 'module of an answer without refusal');
  const profile = must(profileFromEntries(entries, options.abi), 'profile of what was admitted');
  return ok({ hash, original, metered: Uint8Array.from(metered), profile, entries });
}

export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** The profile again from what the store keeps. */
export function profileFromEntries(entries: readonly string[], abi: string | undefined): AbiProfile | undefined {
  return profileOf(new Set(entries), abi);
}
