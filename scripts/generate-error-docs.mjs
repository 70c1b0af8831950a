/**
 * Writes docs/ERRORS.md from the registry in src/protocol/error-codes.ts. Build first.
 * `--check` writes nothing and fails when the file is not what it would write.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const page = join(root, 'docs', 'ERRORS.md');

/** The page as text. */
export function errorDocs(errorCodes, problemCodes) {
  const rows = Object.entries(errorCodes).map(
    ([code, { status, retryable, meaning }]) => `| \`${code}\` | ${status} | ${retryable ? 'yes' : 'no'} | ${meaning} |`,
  );
  const problems = Object.entries(problemCodes).map(([code, meaning]) => `| \`${code}\` | ${meaning} |`);
  return `# Errors

Made from \`src/protocol/error-codes.ts\` and \`src/protocol/document/problem-codes.ts\` by
\`node scripts/generate-error-docs.mjs\`; don't edit.

Every answer that is not 2xx is JSON:

\`\`\`json
{"error": {"code": "VALIDATION_ERROR", "message": "/nodes/0/side: expected one of \\"buy\\", \\"sell\\", got \\"hold\\"",
  "request_id": "…", "details": [{"field": "/nodes/0/side", "code": "UNKNOWN_VALUE", "message": "…"}]}}
\`\`\`

\`message\` carries the first reason. \`details\` lists every problem of the body with its JSON pointer, at most 100, then
\`"more": n\`. *Retry* says whether the same request may succeed later; nothing was accepted where it says yes.

| code | HTTP | retry | meaning |
|---|---|---|---|
${rows.join('\n')}

Inside a document a feature that this engine lacks is 422 with \`NOT_SUPPORTED\`; 501 is for whole routes. What happens
after a graph was accepted is seen in the graph (\`failure_reason\`, \`status_reason\`), with the risk codes above.

## Codes of single problems

| code | meaning |
|---|---|
${problems.join('\n')}
`;
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const { errorCodes } = await import(join(root, 'dist/src/protocol/error-codes.js'));
  const { problemCodes } = await import(join(root, 'dist/src/protocol/document/problem-codes.js'));
  const text = errorDocs(errorCodes, problemCodes);
  if (!process.argv.includes('--check')) writeFileSync(page, text);
  else if (readFileSync(page, 'utf8') !== text) {
    console.error('docs/ERRORS.md is stale: run node scripts/generate-error-docs.mjs');
    process.exit(1);
  }
}
