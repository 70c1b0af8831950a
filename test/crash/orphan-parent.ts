/** Starts venues and an engine as the campaign does, says their process ids, and waits to be killed. */
import { must } from '../../src/base/assert.js';
import { startVenues } from './campaign.js';
import { EngineLife } from './engine-client.js';

const folder = must(process.argv[2], 'a folder');
const venues = await startVenues(folder, 1);
const life = new EngineLife(`${folder}/data`, `${folder}/venue.sock`, () => undefined);
await life.ready;
process.stdout.write(`${venues.pid} ${life.child.pid}\n`);
