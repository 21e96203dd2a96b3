// Who uses a keyboard goes on near the place where what had the focus went. A place for that has
// `data-anchor`: it takes the focus itself, or gives it to its first button.

export function stayNear(draw) {
  const at = document.activeElement;
  const anchors = [];
  for (let one = at?.closest('[data-anchor]'); one; one = one.parentElement.closest('[data-anchor]')) anchors.push(one);
  draw();
  if (!at || at.isConnected) return;

  const goals = anchors.filter((one) => one.isConnected)
    .map((one) => (one.hasAttribute('tabindex') ? one : one.querySelector('button:enabled')));
  goals.find(Boolean)?.focus({ preventScroll: true });
}
