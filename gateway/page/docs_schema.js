// A JSON Schema as a tree that opens on demand: there are types that hold themselves.

import { el } from "./dom.js";

/** `code` in backquotes of a description becomes an element; nothing else does. */
export function words(text) {
  return (text ?? "").split("`").map((part, k) => (k % 2 ? el("code", {}, part) : part));
}

const resolved = (schema, document_) => (schema.$ref ? document_.components.schemas[schema.$ref.split("/").at(-1)] : schema);

/** The kinds that a value may be of, in words. */
export function kindOf(schema, document_) {
  if (schema.$ref) return schema.$ref.split("/").at(-1);
  if (schema.enum) return schema.enum.map((one) => JSON.stringify(one)).join(" or ");
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  const choices = schema.anyOf ?? schema.oneOf ?? schema.allOf;
  if (choices) return [...new Set(choices.map((one) => kindOf(one, document_)))].join(" or ");
  if (schema.type === "array") return `list of ${kindOf(schema.items ?? {}, document_)}`;
  if (schema.type === "object" && typeof schema.additionalProperties === "object") {
    return `by name ${kindOf(schema.additionalProperties, document_)}`;
  }
  return schema.format ?? schema.type ?? "any";
}

/** The schemas inside of one that have fields of their own. */
function inner(schema, document_) {
  const found = resolved(schema, document_) ?? {};
  if (found.properties) return [found];
  const within = [...(found.anyOf ?? found.oneOf ?? found.allOf ?? [])];
  if (found.type === "array" && found.items) within.push(found.items);
  if (typeof found.additionalProperties === "object") within.push(found.additionalProperties);
  return within.flatMap((one) => inner(one, document_));
}

function fieldOf(name, schema, needed, document_) {
  const example = schema.examples?.[0];
  const head = [el("b", {}, name), needed ? null : el("span", { class: "muted" }, "?"), " ",
    el("span", { class: "kind" }, kindOf(schema, document_)), " ", ...words(schema.description),
    example === undefined ? null : el("span", { class: "muted" }, ` e.g. ${JSON.stringify(example)}`)];
  const below = inner(schema, document_);
  if (!below.length) return el("li", {}, ...head);
  const details = el("details", {}, el("summary", {}, ...head));
  details.addEventListener("toggle", () => {
    if (details.open && details.childElementCount === 1) details.append(...below.map((one) => fieldsOf(one, document_)));
  });
  return el("li", {}, details);
}

function fieldsOf(schema, document_) {
  const needed = new Set(schema.required ?? []);
  return el("ul", { class: "fields" }, ...Object.entries(schema.properties).map(([name, one]) => (
    fieldOf(name, one, needed.has(name), document_))));
}

/** The fields of what an answer holds, and below each its own when it is opened. */
export function schemaTree(schema, document_) {
  const below = inner(schema, document_);
  const told = el("div", { class: "schema" }, el("p", { class: "kind" }, kindOf(schema, document_)));
  told.append(...below.map((one) => fieldsOf(one, document_)));
  return told;
}
