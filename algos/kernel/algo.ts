// kernel: no algo but a load for measuring the meter: a 32 x 32 matrix product in f64 and a sieve of 4,096 bytes.
import { Algo } from "../std/algo";
import { Book, State } from "../std/views";

const N: i32 = 32;
const a: usize = memory.data(8192, 8);
const b: usize = memory.data(8192, 8);
const c: usize = memory.data(8192, 8);
const sieve: usize = memory.data(4096);

export class Kernel extends Algo {
  primes: i32 = 0;

  onBook(book: Book, state: State): void {
    const seed = <f64>book.bid(0).px;
    for (let i = 0; i < N * N; i++) {
      store<f64>(a + (<usize>i << 3), seed + <f64>i);
      store<f64>(b + (<usize>i << 3), seed - <f64>i);
    }
    for (let i = 0; i < N; i++) {
      for (let j = 0; j < N; j++) {
        let sum: f64 = 0;
        for (let k = 0; k < N; k++) sum += load<f64>(a + (<usize>(i * N + k) << 3)) * load<f64>(b + (<usize>(k * N + j) << 3));
        store<f64>(c + (<usize>(i * N + j) << 3), sum);
      }
    }
    memory.fill(sieve, 0, 4096);
    let found = 0;
    for (let i = 2; i < 4096; i++) {
      if (load<u8>(sieve + <usize>i) != 0) continue;
      found++;
      for (let j = i + i; j < 4096; j += i) store<u8>(sieve + <usize>j, 1);
    }
    this.primes = found;
    store<f64>(c, load<f64>(c) + <f64>found);
  }
}

export function create(): Algo {
  return new Kernel();
}
