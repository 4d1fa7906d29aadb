// The keys of the page, in one table: what is bound is what the help shows.

import type { UiKey } from './i18n.ts';

export interface Shortcut {
  keys: string; // as shown
  does: UiKey;
  /** The `KeyboardEvent.key` that the page listens to; the editor's and the picture's own keys have none. */
  key?: string;
}

export const shortcuts = [
  { keys: 'Space', key: ' ', does: 'ui.keys.run' },
  { keys: '.', key: '.', does: 'ui.keys.step' },
  { keys: ',', key: ',', does: 'ui.keys.back' },
  { keys: '>', key: '>', does: 'ui.keys.nextEvent' },
  { keys: '<', key: '<', does: 'ui.keys.previousEvent' },
  { keys: '?', key: '?', does: 'ui.keys.help' },
  { keys: 'Ctrl Enter', does: 'ui.keys.runEditor' },
  { keys: 'Tab', does: 'ui.keys.tab' },
  { keys: 'Esc', does: 'ui.keys.escape' },
  { keys: '← → ↑ ↓', does: 'ui.keys.pan' },
  { keys: 'Shift ← → ↑ ↓', does: 'ui.keys.neighbour' },
  { keys: '+ −', does: 'ui.keys.zoom' },
  { keys: '0', does: 'ui.keys.fit' },
  { keys: '[ ]', does: 'ui.keys.walk' },
] as const satisfies readonly Shortcut[];

type Bound = Extract<(typeof shortcuts)[number], { key: string }>['key'];

/** Single keys act only outside text fields, and where they mean nothing else (WCAG 2.1.4). */
export function listenToShortcuts(actions: Record<Bound, () => void>): void {
  document.addEventListener(
    'keydown',
    (event) => {
      if (event.ctrlKey || event.altKey || event.metaKey || event.defaultPrevented || event.repeat) {
        return;
      }
      const target = event.target as HTMLElement;
      const types = target.closest('textarea,select,dialog,input:not([type=range])');
      const activates = event.key === ' ' && target.closest('button,a,summary,[role=tab],[role=button],input');
      if (types || activates || !Object.hasOwn(actions, event.key)) {
        return;
      }
      event.preventDefault();
      actions[event.key as Bound]();
    },
    true,
  );
}
