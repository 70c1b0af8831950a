/**
 * LMAX Disruptor 4 (busy spin) and our ring, one hop, by turns on the same machine. Needs Java and Maven; says so and
 * ends well where they aren't. `node bench/compare/disruptor.mjs [turns]`
 *
 * Turns are short: where two spinning threads get no two cores, each hop that loses its core costs a time slice.
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const ROUNDS = 15;
const HOPS = 2_000;
const TURN_MS = 120_000;
const folder = fileURLToPath(new URL('disruptor', import.meta.url));
const has = (program) => spawnSync(program, ['-version'], { stdio: 'ignore' }).status === 0;
if (!has('java') || !has('mvn')) {
  console.log('compare: java and mvn are needed (a JDK of 11 or later, Maven 3): nothing measured');
  process.exit(0);
}
const built = spawnSync('mvn', ['-q', '-o', 'package'], { cwd: folder, stdio: 'ignore' }).status === 0 ||
  spawnSync('mvn', ['-q', 'package'], { cwd: folder, stdio: 'inherit' }).status === 0;
if (!built) {
  console.log('compare: Maven could not build bench/compare/disruptor (no way to its repository?): nothing measured');
  process.exit(0);
}
const { ringHopRow } = await import(new URL('../../dist/bench/micro/ring-hop.js', import.meta.url).href);
const middle = (values) => [...values].sort((a, b) => a - b)[values.length >> 1];
const ours = { p50: [], p99: [] };
const theirs = { p50: [], p99: [] };
for (let turn = 0; turn < Number(process.argv[2] ?? 5); turn++) {
  const run = spawnSync('java', ['-cp', 'target/classes:target/dependency/*', 'Hop', String(ROUNDS), String(HOPS)], {
    cwd: folder, encoding: 'utf8', timeout: TURN_MS,
  });
  if (run.status !== 0) throw new Error(`the Disruptor's turn ended with ${run.status ?? run.signal}: ${run.stderr}`);
  const [p50, p99] = run.stdout.trim().split(' ').map(Number);
  theirs.p50.push(p50);
  theirs.p99.push(p99);
  const row = await ringHopRow(ROUNDS, HOPS);
  ours.p50.push(row.value.p50);
  ours.p99.push(row.value.p99);
}
for (const key of ['p50', 'p99']) {
  const [us, them] = [middle(ours[key]), middle(theirs[key])];
  console.log(`hop ${key}: ours ${us.toFixed(0)} ns, Disruptor ${them.toFixed(0)} ns: ${(us / them).toFixed(2)} times it`);
}
