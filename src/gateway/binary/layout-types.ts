/** What the verifier must know of a table's field. */
export interface FieldLayout {
  readonly name: string;
  readonly kind: 'scalar' | 'bool' | 'struct' | 'string' | 'bytes' | 'strings' | 'table';
  /** Inline bytes and their alignment. */
  readonly size: number;
  readonly align: number;
  /** Name of the table or struct; "" for the others. */
  readonly type: string;
  readonly required: boolean;
}
