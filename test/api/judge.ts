/**
 * Every answer that a test client gets is held against the published document: its status must be declared for the route
 * and its body must match the declared schema. So all tests of the gateway are contract tests as well.
 */
import assert from 'node:assert/strict';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import { openApi } from '../../src/gateway/docs/openapi.js';
import { streamDoors } from '../../src/gateway/docs/stream-paths.js';
import { routeTable } from '../../src/gateway/routes/table.js';
import { Router } from '../../src/gateway/server/router.js';

export interface Judged {
  readonly status: number;
  readonly text: string;
  /** The parsed body; undefined when it is not JSON. */
  readonly json: unknown;
}

interface Declared {
  readonly paths: Readonly<Record<string, Readonly<Record<string, { readonly responses: Readonly<Record<string, unknown>> }>>>>;
}

const router = new Router(routeTable);
const document = JSON.parse(JSON.stringify(openApi(routeTable, 'test'))) as Declared;
const ajv = new Ajv2020({ strict: false, allErrors: true });
ajv.addSchema({ ...document, $id: 'api' });
const checks = new Map<string, ValidateFunction>();

function checkAt(pointer: string): ValidateFunction {
  let check = checks.get(pointer);
  if (check === undefined) {
    check = ajv.getSchema(`api#${pointer}`);
    assert.ok(check !== undefined, `the document has a schema at ${pointer}`);
    checks.set(pointer, check);
  }
  return check;
}

/** Throws when the document does not say so. @param target path and query as sent */
export function judge(method: string, target: string, got: Judged, sent = ''): void {
  const match = router.match(method, target.split('?')[0] ?? '');
  const where = (): string => `${method} ${target.slice(0, 200)} ${sent.slice(0, 300)} → ${got.status} ${got.text.slice(0, 400)}`;
  const door = streamDoors.find((each) => each.path === target.split('?')[0])?.path ?? null;
  const path = match.kind === 'route' ? match.route.path : door;
  let pointer = '/components/schemas/Error';
  if (path !== null) {
    const declared = document.paths[path]?.[method.toLowerCase()]?.responses ?? {};
    assert.ok(String(got.status) in declared, `the document does not declare this status: ${where()}`);
    const part = path.replaceAll('~', '~0').replaceAll('/', '~1');
    pointer = `/paths/${encodeURI(part)}/${method.toLowerCase()}/responses/${got.status}/content/application~1json/schema`;
  } else assert.ok([400, 404, 405, 413, 429, 501, 503].includes(got.status), `no route, so a refusal: ${where()}`);
  if (method === 'HEAD' || path?.startsWith('/docs') === true) return;
  assert.notEqual(got.json, undefined, `the body is JSON: ${where()}`);
  const check = checkAt(pointer);
  assert.ok(check(got.json), `${ajv.errorsText(check.errors)}: ${where()}`);
}
