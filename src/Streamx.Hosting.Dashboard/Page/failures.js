// What a worker failed with last, and the values that a consumer passed over. Messages come only where the reader may see them.
import { element, text } from './dom.js';
import { clock, count, reason } from './format.js';

export class Failures {
  last = element('p', { class: 'failure' });
  values = element('details', { class: 'failed-values', hidden: '' });
  #said = element('span');
  #trace = element('span');
  #summary = element('summary');
  #list = element('ol');
  #lastShown = '';
  #valuesShown = '';

  constructor() {
    this.last.hidden = true;
    this.last.append(this.#said, this.#trace);
    this.values.append(this.#summary, this.#list);
  }

  show(session, failure, values = []) {
    this.last.hidden = !failure;
    if (failure) this.#showLast(session, failure);
    this.values.hidden = values.length === 0;
    const key = `${session.traceUrl} ${values.map(value => `${value.position}@${value.failure.time}`).join()}`;
    if (this.#valuesShown === key) return;
    this.#valuesShown = key;
    text(this.#summary, `Last ${values.length === 1 ? 'value' : `${values.length} values`} it failed on`);
    this.#list.replaceChildren(...[...values].reverse().map(value => element('li', {},
      element('time', { datetime: value.failure.time }, clock(value.failure.time)),
      ` value ${numbered({ ...value.failure, position: value.position })}`,
      ` ${value.wasDeadLettered ? 'dead-lettered' : 'skipped'}: ${reason(value.failure)}`,
      ...trace(session, value.failure.traceId))));
  }

  #showLast(session, failure) {
    text(this.#said, `✖ ${clock(failure.time)}${failure.position === null ? '' : ` value ${numbered(failure)}`}: ${reason(failure)}`);
    const key = `${session.traceUrl} ${failure.traceId}`;
    if (this.#lastShown === key) return;
    this.#lastShown = key;
    this.#trace.replaceChildren(...trace(session, failure.traceId));
  }
}

// Which value: in one process its position, between processes its number, epoch, and whether it came again.
function numbered({ position, epoch, isRedelivered }) {
  return `${count(position)}${epoch === null ? '' : ` of epoch ${count(epoch)}`}${isRedelivered ? ' (redelivered)' : ''}`;
}

// The trace of a value: its id, and a link where the application has said where traces are found.
export function trace(session, id) {
  if (!id) return [];
  const url = session.traceOf(id);
  return [' · trace ', url ? element('a', { href: url, rel: 'noreferrer', target: '_blank' }, id) : element('code', {}, id)];
}
