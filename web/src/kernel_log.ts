// The kernel's log, of a failed request or all of it, as the kernel would have printed it. What prints it comes with what replays
// captures: that engine goes to the same step of the same script, in slices beside the page's own work.

import { startCaptureEngine } from './engine.ts';
import type { LogEngine } from './engine_faces.ts';
import type { Scheduler } from './scheduler.ts';

type Start = (onAbort: (reason: string) => void) => Promise<LogEngine>;

/** Null where it is no longer wanted. Fails where the engine cannot be fetched, or dies. */
export async function readKernelLog(
  script: string,
  step: number,
  scheduler: Pick<Scheduler, 'startWork'>,
  isWanted: () => boolean,
  part: 'last command' | 'all' = 'last command',
  start: Start = startCaptureEngine,
): Promise<string | null> {
  const engine = await started(start);
  engine.beginLog(script, step);
  return new Promise((resolve, reject) => {
    const work = (budget: number): boolean => {
      try {
        return isWanted() && engine.workOnLog(budget);
      } catch (error) {
        reject(error);
        return false;
      }
    };
    const finish = () => resolve(isWanted() ? (part === 'all' ? engine.wholeLog() : engine.logText()) : null);
    scheduler.startWork({ work, worked: (isOver) => isOver && finish() });
  });
}

/** Fails too where the engine dies before it is there. */
function started(start: Start): Promise<LogEngine> {
  return new Promise((resolve, reject) => start((reason) => reject(new Error(reason))).then(resolve, reject));
}
