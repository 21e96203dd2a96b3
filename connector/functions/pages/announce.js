// Says something to who listens to the page instead of looking at it.

let region = null;

export function announce(text) {
  region ??= document.getElementById('announcements');
  region.textContent = '';
  setTimeout(() => { region.textContent = text; }, 100);
}
