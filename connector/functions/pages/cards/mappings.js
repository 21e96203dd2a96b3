// Which field of Spotler is filled from which column of Dynamics, and how that is changed.

import { Combobox } from '../combobox.js';
import { el } from '../dom.js';
import { t, tOr } from '../i18n.js';
import { button, problemMessage } from '../parts.js';
import { MappingDesk } from './mapping-desk.js';
import { outcomeOf, standing, unsavedBar } from './mapping-messages.js';
import { mappingTable } from './mapping-table.js';

// Two fields may have one name; then the property tells them apart.
function nameOf(field, fields) {
  const type = tOr(`mappings.field_types.${field.type}`, 'mappings.field_types.other');
  const isAlone = fields.filter(({ label }) => label === field.label).length === 1;

  return `${field.label} (${isAlone ? type : `${type}, ${field.property}`})`;
}

export function mappingsCard(page) {
  const desk = new MappingDesk(page);
  const combobox = new Combobox(() => page.redraw());
  let wanted = ''; // the field that is about to be added

  const adding = () => {
    const { addable } = desk.draft;
    const chosen = addable.some(({ target }) => target === wanted) ? wanted : addable[0]?.target;

    return el(
      'div',
      { class: 'stack', key: 'adding' },
      el('label', { for: 'mappings-add', class: 'label' }, t('mappings.add.label')),
      addable.length > 0 && el(
        'div',
        { class: 'row', key: 'choice' },
        el(
          'select',
          {
            id: 'mappings-add', class: 'compact', value: chosen, disabled: !page.mayChange, on: { change: (event) => { wanted = event.target.value; page.redraw(); } },
          },
          addable.map((one) => el('option', { value: one.target, key: one.target }, nameOf(one, addable))),
        ),
        button(t('mappings.add.action'), { because: page.reader, busy: desk.busy !== null, on: () => desk.add(chosen) }),
      ),
      el('p', { class: 'quiet' }, t(addable.length > 0 ? 'mappings.add.hint' : 'mappings.add.none')),
    );
  };

  const tools = () => el(
    'div',
    { class: 'row', key: 'tools' },
    button(t('mappings.tools.refresh'), { because: page.reader, busy: desk.busy !== null, on: () => desk.refresh() }),
    button(t('mappings.tools.restore'), { because: page.reader, busy: desk.busy !== null, on: () => desk.restore() }),
    button(t('mappings.tools.export'), { on: () => desk.export() }),
    button(t('mappings.tools.import'), { because: page.reader, busy: desk.busy !== null, on: () => desk.import() }),
    page.mayChange && !desk.examples && button(t('mappings.tools.examples'), { key: 'examples', describedBy: 'mappings-examples', on: () => desk.showExamples() }),
  );

  return {
    id: 'mappings',
    feeds: [desk.feed],
    also: [desk.jobs, desk.connection],
    waits: () => page.isUnconnected && t('mappings.not_connected'),
    render() {
      return [
        el('p', { class: 'lead', key: 'lead' }, t('mappings.lead')),
        tools(),
        page.mayChange && !desk.examples && el('p', { class: 'quiet', id: 'mappings-examples', key: 'examples-why' }, t('mappings.tools.examples_why')),
        desk.examples?.problem && el('div', { key: 'examples-problem' }, problemMessage(desk.examples.problem, { retry: () => desk.showExamples() })),
        outcomeOf(desk),
        standing(desk),
        mappingTable(desk, combobox),
        el('p', { class: 'quiet', id: 'mappings-locked', key: 'locked' }, t('mappings.locked_text')),
        el('p', { class: 'quiet', id: 'mappings-locked-email', key: 'locked-email' }, t('mappings.locked_email')),
        desk.draft.rows.some((row) => row.rarely_used) && el('p', { class: 'quiet', key: 'rare' }, t('mappings.rare_text')),
        adding(),
        unsavedBar(desk),
      ];
    },
  };
}
