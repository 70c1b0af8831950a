// Log lines without allocation: text goes into one static buffer, numbers are written digit by digit.
@external("env", "host_log_impl")
declare function host_log_impl(level: i32, ptr: usize, length: i32): void;

const room: i32 = 512;
const buffer: usize = memory.data(512);
let length: i32 = 0;

/** `log.text("filled ").int(qty).info()`; what doesn't fit into 512 bytes is cut. */
export class LogLine {
  text(value: string): LogLine {
    const units = value.length;
    for (let i = 0; i < units && length < room; i++) {
      const unit = load<u16>(changetype<usize>(value) + (<usize>i << 1));
      store<u8>(buffer + <usize>length++, unit < 128 ? <u8>unit : 63);
    }
    return this;
  }
  int(value: i64): LogLine {
    let rest: u64 = value < 0 ? <u64>(-value) : <u64>value;
    let digits = 1;
    for (let x = rest; x >= 10; x /= 10) digits++;
    if (length + digits + 1 > room) return this;
    if (value < 0) store<u8>(buffer + <usize>length++, 45);
    for (let i = digits - 1; i >= 0; i--, rest /= 10) store<u8>(buffer + <usize>(length + i), <u8>(48 + rest % 10));
    length += digits;
    return this;
  }
  debug(): void { this.send(1); }
  info(): void { this.send(2); }
  warn(): void { this.send(3); }
  error(): void { this.send(4); }
  private send(level: i32): void {
    host_log_impl(level, buffer, length);
    length = 0;
  }
}

let line: LogLine | null = null;
/** Begins a line. */
export function log(text: string): LogLine {
  let it = line;
  if (it == null) {
    it = new LogLine();
    line = it;
  }
  length = 0;
  return it.text(text);
}
