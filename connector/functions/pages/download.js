// Hands over a file, and takes one in.

import { el } from './dom.js';

export function download(name, content) {
  const blob = content instanceof Blob ? content : new Blob([JSON.stringify(content, null, 2)], { type: 'application/json' });
  const url = URL.createObjectURL(blob);
  el('a', { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

// Resolves with the text of the file that is chosen; never, when none is.
export const pickText = (accept) => new Promise((resolve, reject) => {
  const input = el('input', { type: 'file', accept });
  input.addEventListener('change', () => input.files[0]?.text().then(resolve, reject));
  input.click();
});
