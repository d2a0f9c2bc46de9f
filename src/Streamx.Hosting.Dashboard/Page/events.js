// The event log, the newest first.
import { element } from './dom.js';
import { clock, reason } from './format.js';

const SHOWN = 100;

export const SIGNS = {
  Faulted: '✖', Failed: '✖', Stalled: '▲', Failing: '!', Detached: '⊘', Restarted: '↻', Gone: '✖', Leads: '▶', Follows: '◌',
};

export class Events {
  #list;
  #none;
  #last = 0;

  constructor(list, none) {
    this.#list = list;
    this.#none = none;
  }

  // A server that was started again counts from one.
  begin(events) {
    this.#list.replaceChildren();
    this.#last = 0;
    this.add(events);
  }

  add(events) {
    for (const event of events) {
      if (event.id <= this.#last) continue;
      this.#last = event.id;
      this.#list.prepend(element('li', { class: `event ${event.kind.toLowerCase()}` },
        element('time', { datetime: event.time }, clock(event.time)),
        element('span', { class: 'kind' }, `${SIGNS[event.kind] ?? '•'} ${event.kind}`),
        element('span', {}, event.text,
          event.errorType ? element('span', { class: 'why' }, ` ${reason(event)}`) : '',
          event.worker ? element('small', {}, ` (${event.stream})`) : '')));
    }
    while (this.#list.children.length > SHOWN) this.#list.lastChild.remove();
    this.#none.hidden = this.#list.children.length > 0;
  }
}
