// Help: the keys, what each panel shows by the kernel's own names, and what this model leaves out.

import { openDialog } from './dialog.ts';
import { make } from './dom.ts';
import { keysUnder, lookUp, type UiKey } from './i18n.ts';
import { shortcuts } from './shortcuts.ts';

/** The panels of the picture, in reading order; `help.<panel>` explains each. */
const panels: Record<string, UiKey> = {
  zones: 'ui.panel.zones',
  map: 'ui.panel.map',
  buddy: 'ui.panel.buddy',
  pcp: 'ui.panel.pcp',
  ask: 'ui.panel.ask',
  reclaim: 'ui.panel.reclaim',
  slab: 'ui.panel.slab',
  process: 'ui.panel.process',
  inspector: 'ui.panel.inspector',
};

/** Opens at a panel's paragraphs, or at the top. */
export function openHelp(panel: string): void {
  const dialog = openDialog(
    'ui.help.title',
    'help',
    make('p', { t: 'ui.help.about' }),
    make('h3', { t: 'ui.help.keys' }),
    keyTable(),
    ...Object.entries(panels).map(([name, title]) => panelHelp(name, title)),
    leavesOut(),
  );
  const target = dialog.querySelector(`#help-${CSS.escape(panel)}`);
  target?.classList.add('asked');
  target?.scrollIntoView();
}

function panelHelp(panel: string, title: UiKey): HTMLElement {
  const paragraphs = lookUp(`help.${panel}`).split('\n\n');
  return make(
    'section',
    { class: 'panel-help', attributes: { id: `help-${panel}` } },
    make('h3', { t: title }),
    ...paragraphs.map((paragraph) => make('p', {}, paragraph)),
  );
}

function leavesOut(): HTMLElement {
  const rooms = ['leaves_out.title', 'leaves_out.intro'];
  const items = keysUnder('leaves_out.').filter((key) => !rooms.includes(key));
  return make(
    'section',
    { class: 'panel-help', attributes: { id: 'help-leaves_out' } },
    make('h3', {}, lookUp('leaves_out.title')),
    make('p', {}, lookUp('leaves_out.intro')),
    make('ul', {}, ...items.map((key) => make('li', {}, lookUp(key)))),
  );
}

function keyTable(): HTMLElement {
  const rows = shortcuts.map(({ keys, does }) =>
    make('tr', {}, make('th', { attributes: { scope: 'row' } }, make('kbd', {}, keys)), make('td', { t: does })),
  );
  return make('table', { class: 'keys' }, make('tbody', {}, ...rows));
}
