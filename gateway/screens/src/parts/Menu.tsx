// A button that opens a box beside it; a click elsewhere or Escape closes it.

import type { ComponentChildren } from "preact";
import { useId, useLayoutEffect, useRef, useState } from "preact/hooks";
import { place } from "./Popover";

export function Menu(props: {
  label: ComponentChildren;
  class?: string;
  isPlain?: boolean;
  children: () => ComponentChildren;
}) {
  const [isOpen, setOpen] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  const box = useRef<HTMLDivElement>(null);
  const id = useId();
  useLayoutEffect(() => {
    if (!isOpen || !box.current) return;
    box.current.showPopover();
    place(box.current, button.current);
  }, [isOpen]);
  return (
    <>
      <button
        type="button"
        class={props.isPlain ? "button is-plain" : "button"}
        ref={button}
        aria-expanded={isOpen}
        aria-controls={isOpen ? id : undefined}
        onClick={() => setOpen(!isOpen)}
      >
        {props.label}
      </button>
      {isOpen && (
        <div
          class={`popover ${props.class ?? ""}`}
          id={id}
          ref={box}
          popover="auto"
          onToggle={(event) => event.newState === "closed" && setOpen(false)}
        >
          {props.children()}
        </div>
      )}
    </>
  );
}
