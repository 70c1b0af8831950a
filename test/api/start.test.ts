/**
 * `legwork start` as a newcomer meets it, on both topologies: what the banner prints works at once, Ctrl-C reports
 * what is open and ends with 0.
 */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { test } from 'node:test';

interface Curl {
  readonly url: string;
  readonly headers: Record<string, string>;
  readonly body: string | undefined;
}

/** Only what the banner uses: curl -s URL -H 'NAME: VALUE' … -d 'BODY'. */
function parseCurl(line: string): Curl {
  const headers = [...line.matchAll(/-H '([^:']+): ([^']+)'/g)].map(([, name, value]) => [String(name), String(value)] as const);
  return { url: String(/curl -s (\S+)/.exec(line)?.[1]), headers: Object.fromEntries(headers), body: /-d '([^']+)'/.exec(line)?.[1] };
}

async function send({ url, headers, body }: Curl): Promise<{ readonly status: number; readonly text: string }> {
  const answer = await fetch(url, { headers, ...(body === undefined ? {} : { method: 'POST', body }) });
  return { status: answer.status, text: await answer.text() };
}

test('start: a class of durability without a journal is refused, with the way out', () => {
  // Why this test? Without --data it was taken and nothing was kept.
  const { status, stderr } = spawnSync(process.execPath, ['dist/src/cli/legwork.js', 'start', '--port', '0', '--durability', 'power'], { encoding: 'utf8', timeout: 60_000 });
  assert.equal(status, 1);
  assert.match(stderr, /--durability power .* --data DIR/);
});

for (const topology of ['fused', 'threads']) {
  test(`start (${topology}): the banner's lines work at once; Ctrl-C reports open work, exit code 0`, async () => {
    const child = spawn(process.execPath, ['dist/src/cli/legwork.js', 'start', '--port', '0', '--topology', topology], { stdio: ['ignore', 'pipe', 'inherit'] });
    const ended = once(child, 'close');
    try {
      let out = '';
      const banner = new Promise<void>((resolve, reject) => {
        child.stdout.on('data', (chunk) => {
          out += String(chunk);
          if (/^reference: .*\n/m.test(out)) resolve();
        });
        void ended.then(([code]) => reject(new Error(`ended with ${code}: ${out}`)));
      });
      await banner;
      assert.match(out, /simulated from recordings .*USDT is taken as USD/);
      const [quote, order, positions] = [...out.matchAll(/^ {2}curl .*$/gm)].map(([line]) => parseCurl(line));
      assert.ok(quote !== undefined && order !== undefined && positions !== undefined);
      const made = await send(order);
      assert.equal(made.status, 201, made.text);
      assert.match((await send(quote)).text, /"source":"edge_nbbo"/);
      assert.match((await send(positions)).text, /"symbol":"ETH"/);
      const resting = await send({ ...order, body: '{"symbol":"BTC-USD","side":"buy","qty":0.1,"price":50000,"graph_id":"left-open"}' });
      assert.equal(resting.status, 201, resting.text);
      // npm hands on what the terminal has sent already: the engine hears it twice.
      child.kill('SIGINT');
      child.kill('SIGINT');
      const [code] = await ended;
      assert.equal(code, 0);
      assert.match(out, /SIGINT: stopping\nopen work: \d graphs\n[^]*^ {2}left-open active, /m);
    } finally {
      child.kill('SIGKILL');
    }
  });
}

for (const topology of ['fused', 'threads']) {
  test(`start (${topology}) on a port in use: said, and the process ends`, async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const child = spawn(process.execPath, ['dist/src/cli/legwork.js', 'start', '--port', String(port), '--topology', topology], { stdio: ['ignore', 'pipe', 'pipe'] });
    const watchdog = setTimeout(() => child.kill('SIGKILL'), 60_000);
    let said = '';
    child.stderr.on('data', (chunk) => {
      said += String(chunk);
    });
    const [code] = await once(child, 'close');
    clearTimeout(watchdog);
    server.close();
    assert.equal(code, 1, 'ends by itself');
    assert.match(said, /cannot listen on 127\.0\.0\.1:\d+; is another engine running there\? Choose --port/);
  });
}

test('npm start and npm run demo end with the exit code of what they run, also after Ctrl-C', () => {
  // Why this test? The terminal sends its SIGINT to npm's shell too; one that still waits dies of it, and npm with it.
  const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> };
  for (const name of ['start', 'demo']) assert.match(scripts[name] ?? '', /^exec node [^&;|]*$/);
});
