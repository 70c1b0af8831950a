import { join } from 'node:path';
import type { AdmittedModule } from '../../algo/admission/admit.js';
import type { AccountId } from '../../protocol/universe.js';
import { builtInAlgo } from '../built-in-algos.js';
import { DeploymentStore } from '../deployment-store.js';

/** Built-ins by name, and what accounts uploaded to an engine with a data directory by hash: its owners' only. */
export function modulesOnDisk(dataDir: string | null): (name: string, accountId: AccountId) => AdmittedModule | undefined {
  return (name, accountId) => {
    const builtIn = builtInAlgo(name);
    if (builtIn !== undefined || dataDir === null) return builtIn;
    const store = new DeploymentStore(join(dataDir, 'deployments'));
    const module = store.read().owners[name]?.includes(accountId) === true ? store.module(name) : undefined;
    return typeof module === 'string' ? undefined : module;
  };
}
