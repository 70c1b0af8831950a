/** How a shared structure describes itself for docs/MEMORY.md. */

/** `publish`: ordered stores and loads. `plain`: handed over by a published word. `owner`: never read by others. */
export type WordOrder = 'publish' | 'plain' | 'owner' | 'constant';

export interface LayoutField {
  /** First byte from the structure's start, or a formula where it depends on a size. */
  readonly at: number | string;
  readonly bytes: number | string;
  readonly name: string;
  readonly order: WordOrder;
  readonly note: string;
}

export interface LayoutDescription {
  readonly name: string;
  readonly file: string;
  readonly purpose: string;
  readonly writer: string;
  readonly reader: string;
  readonly size: string;
  /** Full, lapped, dead: what happens. */
  readonly limits: string;
  readonly fields: readonly LayoutField[];
}
