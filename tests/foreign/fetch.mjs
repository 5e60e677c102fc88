// The requests of waldur-js-client, with fetch: `Authorization: Token …`, and lists as repeated parameters.
//
//     node tests/foreign/fetch.mjs http://127.0.0.1:8080 TOKEN
import assert from "node:assert/strict";

const [url, token] = process.argv.slice(2);
const LIST = "/api/marketplace-component-user-usages/";

async function ask(path, query = {}, options = {}) {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    for (const one of [value].flat()) parameters.append(name, one);
  }
  const headers = { Authorization: `Token ${token}`, ...options.headers };
  return fetch(`${url}${path}?${parameters}`, { ...options, headers });
}

const uuids = new Set();
let records = 0;
for (let page = 1, next = true; next; page += 1) {
  const response = await ask(LIST, { o: ["-usage", "username"], field: ["uuid", "usage", "username"], page, page_size: 300 });
  assert.equal(response.status, 200);
  const rows = await response.json();
  for (const row of rows) {
    assert.deepEqual(Object.keys(row), ["uuid", "username", "usage"]);
    uuids.add(row.uuid);
  }
  for (let at = 1; at < rows.length; at += 1) assert.ok(rows[at - 1].usage >= rows[at].usage);
  records += rows.length;
  assert.equal(Number(response.headers.get("x-result-count")) >= records, true);
  next = response.headers.get("link").includes('rel="next"');
}
assert.equal(uuids.size, records);

const [uuid] = uuids;
const record = await (await ask(`${LIST}${uuid}/`)).json();
assert.equal(record.uuid, uuid);
assert.equal((await ask(LIST, { customer_uuid: record.customer_uuid }, { method: "HEAD" })).status, 200);
assert.equal((await ask(`${LIST}${"0".repeat(32)}/`)).status, 404);
assert.equal((await ask(LIST, {}, { headers: { Authorization: "Token wrong" } })).status, 401);

// What a browser asks before a page of another origin may call.
const preflight = await fetch(`${url}${LIST}`, {
  method: "OPTIONS",
  headers: { Origin: "https://app.example.org", "Access-Control-Request-Method": "GET", "Access-Control-Request-Headers": "authorization" },
});
assert.equal(preflight.status, 200);
assert.equal(preflight.headers.get("access-control-allow-origin"), "https://app.example.org");

console.log(JSON.stringify({ records }));
