/** Codes of single problems in `details`: stable words for programs; people read the message. */
export const problemCodes = {
  REQUIRED: 'A field is missing, or null where a value is needed.',
  TYPE: 'The value is of another JSON type.',
  RANGE: 'The number, text or list is outside its range.',
  UNKNOWN_FIELD: 'No such field here; the message names those there are.',
  UNKNOWN_VALUE: 'Not one of the words that the field takes.',
  BAD_ID: 'An id with characters or a length that ids can’t have, or a reserved one.',
  DUPLICATE: 'An id or member appears twice, or is the id of a slice.',
  UNKNOWN_SYMBOL: 'No such instrument.',
  UNKNOWN_VENUE: 'No such venue, or the instrument is not listed there.',
  UNKNOWN_NODE: 'No node of that id in the graph.',
  CYCLE: 'The edge closes a cycle.',
  OFF_TICK: 'The price is on no eligible venue’s tick.',
  OFF_LOT: 'The quantity is no multiple of the trade lot.',
  BELOW_MINIMUM: 'Less than the smallest order of every eligible venue.',
  CONTRADICTION: 'Two parts of the document say different things.',
  TOO_MANY: 'More than the limit of items or bytes.',
  NOT_SUPPORTED: 'Outside what this engine does.',
} as const;

export type ProblemCode = keyof typeof problemCodes;
