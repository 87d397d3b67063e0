// The frame: where one can go, how the connection is, what is wrong, and the view itself.

import type { ComponentType } from "preact";
import { useEffect, useErrorBoundary, useRef, useState } from "preact/hooks";
import { definitions } from "@/api/definitions";
import { refused, visits } from "@/api/key";
import { href, viewName } from "@/router/router";
import { connection, open } from "@/store/market";
import type { View } from "@/views/view";
import { viewNamed, views } from "@/views/registry";
import { KeyDialog } from "./KeyDialog";
import { Loading } from "./parts";
import { Connection, Notices, Settings, Time } from "./State";

export function Shell() {
  const view = viewNamed(viewName.value);
  const main = useRef<HTMLElement>(null);
  const alarms = open.value.size;
  useEffect(() => {
    document.title = `${alarms ? `(${alarms}) ` : ""}${view?.label ?? "tidegauge"} · tidegauge`;
  }, [alarms, view]);
  if (!view) return null;
  const body = <ViewBody view={view} key={view.name} />;
  if (view.isBare) {
    return (
      <>
        {body}
        {refused.value && <KeyDialog />}
      </>
    );
  }
  return (
    <div
      class={`shell ${view.isTall ? "is-tall" : ""} ${connection.value === "reconnecting" ? "is-offline" : ""}`}
    >
      <a class="skip" href="#view" onClick={() => main.current?.focus()}>
        Skip to the content
      </a>
      <header class="top">
        <a class="brand" href={href("")}>
          <img src="/icon.svg" alt="" width="24" height="24" />
          tidegauge
        </a>
        <nav class="views" aria-label="Views">
          {views
            .filter((one) => one.order !== null)
            .map((one) => (
              <a
                key={one.name}
                href={href(one.name)}
                aria-current={one === view ? "page" : undefined}
              >
                {one.label}
              </a>
            ))}
        </nav>
        <div class="state">
          <Time />
          {alarms > 0 && (
            <span class="count" title={`${alarms} open alarms`}>
              {alarms}
              <span class="hidden"> open alarms</span>
            </span>
          )}
          <Connection />
          <Settings />
        </div>
      </header>
      <div class="notices">
        <Notices />
      </div>
      <main class="view" id="view" tabIndex={-1} ref={main}>
        {body}
      </main>
      <footer class="foot">
        <span>Losses and drawdowns are positive magnitudes.</span>
        <a href="/v1/definitions">Definitions</a>
        <a href="/docs">API</a>
        <a href="/metrics">Metrics</a>
      </footer>
      {refused.value && <KeyDialog />}
    </div>
  );
}

/** The view itself, once it and the definitions of the figures are here. */
function ViewBody({ view }: { view: View }) {
  const [body, setBody] = useState<{ Body: ComponentType } | null>(null);
  const [visitOfFailure, setFailed] = useState<number | null>(null);
  const [error, again] = useErrorBoundary();
  const visit = visits.value;
  useEffect(() => {
    let isWanted = true;
    view.load().then(
      ({ default: Body }) => isWanted && setBody({ Body }),
      () => isWanted && setFailed(visits.peek()),
    );
    return () => {
      isWanted = false;
    };
  }, [view]);
  // A part that was refused, or that another version of the gateway no longer has, comes with a
  // fresh page; a browser need not ask for the same part twice.
  const isRefused = visitOfFailure !== null;
  useEffect(() => {
    if (isRefused && visit !== visitOfFailure) location.reload();
  }, [isRefused, visit]);
  if (error || isRefused) {
    return (
      <div class="notice" data-tone="loss" role="alert">
        <span>
          {error ? `This view failed: ${String(error)}` : "This part of the screens does not come."}
        </span>
        <button type="button" class="button" onClick={error ? again : () => location.reload()}>
          {error ? "Show it again" : "Load the page again"}
        </button>
      </div>
    );
  }
  if (!body || !definitions.value) return <Loading height={320} />;
  return <body.Body />;
}
