/**
 * The list with the item added. For lists that mostly stay at one: engines make room for 17 when something is pushed
 * onto an empty array, and a core keeps many lists for long.
 */
export function added<T>(list: T[], item: T): T[] {
  if (list.length === 0) return [item];
  list.push(item);
  return list;
}
