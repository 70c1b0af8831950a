/**
 * Exact conversion between decimal text and integers at a power-of-ten scale. Never through a float:
 * `0.1 * 1e8` is right by luck, `16384.29 * 1e9` is not.
 */
const DECIMAL = /^(-?)(\d{1,24})(?:\.(\d{1,24}))?(?:[eE]([+-]?\d{1,2}))?$/;

/** What text can't be: not a decimal number at all. Finer than the scale is `inexact`. */
export type DecimalProblem = 'malformed' | 'inexact';

/**
 * The text times 10^scale as an exact integer.
 * @param scale digits after the point that the integer keeps, 0..18
 */
export function decimalToBigInt(text: string, scale: number): bigint | DecimalProblem {
  const parts = DECIMAL.exec(text);
  if (parts === null) return 'malformed';
  const fraction = parts[3] ?? '';
  const exponent = Number(parts[4] ?? '0') + scale - fraction.length;
  const digits = BigInt((parts[2] ?? '') + fraction);
  const sign = parts[1] === '-' ? -1n : 1n;
  if (exponent >= 0) return exponent > 40 ? 'malformed' : sign * digits * 10n ** BigInt(exponent);
  const divisor = 10n ** BigInt(Math.min(-exponent, 60));
  return digits % divisor === 0n ? (sign * digits) / divisor : 'inexact';
}

/** An integer at a scale as plain decimal text without trailing zeros: (150000000n, 8) is "1.5". */
export function bigIntToDecimal(value: bigint, scale: number): string {
  const negative = value < 0n;
  const digits = (negative ? -value : value).toString().padStart(scale + 1, '0');
  const whole = digits.slice(0, digits.length - scale);
  const fraction = scale === 0 ? '' : digits.slice(-scale).replace(/0+$/, '');
  return `${negative ? '-' : ''}${whole}${fraction === '' ? '' : `.${fraction}`}`;
}
