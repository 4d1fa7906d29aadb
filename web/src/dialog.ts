// A dialog: the browser's own, so that focus, Escape and the rest of the page behave.

import { type Child, make } from './dom.ts';
import type { UiKey } from './i18n.ts';
import { icon } from './icons.ts';

export function openDialog(title: UiKey, name: string, ...children: Child[]): HTMLDialogElement {
  document.querySelector('dialog')?.remove();
  const close = make(
    'button',
    { class: 'plain', label: 'ui.close', attributes: { type: 'button' }, on: { click: () => dialog.close() } },
    icon('close'),
  );
  const heading = make('h2', { t: title, attributes: { id: 'dialog-title' } });
  const dialog = make(
    'dialog',
    { class: name, attributes: { 'aria-labelledby': 'dialog-title' } },
    make('div', { class: 'row dialog-head' }, heading, make('span', { class: 'grow' }), close),
    ...children,
  );
  dialog.addEventListener('close', () => dialog.remove());
  dialog.addEventListener('click', (event) => {
    if (event.target === dialog) {
      dialog.close(); // beside it
    }
  });
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}
