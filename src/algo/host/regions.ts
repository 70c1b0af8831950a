import * as abi from '../abi/layouts.generated.js';
import type { GuestMemory, TimeBase } from './guest-memory.js';
import { writeText } from './state-writer.js';

/** A live parameter of a deployment: at most 32, by place. Floats are JavaScript numbers; ints are safe integers. */
export type ConfigParam =
  | { readonly type: 'int' | 'bps'; readonly value: number }
  | { readonly type: 'float'; readonly value: number }
  | { readonly type: 'bool'; readonly value: boolean };

const tags = { int: abi.PARAM_TYPE_INT, float: abi.PARAM_TYPE_FLOAT, bool: abi.PARAM_TYPE_BOOL, bps: abi.PARAM_TYPE_BPS };
const float = new Float64Array(1);
const floatWords = new Uint32Array(float.buffer);

/**
 * Writes the config region between callbacks: the values first, then `update_seq`.
 * @param sequence rises with each change; wraps at 65,536
 */
export function writeConfig(
  memory: GuestMemory,
  params: readonly ConfigParam[],
  sequence: number,
  base: TimeBase,
  tNs: number,
): void {
  const at = abi.CONFIG_REGION_AT;
  memory.set8(at + abi.CONFIG_REGION_VERSION, 1);
  memory.setTime(at + abi.CONFIG_REGION_UPDATE_NS, base, tNs);
  params.slice(0, abi.MAX_CONFIG_PARAMS).forEach((param, i) => {
    const slot = at + abi.CONFIG_REGION_PARAMS + i * abi.CONFIG_REGION_PARAMS_STRIDE;
    memory.set8(at + abi.CONFIG_REGION_TYPES + i, tags[param.type]);
    if (param.type === 'float') {
      float[0] = param.value;
      memory.set32(slot, floatWords[0] ?? 0);
      memory.set32(slot + 4, floatWords[1] ?? 0);
    } else if (param.type === 'bps') memory.set64(slot, param.value >>> 0);
    else memory.set64(slot, Number(param.value));
  });
  memory.set8(at + abi.CONFIG_REGION_PARAM_COUNT, Math.min(params.length, abi.MAX_CONFIG_PARAMS));
  memory.set16(at + abi.CONFIG_REGION_UPDATE_SEQ, sequence & 0xffff);
}

export interface MeshMember {
  readonly label: string;
  /** From 1 on; unique in the deployment. */
  readonly id: number;
}

/** Writes the mesh table; `peers` without the instance itself, at most 16. */
export function writeMeshTable(memory: GuestMemory, self: MeshMember, peers: readonly MeshMember[]): void {
  const at = abi.MESH_TABLE_AT;
  writeText(memory, at + abi.MESH_TABLE_SELF_LABEL, abi.MAX_LABEL_LEN, self.label);
  memory.set64(at + abi.MESH_TABLE_SELF_MESH_ID, self.id);
  const count = Math.min(peers.length, abi.MAX_MESH_PEERS);
  peers.slice(0, count).forEach((peer, i) => {
    const entry = at + abi.MESH_TABLE_PEERS + i * abi.MESH_PEER_ENTRY_SIZE;
    writeText(memory, entry + abi.MESH_PEER_ENTRY_LABEL, abi.MAX_LABEL_LEN, peer.label);
    memory.set64(entry + abi.MESH_PEER_ENTRY_MESH_ID, peer.id);
  });
  memory.set8(at + abi.MESH_TABLE_PEER_COUNT, count);
}

/** The same ids in AlgoState. */
export function writeMeshState(memory: GuestMemory, state: number, self: MeshMember, peers: readonly MeshMember[]): void {
  memory.set64(state + abi.ALGO_STATE_MESH_ID, self.id);
  const count = Math.min(peers.length, abi.MAX_MESH_PEERS);
  memory.set8(state + abi.ALGO_STATE_MESH_PEER_COUNT, count);
  for (let i = 0; i < count; i++) memory.set64(state + abi.ALGO_STATE_MESH_PEERS + 8 * i, peers[i]?.id ?? 0);
}
