// The three catalogues of sentences, web/locales/{en,zh-Hans,zh-Hant}.json, checked against each other and the sources.
//
// Same keys, same {parameters}, nothing empty; every key that the C++ or the TypeScript speaks exists, every key that
// exists is spoken somewhere; Chinese is Chinese, in the right script and in the words of its own place
// (web/locales/glossary.md). `node web/tools/locales.mjs` runs the check alone; `lessons.mjs check` includes it.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { languages, web } from './lesson_files.mjs';

// Frequent characters that only one of the two scripts has, pair by pair.
const scripts = JSON.parse(readFileSync(new URL('scripts.json', import.meta.url), 'utf8'));
const foreignScript = { 'zh-Hans': new Set(scripts.traditional), 'zh-Hant': new Set(scripts.simplified) };

// Words of the other place, where the glossary has another one.
const foreignWords = {
  'zh-Hans': '记忆体 行程 串列 资讯 程式 软体 档案 预设 快取 夥伴 呼叫 页面框 萤幕 游标'.split(' '),
  'zh-Hant':
    '內存 內核 進程 鏈表 默認 緩存 信息 調用 軟件 硬件 文件夾 程序 分配 伙伴 屏幕 鼠標 粘貼 視圖 運行 單擊 點擊 幀 頁幀 字節 物理 地址'.split(' '),
};

/** { errors, warnings }: sentences about the catalogues under `root`. */
export function checkLocales(root = web) {
  const errors = [];
  const catalogues = {};
  for (const language of languages) {
    const path = join(root, 'locales', `${language}.json`);
    if (!existsSync(path)) return { errors: [`locales/${language}.json is missing`], warnings: [] };
    catalogues[language] = JSON.parse(readFileSync(path, 'utf8'));
  }
  errors.push(...compareCatalogues(catalogues), ...checkWords(catalogues), ...checkUse(catalogues.en, readSources()));
  return { errors, warnings: [] };
}

export const paramsOf = (sentence) => [...new Set([...sentence.matchAll(/\{(\w+)\}/g)].map((match) => match[1]))].sort();

/** Keys and parameters: what a sentence in one language has, it has in all. */
export function compareCatalogues(catalogues) {
  const errors = [];
  const all = new Set(languages.flatMap((language) => Object.keys(catalogues[language])));
  for (const key of all) {
    for (const language of languages) {
      const sentence = catalogues[language][key];
      if (sentence === undefined) errors.push(`locales/${language}.json: "${key}" is missing`);
      else if (!sentence.trim()) errors.push(`locales/${language}.json: "${key}" is empty`);
    }
    const [first, ...others] = languages.filter((language) => catalogues[language][key] !== undefined);
    for (const language of others) {
      const wanted = paramsOf(catalogues[first][key]).join(', ');
      const found = paramsOf(catalogues[language][key]).join(', ');
      if (wanted !== found) errors.push(`locales/${language}.json: "${key}" has {${found}}, ${first} has {${wanted}}`);
    }
  }
  return errors;
}

function checkWords(catalogues) {
  const errors = [];
  for (const language of ['zh-Hans', 'zh-Hant']) {
    for (const [key, sentence] of Object.entries(catalogues[language])) {
      const problem = wordProblem(sentence, language, catalogues.en[key]);
      if (problem) errors.push(`locales/${language}.json: "${key}": ${problem}`);
    }
  }
  return errors;
}

/** '' or what is wrong with a Chinese sentence: English left over, the other script, the other place's words. */
export function wordProblem(sentence, language, english = '') {
  const prose = sentence.replace(/\{\w+\}/g, ' ').replace(/BUG: [a-z ]+/g, ' '); // what the kernel prints stays
  const leftOver = /[A-Za-z][a-z']*(?: [A-Za-z][a-z']+){3,}/.exec(prose);
  if (leftOver) return `English left over: "${leftOver[0]}"`;
  if (!/[\u4e00-\u9fff]/.test(prose) && /[A-Za-z]+ [a-z]{2,}/.test(prose) && prose.length > 12 && sentence === english) {
    return 'the same as in English';
  }
  const script = [...prose].find((character) => foreignScript[language].has(character));
  if (script) return `"${script}" belongs to the other script`;
  const word = foreignWords[language].find((candidate) => prose.includes(candidate));
  return word ? `"${word}" is not said here; see glossary.md` : '';
}

// All of our own text that may speak a key.
function readSources() {
  const texts = [];
  const walk = (folder) => {
    if (!existsSync(folder)) return;
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      if (entry.isDirectory() && !/node_modules|generated|lessons|scenarios|locales|tools/.test(entry.name)) walk(join(folder, entry.name));
      else if (/\.(cpp|h|ts|html)$/.test(entry.name) && !/\.test\.ts$/.test(entry.name)) texts.push(readFileSync(join(folder, entry.name), 'utf8'));
    }
  };
  walk(join(web, '..', 'src'));
  walk(web);
  return texts;
}

/**
 * Keys spoken in the sources but not there, and keys there that nobody speaks. A text that ends in a dot ("event.",
 * `ui.tab.${name}`) or an underscore speaks every key that begins so; every trace kind is spoken by the narration,
 * by its own name or by one that goes on behind it.
 */
export function checkUse(english, texts) {
  const rooms = new Set([...Object.keys(english).map((key) => key.split('.')[0]), 'error', 'import', 'proc', 'conform', 'cli']);
  const spoken = new Set();
  const prefixes = new Set(['leaves_out.', 'help.', 'track.']);
  for (const text of texts) {
    for (const [, literal, end] of text.matchAll(/["'`]([a-z_]+(?:\.[A-Za-z0-9_]+)*\.?)(["'`]|\$\{)/g)) {
      if (/[._]$/.test(literal)) prefixes.add(literal);
      else if (end !== '${') spoken.add(literal);
    }
    const kinds = /#define MMSCOPE_TRACE_KINDS\(X\)((?:.*\\\n)*.*)/.exec(text)?.[1] ?? '';
    for (const [, kind] of kinds.matchAll(/X\((\w+)\)/g)) {
      const key = `event.${kind}`;
      const goesOn = !(key in english) && Object.keys(english).some((other) => other.startsWith(`${key}_`));
      if (!goesOn) spoken.add(key);
    }
  }
  const errors = [];
  for (const key of spoken) {
    const looksLikeKey = rooms.has(key.split('.')[0]) && key.includes('.') && !/\.(mm|json|ts|css|yaml|txt)$/.test(key);
    if (looksLikeKey && !(key in english)) errors.push(`locales/en.json: "${key}" is spoken but missing`);
  }
  for (const key of Object.keys(english)) {
    if (!spoken.has(key) && ![...prefixes].some((prefix) => key.startsWith(prefix))) errors.push(`locales/en.json: "${key}" is never spoken`);
  }
  return errors;
}

if (process.argv[1]?.endsWith('locales.mjs')) {
  const { errors } = checkLocales();
  for (const error of errors) console.error(error);
  process.exitCode = errors.length ? 1 : 0;
}
