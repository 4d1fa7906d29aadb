// The few icons of the bar, drawn on a grid of 16: strokes of the text's colour, no font and no file.

const paths = {
  pane: 'M2.5 3.5h11v9h-11zM6.5 3.5v9',
  run: 'M5 3.5v9l7-4.5z',
  back: 'M10.5 4 6 8l4.5 4M4.5 4v8',
  step: 'M5.5 4 10 8l-4.5 4M11.5 4v8',
  stop: 'M4.5 4.5h7v7h-7z',
  reset: 'M4 4v3h3M4.2 7A4.5 4.5 0 1 1 3.8 9.5',
  share: 'M8 10V2.5M5 5.5l3-3 3 3M4 8.5v5h8v-5',
  help: 'M5.8 6.2a2.2 2.2 0 1 1 3 2.1c-.6.3-.8.7-.8 1.4M8 12.2v.3',
  more: 'M3.5 8h.01M8 8h.01M12.5 8h.01',
  close: 'M4.5 4.5l7 7M11.5 4.5l-7 7',
} as const;

export type IconName = keyof typeof paths;

export function icon(name: IconName): SVGSVGElement {
  const namespace = 'http://www.w3.org/2000/svg';
  const picture = document.createElementNS(namespace, 'svg');
  picture.setAttribute('viewBox', '0 0 16 16');
  picture.setAttribute('class', 'icon');
  picture.setAttribute('aria-hidden', 'true');
  const path = document.createElementNS(namespace, 'path');
  path.setAttribute('d', paths[name]);
  picture.append(path);
  return picture;
}
