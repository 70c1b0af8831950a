/**
 * Run by the gate in a process of its own: measures the cases named (all without names) by turns and prints them as JSON.
 * `node dist/bench/gate-measure.js REPEATS PLANT [name …]`
 */
import { gateCases, type Plant } from './gate-cases.js';

const [, , repeats = '10', plant = 'none', ...names] = process.argv;
const wanted = names.length > 0 ? names : Object.keys(gateCases);
const cases = wanted.map((name) => {
  const make = gateCases[name];
  if (make === undefined) throw new Error(`the gate has no case "${name}"`);
  return make(plant as Plant, 1); // checked by the gate
});
const values: Record<string, number[]> = {};
const units: Record<string, string> = {};
for (const { name, unit } of cases) {
  values[name] = [];
  units[name] = unit;
}
// The first round meets code that another case has just taught something new: it is not counted.
for (let i = -1; i < Number(repeats); i++) {
  for (const { name, measure } of cases) {
    const value = Number(measure().toPrecision(4));
    if (i >= 0) values[name]?.push(value);
  }
}
process.stdout.write(JSON.stringify({ values, units }));
