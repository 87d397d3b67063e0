// That something is at work, and for how long.

import { useEffect, useState } from "preact/hooks";
import { duration } from "@/format/numbers";

export function Working({ text }: { text: string }) {
  const [seconds, setSeconds] = useState(0);
  useEffect(() => {
    const began = Date.now();
    const beat = setInterval(() => setSeconds((Date.now() - began) / 1000), 1000);
    return () => clearInterval(beat);
  }, []);
  return (
    <>
      <span class="spin" aria-hidden="true" /> {text}… {duration(seconds)}
    </>
  );
}
