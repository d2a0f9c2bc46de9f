// Reads Kubernetes objects, a JSON array, from standard input, and prints a line for each that its schema refuses.
import { text } from 'node:stream/consumers';

for (const object of JSON.parse(await text(process.stdin))) {
  const name = `${object.kind}/${object.metadata?.name}`;
  let model;
  try {
    ({ [object.kind]: model } = await import(`kubernetes-models/${object.apiVersion}/${object.kind}`));
  } catch (error) {
    if (!['ERR_MODULE_NOT_FOUND', 'ERR_PACKAGE_PATH_NOT_EXPORTED'].includes(error.code)) throw error;
    console.log(`${name}: there is no schema for ${object.apiVersion} ${object.kind}`);
    continue;
  }

  try {
    new model(object).validate();
  } catch (error) {
    console.log(`${name}: ${error.message}`);
  }
}
