/** One backtest on a thread of the pool. Recordings are read once a thread. */
import type { MessagePort } from 'node:worker_threads';
import type { AdmittedModule } from '../../algo/admission/admit.js';
import type { ConfigParam } from '../../algo/host/regions.js';
import { reportJson, reportSvg, reportText } from '../../algo/report/render-report.js';
import { int32View, type Region } from '../../memory/region.js';
import { observeInt32 } from '../../memory/words.js';
import { loadRecordings, simulatedUniverse } from '../simulated-venues.js';
import { runAlgoBacktest, type BacktestResult } from './algo-backtest.js';
import { runGraphBacktest } from './graph-backtest.js';

interface Common {
  readonly name: string;
  readonly seed: number;
  readonly seconds: number;
  /** Of the thread's time, ms: others wait for it. */
  readonly wallMs: number;
  /** Shares done, 0..1. */
  readonly progress: MessagePort;
  /** Its first word is 1 once it is to stop. */
  readonly cancel: Region;
}

export type BacktestJob = Common & (
  | {
      readonly kind: 'module';
      readonly module: AdmittedModule;
      readonly symbol: string;
      readonly instances: readonly { readonly label: string; readonly venue: string }[];
      readonly config: readonly ConfigParam[];
    }
  | { readonly kind: 'graph'; readonly document: string }
);

/** The three renderings, so that nothing large is made on the thread that answers. */
export interface BacktestOutput {
  readonly cancelled: boolean;
  readonly json: string;
  readonly text: string;
  readonly svg: string;
  readonly logs: readonly string[];
}

export const CANCEL_WORD = 0;

/** @throws RangeError whose message is for the caller */
export async function runBacktest(job: BacktestJob): Promise<BacktestOutput> {
  const cancel = int32View(job.cancel);
  const until = performance.now() + job.wallMs;
  const isLate = (): boolean => performance.now() > until;
  const progress = (share: number): boolean => {
    job.progress.postMessage(share);
    return observeInt32(cancel, CANCEL_WORD) === 0 && !isLate();
  };
  try {
    const { report, cancelled, logs } = await run(job, progress);
    if (cancelled && isLate()) throw new RangeError(`a backtest may take ${job.wallMs / 1_000} s of the pool's time: ask for fewer seconds`);
    return { cancelled, json: reportJson(report), text: reportText(report), svg: reportSvg(report), logs };
  } finally {
    job.progress.close();
  }
}

function run(job: BacktestJob, progress: (share: number) => boolean): BacktestResult | Promise<BacktestResult> {
  const { name, seed, seconds } = job;
  if (job.kind === 'graph') return runGraphBacktest({ name, document: job.document, seed, seconds, progress });
  const { module, symbol, instances, config } = job;
  return runAlgoBacktest({
    name, module, universe: simulatedUniverse, tapes: loadRecordings(), symbol, instances, config, seed, seconds, progress,
  });
}
