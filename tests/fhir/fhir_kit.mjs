// What a program built on fhir-kit-client does. Arguments: packages, FHIR base, token, schedule, patient, first day.
import assert from "node:assert/strict";
import { pathToFileURL } from "node:url";

const [packages, baseUrl, doctorsToken, patientsToken, schedule, patientId, day] = process.argv.slice(2);
const { Client } = await import(pathToFileURL(`${packages}/fhir-kit-client/dist/index.js`).href);
const client = new Client({ baseUrl, bearerToken: doctorsToken });
const entries = (bundle) => (bundle.entry ?? []).map((entry) => entry.resource);
const status = async (promise) => promise.then(() => 200, (error) => error.response?.status ?? error.status);

const smart = await client.smartAuthMetadata();
assert.match(String(smart.authorizeUrl), /\/oauth\/authorize$/);
const capabilities = await client.capabilityStatement();
assert.equal(capabilities.resourceType, "CapabilityStatement");

const name = [{ family: "Kitson", given: ["Kit"] }];
const person = await client.create({ resourceType: "Patient", body: { resourceType: "Patient", name } });
const subject = { reference: `Patient/${person.id}` };
const code = { coding: [{ system: "http://loinc.org", code: "8302-2" }] };
const measured = (value) => ({ resourceType: "Observation", status: "final", code, subject, valueQuantity: { value, unit: "cm" } });
for (const value of [170, 171, 172]) await client.create({ resourceType: "Observation", body: measured(value) });

const read = await client.read({ resourceType: "Patient", id: person.id });
assert.deepEqual(read.name, name);
const updated = await client.update({ resourceType: "Patient", id: person.id, body: { ...read, gender: "other" } });
assert.equal(updated.meta.versionId, "2");
const patched = await client.patch({
  resourceType: "Patient", id: person.id, jsonPatch: [{ op: "add", path: "/birthDate", value: "1990-01-02" }],
});
assert.equal(patched.birthDate, "1990-01-02");
assert.equal((await client.vread({ resourceType: "Patient", id: person.id, version: "1" })).gender, undefined);
const history = await client.history({ resourceType: "Patient", id: person.id });
assert.deepEqual(entries(history).map((one) => one.meta.versionId), ["3", "2", "1"]);

const searchParams = { patient: person.id, _count: 2, _include: "Observation:subject" };
const page = await client.search({ resourceType: "Observation", searchParams });
assert.deepEqual(entries(page).map((one) => one.resourceType), ["Observation", "Observation", "Patient"]);
const next = await client.nextPage({ bundle: page });
assert.equal(entries(next).filter((one) => one.resourceType === "Observation").length, 1);
const posted = await client.search({ resourceType: "Observation", searchParams, options: { postSearch: true } });
assert.equal(entries(posted).length, 3);
const inRecord = await client.search({
  compartment: { resourceType: "Patient", id: person.id }, resourceType: "Observation", searchParams: { code: "8302-2" },
});
assert.equal(entries(inRecord).length, 3);
const everything = await client.operation({ name: "everything", resourceType: "Patient", id: person.id, method: "GET" });
assert.equal(entries(everything).length, 4);

const request = (method, url, more = {}) => ({ request: { method, url }, ...more });
const done = await client.transaction({
  body: {
    resourceType: "Bundle", type: "transaction",
    entry: [
      request("POST", "Patient", { fullUrl: "urn:uuid:61ebe359-bfdc-4613-8bf2-c5e300945f0a", resource: { resourceType: "Patient", name } }),
      request("POST", "Observation", {
        resource: { ...measured(180), subject: { reference: "urn:uuid:61ebe359-bfdc-4613-8bf2-c5e300945f0a" } },
      }),
    ],
  },
});
const [made, height] = entries(done);
assert.equal(height.subject.reference, `Patient/${made.id}`);
const batch = await client.batch({
  body: {
    resourceType: "Bundle", type: "batch", entry: [request("GET", `Patient/${made.id}`), request("GET", "Patient/none")],
  },
});
assert.deepEqual(batch.entry.map((one) => one.response.status.slice(0, 3)), ["200", "404"]);
await client.delete({ resourceType: "Observation", id: height.id });
assert.equal(await status(client.read({ resourceType: "Observation", id: height.id })), 410);

const hers = new Client({ baseUrl, bearerToken: patientsToken });
const found = await hers.search({ resourceType: "Slot", searchParams: { schedule, start: `ge${day}`, _count: 1 } });
const [slot] = entries(found);
const appointment = {
  resourceType: "Appointment", status: "booked", slot: [{ reference: `Slot/${slot.id}` }],
  participant: [{ actor: { reference: `Patient/${patientId}` }, status: "accepted" }],
};
const booked = await hers.create({ resourceType: "Appointment", body: appointment });
assert.equal(booked.start, slot.start);
assert.equal(await status(hers.create({ resourceType: "Appointment", body: appointment })), 409);
assert.equal(await status(hers.read({ resourceType: "Patient", id: person.id })), 404);
const cancelled = await hers.patch({
  resourceType: "Appointment", id: booked.id, jsonPatch: [{ op: "replace", path: "/status", value: "cancelled" }],
});
assert.equal(cancelled.status, "cancelled");
