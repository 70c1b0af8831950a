/** The OpenAPI document and a page to read it with, both served by us. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { stringifyExact } from '../../protocol/json/stringify.js';
import type { GatewayContext } from '../context.js';
import { openApi } from '../docs/openapi.js';
import { ApiError } from '../server/api-error.js';
import { route, type Answer, type Route } from '../server/route.js';
import { Open } from './schemas.js';

/** The browser may load from us only; the viewer sets styles inline. */
export const docsPolicy = [
  "default-src 'none'", "script-src 'self'", "style-src 'self' 'unsafe-inline'", "img-src 'self' data:",
  "connect-src 'self'", "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'",
].join('; ');

const page = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>Legwork API</title>
<link rel="stylesheet" href="/docs/swagger-ui.css">
</head>
<body>
<div id="reference"></div>
<script src="/docs/swagger-ui-bundle.js"></script>
<script src="/docs/start.js"></script>
</body>
</html>
`;

const start = `SwaggerUIBundle({ url: '/v1/openapi.json', dom_id: '#reference', validatorUrl: null, deepLinking: true });
`;

const types: Readonly<Record<string, string>> = {
  'swagger-ui.css': 'text/css; charset=utf-8',
  'swagger-ui-bundle.js': 'text/javascript; charset=utf-8',
};

const files = new Map<string, Buffer>();

function viewerFile(name: string): Buffer {
  let bytes = files.get(name);
  if (bytes === undefined) {
    const folder = dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'));
    files.set(name, (bytes = readFileSync(join(folder, name))));
  }
  return bytes;
}

const documents = new WeakMap<readonly Route[], Buffer>();

/** Written once: whoever asks needs no key, and the thread that answers trades. */
function documentOf(gateway: GatewayContext): Buffer {
  let bytes = documents.get(gateway.routes);
  if (bytes === undefined) documents.set(gateway.routes, (bytes = Buffer.from(stringifyExact(openApi(gateway.routes, gateway.version)))));
  return bytes;
}

function file(type: string, bytes: Uint8Array | string): Answer {
  return { status: 200, file: { type, bytes, csp: docsPolicy } };
}

export const docsRoutes: readonly Route[] = [
  route({
    method: 'GET',
    path: '/v1/openapi.json',
    tag: 'docs',
    summary: 'This document.',
    scope: null,
    answers: { 200: Open },
    handle: (call) => file('application/json; charset=utf-8', documentOf(call.gateway)),
  }),
  route({
    method: 'GET',
    path: '/docs',
    tag: 'docs',
    summary: 'A page to read this document with.',
    scope: null,
    answers: { 200: Open },
    handle: () => file('text/html; charset=utf-8', page),
  }),
  route({
    method: 'GET',
    path: '/docs/{file}',
    tag: 'docs',
    summary: 'Parts of that page.',
    scope: null,
    answers: { 200: Open },
    errors: ['NOT_FOUND'],
    handle: (call) => {
      const name = call.param('file');
      if (name === 'start.js') return file('text/javascript; charset=utf-8', start);
      const type = Object.hasOwn(types, name) ? types[name] : undefined;
      if (type === undefined) throw new ApiError('NOT_FOUND', 'no such file');
      return file(type, viewerFile(name));
    },
  }),
];
