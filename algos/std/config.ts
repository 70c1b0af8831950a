// Live parameters, by their place in the deployment's config. Read them where you use them: they may change between
// callbacks; `sequence()` tells that they did.
import * as abi from "./layouts.generated";

export namespace config {
  export function sequence(): u16 {
    return load<u16>(abi.CONFIG_REGION_AT, abi.CONFIG_REGION_UPDATE_SEQ);
  }
  export function count(): i32 {
    return load<u8>(abi.CONFIG_REGION_AT, abi.CONFIG_REGION_PARAM_COUNT);
  }
  /** Integer parameter i, or the default when it was not given. Booleans are 0 and 1. */
  export function int(i: i32, otherwise: i64): i64 {
    if (i >= count()) return otherwise;
    const raw = load<i64>(abi.CONFIG_REGION_AT + abi.CONFIG_REGION_PARAMS + <usize>i * 8);
    const type = load<u8>(abi.CONFIG_REGION_AT + abi.CONFIG_REGION_TYPES + <usize>i);
    if (type == <u8>abi.PARAM_TYPE_BPS) return <i64>(<i32>raw);
    if (type == <u8>abi.PARAM_TYPE_FLOAT) return <i64>reinterpret<f64>(raw);
    return raw;
  }
  export function float(i: i32, otherwise: f64): f64 {
    if (i >= count()) return otherwise;
    const raw = load<i64>(abi.CONFIG_REGION_AT + abi.CONFIG_REGION_PARAMS + <usize>i * 8);
    const type = load<u8>(abi.CONFIG_REGION_AT + abi.CONFIG_REGION_TYPES + <usize>i);
    return type == <u8>abi.PARAM_TYPE_FLOAT ? reinterpret<f64>(raw) : <f64>raw;
  }
}
