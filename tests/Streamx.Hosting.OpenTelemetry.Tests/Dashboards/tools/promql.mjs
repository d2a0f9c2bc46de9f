// Parses PromQL: reads a JSON array of queries, writes a JSON array of syntax trees. A node whose name is "⚠" is a syntax error.
import { text } from 'node:stream/consumers';
import { parser } from '@prometheus-io/lezer-promql';

function tree(node, query) {
  const children = [];
  for (let child = node.firstChild; child; child = child.nextSibling) children.push(tree(child, query));
  return { name: node.name, text: query.slice(node.from, node.to), children };
}

const queries = JSON.parse(await text(process.stdin));
process.stdout.write(JSON.stringify(queries.map(query => tree(parser.parse(query).topNode, query))));
