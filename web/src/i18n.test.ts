import { beforeEach, describe, expect, test } from 'vitest';
import english from '../locales/en.json';
import hans from '../locales/zh-Hans.json';
import hant from '../locales/zh-Hant.json';
import { adoptCatalogue, number, speak, speakParts, t } from './i18n.ts';
import { chooseLanguage, nearestLanguage } from './language.ts';

const catalogues: Record<string, Record<string, string>> = { en: english, 'zh-Hans': hans, 'zh-Hant': hant };
const parameters = (sentence: string) => [...sentence.matchAll(/\{\w+\}/g)].map(([name]) => name).sort();

describe('the catalogues', () => {
  for (const [tag, catalogue] of Object.entries(catalogues)) {
    test(`${tag} has the same parameters as English`, () => {
      const wrong = Object.entries(english).filter(
        ([key, sentence]) => `${parameters(sentence)}` !== `${parameters(catalogue[key] ?? '')}`,
      );
      expect(wrong).toEqual([]);
    });
  }
  test('have the same keys', () => {
    for (const catalogue of Object.values(catalogues)) {
      expect(Object.keys(catalogue).sort()).toEqual(Object.keys(english).sort());
    }
  });
});

describe('which language', () => {
  test('a tag finds its script', () => {
    const tags = { 'zh-CN': 'zh-Hans', 'zh-SG': 'zh-Hans', 'zh-TW': 'zh-Hant', 'zh-HK': 'zh-Hant', 'zh-MO': 'zh-Hant' };
    for (const [tag, found] of Object.entries({
      ...tags,
      zh: 'zh-Hans',
      'zh-Hant-HK': 'zh-Hant',
      'zh-Hans-HK': 'zh-Hans',
    })) {
      expect(nearestLanguage(tag)).toBe(found);
    }
    expect([nearestLanguage('en-GB'), nearestLanguage('de')]).toEqual(['en', null]);
  });
  test('the address goes before what was chosen, and that before the browser', () => {
    expect(chooseLanguage('zh-TW', 'en', ['de'])).toBe('zh-Hant');
    expect(chooseLanguage('xx', 'zh-Hans', ['en'])).toBe('zh-Hans');
    expect(chooseLanguage(null, null, ['de', 'zh-HK', 'en'])).toBe('zh-Hant');
    expect(chooseLanguage(null, null, ['de'])).toBe('en');
  });
});

describe('a sentence', () => {
  beforeEach(() => adoptCatalogue('en', { 'event.test': 'order {order} at {pfn}, {name}, {missing}' }));
  const message = {
    key: 'event.test',
    params: [
      { name: 'order', kind: 'number', value: '12345678901234567890' },
      { name: 'pfn', kind: 'hex', value: '0x1000' },
      { name: 'name', kind: 'text', value: '<b>{order}</b>' },
    ],
  } as const;

  test('groups digits, keeps hex, and never reads a value as a template', () => {
    expect(speak({ key: message.key, params: [...message.params] })).toBe(
      'order 12,345,678,901,234,567,890 at 0x1000, <b>{order}</b>, {missing}',
    );
  });
  test('knows which of its parts is a page frame', () => {
    const parts = speakParts({ key: message.key, params: [...message.params] });
    expect(parts.filter((part) => part.pfn !== undefined)).toEqual([{ text: '0x1000', pfn: 4096 }]);
  });
  test('without words is its key', () => {
    expect(speak({ key: 'event.unknown', params: [] })).toBe('event.unknown');
  });
  test('of the page takes numbers and texts', () => {
    expect(t('ui.timeline.step', { step: 1_000, last: 2_000 })).toBe('Step 1,000 of 2,000');
    expect(number(262_144)).toBe('262,144');
  });
});
