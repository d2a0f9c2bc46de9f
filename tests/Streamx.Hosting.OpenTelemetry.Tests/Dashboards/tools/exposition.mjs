// Cumulative OTLP metrics as Prometheus text, under the names and labels of the OpenTelemetry specification
// "Prometheus and OpenMetrics Compatibility".

const units = { s: 'seconds', ms: 'milliseconds', us: 'microseconds', ns: 'nanoseconds', By: 'bytes', KiBy: 'kibibytes', '%': 'percent' };

/** The name of a metric in Prometheus. */
function nameOf(metric) {
  const tokens = metric.name.split(/[^a-zA-Z0-9]+/).filter(token => token);
  const isTotal = metric.sum?.isMonotonic === true;
  const suffixes = [];
  if (metric.unit === '1' && metric.gauge) suffixes.push('ratio');
  else if (metric.unit && metric.unit !== '1' && !metric.unit.startsWith('{')) suffixes.push(units[metric.unit] ?? metric.unit.replace(/[^a-zA-Z0-9]+/g, '_'));
  if (isTotal) suffixes.push('total');
  return [...tokens.filter(token => !suffixes.includes(token)), ...suffixes].join('_');
}

const valueOf = any => any?.stringValue ?? any?.boolValue ?? any?.intValue ?? any?.doubleValue ?? '';

const labelsOf = attributes => Object.fromEntries(attributes.map(({ key, value }) => [key.replace(/[^a-zA-Z0-9_]/g, '_'), String(valueOf(value))]));

function format(name, labels, value) {
  const escape = text => text.replace(/\\/g, '\\\\').replace(/\n/g, '\\n').replace(/"/g, '\\"');
  const list = Object.entries(labels).map(([label, text]) => `${label}="${escape(text)}"`).join(',');
  return `${name}{${list}} ${value}`;
}

/** job and instance, as a collector makes them of the resource; everything else of it is in target_info. */
function targetOf(resource) {
  const { service_namespace: namespace, service_name: service, service_instance_id: instance, ...others } = labelsOf(resource?.attributes ?? []);
  const target = {};
  if (service) target.job = namespace ? `${namespace}/${service}` : service;
  if (instance) target.instance = instance;
  return { target, others };
}

function* samplesOf(name, metric, target) {
  if (metric.histogram) {
    for (const point of metric.histogram.dataPoints) {
      const labels = { ...target, ...labelsOf(point.attributes) };
      let count = 0;
      for (const [i, inBucket] of point.bucketCounts.entries()) {
        count += inBucket;
        yield format(`${name}_bucket`, { ...labels, le: i < point.explicitBounds.length ? String(point.explicitBounds[i]) : '+Inf' }, count);
      }
      yield format(`${name}_sum`, labels, point.sum);
      yield format(`${name}_count`, labels, point.count);
    }
    return;
  }
  for (const point of (metric.sum ?? metric.gauge).dataPoints) {
    yield format(name, { ...target, ...labelsOf(point.attributes) }, point.asInt ?? point.asDouble);
  }
}

/** All of it, each family once, as the format demands. */
export function expose(resources) {
  const families = new Map();
  const add = (name, type, samples) => {
    if (!families.has(name)) families.set(name, [`# TYPE ${name} ${type}`]);
    families.get(name).push(...samples);
  };
  for (const { resource, scopeMetrics } of resources) {
    const { target, others } = targetOf(resource);
    add('target_info', 'gauge', [format('target_info', { ...target, ...others }, 1)]);
    for (const metric of scopeMetrics.flatMap(scope => scope.metrics)) {
      const data = metric.histogram ?? metric.sum ?? metric.gauge;
      if (!data) throw new Error(`${metric.name}: neither a histogram with explicit buckets, nor a sum, nor a gauge`);
      if (!metric.gauge && data.aggregationTemporality !== 'AGGREGATION_TEMPORALITY_CUMULATIVE') throw new Error(`${metric.name}: not cumulative`);
      const name = nameOf(metric);
      add(name, metric.histogram ? 'histogram' : metric.sum?.isMonotonic ? 'counter' : 'gauge', [...samplesOf(name, metric, target)]);
    }
  }
  return [...families.values()].flat().map(line => `${line}\n`).join('');
}
