// The catalogues as the page fetches them, cut by need. `#words/en/ui` has the English words of the page itself;
// `#words/<language>/page` what a page may have to say at any moment, `#words/<language>/rare` what it says only about
// something that a person did, `#words/<language>/help` what is read only in the help, `#words/<language>/capture` what
// the replay of a capture says. What the native command says is left out.

import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Plugin } from 'vite';

const prefix = '#words/';
const native = ['cli'];
const capture = ['capture', 'conform', 'lockstep'];
const help = ['help', 'leaves_out'];
const rare = ['error', 'import', 'proc', 'prospect', 'report'];

export function words(): Plugin {
  return {
    name: 'mmscope-words',
    resolveId: (id) => (id.startsWith(prefix) ? `\0${id}` : null),
    async load(id) {
      if (!id.startsWith(`\0${prefix}`)) {
        return null;
      }
      const [language = '', part] = id.slice(prefix.length + 1).split('/');
      const file = fileURLToPath(new URL(`locales/${language}.json`, import.meta.url));
      this.addWatchFile(file);
      const catalogue = JSON.parse(await readFile(file, 'utf8')) as Record<string, string>;
      const kept = Object.entries(catalogue).filter(([key]) => partOf(key, language) === part);
      return { code: `export default ${JSON.stringify(Object.fromEntries(kept))}`, moduleType: 'js' };
    },
  };
}

function partOf(key: string, language: string): string {
  const room = key.split('.')[0] ?? '';
  if (help.includes(room)) {
    return 'help';
  }
  if (capture.includes(room)) {
    return 'capture';
  }
  if (native.includes(room)) {
    return 'none';
  }
  if (rare.includes(room)) {
    return 'rare';
  }
  return room === 'ui' && language === 'en' ? 'ui' : 'page';
}
