// A JSON Schema as a tree that opens on demand: there are types that hold themselves.

import { el } from "./dom";
import { resolved, type ApiDocument, type Schema } from "./openapi";

/** `code` in backquotes of a description becomes an element; nothing else does. */
export function words(text: string | undefined): (string | Node)[] {
  return (text ?? "").split("`").map((part, k) => (k % 2 ? el("code", {}, part) : part));
}

/** The kinds that a value may be of, in words. */
export function kindOf(schema: Schema, document: ApiDocument): string {
  if (schema.$ref) return schema.$ref.split("/").at(-1) ?? "";
  if (schema.enum) return schema.enum.map((one) => JSON.stringify(one)).join(" or ");
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  const choices = schema.anyOf ?? schema.oneOf ?? schema.allOf;
  if (choices) return [...new Set(choices.map((one) => kindOf(one, document)))].join(" or ");
  if (schema.type === "array") return `list of ${kindOf(schema.items ?? {}, document)}`;
  if (schema.type === "object" && typeof schema.additionalProperties === "object") {
    return `by name ${kindOf(schema.additionalProperties, document)}`;
  }
  return schema.format ?? schema.type ?? "any";
}

/** The schemas inside of one that have fields of their own. */
function inner(schema: Schema, document: ApiDocument): Schema[] {
  const found = resolved(schema, document) ?? {};
  if (found.properties) return [found];
  const within = [...(found.anyOf ?? found.oneOf ?? found.allOf ?? [])];
  if (found.type === "array" && found.items) within.push(found.items);
  if (typeof found.additionalProperties === "object") within.push(found.additionalProperties);
  return within.flatMap((one) => inner(one, document));
}

function fieldOf(
  name: string,
  schema: Schema,
  isNeeded: boolean,
  document: ApiDocument,
): HTMLElement {
  const example = schema.examples?.[0];
  const head = [
    el("b", {}, name),
    isNeeded ? null : el("span", { class: "muted" }, "?"),
    " ",
    el("span", { class: "kind" }, kindOf(schema, document)),
    " ",
    ...words(schema.description),
    example === undefined
      ? null
      : el("span", { class: "muted" }, ` e.g. ${JSON.stringify(example)}`),
  ];
  const below = inner(schema, document);
  if (!below.length) return el("li", {}, ...head);
  const details = el("details", {}, el("summary", {}, ...head));
  details.addEventListener("toggle", () => {
    if (details.open && details.childElementCount === 1) {
      details.append(...below.map((one) => fieldsOf(one, document)));
    }
  });
  return el("li", {}, details);
}

function fieldsOf(schema: Schema, document: ApiDocument): HTMLElement {
  const needed = new Set(schema.required ?? []);
  const fields = Object.entries(schema.properties ?? {});
  return el(
    "ul",
    { class: "fields" },
    ...fields.map(([name, one]) => fieldOf(name, one, needed.has(name), document)),
  );
}

/** The fields of what an answer holds, and below each its own when it is opened. */
export function schemaTree(schema: Schema, document: ApiDocument): HTMLElement {
  const told = el("div", { class: "schema" }, el("p", { class: "kind" }, kindOf(schema, document)));
  told.append(...inner(schema, document).map((one) => fieldsOf(one, document)));
  return told;
}
