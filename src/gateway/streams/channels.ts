/** Names of channels, as clients write them, to what is streamed; unknown ones with the reason. */
import type { AccountEvent } from '../../protocol/effects.js';
import type { Instrument } from '../../protocol/universe.js';
import type { Names } from '../names.js';

export const accountChannels = ['orders', 'fills', 'graphs', 'children', 'routing', 'tca', 'risk'] as const;
export type AccountChannel = AccountEvent['channel'];
export type MarketFeed = 'prices' | 'book';

export type Channel =
  | { readonly kind: 'account'; readonly name: AccountChannel }
  | { readonly kind: MarketFeed; readonly instrument: Instrument; readonly name: string }
  | { readonly kind: 'deployment'; readonly deploymentId: string; readonly feed: 'traces' | 'deployment'; readonly name: string }
  | { readonly kind: 'rejected'; readonly name: string; readonly reason: string };

/** Longest name echoed in a rejection, in UTF-16 units. */
const ECHO_MAX = 128;

/** `prices:eth-usd` and `prices:ETH-USD` are one channel; frames carry the name in capitals. */
export function channelOf(text: string, names: Names): Channel {
  const known = accountChannels.find((name) => name === text);
  if (known !== undefined) return { kind: 'account', name: known };
  const cut = text.indexOf(':');
  const head = cut < 0 ? text : text.slice(0, cut);
  const rest = cut < 0 ? '' : text.slice(cut + 1);
  const rejected = (reason: string): Channel => ({ kind: 'rejected', name: text.slice(0, ECHO_MAX), reason });
  switch (head) {
    case 'prices':
    case 'book': {
      const instrument = names.findInstrument(rest);
      if (instrument === undefined) return rejected(`no such instrument; expected ${head}:<symbol>, see GET /v1/symbols`);
      return { kind: head, instrument, name: `${head}:${instrument.symbol}` };
    }
    case 'traces':
    case 'deployment':
      if (!/^dep_[A-Za-z0-9_.]{1,64}$/.test(rest)) return rejected(`no such deployment; expected ${head}:<deployment_id>, see GET /v1/deployments`);
      return { kind: 'deployment', deploymentId: rest, feed: head, name: `${head}:${rest}` };
    case 'fair_price':
    case 'funding':
      return rejected('no feed of this engine gives it');
    default:
      return rejected('no such channel; expected prices:<symbol>, book:<symbol>, traces:<deployment>, deployment:<deployment>, ' + accountChannels.join(', '));
  }
}
