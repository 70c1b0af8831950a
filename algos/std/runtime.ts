// Memory for the kit's few objects: a pointer that only moves on, set at the first use so that no start function is
// needed. Nothing is ever freed; an algo allocates in its constructor and never in a callback.
//
// Layout that the compiler expects: a block's size stands 4 bytes before what __alloc returns; an object's header is
// 20 bytes (block size, two words of a collector that isn't here, class id, size), then the 16-aligned payload.

let next: usize = 0;
const header: usize = 16;

@unsafe @global
export function __alloc(size: usize): usize {
  if (next == 0) next = (__heap_base + 31) & ~15;
  const at = next;
  const end = (at + size + 4 + 15) & ~15;
  const pages = <usize>memory.size() << 16;
  if (end < at) unreachable();
  if (end > pages && memory.grow(<i32>((end - pages + 0xffff) >> 16)) < 0) unreachable();
  store<usize>(at - 4, end - at - 4);
  next = end;
  return at;
}

@unsafe @global
export function __realloc(ptr: usize, size: usize): usize {
  const old = load<usize>(ptr - 4);
  if (size <= old) return ptr;
  const moved = __alloc(max<usize>(size, old << 1));
  memory.copy(moved, ptr, old);
  return moved;
}

@unsafe @global
export function __free(ptr: usize): void {}

@unsafe @global
export function __new(size: usize, id: u32): usize {
  const ptr = __alloc(size + header) + header;
  memory.fill(ptr - header, 0, size + header);
  store<u32>(ptr - 8, id);
  store<u32>(ptr - 4, <u32>size);
  return ptr;
}

@unsafe @global
export function __renew(oldPtr: usize, size: usize): usize {
  const old = load<u32>(oldPtr - 4);
  const ptr = __new(size, load<u32>(oldPtr - 8));
  memory.copy(ptr, oldPtr, min<usize>(old, size));
  return ptr;
}

@unsafe @global
export function __link(parent: usize, child: usize, expectMultiple: bool): void {}

@unsafe @global
export function __pin(ptr: usize): usize { return ptr; }

@unsafe @global
export function __unpin(ptr: usize): void {}

@unsafe @global
export function __collect(): void {}
