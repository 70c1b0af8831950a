/** `node dist/test/race/main.js [--long] [name part …]`: the races with their tables. Long: 10^8 messages, 10^7 reads. */
import { judge } from './outcomes.js';
import { races } from './races.js';

const long = process.argv.includes('--long');
const wanted = process.argv.slice(2).filter((arg) => !arg.startsWith('--'));
for (const race of races) {
  if (wanted.length > 0 && !wanted.some((part) => race.name.includes(part))) continue;
  const started = performance.now();
  const observed = await race.run(long ? race.long : race.short);
  console.log(`${judge(race, observed)}\n     ${((performance.now() - started) / 1000).toFixed(1)} s\n`);
}
