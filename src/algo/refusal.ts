/**
 * Why a module was refused: one code a rule, so that the answer at upload names the rule that was broken.
 */
export const refusalCodes = {
  TOO_LARGE: 'the module is larger than the limit',
  MALFORMED: 'the bytes are not a well-formed WebAssembly module',
  LIMIT: 'a count or size inside the module is above its limit',
  FEATURE: 'the module uses a WebAssembly feature that is not allowed',
  IMPORT: 'the module imports something that the host does not offer',
  IMPORT_TYPE: 'an import has another type than the ABI gives it',
  EXPORT_MISSING: 'an export that the ABI requires is missing',
  EXPORT_TYPE: 'an export has another kind or type than the ABI gives it',
  MEMORY: 'the memory is missing, imported, shared, too large or declared twice',
  TABLE: 'a table is imported, too large or of a type that is not allowed',
  START: 'the module has a start function',
  LOW_DATA: 'data, __data_end or __heap_base lie where the host writes its tables',
  INDEX: 'an index points outside its space',
  COMPILE: 'the engine refused to compile the module',
  INSTANTIATE: 'the module failed while it was instantiated',
  ALLOC: 'algo_alloc gave no usable block',
  PROBE_TIME: 'compiling or instantiating took too long',
  PROBE_MEMORY: 'compiling or instantiating took too much memory',
  PROBE_CRASH: 'the process that compiled the module died',
  ABI: 'the deployment names an abi version that is unknown or does not fit the module',
} as const;

export type RefusalCode = keyof typeof refusalCodes;

/** A refusal as a value: the code, what was expected and what came, and where in the module. */
export interface Refusal {
  readonly code: RefusalCode;
  readonly message: string;
  /** Byte offset in the uploaded module, where one is known. */
  readonly offset?: number;
}

/** Carries a refusal out of the parser's depth; never leaves `admission/`. */
export class RefusalError extends Error {
  override readonly name = 'RefusalError';
  readonly code: RefusalCode;
  readonly offset: number | undefined;

  constructor(code: RefusalCode, message: string, offset?: number) {
    super(message);
    this.code = code;
    this.offset = offset;
  }

  toRefusal(): Refusal {
    const { code, message, offset } = this;
    return offset === undefined ? { code, message } : { code, message, offset };
  }
}

export function refuse(code: RefusalCode, message: string, offset?: number): never {
  throw new RefusalError(code, message, offset);
}
