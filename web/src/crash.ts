// The engine has died: say so, and keep what was written.

import { openDialog } from './dialog.ts';
import { make } from './dom.ts';
import { t } from './i18n.ts';
import { writeLink } from './link.ts';

export async function showCrash(reason: string, script: string): Promise<void> {
  const box = make('textarea', { class: 'mono', label: 'ui.script.label', attributes: { readonly: true, rows: 12 } });
  box.value = script;
  // Step 0: whatever killed the engine does not happen again by opening the link.
  const fragment = await writeLink({ script, step: 0, revision: 0 }).catch(() => '');
  const link = make('a', {
    class: 'button',
    t: 'ui.crash.reload',
    attributes: { href: `${location.pathname}?safe=1${fragment}` },
  });
  openDialog(
    'ui.crash.title',
    'crash',
    make('p', { attributes: { role: 'alert' } }, t('ui.crash.about')),
    make('p', { class: 'mono small' }, reason.slice(0, 400)),
    box,
    link,
  );
}
