// Which lanes are open. With few streams all are; with many the healthy ones are folded to a line, and the reader may open any.
import { attribute, element, text } from './dom.js';
import { isTrouble, SEVERITY } from './severity.js';

// As many as are read without scrolling far.
const FEW = 3;

// Trouble that comes and goes must not open and close a lane each second.
const KEPT_OPEN = 30000;

export class Folding {
  #lanes;

  constructor(lanes) {
    this.#lanes = lanes;
  }

  // conditions: of each stream by name.
  update(conditions) {
    const areMany = conditions.size > FEW;
    const now = performance.now();
    const worst = [...conditions].filter(([, state]) => isTrouble(state))
      .sort(([, one], [, other]) => SEVERITY.indexOf(one) - SEVERITY.indexOf(other));
    for (const [name] of worst.slice(0, FEW)) this.#lanes.get(name).openUntil = now + KEPT_OPEN;
    for (const lane of this.#lanes.values()) {
      if (areMany && !lane.toggle) this.#addToggle(lane);
      if (lane.toggle) lane.toggle.hidden = !areMany;
      this.#fold(lane, areMany && !(lane.isOpen ?? lane.openUntil > now));
    }
  }

  open(lane) {
    lane.isOpen = true;
    this.#fold(lane, false);
  }

  #addToggle(lane) {
    lane.toggle = element('button', { type: 'button', class: 'toggle' });
    lane.toggle.addEventListener('click', () => {
      lane.isOpen = lane.isFolded;
      this.#fold(lane, !lane.isOpen);
    });
    lane.title.after(lane.toggle);
  }

  #fold(lane, isFolded) {
    lane.isFolded = isFolded;
    attribute(lane.root, 'data-folded', isFolded ? 'true' : null);
    if (!lane.toggle) return;
    text(lane.toggle, isFolded ? 'Show' : 'Hide');
    attribute(lane.toggle, 'aria-expanded', String(!isFolded));
    attribute(lane.toggle, 'aria-label', `${isFolded ? 'Show' : 'Hide'} ${lane.title.textContent}`);
  }
}
