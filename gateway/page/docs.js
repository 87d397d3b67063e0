// The description of the REST face (/v1/openapi.json) as a page on which each operation can be tried.

import { byId, el } from "./dom.js";
import { schemaTree, words } from "./docs_schema.js";

const METHODS = ["get", "post", "put", "patch", "delete"];
const LONGEST_SHOWN = 200_000; // characters of an answer: more makes a browser slow, and nobody reads it

const anchor = (method, path) => `${method}${path.replaceAll(/[^A-Za-z0-9]+/g, "-")}`.replace(/-$/, "");

function parameterRow(parameter, at) {
  const { name, required, description, schema = {} } = parameter;
  const id = `${at}-${name}`;
  const choices = [schema, ...(schema.anyOf ?? [])].find((one) => one.enum)?.enum;
  const example = parameter.examples ?? schema.examples ?? [];
  const shown = Array.isArray(example) ? example[0] : Object.values(example)[0]?.value;
  const field = choices
    ? el("select", { id, "data-name": name, "data-in": parameter.in }, el("option", { value: "" }, ""),
      ...choices.map((choice) => el("option", { value: choice }, String(choice))))
    : el("input", {
      id, "data-name": name, "data-in": parameter.in, type: "text", autocomplete: "off", spellcheck: "false",
      placeholder: shown ?? schema.default ?? "", value: parameter.in === "path" ? shown : null,
    });
  const kind = schema.pattern ?? [schema, ...(schema.anyOf ?? [])].map((one) => one.format ?? one.type).filter((one) => one && one !== "null").join(" or ");
  return el("tr", {},
    el("th", { scope: "row" }, el("label", { for: id }, name), required ? el("span", { class: "needed", title: "required" }, "*") : null),
    el("td", {}, field),
    el("td", {}, ...words(description), el("div", { class: "muted" }, kind)));
}

/** The address that the fields of an operation make, or the name of the one that is missing. */
export function addressOf(path, fields) {
  const query = new URLSearchParams();
  let found = path;
  for (const { name, where, value } of fields) {
    if (where === "path") {
      if (!value) return { missing: name };
      found = found.replace(`{${name}}`, encodeURIComponent(value));
    } else if (value) query.set(name, value);
  }
  return { address: query.size ? `${found}?${query}` : found };
}

function bodyField(body, at) {
  const media = body?.content?.["application/json"];
  if (!media) return null;
  const properties = media.schema.resolved?.properties ?? {};
  const example = Object.fromEntries(Object.entries(properties)
    .filter(([, one]) => one.examples).map(([name, one]) => [name, one.examples[0]]));
  const text = JSON.stringify(media.example ?? example, null, 2);
  return el("label", { class: "body" }, "Body", el("textarea", { id: `${at}-body`, rows: "10", spellcheck: "false" }, text));
}

async function send(method, path, section, at) {
  const fields = [...section.querySelectorAll("[data-name]")].map((field) => (
    { name: field.dataset.name, where: field.dataset.in, value: field.value.trim() }));
  const { address, missing } = addressOf(path, fields);
  const told = section.querySelector("output");
  if (missing) {
    told.replaceChildren(el("p", {}, `${missing} is missing`));
    return;
  }
  told.replaceChildren(el("p", { class: "muted" }, "…"));
  const request = { method: method.toUpperCase(), headers: {} };
  const body = byId(`${at}-body`);
  if (body) {
    request.body = body.value;
    request.headers["Content-Type"] = "application/json";
  }
  const begun = performance.now();
  try {
    const answer = await fetch(address, request);
    const text = await answer.text();
    const took = Math.round(performance.now() - begun);
    told.replaceChildren(
      el("p", {}, el("a", { href: method === "get" ? address : null }, `${request.method} ${address}`),
        ` ${answer.status} ${answer.statusText}, ${took} ms, ${text.length.toLocaleString("en")} characters`),
      el("pre", { tabindex: "0" }, indented(text, answer.headers.get("content-type") ?? "")));
  } catch {
    told.replaceChildren(el("p", {}, "the gateway does not answer"));
  }
}

function indented(text, media) {
  let shown = text;
  if (media.includes("json") && text.length < LONGEST_SHOWN) {
    try {
      shown = JSON.stringify(JSON.parse(text), null, 2);
    } catch { /* shown as it came */ }
  }
  return shown.length > LONGEST_SHOWN ? `${shown.slice(0, LONGEST_SHOWN)}\n…` : shown;
}

function answers(operation, document_) {
  return Object.entries(operation.responses).map(([status, answer]) => {
    const schema = Object.values(answer.content ?? {}).find((media) => media.schema)?.schema;
    const media = Object.keys(answer.content ?? {}).join(", ");
    const head = el("summary", {}, el("b", {}, status), " ", ...words(answer.description), " ", el("span", { class: "muted" }, media));
    if (!schema) return el("div", { class: "answer" }, ...head.childNodes);
    const details = el("details", { class: "answer" }, head);
    details.addEventListener("toggle", () => {
      if (details.open && details.childElementCount === 1) details.append(schemaTree(schema, document_));
    });
    return details;
  });
}

function operationCard(method, path, operation, document_) {
  const at = anchor(method, path);
  const [first, ...rest] = (operation.description ?? operation.summary ?? "").split("\n\n");
  const fields = (operation.parameters ?? []).map((parameter) => parameterRow(parameter, at));
  const reference = operation.requestBody?.content?.["application/json"]?.schema;
  if (reference?.$ref) reference.resolved = document_.components.schemas[reference.$ref.split("/").at(-1)];
  const form = el("form", {},
    fields.length ? el("table", { class: "parameters" }, el("tbody", {}, ...fields)) : null,
    bodyField(operation.requestBody, at),
    el("button", { type: "submit" }, "Try it"), el("output", {}));
  const card = el("section", { class: "card operation", id: at },
    el("h3", {}, el("span", { class: `method ${method}` }, method.toUpperCase()), " ", el("a", { href: `#${at}` }, path)),
    el("p", {}, ...words(first)), ...rest.map((text) => el("p", {}, ...words(text))), form,
    el("h4", {}, "Answers"), ...answers(operation, document_));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void send(method, path, card, at);
  });
  return card;
}

function show(document_) {
  byId("about").replaceChildren(...words(document_.info.description));
  const groups = new Map((document_.tags ?? []).map(({ name, description }) => [name, { description, found: [] }]));
  for (const [path, item] of Object.entries(document_.paths)) {
    for (const method of METHODS.filter((one) => item[one])) {
      const tag = item[method].tags?.[0] ?? "other";
      if (!groups.has(tag)) groups.set(tag, { description: "", found: [] });
      groups.get(tag).found.push([method, path, item[method]]);
    }
  }
  for (const [name, { description, found }] of groups) {
    if (!found.length) continue;
    byId("contents").append(el("h2", {}, name), el("ul", {}, ...found.map(([method, path]) => (
      el("li", {}, el("a", { href: `#${anchor(method, path)}` }, `${method === "get" ? "" : "POST "}${path}`))))));
    byId("operations").append(el("h2", {}, name), el("p", { class: "muted" }, ...words(description)),
      ...found.map(([method, path, operation]) => operationCard(method, path, operation, document_)));
  }
  if (location.hash) document.getElementById(location.hash.slice(1))?.scrollIntoView();
}

async function start() {
  try {
    const answer = await fetch("/v1/openapi.json");
    if (!answer.ok) throw new Error(answer.statusText);
    show(await answer.json());
  } catch {
    byId("notice").textContent = "The description does not come; reload the page in a while.";
    byId("notice").hidden = false;
  }
}

await start();
