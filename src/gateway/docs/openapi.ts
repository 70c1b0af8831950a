/** The route table as an OpenAPI 3.1 document: the very schemas that validate are what is published. */
import type { TSchema } from 'typebox';
import { errorCodes, type ErrorCodeName } from '../../protocol/error-codes.js';
import type { Route } from '../server/route.js';
import { streamPaths } from './stream-paths.js';

/** Every route may answer with these. */
const everywhere: readonly ErrorCodeName[] = [
  'BAD_REQUEST', 'METHOD_NOT_ALLOWED', 'PAYLOAD_TOO_LARGE', 'INTERNAL_ERROR',
];
/** 503 also where an engine on another thread is silent. */
const withKey: readonly ErrorCodeName[] = ['UNAUTHORIZED', 'FORBIDDEN', 'RATE_LIMITED', 'SERVICE_UNAVAILABLE'];

const statusTexts: Readonly<Record<number, string>> = { 200: 'Done.', 201: 'Accepted.' };

export function openApi(routes: readonly Route[], version: string): unknown {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const route of routes) (paths[route.path] ??= {})[route.method.toLowerCase()] = operation(route);
  Object.assign(paths, streamPaths());
  return {
    openapi: '3.1.0',
    info: {
      title: 'Legwork',
      version,
      description: 'Self-hosted execution engine where every order is an execution graph.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    security: [{ key: [] }],
    paths,
    components: {
      securitySchemes: { key: { type: 'http', scheme: 'bearer', description: 'lw_live_… or lw_test_…' } },
      schemas: { Error: errorSchema() },
    },
    'x-error-codes': errorCodes,
  };
}

/** Codes that a route may answer with, without repeats. */
export function codesOf(route: Route): ErrorCodeName[] {
  const codes = [...everywhere, ...route.errors];
  if (route.scope !== null) codes.push(...withKey);
  if (route.query !== null || route.path.includes('{')) codes.push('INVALID_PARAMS');
  return [...new Set(codes)];
}

function operation(route: Route): unknown {
  return {
    operationId: `${route.method.toLowerCase()}${camelCase(route.path)}`,
    summary: route.summary,
    tags: [route.tag],
    ...(route.scope === null ? { security: [] } : { 'x-scope': route.scope }),
    parameters: [...pathParameters(route.path), ...queryParameters(route.query)],
    ...(route.body === null ? {} : { requestBody: requestBody(route, route.body) }),
    responses: responses(route),
  };
}

function camelCase(path: string): string {
  return path.replace(/[^A-Za-z0-9]+(.)?/g, (_, next: string | undefined) => (next ?? '').toUpperCase());
}

function pathParameters(path: string): unknown[] {
  return [...path.matchAll(/\{([a-z_]+)\}/g)].map((match) => ({
    name: match[1],
    in: 'path',
    required: true,
    schema: { type: 'string', minLength: 1, maxLength: 512 },
  }));
}

function queryParameters(schema: TSchema | null): unknown[] {
  if (schema === null) return [];
  const { properties = {}, required = [] } = schema as {
    readonly properties?: Readonly<Record<string, { readonly description?: string }>>;
    readonly required?: readonly string[];
  };
  return Object.entries(properties).map(([name, property]) => ({
    name,
    in: 'query',
    required: required.includes(name),
    ...(property.description === undefined ? {} : { description: property.description }),
    schema: property,
  }));
}

function requestBody(route: Route, schema: TSchema): unknown {
  const examples = route.examples === null ? {} : { examples: route.examples };
  return { required: !route.bodyKind.startsWith('optional'), content: { 'application/json': { schema, ...examples } } };
}

function responses(route: Route): Record<string, unknown> {
  const all: Record<string, unknown> = {};
  for (const [status, schema] of Object.entries(route.answers)) {
    all[status] = { description: statusTexts[Number(status)] ?? 'Done.', content: { 'application/json': { schema } } };
  }
  const byStatus = new Map<number, ErrorCodeName[]>();
  for (const code of codesOf(route)) {
    // Inside a document NOT_SUPPORTED is 422; whole routes answer 501.
    const own = code === 'NOT_SUPPORTED' && route.bodyKind === 'document' ? 422 : errorCodes[code].status;
    byStatus.set(own, [...(byStatus.get(own) ?? []), code]);
  }
  for (const [status, codes] of [...byStatus].sort(([a], [b]) => a - b)) {
    all[String(status)] = {
      description: codes.map((code) => `${code}: ${errorCodes[code].meaning}`).join(' '),
      content: { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } },
    };
  }
  return all;
}

function errorSchema(): unknown {
  const text = { type: 'string' };
  return {
    type: 'object',
    required: ['error'],
    properties: {
      error: {
        type: 'object',
        required: ['code', 'message', 'request_id'],
        properties: {
          code: { type: 'string', enum: Object.keys(errorCodes) },
          message: text,
          request_id: text,
          details: {
            type: 'array',
            maxItems: 100,
            items: { type: 'object', required: ['field', 'message'], properties: { field: text, message: text } },
          },
          more: { type: 'integer', description: 'Problems beyond the rows of details.' },
        },
      },
    },
  };
}
