// A text box that offers what fits what is typed: the combobox of the ARIA practices, with a list.
// https://www.w3.org/WAI/ARIA/apg/patterns/combobox/

import { el } from './dom.js';

// One for all boxes of a card, of which one at most is open. An option is { value, label, note }.
export class Combobox {
  #at = null; // id of the box that has the focus
  #text = null; // what is typed there, or null as long as nothing is
  #isOpen = false;
  #active = -1; // which offer the arrows are at

  constructor(redraw) { this.redraw = redraw; }

  // `choose` gets the value of an option; what is no option as it was typed; null where it is empty.
  draw({ id, value, options, choose, none, ...attributes }) {
    const box = { id, value, options, choose };
    const isHere = this.#at === id;
    const offers = isHere && this.#isOpen ? this.#find(box) : [];

    return el(
      'div',
      { class: 'combobox' },
      el('input', {
        ...attributes,
        id,
        type: 'text',
        role: 'combobox',
        autocomplete: 'off',
        autocapitalize: 'off',
        spellcheck: 'false',
        'aria-autocomplete': 'list',
        'aria-expanded': String(isHere && this.#isOpen),
        'aria-controls': `${id}-list`,
        'aria-activedescendant': isHere && offers[this.#active] ? `${id}-${this.#active}` : null,
        value: isHere && this.#text !== null ? this.#text : wordOf(box),
        on: {
          focus: (event) => this.#enter(id, event.target),
          input: (event) => this.#type(event.target.value),
          click: (event) => {
            if (this.#text === null) event.target.select(); // the mouse has put the caret somewhere
            this.#open(box);
          },
          keydown: (event) => this.#press(event, box, offers),
          blur: () => this.#leave(box),
        },
      }),
      el(
        'ul',
        {
          id: `${id}-list`,
          role: 'listbox',
          hidden: !(isHere && this.#isOpen),
          'aria-label': attributes['aria-label'],
          on: { mousedown: (event) => event.preventDefault() }, // the focus stays in the box
        },
        isHere && this.#isOpen && [
          offers.map((option, index) => this.#offer(box, option, index)),
          offers.length === 0 && el('li', { role: 'option', 'aria-disabled': 'true', class: 'quiet' }, none),
        ],
      ),
    );
  }

  #offer(box, option, index) {
    return el(
      'li',
      {
        id: `${box.id}-${index}`,
        role: 'option',
        'aria-selected': String(index === this.#active),
        class: option.value === box.value ? 'chosen' : null,
        on: { click: () => this.#take(box, option) },
      },
      el('span', {}, option.label),
      option.note && el('span', { class: 'quiet' }, option.note),
    );
  }

  #enter(id, input) {
    if (this.#at === id) return;
    this.#at = id;
    this.#close();
    this.#text = null;
    input.select();
    this.redraw();
  }

  #type(text) {
    this.#text = text;
    this.#isOpen = true;
    this.#active = -1;
    this.redraw();
  }

  #open(box) {
    if (this.#isOpen) return;
    this.#isOpen = true;
    this.#active = this.#find(box).findIndex((option) => option.value === box.value);
    this.#show(box.id);
  }

  #close() {
    this.#isOpen = false;
    this.#active = -1;
  }

  #press(event, box, offers) {
    const keys = {
      ArrowDown: () => this.#move(box, offers, 1),
      ArrowUp: () => this.#move(box, offers, -1),
      Enter: () => (offers[this.#active] ? this.#take(box, offers[this.#active]) : this.#settle(box)),
      Escape: () => {
        if (!this.#isOpen) this.#text = null;
        this.#close();
        this.redraw();
      },
    };
    if (event.key === 'Tab' && offers[this.#active] && this.#text !== null) this.#take(box, offers[this.#active]);
    if (!(event.key in keys) || event.isComposing) return;

    event.preventDefault();
    keys[event.key]();
  }

  #move(box, offers, by) {
    if (!this.#isOpen) {
      this.#open(box);
      return;
    }
    if (!offers.length) return;
    const from = this.#active < 0 && by < 0 ? 0 : this.#active;
    this.#active = (from + by + offers.length) % offers.length;
    this.#show(box.id);
  }

  #show(id) {
    this.redraw();
    document.getElementById(`${id}-${this.#active}`)?.scrollIntoView({ block: 'nearest' });
  }

  #take(box, option) {
    this.#text = null;
    this.#close();
    box.choose(option.value);
    this.redraw();
  }

  // Takes what was typed: the option that is meant, or else the very words.
  #settle(box) {
    if (this.#text !== null) {
      const text = this.#text.trim();
      const lower = text.toLowerCase();
      const meant = box.options.find(({ value }) => value === text)
        ?? box.options.find(({ value, label }) => [value.toLowerCase(), label.toLowerCase()].includes(lower));
      if (text !== wordOf(box)) box.choose(meant?.value ?? (text || null));
    }
    this.#text = null;
    this.#close();
    this.redraw();
  }

  #leave(box) {
    if (this.#at !== box.id) return;
    this.#settle(box);
    this.#at = null;
  }

  // What begins with the text comes before what merely holds it.
  #find(box) {
    const wanted = (this.#text ?? '').trim().toLowerCase();
    if (!wanted) return box.options;

    const rank = ({ value, label }) => {
      const names = [label.toLowerCase(), value.toLowerCase()];
      if (names.includes(wanted)) return 0;
      if (names.some((name) => name.startsWith(wanted))) return 1;
      return names.some((name) => name.includes(wanted)) ? 2 : null;
    };

    return box.options.map((option) => [rank(option), option])
      .filter(([found]) => found !== null)
      .sort(([one], [other]) => one - other)
      .map(([, option]) => option);
  }
}

const wordOf = ({ value, options }) => options.find((option) => option.value === value)?.label ?? value ?? '';
