/** The stations of a tick and of a command on their way to order bytes. */

/** In order. A trace holds one stamp each, 0 = not passed. */
export const stages = [
  'frame_in',
  'book_published',
  'sampled',
  'decided',
  'order_bytes_out',
  'gateway_in',
  'accepted',
  'venue_ack',
] as const;
export type Stage = (typeof stages)[number];

/** Index of a stage in a trace. */
export function stageIndex(stage: Stage): number {
  return stages.indexOf(stage);
}

/** What is measured, each a histogram. */
export interface LatencySpan {
  readonly name: string;
  readonly from: Stage;
  readonly to: Stage;
}

export const spans: readonly LatencySpan[] = [
  { name: 'frame_to_book', from: 'frame_in', to: 'book_published' },
  { name: 'book_to_sample', from: 'book_published', to: 'sampled' },
  { name: 'sample_to_decision', from: 'sampled', to: 'decided' },
  { name: 'decision_to_order', from: 'decided', to: 'order_bytes_out' },
  { name: 'tick_to_order', from: 'frame_in', to: 'order_bytes_out' },
  { name: 'gateway_to_accepted', from: 'gateway_in', to: 'accepted' },
  { name: 'gateway_to_order', from: 'gateway_in', to: 'order_bytes_out' },
  { name: 'order_to_ack', from: 'order_bytes_out', to: 'venue_ack' },
];
