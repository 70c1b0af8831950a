/** A parsed module: only what the checks and the meter need, with byte ranges into the source. */

export interface FuncType {
  readonly params: readonly number[];
  readonly results: readonly number[];
}

export interface Import {
  readonly module: string;
  readonly name: string;
  readonly kind: 'func' | 'table' | 'memory' | 'global';
  /** Type index of a function. */
  readonly typeIndex: number;
  readonly offset: number;
}

export interface Export {
  readonly name: string;
  readonly kind: 'func' | 'table' | 'memory' | 'global';
  readonly index: number;
}

export interface Table {
  readonly type: number;
  readonly min: number;
  readonly max: number | undefined;
}

export interface Memory {
  readonly minPages: number;
  readonly maxPages: number | undefined;
}

export interface Global {
  readonly type: number;
  readonly mutable: boolean;
  /** Value of an `i32.const` initialiser, as unsigned. */
  readonly i32: number | undefined;
}

export interface DataSegment {
  readonly active: boolean;
  /** Start address of an active segment, unsigned. */
  readonly address: number;
  readonly length: number;
  readonly offset: number;
}

export interface Range {
  readonly start: number;
  readonly end: number;
}

export interface WasmModule {
  readonly bytes: Uint8Array;
  readonly types: FuncType[];
  readonly imports: Import[];
  /** Type index of each function, imported ones first. */
  readonly functions: number[];
  importedFunctions: number;
  readonly tables: Table[];
  readonly memories: Memory[];
  readonly globals: Global[];
  readonly exports: Export[];
  startFunction: boolean;
  elementSegments: number;
  /** Announced by the DataCount section; undefined without one. */
  dataCount: number | undefined;
  readonly data: DataSegment[];
  /** Bodies without their length, one for each function that isn't imported. */
  readonly bodies: Range[];
  /** Contents of the standard sections by id. */
  readonly sections: Map<number, Range>;
}

export function emptyModule(bytes: Uint8Array): WasmModule {
  return {
    bytes, types: [], imports: [], functions: [], importedFunctions: 0, tables: [], memories: [], globals: [],
    exports: [], startFunction: false, elementSegments: 0, dataCount: undefined, data: [], bodies: [],
    sections: new Map(),
  };
}
