// `watch COMMAND`: its command line, read as procps 4 reads it, and what differs between two of its outputs.
//
// Options end where the command begins. Of them -n, -d and -t are there; for the others there is nothing to do on a page,
// and they are refused.

export interface Watch {
  command: string;
  seconds: number; // between two updates
  /** What is marked: nothing, what is other than the last time, or ever was. */
  differences: 'none' | 'last' | 'permanent';
  hasTitle: boolean;
}

/** A sentence of watch's own, or an option of it that is not here. */
export type WatchRefusal = { says: string; showsUsage: boolean } | { unknown: string };

export const watchUsage = 'watch [-n SECONDS] [-d] [-t] COMMAND';
const elsewhere = {
  letters: 'bcCegpqrsvwx',
  words: 'beep color no-color errexit chgexit precise equexit no-rerun no-wrap exec',
};
const longOptions: Record<string, string> = { interval: 'n', differences: 'd', 'no-title': 't', help: 'h' };

/** `line`: the command line without the word `watch`. */
export function readWatch(line: string): Watch | WatchRefusal {
  const watch: Watch = { command: '', seconds: 2, differences: 'none', hasTitle: true };
  const words = [...line.matchAll(/"[^"]*"?|'[^']*'?|\S+/g)].map(({ index, 0: text }) => ({ index, text }));
  let at = 0;
  while (words[at]?.text.startsWith('-') && words[at]?.text !== '-') {
    const option = words[at]?.text ?? '';
    at += 1;
    if (option === '--') {
      break;
    }
    const next = words[at]?.text;
    const taken = option.startsWith('--') ? readLong(option, next, watch) : readLetters(option, next, watch);
    if (typeof taken !== 'number') {
      return taken;
    }
    at += taken;
  }
  const command = line.slice(words[at]?.index ?? line.length).trim();
  watch.command = words.length === at + 1 ? unquoted(command) : command;
  return watch.command === '' ? { says: '', showsUsage: true } : watch;
}

export const titleOf = ({ seconds, command }: Watch): string => `Every ${seconds.toFixed(1)}s: ${command}`;

/** Places of `now` that have another character than `before` has there, line by line and column by column. */
export function changedPlaces(before: string, now: string): Set<number> {
  const places = new Set<number>();
  const old = before.split('\n');
  let start = 0;
  for (const [row, line] of now.split('\n').entries()) {
    const was = old[row] ?? '';
    for (let column = 0; column < line.length; column += 1) {
      if (line[column] !== (was[column] ?? ' ')) {
        places.add(start + column);
      }
    }
    start += line.length + 1;
  }
  return places;
}

/** How many of the following words the option has taken. */
function readLong(option: string, next: string | undefined, watch: Watch): number | WatchRefusal {
  const [name = '', value] = option.slice(2).split(/=(.*)/s);
  const letter = longOptions[name];
  if (!letter) {
    return elsewhere.words.split(' ').includes(name)
      ? { unknown: `--${name}` }
      : { says: `watch: unrecognized option '${option}'`, showsUsage: true };
  }
  if (letter !== 'n') {
    return take(letter, value ?? '', watch) ?? 0;
  }
  const seconds = value ?? next;
  return seconds === undefined
    ? { says: `watch: option '--${name}' requires an argument`, showsUsage: true }
    : (take('n', seconds, watch) ?? (value === undefined ? 1 : 0));
}

function readLetters(option: string, next: string | undefined, watch: Watch): number | WatchRefusal {
  for (let at = 1; at < option.length; at += 1) {
    const letter = option[at] ?? '';
    const rest = option.slice(at + 1);
    if (letter === 'n') {
      const seconds = rest === '' ? next : rest;
      return seconds === undefined
        ? { says: "watch: option requires an argument -- 'n'", showsUsage: true }
        : (take('n', seconds, watch) ?? (rest === '' ? 1 : 0));
    }
    const refusal = take(letter, rest, watch);
    if (refusal || letter === 'd') {
      return refusal ?? 0; // what stands right behind -d belongs to it
    }
  }
  return 0;
}

/** One option; null if it is understood. */
function take(letter: string, value: string, watch: Watch): WatchRefusal | null {
  switch (letter) {
    case 'n':
      return takeSeconds(unquoted(value), watch);
    case 'd':
      watch.differences = value === '' ? 'last' : 'permanent';
      return null;
    case 't':
      watch.hasTitle = false;
      return null;
    case 'h':
      return { says: '', showsUsage: true };
    default:
      return elsewhere.letters.includes(letter)
        ? { unknown: `-${letter}` }
        : { says: `watch: invalid option -- '${letter}'`, showsUsage: true };
  }
}

/** A decimal number with a point or a comma; watch brings it between a tenth and what an unsigned int holds. */
function takeSeconds(value: string, watch: Watch): WatchRefusal | null {
  if (!/^[+-]?(\d+[.,]?\d*|[.,]\d+)$/.test(value)) {
    return { says: `watch: failed to parse argument: '${value}'`, showsUsage: false };
  }
  watch.seconds = Math.min(4_294_967_295, Math.max(0.1, Number(value.replace(',', '.'))));
  return null;
}

function unquoted(text: string): string {
  const [, quote, inner] = /^(["'])(.*?)\1?$/s.exec(text) ?? [];
  return quote === undefined ? text : (inner ?? '');
}
