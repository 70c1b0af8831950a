import { orderCell, type OrderCell } from '../guest/cells.js';
import type { AlgoInstance } from './instance.js';

/** What became of an order, to its instance: fills of orders that it doesn't know (ref 0) move its position. */
export function orderNews(instance: AlgoInstance, cell: OrderCell): void {
  const { symbol, ref, tNs } = cell;
  switch (cell.kind) {
    case orderCell.acked: return instance.orderAcked(symbol, ref);
    case orderCell.filled: return instance.orderFilled(symbol, ref, cell.priceTicks, cell.lots, cell.side, tNs);
    case orderCell.rejected: return instance.orderRejected(symbol, ref, cell.code, tNs);
    case orderCell.amendRejected: return instance.amendRejected(symbol, ref, cell.code, tNs);
    case orderCell.amended: return instance.orderAmended(symbol, ref, cell.priceTicks, cell.lots);
    default: return instance.orderDone(symbol, ref);
  }
}
