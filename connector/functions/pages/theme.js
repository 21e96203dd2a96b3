// Light or dark: as the device says, unless somebody chose.

const NAME = 'connector-theme';

export const themes = ['auto', 'light', 'dark'];

export function theme() {
  return document.documentElement.dataset.theme ?? 'auto';
}

export function setTheme(wanted) {
  if (wanted === 'auto') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = wanted;
  remember(wanted);
}

export function restoreTheme() {
  try {
    const kept = localStorage.getItem(NAME);
    if (themes.includes(kept) && kept !== 'auto') document.documentElement.dataset.theme = kept;
  } catch {
    // A browser that keeps nothing follows the device.
  }
}

function remember(wanted) {
  try {
    localStorage.setItem(NAME, wanted);
  } catch {
    // The choice holds until the page is closed.
  }
}
