// Compiles a dashboard file against Grafana's types: an unknown field, a wrong type, an option that a panel does not have.
//   node tools/dashboard-types.mjs <file>
// Prints a line for each error, with the line of the file; exits with 1 when there is one.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const tools = fileURLToPath(new URL('.', import.meta.url));
const virtual = `${tools}dashboard-file.ts`;
// On the first line, so that lines stay those of the file.
const source = `import type { DashboardFile } from './dashboard-types'; export const file: DashboardFile = ${readFileSync(process.argv[2], 'utf8')}`;

const options = {
  noEmit: true, strict: true, skipLibCheck: true, types: [],
  target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext, moduleResolution: ts.ModuleResolutionKind.Bundler,
};
const host = ts.createCompilerHost(options);
const { getSourceFile, fileExists, readFile } = host;
host.fileExists = name => name === virtual || fileExists.call(host, name);
host.readFile = name => (name === virtual ? source : readFile.call(host, name));
host.getSourceFile = (name, ...rest) => (name === virtual ? ts.createSourceFile(name, source, rest[0]) : getSourceFile.call(host, name, ...rest));

const errors = ts.getPreEmitDiagnostics(ts.createProgram([virtual], options, host));
for (const error of errors) {
  const line = error.file ? `${error.file.fileName.replace(tools, '')}:${error.file.getLineAndCharacterOfPosition(error.start).line + 1}: ` : '';
  console.log(line + ts.flattenDiagnosticMessageText(error.messageText, '\n'));
}
process.exitCode = errors.length > 0 ? 1 : 0;
