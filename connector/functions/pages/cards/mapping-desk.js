// What the mappings card knows and does: columns, examples, the draft, and saving it.

import { announce } from '../announce.js';
import { Problem } from '../api.js';
import { ask } from '../dialog.js';
import { el } from '../dom.js';
import { download, pickText } from '../download.js';
import { languages, spoken, t } from '../i18n.js';
import {
  Draft, FileFault, SIDES, TEXT, converterOf, convertersFor, isFit,
} from './mapping-draft.js';

const PATH = '/mappings';
export const tables = { contact_column: 'contact', lead_column: 'lead' };

export const idOf = (row, part) => `mapping-${encodeURIComponent(row.target).replace(/[%.~!*'()]/g, '_')}-${part}`;

export class MappingDesk {
  busy = null; // save, restore or refresh while that is under way
  said = null; // what the last of these led to
  faults = []; // what the server does not take of the draft
  examples = null; // what the mappings make of the newest people, once somebody asked to see it
  #draft = null;
  #read = new Map(); // lists of columns by path

  constructor(page) {
    this.page = page;
    this.feed = page.mappings;
    this.jobs = page.feed('/jobs');
    this.connection = page.feed('/connection');
    window.addEventListener('beforeunload', (event) => { if (this.isDirty) event.preventDefault(); });
  }

  // The draft follows what is stored for as long as nothing is changed in it.
  get draft() {
    const etag = this.page.api.etagOf(PATH);
    if (!this.#draft || (this.#draft.view !== this.feed.value && (this.#draft.count === 0 || this.#draft.etag === etag))) {
      this.#draft = this.#draft?.count ? this.#draft.onto(this.feed.value, etag) : this.#newDraft();
    }
    return this.#draft;
  }

