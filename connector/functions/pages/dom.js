// Makes elements, and lets what is shown follow what is known: the elements that are there stay,
// and with them the focus, what somebody typed, and which parts are folded out.

const SVG = 'http://www.w3.org/2000/svg';
const drawn = new Set(['svg', 'path', 'circle']);
const owned = new Set(['open']); // who looks at the page changes these

const keys = new WeakMap();
const values = new WeakMap();
const heard = new WeakMap();

// el('button', { class: 'primary', on: { click: save } }, 'Save')
// `key` names one of many; `value` and `checked` are set each time, and left alone when not given.
export function el(tag, { key, on, value, checked, ...attributes } = {}, ...children) {
  const node = drawn.has(tag) ? document.createElementNS(SVG, tag) : document.createElement(tag);
  for (const [name, content] of Object.entries(attributes)) {
    if (content !== false && content !== null && content !== undefined) {
      node.setAttribute(name, content === true ? '' : content);
    }
  }
  node.append(...nodesOf(children));
  if (key !== undefined) keys.set(node, key);
  listen(node, on ?? {});
  values.set(node, { value, checked });
  setValues(node);

  return node;
}

// Shows these children in a place, instead of what is there.
export function show(place, ...children) {
  const wishes = nodesOf(children);
  const wanted = new Set(wishes.map((wish) => keys.get(wish)));
  for (const node of [...place.childNodes]) {
    if (keys.has(node) && !wanted.has(keys.get(node))) node.remove(); // so that what stays need not move, and keeps the focus
  }
  const named = new Map([...place.childNodes].map((node) => [keys.get(node), node]));
  let here = place.firstChild;
  for (const wish of wishes) {
    const key = keys.get(wish);
    const there = key === undefined ? here : named.get(key);
    if (!there || !isLike(there, wish)) {
      place.insertBefore(wish, here);
      continue;
    }
    if (there === here) here = here.nextSibling;
    else place.insertBefore(there, here);
    become(there, wish);
  }
  while (here) {
    const next = here.nextSibling;
    here.remove();
    here = next;
  }
}

function isLike(node, wish) {
  return node.nodeName === wish.nodeName && keys.get(node) === keys.get(wish);
}

function become(node, wish) {
  if (node === wish) return;
  if (node.nodeType === Node.TEXT_NODE) {
    if (node.data !== wish.data) node.data = wish.data;
    return;
  }
  for (const { name } of [...node.attributes]) {
    if (!wish.hasAttribute(name) && !owned.has(name)) node.removeAttribute(name);
  }
  for (const { name, value } of wish.attributes) {
    if (node.getAttribute(name) !== value) node.setAttribute(name, value);
  }
  listen(node, heard.get(wish) ?? {});
  show(node, ...wish.childNodes);
  values.set(node, values.get(wish));
  setValues(node);
}

function setValues(node) {
  const { value, checked } = values.get(node) ?? {};
  if (value !== undefined && node.value !== value) node.value = value;
  if (checked !== undefined) node.checked = checked;
}

function listen(node, handlers) {
  const before = heard.get(node) ?? {};
  for (const type of Object.keys(handlers)) {
    if (!(type in before)) node.addEventListener(type, hear);
  }
  heard.set(node, { ...Object.fromEntries(Object.keys(before).map((type) => [type, null])), ...handlers });
}

function hear(event) {
  return heard.get(event.currentTarget)[event.type]?.(event);
}

function nodesOf(children) {
  return children.flat(Infinity)
    .filter((child) => child !== null && child !== undefined && child !== false && child !== '')
    .map((child) => (child instanceof Node ? child : document.createTextNode(child)));
}
