// Markdown prose to the blocks and spans of src/lesson_types.ts.
//
// A small part of CommonMark: paragraphs, fenced code, flat lists, strong, emphasis, code spans, links inside this
// page, and `:::note` boxes. Anything else (HTML, images, nested lists, headings) is an error with its line, so
// that what an author sees on a forge and what a learner reads never differ.
import MarkdownIt from 'markdown-it';

const markdown = new MarkdownIt('zero').enable(['fence', 'list', 'emphasis', 'backticks', 'link', 'escape', 'newline']);
const wide = /[\u2e80-\u9fff\uf900-\ufaff\u2026\u201c\u201d]/; // Chinese characters and marks
const fullWidth = /[\u3000-\u303f\uff00-\uffef]/; // full-width punctuation brings its own space

export class ProseError extends Error {
  constructor(line, sentence) {
    super(`line ${line}: ${sentence}`);
    this.line = line;
  }
}

/** The blocks of `text`, whose first line is line `firstLine` of its file. */
export function blocksOf(text, firstLine = 1) {
  const blocks = [];
  let plain = [];
  let plainLine = firstLine;
  let note = null;
  const flush = (nextLine) => {
    blocks.push(...plainBlocks(plain.join('\n'), plainLine));
    plain = [];
    plainLine = nextLine;
  };
  text.split('\n').forEach((line, index) => {
    const number = firstLine + index;
    if (line.trim() === ':::note' && note === null) {
      flush(number + 1);
      note = { lines: [], line: number + 1 };
    } else if (line.trim() === ':::' && note !== null) {
      blocks.push({ kind: 'note', blocks: plainBlocks(note.lines.join('\n'), note.line) });
      note = null;
      plainLine = number + 1;
    } else if (line.trim().startsWith(':::')) {
      throw new ProseError(number, `only ":::note" and its closing ":::" are boxes here, not "${line.trim()}"`);
    } else {
      (note === null ? plain : note.lines).push(line);
    }
  });
  if (note !== null) throw new ProseError(note.line - 1, 'this ":::note" is never closed');
  flush(0);
  return blocks;
}

/** The spans of a text that must be one paragraph (a title, a choice). */
export function spansOf(text, firstLine = 1) {
  const blocks = blocksOf(text, firstLine);
  if (blocks.length !== 1 || blocks[0].kind !== 'p') throw new ProseError(firstLine, 'one paragraph is wanted here');
  return blocks[0].spans;
}

/** What a reader hears: all text of spans or blocks, without marks. */
export function plainText(nodes) {
  return nodes
    .map((node) => {
      if (node.kind === 'list') return node.items.map(plainText).join('\n');
      if (node.kind === 'note') return plainText(node.blocks);
      return node.kind === 'p' ? plainText(node.spans) : node.text;
    })
    .join(nodes.some((node) => node.spans || node.items || node.blocks) ? '\n' : '');
}

function plainBlocks(text, firstLine) {
  const blocks = [];
  let list = null;
  for (const token of markdown.parse(text, {})) {
    const line = firstLine + (token.map?.[0] ?? 0);
    switch (token.type) {
      case 'inline':
        rejectForeign(token.content, line);
        if (list) list.items.at(-1).push(...spansOfInline(token, line));
        else blocks.push({ kind: 'p', spans: spansOfInline(token, line) });
        break;
      case 'fence':
        if (list) throw new ProseError(line, 'code inside a list is not supported');
        blocks.push(fenceOf(token, line));
        break;
      case 'bullet_list_open':
      case 'ordered_list_open':
        if (list) throw new ProseError(line, 'a list inside a list is not supported');
        // "63. Each CPU ..." is an answer, and would be shown as item 1.
        if (token.attrGet('start') !== null) throw new ProseError(line, 'a numbered list begins with 1; write "63 frames." instead of "63."');
        list = { kind: 'list', ordered: token.type === 'ordered_list_open', items: [] };
        blocks.push(list);
        break;
      case 'list_item_open':
        list.items.push([]);
        break;
      case 'bullet_list_close':
      case 'ordered_list_close':
        list = null;
        break;
      case 'paragraph_open':
        if (list?.items.at(-1).length) throw new ProseError(line, 'a list item is one paragraph');
        break;
      default:
        if (!/^(paragraph|list_item)_close$/.test(token.type)) throw new ProseError(line, `"${token.type}" is not supported`);
    }
  }
  return blocks;
}

function fenceOf(token, line) {
  const language = token.info.trim() || 'text';
  if (language !== 'mm' && language !== 'text') throw new ProseError(line, `code is "mm" or "text", not "${language}"`);
  return { kind: 'code', language, text: token.content.replace(/\n$/, '') };
}

// What the small rule set leaves as literal text although the author meant something by it.
function rejectForeign(content, line) {
  const outsideCode = content.replace(/`[^`]*`/g, '');
  if (/<\/?[a-z][^>]*>/i.test(outsideCode)) throw new ProseError(line, 'HTML is not supported; write it as `code` if it is meant');
  if (/^#{1,6} /.test(outsideCode)) throw new ProseError(line, 'a heading is not supported here');
  if (/!\[/.test(outsideCode)) throw new ProseError(line, 'images are not supported');
}

function spansOfInline(token, line) {
  const spans = [];
  const open = [];
  let href = '';
  const push = (kind, text) => {
    const last = spans.at(-1);
    if (last && last.kind === kind && kind !== 'link') last.text += text;
    else if (text) spans.push(kind === 'link' ? { kind, text, href } : { kind, text });
  };
  token.children.forEach((child, index) => {
    if (child.type.endsWith('_open')) {
      if (open.length) throw new ProseError(line, 'one mark inside another is not supported');
      open.push(child.type === 'strong_open' ? 'strong' : child.type === 'em_open' ? 'em' : 'link');
      if (child.type === 'link_open') href = internalAddress(child.attrGet('href'), line);
    } else if (child.type.endsWith('_close')) open.pop();
    else if (child.type === 'code_inline') push('code', child.content);
    else if (child.type === 'softbreak') push(open[0] ?? 'text', breakBetween(token.children, index));
    else if (child.type === 'text' || child.type === 'text_special') push(open[0] ?? 'text', child.content);
    else throw new ProseError(line, `"${child.type}" is not supported`);
  });
  return spans;
}

// A line break in the source is a space, except beside full-width punctuation and between two wide characters.
function breakBetween(children, index) {
  const left = children[index - 1]?.content?.at(-1) ?? 'x';
  const right = children[index + 1]?.content?.at(0) ?? 'x';
  if (fullWidth.test(left) || fullWidth.test(right)) return '';
  return wide.test(left) && wide.test(right) ? '' : ' ';
}

function internalAddress(href, line) {
  if (!/^#[xl]=[a-z0-9/_-]+$/.test(href)) throw new ProseError(line, `a link goes to "#x=..." or "#l=...", not "${href}"`);
  return href;
}
