// What a program built on @medplum/core does. Arguments: packages, origin, tokens, schedule, patient, first day.
import assert from "node:assert/strict";
import { pathToFileURL } from "node:url";

const [packages, origin, doctorsToken, patientsToken, schedule, patientId, day] = process.argv.slice(2);
const { MedplumClient, OperationOutcomeError } = await import(pathToFileURL(`${packages}/@medplum/core/dist/esm/index.mjs`).href);
const clientOf = (token) => {
  const client = new MedplumClient({ baseUrl: `${origin}/`, fhirUrlPath: "fhir", fetch, cacheTime: 0 });
  client.setAccessToken(token);
  return client;
};
const refused = async (promise) => {
  const error = await promise.then(() => assert.fail("it was not refused"), (failure) => failure);
  assert.ok(error instanceof OperationOutcomeError, String(error));
  return error.outcome.issue[0].code;
};
const client = clientOf(doctorsToken);
const system = "urn:example:mrn";
const person = { resourceType: "Patient", identifier: [{ system, value: "medplum" }], name: [{ family: "Plumson" }] };
const query = `identifier=${system}|medplum`;

const made = await client.createResourceIfNoneExist(person, query);
assert.equal((await client.createResourceIfNoneExist(person, query)).id, made.id);
const upserted = await client.upsertResource({ ...person, gender: "other" }, query);
assert.deepEqual([upserted.id, upserted.gender], [made.id, "other"]);
const updated = await client.updateResource({ ...upserted, birthDate: "1990-01-02" });
assert.equal(updated.meta.versionId, "3");
const patched = await client.patchResource("Patient", made.id, [{ op: "replace", path: "/gender", value: "female" }]);
assert.equal(patched.gender, "female");
const history = await client.readHistory("Patient", made.id);
assert.deepEqual(history.entry.map((one) => one.resource.meta.versionId), ["4", "3", "2", "1"]);
assert.equal((await client.readVersion("Patient", made.id, "1")).gender, undefined);

const code = { coding: [{ system: "http://loinc.org", code: "8302-2" }] };
const subject = { reference: `Patient/${made.id}` };
const measured = (value) => ({ resourceType: "Observation", status: "final", code, subject, valueQuantity: { value, unit: "cm" } });
for (const value of [170, 171, 172]) await client.createResource(measured(value));
const pages = [];
for await (const page of client.searchResourcePages("Observation", { patient: made.id, _count: 2 })) pages.push(page.length);
assert.deepEqual(pages, [2, 1]);
assert.equal((await client.search("Observation", { patient: made.id, _summary: "count" })).total, 3);
assert.equal((await client.searchOne("Patient", { family: "Plumson" })).id, made.id);
const everything = await client.readPatientEverything(made.id);
assert.equal(everything.entry.length, 4);

const batch = await client.executeBatch({
  resourceType: "Bundle", type: "transaction",
  entry: [
    { request: { method: "POST", url: "Observation" }, resource: measured(173) },
    { request: { method: "PUT", url: `Patient/${made.id}` }, resource: { ...patched, active: true } },
  ],
});
assert.deepEqual(batch.entry.map((one) => one.response.status.slice(0, 3)), ["201", "200"]);
assert.equal((await client.validateResource({ ...person, gender: "male" })).issue[0].severity, "information");
assert.equal(await refused(client.createResource({ ...person, gender: "robot" })), "invariant");
assert.equal(await refused(client.readResource("Patient", "none")), "not-found");
const [observation] = await client.searchResources("Observation", { patient: made.id, _count: 1 });
await client.deleteResource("Observation", observation.id);
assert.equal((await client.search("Observation", { patient: made.id, _summary: "count" })).total, 3);

const hers = clientOf(patientsToken);
const [slot] = await hers.searchResources("Slot", { schedule, start: `ge${day}`, _count: 1 });
const appointment = {
  resourceType: "Appointment", status: "booked", slot: [{ reference: `Slot/${slot.id}` }],
  participant: [{ actor: { reference: `Patient/${patientId}` }, status: "accepted" }],
};
const booked = await hers.createResource(appointment);
assert.equal(await refused(hers.createResource(appointment)), "conflict");
assert.deepEqual((await hers.searchResources("Appointment", { status: "booked" })).map((one) => one.id), [booked.id]);
assert.equal((await hers.updateResource({ ...booked, status: "cancelled" })).status, "cancelled");
