/** Order ids: `<graph_id>:<node_id>:<n>`, with or without the prefix `graph:`. */
export interface NodeOrderId {
  readonly graphId: string;
  readonly nodeId: string;
  /** As the engine writes it. */
  readonly id: string;
}

const PART = /^[A-Za-z0-9_.-]{1,64}$/;

/** Null when the text is not an order id. The graph id "graph" is refused at submission, so the prefix is certain. */
export function parseNodeOrderId(text: string): NodeOrderId | null {
  const bare = stripPrefix(text);
  const [graphId = '', nodeId = '', n = '', ...more] = bare.split(':');
  if (!PART.test(graphId) || !PART.test(nodeId) || !/^[1-9]\d{0,8}$/.test(n) || more.length > 0) return null;
  return { graphId, nodeId, id: bare };
}

export function stripPrefix(text: string): string {
  return text.startsWith('graph:') ? text.slice('graph:'.length) : text;
}

/** The graph part of a graph id or an order id. */
export function graphOf(text: string): string {
  return stripPrefix(text).split(':')[0] ?? '';
}
