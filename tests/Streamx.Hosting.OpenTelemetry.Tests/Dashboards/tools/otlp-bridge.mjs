// Stands between OTLP and a Prometheus that has no OTLP receiver: takes metrics as http/protobuf, shows the latest as Prometheus text.
// Prints one line for each event, so that tests wait for events and not for time: "listening <port>", "export <n>", "scrape <n>".
import http from 'node:http';
import { createRequire } from 'node:module';
import { buffer } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';
import { expose } from './exposition.mjs';

// The decoder is generated code that the package does not export.
const require = createRequire(import.meta.url);
const root = require(require.resolve('@opentelemetry/otlp-transformer').replace(/index\.js$/, 'generated/root.js'));
const requests = root.opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceRequest;

/** What each resource sent last: an export holds everything, since values are cumulative. */
const latest = new Map();
let exports = 0;
let scrapes = 0;

const server = http.createServer(async (request, response) => {
  try {
    if (request.method === 'POST' && request.url === '/v1/metrics') {
      const body = await buffer(request);
      const message = requests.decode(request.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body);
      for (const resource of requests.toObject(message, { longs: Number, enums: String, defaults: true, arrays: true }).resourceMetrics) {
        latest.set(JSON.stringify(resource.resource?.attributes ?? []), resource);
      }
      response.writeHead(200, { 'content-type': 'application/x-protobuf' }).end();
      console.log(`export ${++exports}`);
    } else if (request.method === 'POST') {
      await buffer(request); // traces and logs: taken, not looked at
      response.writeHead(200, { 'content-type': 'application/x-protobuf' }).end();
    } else {
      response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4' }).end(expose([...latest.values()]));
      console.log(`scrape ${++scrapes}`);
    }
  } catch (error) {
    console.error(error);
    response.writeHead(500).end(String(error));
  }
});
server.listen(0, '127.0.0.1', () => console.log(`listening ${server.address().port}`));
// Ends with the process that started it.
process.stdin.on('end', () => process.exit()).resume();
