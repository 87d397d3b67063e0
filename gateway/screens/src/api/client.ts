// Questions to the gateway's REST face, with the types of its own description.

import { refusalOf, refused } from "./key";
import type { paths } from "./types";

type Method = "get" | "post" | "put" | "patch" | "delete";
type PathsWith<M extends Method> = {
  [P in keyof paths]: paths[P][M] extends object ? P : never;
}[keyof paths];
type Operation<P extends keyof paths, M extends Method> = paths[P][M];
type Ok = 200 | 201 | 202 | 204;
type Answer<O> = O extends { responses: infer R }
  ? {
      [S in keyof R & Ok]: R[S] extends { content: { "application/json": infer B } } ? B : null;
    }[keyof R & Ok]
  : never;
type Query<O> = O extends { parameters: { query?: infer Q } } ? Q : never;
type Body<O> = O extends { requestBody: { content: { "application/json": infer B } } }
  ? B
  : unknown;

export interface Asked<O> {
  /** What stands for `{name}` in the address. */
  at?: Record<string, string>;
  query?: Query<O>;
  /** The ETag of what is changed, as it was read: what is another one now is left as it is. */
  ifMatch?: string | undefined;
  signal?: AbortSignal;
}

/** What the gateway says where it does not answer as asked (RFC 9457), or that it does not. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly detail: string,
    /** The last part of the problem's type, as `unknown-index`; "unreachable" for no answer. */
    readonly kind: string,
    /** Of each wrong part of a request where it stands and what is wrong. */
    readonly errors: { name?: string; where?: string; detail?: string }[] = [],
  ) {
    super(detail);
  }

  /** Whether it wants a key, or another one. */
  get isKeyless(): boolean {
    return this.status === 401 || this.status === 403;
  }
}

/** The address of a question. */
export function address(
  path: string,
  asked: { at?: Record<string, string>; query?: unknown } = {},
): string {
  const found = path.replace(/\{(\w+)\}/g, (_, name: string) =>
    encodeURIComponent(asked.at?.[name] ?? ""),
  );
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(asked.query ?? {})) {
    if (value !== undefined && value !== null && value !== "") query.set(name, String(value));
  }
  return query.size ? `${found}?${query}` : found;
}

/** The answer to GET. Throws ApiError, and DOMException where `signal` ends it. */
export function get<P extends PathsWith<"get">>(
  path: P,
  asked: Asked<Operation<P, "get">> = {},
): Promise<Answer<Operation<P, "get">>> {
  return ask("GET", address(path, asked), undefined, asked) as Promise<Answer<Operation<P, "get">>>;
}

/** The answer to what changes or computes something. Throws as `get` does. */
export function send<M extends Exclude<Method, "get">, P extends PathsWith<M>>(
  method: M,
  path: P,
  body: Body<Operation<P, M>>,
  asked: Asked<Operation<P, M>> = {},
): Promise<Answer<Operation<P, M>>> {
  return ask(method.toUpperCase(), address(path, asked), body, asked) as Promise<
    Answer<Operation<P, M>>
  >;
}

async function ask(
  method: string,
  where: string,
  body: unknown,
  { ifMatch, signal }: Pick<Asked<unknown>, "ifMatch" | "signal">,
): Promise<unknown> {
  const headers: Record<string, string> = { Accept: "application/json" };
  const init: RequestInit = { method, headers, signal: signal ?? null };
  if (ifMatch) headers["If-Match"] = ifMatch;
  if (body !== undefined) {
    headers["Content-Type"] = "application/json";
    init.body = JSON.stringify(body);
  }
  let answer: Response;
  try {
    answer = await fetch(where, init);
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new ApiError(0, "the gateway does not answer", "unreachable");
  }
  if (answer.ok) return answer.status === 204 ? null : answer.json();
  throw await problem(answer);
}

/** What a refusal says; one for want of a key is told to the whole page. */
export async function problem(answer: Response): Promise<ApiError> {
  const said = (await answer.json().catch(() => ({}))) as {
    detail?: string;
    title?: string;
    type?: string;
    errors?: ApiError["errors"];
  };
  let detail = said.detail ?? said.title ?? `the gateway answered ${answer.status}`;
  if (answer.status === 401 || answer.status === 403) {
    refused.value = refusalOf(answer.status, detail);
    detail = refused.value.detail;
  }
  return new ApiError(answer.status, detail, said.type?.split("/").at(-1) ?? "", said.errors ?? []);
}
