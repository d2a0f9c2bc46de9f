// Numbers and times as people read them.

export function seconds(value) {
  if (value === null || value === undefined) return '–';
  if (value === 0) return '0 s';
  if (value < 0.001) return `${Math.max(1, Math.round(value * 1e6))} µs`;
  if (value < 1) return `${Number((value * 1000).toPrecision(value < 0.01 ? 2 : 3))} ms`;
  if (value < 120) return `${value.toFixed(1)} s`;
  if (value < 7200) return `${Math.floor(value / 60)} min ${Math.floor(value % 60)} s`;
  return `${Math.floor(value / 3600)} h ${Math.floor(value % 3600 / 60)} min`;
}

export function percent(ratio) {
  if (ratio === null || ratio === undefined) return '–';
  return ratio > 0 && ratio < 0.01 ? '<1 %' : `${Math.round(ratio * 100)} %`;
}

export function rate(value) {
  if (value === null || value === undefined) return '–';
  if (value >= 1e6) return `${(value / 1e6).toFixed(1)} M`;
  if (value >= 1e4) return `${Math.round(value / 1e3)} k`;
  return value >= 100 ? String(Math.round(value)) : String(Number(value.toFixed(1)));
}

export const count = value => value.toLocaleString('en').replaceAll(',', '\u2009');

export const clock = time => new Date(time).toTimeString().slice(0, 8);

// The type without its namespace, and the message where the reader may see it.
export function reason(failure) {
  const type = failure.errorType.split('.').at(-1);
  return failure.message ? `${type}: ${failure.message}` : type;
}

export function names(list) {
  if (list.length < 2) return list.join('');
  return `${list.slice(0, -1).join(', ')} and ${list.at(-1)}`;
}
