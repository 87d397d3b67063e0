// Makes src/api/*.d.ts of what `python -m gateway.interface` prints; with --check it only says
// whether they are what it would make (exit 1 if not).

import { readFileSync, writeFileSync } from "node:fs";
import openapi, { astToString } from "openapi-typescript";

const HEAD =
  "// Made by `make types` from what the gateway says of itself; not to be changed by hand.\n\n";
const isCheck = process.argv.includes("--check");
let said = "";
process.stdin.setEncoding("utf8");
for await (const part of process.stdin) said += part;
const documents = JSON.parse(said);
let stale = 0;
for (const [name, document] of Object.entries(documents)) {
  const file = new URL(`../src/api/${name}.d.ts`, import.meta.url);
  const made = HEAD + astToString(await openapi(document, { emptyObjectsUnknown: true }));
  if (!isCheck) {
    writeFileSync(file, made);
    continue;
  }
  let held = "";
  try {
    held = readFileSync(file, "utf8");
  } catch {
    // it is not there: as stale as can be
  }
  if (held !== made) {
    process.stderr.write(
      `gateway/screens/src/api/${name}.d.ts is not what the gateway says; run: make types\n`,
    );
    stale = 1;
  }
}
process.exitCode = stale;
