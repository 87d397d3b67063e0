// The description of the REST face (/v1/openapi.json) as a page on which each operation can be tried.

import "../styles/tokens.css";
import "../styles/base.css";
import "../styles/parts.css";
import "../styles/shell.css";
import "./docs.css";
import { byId, el } from "./dom";
import { resolved, type ApiDocument, type Operation, type Parameter } from "./openapi";
import { schemaTree, words } from "./schema";

const METHODS = ["get", "post", "put", "patch", "delete"];
const LONGEST_SHOWN = 200_000; // characters of an answer: more makes a browser slow, and nobody reads it

const anchor = (method: string, path: string): string =>
  `${method}${path.replaceAll(/[^A-Za-z0-9]+/g, "-")}`.replace(/-$/, "");

function exampleOf(parameter: Parameter): string | null {
  const example = parameter.examples ?? parameter.schema?.examples ?? [];
  const shown = Array.isArray(example) ? example[0] : Object.values(example)[0]?.value;
  return shown === undefined ? null : String(shown);
}

function parameterRow(parameter: Parameter, at: string): HTMLElement {
  const { name, required, description, schema = {} } = parameter;
  const id = `${at}-${name}`;
  const kinds = [schema, ...(schema.anyOf ?? [])];
  const choices = kinds.find((one) => one.enum)?.enum;
  const shown = exampleOf(parameter);
  const named = { id, "data-name": name, "data-in": parameter.in };
  const otherwise = schema.default === undefined ? "" : String(schema.default);
  const field = choices
    ? el(
        "select",
        named,
        el("option", { value: "" }, ""),
        ...choices.map((choice) => el("option", { value: String(choice) }, String(choice))),
      )
    : el("input", {
        ...named,
        type: "text",
        autocomplete: "off",
        spellcheck: "false",
        placeholder: shown ?? otherwise,
        value: parameter.in === "path" ? shown : null,
      });
  const types = kinds.map((one) => one.format ?? one.type).filter((one) => one && one !== "null");
  return el(
    "tr",
    {},
    el(
      "th",
      { scope: "row" },
      el("label", { for: id }, name),
      required ? el("span", { class: "needed", title: "required" }, "*") : null,
    ),
    el("td", {}, field),
    el(
      "td",
      {},
      ...words(description),
      el("div", { class: "muted" }, schema.pattern ?? types.join(" or ")),
    ),
  );
}

interface Field {
  name: string;
  where: string;
  value: string;
}

