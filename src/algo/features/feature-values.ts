import * as abi from '../abi/layouts.generated.js';
import type { GuestMemory, TimeBase } from '../host/guest-memory.js';

/** The online features of one book in the ABI's units (OnlineFeatures); 0 = not known yet. */
export interface FeatureValues {
  microprice1e9: number;
  ofi1Level1e8: number;
  ofi5Level1e8: number;
  mlofi10_1e8: number;
  ofiEwma1e6: number;
  tradeSignImbalance1e6: number;
  tradeArrivalRate1e3: number;
  vpin1e4: number;
  vpinValid: boolean;
  /** 0 tight, 1 normal, 2 wide, 3 crisis. */
  spreadRegime: number;
  spreadZscore1e3: number;
  cancelRate1e4: number;
  depthImbalance1e4: number;
  rv1mBps: number;
  rv5mBps: number;
  rv1hBps: number;
  /** Engine time of the last change. */
  tsNs: number;
}

export function zeroFeatures(): FeatureValues {
  return {
    microprice1e9: 0, ofi1Level1e8: 0, ofi5Level1e8: 0, mlofi10_1e8: 0, ofiEwma1e6: 0, tradeSignImbalance1e6: 0,
    tradeArrivalRate1e3: 0, vpin1e4: 0, vpinValid: false, spreadRegime: 0, spreadZscore1e3: 0, cancelRate1e4: 0,
    depthImbalance1e4: 0, rv1mBps: 0, rv5mBps: 0, rv1hBps: 0, tsNs: 0,
  };
}

const NO_PREDICTION_MS = 65_535;

/** What never changes: version, and the age of the prediction that we don't make. */
export function initFeatures(memory: GuestMemory): void {
  memory.set16(abi.ONLINE_FEATURES_AT + abi.ONLINE_FEATURES_VERSION, 1);
  memory.set16(abi.ONLINE_FEATURES_AT + abi.ONLINE_FEATURES_PREDICTION_AGE_MS, NO_PREDICTION_MS);
}

export function writeFeatures(memory: GuestMemory, values: FeatureValues, base: TimeBase): void {
  const at = abi.ONLINE_FEATURES_AT;
  memory.set16(at + abi.ONLINE_FEATURES_FLAGS, values.vpinValid ? 1 : 0);
  memory.set64(at + abi.ONLINE_FEATURES_MICROPRICE_1E9, values.microprice1e9);
  memory.set64(at + abi.ONLINE_FEATURES_OFI_1LEVEL_1E8, values.ofi1Level1e8);
  memory.set64(at + abi.ONLINE_FEATURES_OFI_5LEVEL_1E8, values.ofi5Level1e8);
  memory.set64(at + abi.ONLINE_FEATURES_MLOFI_10_1E8, values.mlofi10_1e8);
  memory.set64(at + abi.ONLINE_FEATURES_OFI_EWMA_1E6, values.ofiEwma1e6);
  memory.set64(at + abi.ONLINE_FEATURES_TRADE_SIGN_IMBALANCE_1E6, values.tradeSignImbalance1e6);
  memory.set32(at + abi.ONLINE_FEATURES_TRADE_ARRIVAL_RATE_1E3, values.tradeArrivalRate1e3);
  memory.set16(at + abi.ONLINE_FEATURES_VPIN_1E4, values.vpin1e4);
  memory.set8(at + abi.ONLINE_FEATURES_SPREAD_REGIME, values.spreadRegime);
  memory.set16(at + abi.ONLINE_FEATURES_SPREAD_ZSCORE_1E3, values.spreadZscore1e3);
  memory.set16(at + abi.ONLINE_FEATURES_CANCEL_RATE_1E4, values.cancelRate1e4);
  memory.set16(at + abi.ONLINE_FEATURES_DEPTH_IMBALANCE_1E4, values.depthImbalance1e4);
  memory.set32(at + abi.ONLINE_FEATURES_RV_1M_BPS, values.rv1mBps);
  memory.set32(at + abi.ONLINE_FEATURES_RV_5M_BPS, values.rv5mBps);
  memory.set32(at + abi.ONLINE_FEATURES_RV_1H_BPS, values.rv1hBps);
  memory.setTime(at + abi.ONLINE_FEATURES_FEATURE_TS_NS, base, values.tsNs);
}
