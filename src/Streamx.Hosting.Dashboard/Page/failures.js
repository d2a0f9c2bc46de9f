// What a worker failed with last, and the values that a consumer passed over. Messages come only where the reader may see them.
import { element, text } from './dom.js';
import { clock, count, reason } from './format.js';

export class Failures {
  last = element('p', { class: 'failure' });
  values = element('details', { class: 'failed-values', hidden: '' });
  #summary = element('summary');
  #list = element('ol');
  #shown = '';

  constructor() {
    this.last.hidden = true;
    this.values.append(this.#summary, this.#list);
  }

  show(failure, values = []) {
    this.last.hidden = !failure;
    if (failure) text(this.last, `✖ ${clock(failure.time)} ${reason(failure)}`);
    this.values.hidden = values.length === 0;
    const key = values.map(value => `${value.position}@${value.failure.time}`).join();
    if (this.#shown === key) return;
    this.#shown = key;
    text(this.#summary, `Last ${values.length === 1 ? 'value' : `${values.length} values`} it failed on`);
    this.#list.replaceChildren(...[...values].reverse().map(value => element('li', {},
      element('time', { datetime: value.failure.time }, clock(value.failure.time)),
      ` value ${count(value.position)} ${value.wasDeadLettered ? 'dead-lettered' : 'skipped'}: ${reason(value.failure)}`)));
  }
}
