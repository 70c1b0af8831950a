// Messages between the labelled instances of one deployment: at most 256 bytes, no answer, first in first out.
import * as abi from "./layouts.generated";

@external("env", "__seq_send")
declare function __seq_send(meshId: u64, ptr: usize, length: i32): void;

const buffer: usize = memory.data(256, 8);

export namespace mesh {
  export function peerCount(): i32 {
    return load<u8>(abi.MESH_TABLE_AT, abi.MESH_TABLE_PEER_COUNT);
  }
  export function selfId(): u64 {
    return load<u64>(abi.MESH_TABLE_AT, abi.MESH_TABLE_SELF_MESH_ID);
  }
  export function peerId(i: i32): u64 {
    return load<u64>(abi.MESH_TABLE_AT + abi.MESH_TABLE_PEERS + <usize>i * abi.MESH_PEER_ENTRY_SIZE, abi.MESH_PEER_ENTRY_MESH_ID);
  }
  function labelIs(at: usize, label: string): bool {
    for (let i = 0; i < abi.MAX_LABEL_LEN; i++) {
      const expected: u8 = i < label.length ? <u8>label.charCodeAt(i) : 0;
      if (load<u8>(at + <usize>i) != expected) return false;
    }
    return true;
  }
  /** Am I the instance of this (ASCII) label? */
  export function isSelf(label: string): bool {
    return labelIs(abi.MESH_TABLE_AT, label);
  }
  /** The peer's id, 0 if there is none of this label. */
  export function find(label: string): u64 {
    for (let i = 0, n = peerCount(); i < n; i++) {
      const at = <usize>(abi.MESH_TABLE_AT + abi.MESH_TABLE_PEERS + i * abi.MESH_PEER_ENTRY_SIZE);
      if (labelIs(at, label)) return load<u64>(at, abi.MESH_PEER_ENTRY_MESH_ID);
    }
    return 0;
  }
  /** Where to write a message before `send`: 256 bytes. */
  export function out(): usize {
    return buffer;
  }
  export function send(to: u64, bytes: i32): void {
    __seq_send(to, buffer, bytes);
  }
}
