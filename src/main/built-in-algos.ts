import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { checkAndMeter, type AdmittedModule } from '../algo/admission/admit.js';

const loaded = new Map<string, AdmittedModule>();

/** The algos that the build made from `algos/`, by name. They come with the engine, so they pass the checks but no probe. */
export function builtInAlgo(name: string): AdmittedModule | undefined {
  const known = loaded.get(name);
  if (known !== undefined) return known;
  if (!/^[a-z0-9-]{1,64}$/.test(name)) return undefined;
  const path = fileURLToPath(new URL(`../../algos/${name}.wasm`, import.meta.url));
  const result = existsSync(path) ? checkAndMeter(readFileSync(path)) : undefined;
  if (result === undefined || !result.ok) return undefined;
  loaded.set(name, result.value);
  return result.value;
}