  get isDirty() { return (this.#draft?.count ?? 0) > 0; }

  // Tells whether somebody else saved while this draft was being changed.
  get isOvertaken() { return this.isDirty && this.#draft.etag !== this.page.api.etagOf(PATH); }

  // Returns the columns of a side in the language that is spoken; null while they are not known.
  columnsOf(side) {
    const path = `/columns?table=${tables[side]}&lcid=${languages[spoken()].lcid}`;
    if (!this.#read.has(path)) {
      this.#read.set(path, { columns: null });
      this.page.api.get(path).then(
        (found) => this.#read.set(path, found),
        (problem) => this.#read.set(path, { columns: null, problem }),
      ).then(() => this.page.redraw());
    }

    return this.#read.get(path).columns;
  }

  get columnsProblem() { return [...this.#read.values()].find(({ problem }) => problem)?.problem ?? null; }

  readColumnsAgain() {
    this.#read.clear();
    this.page.redraw();
  }

  columnOf(row, side) { return this.columnsOf(side)?.find(({ name }) => name === row[side]) ?? null; }

  // Returns what is wrong with a part of a row: what the server said, or a column that is not there
  // or cannot fill the field.
  faultOf(row, part) {
    const said = this.faults.find((fault) => fault.target === row.target && fault.field === part);
    if (said) return said;
    if (!SIDES.includes(part) || row[part] === null || converterOf(row, part) === TEXT || !this.columnsOf(part)?.length) return null;
    const column = this.columnOf(row, part);
    if (!column) return { code: 'unknown_column' };

    return isFit(row, column) ? null : { code: 'wrong_type' };
  }

  // Changes the draft; a fault of what was changed is no longer said.
  change(row, change) {
    this.faults = this.faults.filter(({ target }) => target !== row.target);
    change(this.draft);
    this.page.redraw();
  }

  add(target) {
    const row = this.draft.add(target);
    this.said = null;
    this.page.redraw();
    document.getElementById(idOf(row, 'contact_column'))?.focus();
  }

  save() {
    return this.#run('save', async () => {
      const saved = await this.page.api.put(PATH, this.draft.toBody(), { ifMatch: this.draft.etag });
      await this.#begin();

      return this.#saved(saved);
    });
  }

  discard() {
    this.#draft = null;
    this.faults = [];
    this.#say({ kind: 'discarded' });
    announce(t('mappings.discarded'));
  }

  // Lays the changes on top of what somebody else has saved.
  async rebase() {
    await this.feed.refresh();
    this.#draft = this.draft.onto(this.feed.value, this.page.api.etagOf(PATH));
    this.#say({ kind: 'rebased' });
    announce(t('mappings.rebased'));
  }

  refresh() {
    return this.#run('refresh', async () => {
      await this.page.api.post('/mappings/refresh');
      this.#read.clear();
      this.examples = null;
      await this.feed.refresh();

      return { kind: 'refreshed', count: this.draft.addable.length };
    });
  }

  async restore() {
    const labels = this.draft.view.deleted.map(({ label }) => label);
    const sure = await ask({
      title: t('mappings.restore.title'),
      body: [
        el('p', {}, t('mappings.restore.text')),
        labels.length > 0 && el('p', {}, t('mappings.restore.deleted', { fields: labels.join(', ') })),
        this.isDirty && el('p', {}, t('mappings.restore.unsaved')),
      ],
      confirm: t('mappings.restore.confirm'),
    });
    if (!sure) return;

    await this.#run('restore', async () => {
      const saved = await this.page.api.post('/mappings/restore');
      await this.#begin();

      return this.#saved(saved);
    });
  }

  export() { download(`mappings-${new Date().toISOString().slice(0, 10)}.json`, this.draft.toFile()); }

  async import() {
    const text = await pickText('.json,application/json');
    const { draft } = this;
    const fieldsOf = (targets) => targets.map((target) => draft.labelOf(target)).join(', ');
    try {
      const kept = fieldsOf(draft.take(text));
      this.faults = [];
      this.#say({ kind: this.isDirty ? 'imported' : 'imported_same', kept });
    } catch (fault) {
      if (!(fault instanceof FileFault)) throw fault;
      this.#say({ kind: 'file', code: fault.code, fields: fieldsOf(fault.targets) });
    }
  }

  // Says what became of it, where the focus goes.
  #say(said) {
    this.said = said;
    this.page.redraw();
    document.getElementById('mappings-said').focus();
  }

  // Remembers which syncs there were: they did not fill what was saved now.
  #saved(saved) { return { kind: 'saved', saved, earlier: new Set(this.jobs.value?.jobs.map(({ id }) => id)) }; }

  #newDraft() {
    return new Draft(this.feed.value, this.page.api.etagOf(PATH), (row, side) => {
      const column = this.columnOf(row, side);

      return column && convertersFor(row, column);
    });
  }

  // Begins anew with what is stored now.
  async #begin() {
    await this.feed.refresh();
    this.#draft = this.#newDraft();
    this.faults = [];
    this.examples = null;
  }

  async #run(what, run) {
    Object.assign(this, { busy: what, said: null });
    this.page.redraw();
    try {
      this.said = await run();
    } catch (problem) {
      if (!(problem instanceof Problem)) throw problem;
      this.faults = problem.code === 'invalid_mappings' ? problem.body.errors ?? [] : this.faults;
      if (problem.code === 'mappings_changed') await this.feed.refresh();
      this.said = { kind: 'problem', problem };
    }
    this.busy = null;
    this.page.redraw();
    this.#tell();
  }

  // The first control with a fault gets the focus; without one, the message does.
  #tell() {
    const first = [...this.draft.rows].flatMap((row) => ['target', ...SIDES, 'converter'].map((part) => [row, part]))
      .find(([row, part]) => this.faults.some((fault) => fault.target === row.target && fault.field === part));
    document.getElementById(first ? idOf(...first) : 'mappings-said')?.focus();
  }

  // Shows what the mappings make of the newest people: that is noted, as each look at a person is.
  async showExamples() {
    this.examples = { examples: [] };
    try {
      this.examples = await this.page.api.get('/mappings/examples');
    } catch (problem) {
      if (!(problem instanceof Problem)) throw problem;
      this.examples = { examples: [], problem };
    }
    this.page.redraw();
  }
}
