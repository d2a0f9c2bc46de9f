// How bad the conditions of streams are.

// The worst first.
export const SEVERITY = ['faulted', 'stalled', 'draining', 'held', 'failing', 'detached', 'flowing', 'idle', 'ended'];

const TROUBLE = SEVERITY.slice(0, SEVERITY.indexOf('flowing'));

export const isTrouble = state => TROUBLE.includes(state);