/** The address that the fields of an operation make, or the name of the one that is missing. */
export function addressOf(
  path: string,
  fields: Field[],
): { address: string } | { missing: string } {
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

function bodyField(operation: Operation, at: string, document_: ApiDocument): HTMLElement | null {
  const media = operation.requestBody?.content?.["application/json"];
  if (!media?.schema) return null;
  const properties = resolved(media.schema, document_)?.properties ?? {};
  const example = Object.fromEntries(
    Object.entries(properties)
      .filter(([, one]) => one.examples)
      .map(([name, one]) => [name, one.examples?.[0]]),
  );
  const text = JSON.stringify(media.example ?? example, null, 2);
  return el(
    "label",
    { class: "body" },
    "Body",
    el("textarea", { id: `${at}-body`, rows: "10", spellcheck: "false" }, text),
  );
}

async function send(method: string, path: string, section: HTMLElement, at: string): Promise<void> {
  const found = [...section.querySelectorAll<HTMLInputElement | HTMLSelectElement>("[data-name]")];
  const fields = found.map((field) => ({
    name: field.dataset["name"] ?? "",
    where: field.dataset["in"] ?? "",
    value: field.value.trim(),
  }));
  const made = addressOf(path, fields);
  const told = section.querySelector("output");
  if (!told) return;
  if ("missing" in made) {
    told.replaceChildren(el("p", {}, `${made.missing} is missing`));
    return;
  }
  told.replaceChildren(el("p", { class: "muted" }, "…"));
  const request: RequestInit = { method: method.toUpperCase() };
  const body = document.getElementById(`${at}-body`);
  if (body instanceof HTMLTextAreaElement) {
    request.body = body.value;
    request.headers = { "Content-Type": "application/json" };
  }
  const begun = performance.now();
  try {
    const answer = await fetch(made.address, request);
    const text = await answer.text();
    const took = Math.round(performance.now() - begun);
    told.replaceChildren(
      el(
        "p",
        {},
        el(
          "a",
          { href: method === "get" ? made.address : null },
          `${method.toUpperCase()} ${made.address}`,
        ),
        ` ${answer.status} ${answer.statusText}, ${took} ms, ${text.length.toLocaleString("en")} characters`,
      ),
      el("pre", { tabindex: "0" }, indented(text, answer.headers.get("content-type") ?? "")),
    );
  } catch {
    told.replaceChildren(el("p", {}, "the gateway does not answer"));
  }
}

function indented(text: string, media: string): string {
  let shown = text;
  if (media.includes("json") && text.length < LONGEST_SHOWN) {
    try {
      shown = JSON.stringify(JSON.parse(text), null, 2);
    } catch {
      // shown as it came
    }
  }
  return shown.length > LONGEST_SHOWN ? `${shown.slice(0, LONGEST_SHOWN)}\n…` : shown;
}

function answers(operation: Operation, document_: ApiDocument): HTMLElement[] {
  return Object.entries(operation.responses).map(([status, answer]) => {
    const schema = Object.values(answer.content ?? {}).find((media) => media.schema)?.schema;
    const media = Object.keys(answer.content ?? {}).join(", ");
    const head = [
      el("b", {}, status),
      " ",
      ...words(answer.description),
      " ",
      el("span", { class: "muted" }, media),
    ];
    if (!schema) return el("div", { class: "answer" }, ...head);
    const details = el("details", { class: "answer" }, el("summary", {}, ...head));
    details.addEventListener("toggle", () => {
      if (details.open && details.childElementCount === 1)
        details.append(schemaTree(schema, document_));
    });
    return details;
  });
}

function operationCard(
  method: string,
  path: string,
  operation: Operation,
  document_: ApiDocument,
): HTMLElement {
  const at = anchor(method, path);
  const [first, ...rest] = (operation.description ?? operation.summary ?? "").split("\n\n");
  const fields = (operation.parameters ?? []).map((parameter) => parameterRow(parameter, at));
  const form = el(
    "form",
    {},
    fields.length ? el("table", { class: "parameters" }, el("tbody", {}, ...fields)) : null,
    bodyField(operation, at, document_),
    el("button", { type: "submit", class: "button is-main" }, "Try it"),
    el("output", {}),
  );
  const card = el(
    "section",
    { class: "card operation", id: at },
    el(
      "h3",
      {},
      el("span", { class: `method ${method}` }, method.toUpperCase()),
      " ",
      el("a", { href: `#${at}` }, path),
    ),
    el("p", {}, ...words(first)),
    ...rest.map((text) => el("p", {}, ...words(text))),
    form,
    el("h4", {}, "Answers"),
    ...answers(operation, document_),
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void send(method, path, card, at);
  });
  return card;
}

function show(document_: ApiDocument): void {
  byId("about").replaceChildren(...words(document_.info.description));
  const groups = new Map<string, { description: string; found: [string, string, Operation][] }>();
  for (const { name, description } of document_.tags ?? []) {
    groups.set(name, { description: description ?? "", found: [] });
  }
  for (const [path, item] of Object.entries(document_.paths)) {
    for (const method of METHODS) {
      const operation = item[method];
      if (!operation) continue;
      const tag = operation.tags?.[0] ?? "other";
      const group = groups.get(tag) ?? { description: "", found: [] };
      groups.set(tag, group);
      group.found.push([method, path, operation]);
    }
  }
  for (const [name, { description, found }] of groups) {
    if (!found.length) continue;
    const entry = ([method, path]: [string, string, Operation]) => {
      const text = `${method === "get" ? "" : `${method.toUpperCase()} `}${path}`;
      return el("li", {}, el("a", { href: `#${anchor(method, path)}` }, text));
    };
    byId("contents").append(el("h2", {}, name), el("ul", {}, ...found.map(entry)));
    byId("operations").append(
      el("h2", {}, name),
      el("p", { class: "muted" }, ...words(description)),
      ...found.map(([method, path, operation]) =>
        operationCard(method, path, operation, document_),
      ),
    );
  }
  if (location.hash) document.getElementById(location.hash.slice(1))?.scrollIntoView();
}

async function start(): Promise<void> {
  try {
    const answer = await fetch("/v1/openapi.json");
    if (!answer.ok) throw new Error(answer.statusText);
    show((await answer.json()) as ApiDocument);
  } catch {
    byId("notice").textContent = "The description does not come; reload the page in a while.";
    byId("notice").hidden = false;
  }
}

void start();
