// Share: the link, how far it travels, and exactly the text that is in it. Nothing leaves this page by itself.

import { openDialog } from './dialog.ts';
import { button, make } from './dom.ts';
import { t, type UiKey } from './i18n.ts';
import { encodedLimit, linkReach, type ShareableWork, writeLink } from './link.ts';

const hints: Record<ReturnType<typeof linkReach>, UiKey> = {
  far: 'ui.share.far',
  most: 'ui.share.most',
  file: 'ui.share.file',
  refused: 'ui.share.refused',
};

export async function openShareDialog(work: ShareableWork, fileName: string): Promise<void> {
  const fragment = await writeLink(work);
  const address = location.href.replace(/[?#].*$/, '') + fragment;
  const reach = linkReach(fragment.length);
  const isRefused = reach === 'refused';
  if (!isRefused) {
    history.replaceState(null, '', location.pathname + location.search + fragment);
  }
  const box = make('textarea', {
    class: 'mono share-link',
    label: 'ui.share.link',
    attributes: { readonly: true, rows: 3, spellcheck: 'false' },
  });
  box.value = isRefused ? '' : address;
  const report = make('p', { class: 'small', attributes: { role: 'status' } });
  const copy = button('ui.share.copy', () => copyFrom(box, report), {
    class: 'primary',
    attributes: { disabled: isRefused },
  });
  const save = button('ui.script.download', () => download(fileName, work.script), {
    class: reach === 'file' || isRefused ? 'primary' : '',
  });
  const hint = make(
    'p',
    { class: `reach ${reach}` },
    t(hints[reach], { length: fragment.length, limit: encodedLimit }),
  );
  openDialog(
    'ui.share.title',
    'share',
    make('p', { t: 'ui.share.about' }),
    box,
    hint,
    make('div', { class: 'row' }, ...(reach === 'file' || isRefused ? [save, copy] : [copy, save])),
    report,
    make(
      'details',
      {},
      make('summary', { t: 'ui.share.text' }),
      make('pre', { class: 'mono', attributes: { tabindex: 0 } }, work.script),
    ),
  );
  box.select();
}

/** In a frame the clipboard may be forbidden: then the text is selected, ready for the keys. */
async function copyFrom(box: HTMLTextAreaElement, report: HTMLElement): Promise<void> {
  box.select();
  try {
    await navigator.clipboard.writeText(box.value);
    report.textContent = t('ui.share.copied');
  } catch {
    const isCopied = document.execCommand('copy');
    report.textContent = t(isCopied ? 'ui.share.copied' : 'ui.share.copyByHand');
  }
}

export function download(name: string, text: string): void {
  const address = URL.createObjectURL(new Blob([text], { type: 'text/plain' }));
  const link = make('a', { attributes: { href: address, download: name } });
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}
