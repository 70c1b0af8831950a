/**
 * Counts the always-on assertions of the core, by the TypeScript compiler's own tree.
 *
 * A function counts when it has a name (a declaration, a method, a constructor, or a function kept in a constant of the
 * module) and more than one statement besides its assertions: what is one `return` or one call is read at a glance. So is
 * a constructor that only copies into fields. Functions inside another are part of it. An assertion is a call of what
 * `base/assert.ts` exports; it counts where it stands, wherever that is.
 */
import { relative, resolve } from 'node:path';
import {
  isArrowFunction, isBinaryExpression, isBlock, isCallExpression, isConstructorDeclaration, isExpressionStatement, isFunctionDeclaration, isFunctionExpression,
  isIdentifier, isMethodDeclaration, isSourceFile, isVariableDeclaration,
} from 'typescript/unstable/ast/is';
import type { Node } from 'typescript/unstable/ast';
import { API } from 'typescript/unstable/sync';

export interface Count {
  readonly file: string;
  readonly functions: number;
  readonly asserts: number;
  readonly musts: number;
  /** Functions without any assertion. */
  readonly bare: readonly string[];
  /** Assertions whose message is put together though they hold; `if (…) assert(false, …)` may. */
  readonly builtMessages: readonly string[];
}

const NAMES = new Map([['assert', 'assert'], ['unreachable', 'assert'], ['must', 'must']]);

export function countAssertions(files: readonly string[]): Count[] {
  const api = new API({ cwd: resolve('.') });
  try {
    const config = resolve('tsconfig.json');
    const program = api.updateSnapshot({ openProject: config }).getProject(config)?.program;
    return files.map((file) => {
      const tree = program?.getSourceFile(resolve(file));
      if (tree === undefined) throw new Error(`${file} is not part of the project of tsconfig.json`);
      return countIn(relative('.', file), tree);
    });
  } finally {
    api.close();
  }
}

function countIn(file: string, tree: Node): Count {
  let functions = 0;
  const calls = { assert: 0, must: 0 };
  const builtMessages: string[] = [];
  const bare: string[] = [];
  const visit = (node: Node, inside: boolean): void => {
    const counted = !inside && isCountedFunction(node);
    if (counted) functions += 1;
    if (isCallExpression(node) && isIdentifier(node.expression)) {
      const kind = NAMES.get(node.expression.text);
      if (kind === 'must') calls.must += 1;
      if (kind === 'assert') calls.assert += 1;
      const message = node.arguments[1];
      const guarded = node.arguments[0]?.getText() === 'false';
      if (kind !== undefined && message !== undefined && !guarded && !/^'(?:[^'\\]|\\.)*'$/.test(message.getText())) builtMessages.push(`${file}: ${message.getText()}`);
    }
    const before = calls.assert + calls.must;
    node.forEachChild((child) => visit(child, inside || counted));
    if (counted && calls.assert + calls.must === before) bare.push(/\w+(?=[(<])/.exec(node.getText())?.[0] ?? '');
  };
  visit(tree, false);
  return { file, functions, asserts: calls.assert, musts: calls.must, bare, builtMessages };
}

function isCountedFunction(node: Node): boolean {
  const named = isFunctionDeclaration(node) || isMethodDeclaration(node) || isConstructorDeclaration(node) || isKept(node);
  if (!named) return false;
  const { body } = node;
  if (body === undefined || !isBlock(body)) return false;
  const statements = body.statements.filter((statement) => !isAssertion(statement));
  if (isConstructorDeclaration(node) && statements.every(isFieldCopy)) return false;
  return statements.length > 1;
}

function isAssertion(statement: Node): boolean {
  return isExpressionStatement(statement) && isCallExpression(statement.expression) && isIdentifier(statement.expression.expression) && NAMES.has(statement.expression.expression.text);
}

/** `this.field = …`. */
function isFieldCopy(statement: Node): boolean {
  return isExpressionStatement(statement) && isBinaryExpression(statement.expression) && /^this\.\w+$/.test(statement.expression.left.getText());
}

/** A function expression that a constant of the module holds. */
function isKept(node: Node): node is Node & { readonly body: Node } {
  if (!isArrowFunction(node) && !isFunctionExpression(node)) return false;
  return isVariableDeclaration(node.parent) && isSourceFile(node.parent.parent.parent.parent);
}

/** The table of docs/CORE.md: one row a folder of the core, one for the files beside them. */
export function assertionTable(counts: readonly Count[]): string {
  const rooms = new Map<string, { functions: number; asserts: number; musts: number }>();
  const whole = { functions: 0, asserts: 0, musts: 0 };
  for (const count of counts) {
    const parts = count.file.split('/');
    const name = parts.length === 3 ? 'files beside them' : `${parts[2] ?? ''}/`;
    const room = rooms.get(name) ?? { functions: 0, asserts: 0, musts: 0 };
    rooms.set(name, room);
    for (const sum of [room, whole]) {
      sum.functions += count.functions;
      sum.asserts += count.asserts;
      sum.musts += count.musts;
    }
  }
  const row = (name: string, { functions, asserts, musts }: typeof whole): string =>
    `| ${name} | ${functions} | ${asserts} | ${musts} | ${functions === 0 ? '–' : ((asserts + musts) / functions).toFixed(2)} |`;
  const names = [...rooms.keys()].sort((a, b) => Number(a.includes(' ')) - Number(b.includes(' ')) || (a < b ? -1 : 1));
  return [
    '| `src/core` | functions | `assert` | `must` | a function |', '|---|---:|---:|---:|---:|',
    ...names.map((name) => row(name, rooms.get(name) ?? whole)), row('**all**', whole),
  ].join('\n');
}

export function withAssertionTable(page: string, table: string): string {
  const pattern = /<!-- assertions -->[\s\S]*?<!-- \/assertions -->/;
  if (!pattern.test(page)) throw new Error('the page has no place for the table: <!-- assertions --> … <!-- /assertions -->');
  return page.replace(pattern, `<!-- assertions -->\n${table}\n<!-- /assertions -->`);
}
