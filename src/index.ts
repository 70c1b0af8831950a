/**
 * What programs that embed the engine use: an engine on simulated venues, the way in for documents, the HTTP door,
 * and the vocabulary they speak. The only barrel.
 */
export { createSimEngine, SimEngine, type SimEngineOptions } from './main/sim-engine.js';
export { startGateway, type Gateway, type GatewayOptions } from './gateway/gateway.js';
export { mountStreams, type StreamOptions } from './gateway/streams/mount.js';
export { normaliseOrder, parseOrderBody, type AcceptedOrder, type Refusal } from './protocol/document/order-body.js';
export { Resolver } from './protocol/document/resolver.js';
export { parseJson } from './protocol/json/parse.js';
export { stringifyExact } from './protocol/json/stringify.js';
export { buildUniverse } from './venues/sim/universe.js';
export type { Command, Reply } from './protocol/commands.js';
export type { AccountEvent, Effect, VenueOrder } from './protocol/effects.js';
export type { EnginePort, Query, QueryReply } from './protocol/engine-port.js';
export type { EngineEvent } from './protocol/events.js';
export type { GraphSpec, NodeSpec, EdgeSpec } from './protocol/graph-spec.js';
export type { Universe } from './protocol/universe.js';
export type { FeedSink, VenueConnection, VenueSink } from './venues/venue.js';
