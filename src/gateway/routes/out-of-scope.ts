/** Routes of the public client outside what this engine is for: a clean 501 each, so that clients know. */
import Type from 'typebox';
import { ApiError } from '../server/api-error.js';
import { ok, route, type Method, type Route } from '../server/route.js';
import { Open } from './schemas.js';

const absent: readonly (readonly [Method, string, string])[] = [
  ['GET', '/v1/markets', 'prediction markets'],
  ['GET', '/v1/markets/{slug}', 'prediction markets'],
  ['POST', '/v1/markets/{slug}/redeem', 'prediction markets'],
  ['GET', '/v1/settlement/{slug}', 'prediction markets'],
  ['GET', '/v1/polymarket/rewards', 'prediction markets'],
  ['GET', '/v1/polymarket/rewards/{token_id}', 'prediction markets'],
  ['GET', '/v1/ws/new_markets', 'prediction markets'],
  ['GET', '/v1/ws/market_resolved', 'prediction markets'],
  ['GET', '/v1/strategies', 'hosted programs'],
  ['POST', '/v1/strategies', 'hosted programs'],
  ['GET', '/v1/strategies/{strategy_id}', 'hosted programs'],
  ['DELETE', '/v1/strategies/{strategy_id}', 'hosted programs'],
  ['POST', '/v1/strategies/{strategy_id}/start', 'hosted programs'],
  ['POST', '/v1/strategies/{strategy_id}/stop', 'hosted programs'],
  ['GET', '/v1/strategies/{strategy_id}/logs', 'hosted programs'],
  ['GET', '/v1/wallets', 'on-chain wallets'],
  ['POST', '/v1/wallets', 'on-chain wallets'],
  ['GET', '/v1/wallets/{wallet_id}', 'on-chain wallets'],
  ['DELETE', '/v1/wallets/{wallet_id}', 'on-chain wallets'],
  ['GET', '/v1/funding_history', 'funding history'],
  ['GET', '/v1/funding_history/{symbol}', 'funding history'],
];

export const outOfScopeRoutes: readonly Route[] = [
  ...absent.map(([method, path, what]) =>
    route({
      method,
      path,
      tag: 'not here',
      summary: `Not supported: ${what}.`,
      scope: 'read',
      answers: {},
      errors: ['NOT_SUPPORTED'],
      handle: () => {
        throw new ApiError('NOT_SUPPORTED', `${what}: outside what this engine does`);
      },
    }),
  ),
  route({
    method: 'GET',
    path: '/v1/market/funding-rates',
    tag: 'market',
    summary: 'Funding rates where a perp feed gives them; here none does.',
    scope: 'read',
    query: Type.Object({
      venue: Type.Optional(Type.String({ maxLength: 64 })),
      symbol: Type.Optional(Type.String({ maxLength: 64 })),
    }),
    answers: { 200: Open },
    handle: () => ok({ unit: 'bps_per_hour', rates: [] }),
  }),
];
