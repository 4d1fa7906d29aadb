// After an edit, Step goes on from where the run stood, if nothing before that place was changed.

/** The step to go on from in the new text: `step` if every line above the next one is as it was, else 0. */
export function resumeStep(before: string, after: string, step: number, nextLine: number): number {
  const old = before.trimEnd().split('\n');
  const done = nextLine === 0 ? old : old.slice(0, nextLine - 1);
  const fresh = after.split('\n');
  return done.every((line, index) => line === fresh[index]) ? step : 0;
}
