/** What a reset of the simulated account gives, per venue. Kept in the data directory. Defaults: wire.md. */
import Type, { type Static } from 'typebox';
import { JsonFile } from './auth/json-file.js';
import { DecimalText } from './routes/schemas.js';

export const SandboxSettingsSchema = Type.Object(
  {
    balances: Type.Record(Type.String({ pattern: '^[A-Z0-9]{1,16}$' }), DecimalText, {
      description: 'Balance by asset code that every venue holds after a reset.',
      maxProperties: 64,
    }),
  },
  { additionalProperties: false },
);
export type SandboxBalances = Static<typeof SandboxSettingsSchema>;

const defaults: SandboxBalances = { balances: { USD: '5000000', BTC: '50', ETH: '500' } };

export class SandboxSettings {
  readonly #file: JsonFile;
  readonly #byAccount: Map<string, SandboxBalances>;

  constructor(path: string | null) {
    this.#file = new JsonFile(path);
    this.#byAccount = new Map(Object.entries((this.#file.read() ?? {}) as Record<string, SandboxBalances>));
  }

  of(account: string): SandboxBalances {
    return this.#byAccount.get(account) ?? defaults;
  }

  put(account: string, settings: SandboxBalances): void {
    this.#byAccount.set(account, settings);
    this.#file.write(Object.fromEntries(this.#byAccount));
  }
}
