// The mappings as somebody is changing them: what is new, other or deleted, until it is saved.

export const SIDES = ['contact_column', 'lead_column'];
const PARTS = [...SIDES, 'converter', 'lead_converter'];
export const TEXT = 'constant';
export const CONVERTERS = [
  'text', 'email', 'postcode', 'phone', 'mobile', 'date', 'gender', 'boolean', 'choice_label', 'lookup_name', 'owner_name', TEXT,
];

const VERSION = 1; // of the file

// A file that holds no mappings; `code` says what is wrong.
export class FileFault extends Error {
  constructor(code, targets = []) {
    super(code);
    Object.assign(this, { code, targets });
  }
}

export class Draft {
  // `convertersOf` tells which converters understand the column of a row; null where nobody knows.
  constructor(view, etag, convertersOf) {
    Object.assign(this, { view, etag, convertersOf });
    this.rows = view.mappings.map((mapping) => ({ ...mapping, isDeleted: false, isNew: false }));
  }

  before(row) { return this.view.mappings.find(({ target }) => target === row.target) ?? null; }

  // new, changed or deleted; null for what is as it was.
  changeOf(row) {
    if (row.isDeleted) return 'deleted';
    if (row.isNew) return 'new';
    const before = this.before(row);

    return PARTS.some((part) => before[part] !== row[part]) ? 'changed' : null;
  }

  get count() { return this.rows.filter((row) => this.changeOf(row)).length; }

  find(target) { return this.rows.find((row) => row.target === target) ?? null; }

  // What can be added: visible profile fields, and defaults that were deleted come by restoring.
  get addable() { return this.view.addable.filter(({ target }) => !this.find(target)); }

  add(target) {
    const known = this.view.addable.find((one) => one.target === target);
    const row = {
      target,
      property: known?.property ?? null,
      label: known?.label ?? target.slice(target.indexOf(':') + 1),
      kind: known ? 'profile' : null,
      type: known?.type ?? null,
      fit: known?.fit ?? null,
      contact_column: null,
      lead_column: null,
      converter: 'text',
      lead_converter: null,
      origin: 'user',
      required: false,
      rarely_used: false,
      isDeleted: false,
      isNew: true,
    };
    this.rows.push(row);

    return row;
  }

  remove(row) {
    if (row.isNew) this.rows = this.rows.filter((one) => one !== row);
    else row.isDeleted = true;
  }

  // Takes one change back.
  undo(row) {
    if (row.isNew) this.remove(row);
    else Object.assign(row, this.before(row), { isDeleted: false });
  }

  setColumn(row, side, name) {
    const before = converterOf(row, 'lead_column');
    row[side] = name;
    this.#settle(row, [before]);
  }

  // What is a text in one table is one in both, and no column's name stays in it. Leads go as
  // contacts do where that can be.
  setConverter(row, side, converter) {
    const before = converterOf(row, 'lead_column');
    if ((converter === TEXT) !== (row.converter === TEXT)) {
      Object.assign(row, { contact_column: null, lead_column: null, converter, lead_converter: null });
    } else row[side === 'lead_column' ? 'lead_converter' : 'converter'] = converter;
    this.#settle(row, [converterOf(row, 'lead_column'), before]);
  }

  // Lets a converter that does not understand its column give way; `wanted` is for leads.
  #settle(row, wanted) {
    if (row.converter === TEXT) return;

    row.converter = this.#choose(row, 'contact_column', [row.converter]);
    const lead = this.#choose(row, 'lead_column', wanted);
    if (row.lead_column === null) row.lead_converter = null;
    else if (row.contact_column === null) Object.assign(row, { converter: lead, lead_converter: null });
    else row.lead_converter = lead === row.converter ? null : lead;
  }

  // Returns the first that understands the column, or else the column's usual one.
  #choose(row, side, wanted) {
    const known = row[side] === null ? null : this.convertersOf(row, side);
    if (!known?.length) return wanted[0];

    return wanted.find((one) => known.includes(one)) ?? known[0];
  }

  toBody() {
    return { mappings: this.rows.filter((row) => !row.isDeleted).map(wishOf) };
  }

  toFile() { return { v: VERSION, ...this.toBody() }; }

  // What a field is called; one that is nowhere goes by its own name.
  labelOf(target) {
    return [...this.rows, ...this.view.addable].find((one) => one.target === target)?.label ?? target.slice(target.indexOf(':') + 1);
  }

  // Makes all mappings as a file says, and returns which had to stay all the same; raises FileFault.
  take(text) {
    const wishes = parseFile(text);
    const kept = this.rows.filter((one) => one.required && !wishes.has(one.target)).map(({ target }) => target);
    for (const row of this.rows.filter((one) => !one.required && !wishes.has(one.target))) this.remove(row);
    for (const [target, wish] of wishes) {
      Object.assign(this.find(target) ?? this.add(target), wish, { isDeleted: false });
    }

    return kept;
  }

  // Returns the same changes on top of what somebody else has saved meanwhile.
  onto(view, etag) {
    const fresh = new Draft(view, etag, this.convertersOf);
    for (const row of this.rows) {
      const change = this.changeOf(row);
      const there = fresh.find(row.target);
      if (change === 'deleted' && there) fresh.remove(there);
      if (change === 'new' || change === 'changed') Object.assign(there ?? fresh.add(row.target), wishOf(row));
    }

    return fresh;
  }
}

// The converters that understand a column, and make what the field of a row can hold.
export const convertersFor = (row, column) => column.converters.filter((one) => !row.fit || row.fit.converters.includes(one));

export const isFit = (row, column) => !row.fit || (row.fit.columns.includes(column.type) && convertersFor(row, column).length > 0);

export const converterOf = (row, side) => (side === 'lead_column' && row.lead_converter) || row.converter;

const wishOf = (row) => Object.fromEntries(['target', ...PARTS].map((part) => [part, row[part] || null]));

function parseFile(text) {
  let file;
  try {
    file = JSON.parse(text);
  } catch {
    throw new FileFault('not_json');
  }
  if (file?.v !== VERSION || !Array.isArray(file.mappings)) throw new FileFault('not_mappings');
  if (file.mappings.length === 0 || !file.mappings.every(isWish)) throw new FileFault('broken');

  const wishes = new Map(file.mappings.map((one) => [one.target, wishOf(one)]));
  const targets = file.mappings.map(({ target }) => target);
  const doubles = targets.filter((target, at) => targets.indexOf(target) < at);
  if (doubles.length > 0) throw new FileFault('double', [...new Set(doubles)]);

  return wishes;
}

const isText = (value) => typeof value === 'string';
const isWish = (one) => one !== null && typeof one === 'object' && isText(one.target) && /^\w+:./.test(one.target)
  && CONVERTERS.includes(one.converter) && [null, undefined, ...CONVERTERS].includes(one.lead_converter)
  && SIDES.every((side) => isText(one[side] ?? ''));
