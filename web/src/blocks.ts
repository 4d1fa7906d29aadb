// Lesson prose as elements. Text goes in as text nodes; links lead to places on this page only.

import { make } from './dom.ts';
import { t } from './i18n.ts';
import type { Block, Span } from './lesson_types.ts';

export function renderBlocks(blocks: Block[]): HTMLElement[] {
  return blocks.map(renderBlock);
}

function renderBlock(block: Block): HTMLElement {
  switch (block.kind) {
    case 'p':
      return make('p', {}, ...renderSpans(block.spans));
    case 'code':
      return make(
        'pre',
        { class: 'mono', attributes: { tabindex: 0, role: 'region', 'aria-label': t('ui.learn.code') } },
        block.text,
      );
    case 'list':
      return make(block.ordered ? 'ol' : 'ul', {}, ...block.items.map((item) => make('li', {}, ...renderSpans(item))));
    case 'note':
      return make('aside', { class: 'aside' }, ...renderBlocks(block.blocks));
  }
}

export function renderSpans(spans: Span[]): (HTMLElement | string)[] {
  return spans.map((span) => {
    if (span.kind === 'text') {
      return span.text;
    }
    if (span.kind === 'link') {
      return make('a', { attributes: { href: span.href.startsWith('#') ? span.href : '#' } }, span.text);
    }
    return make(span.kind, {}, span.text);
  });
}
