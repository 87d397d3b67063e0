import { describe, expect, it } from "vitest";
import { EventText } from "@/stream/events";

describe("the text of an event stream", () => {
  it("gives each event's data once it is whole, in whatever pieces it comes", () => {
    const text =
      'event: rows\nid: c1\ndata: {"a":1}\n\n: beat\n\nevent: x\r\ndata: {"b":\r\ndata: 2}\r\n\r\ndata: {"c"';
    for (const size of [1, 3, 7, 1000]) {
      const events = new EventText();
      const found: string[] = [];
      for (let i = 0; i < text.length; i += size)
        found.push(...events.take(text.slice(i, i + size)));
      expect(found).toEqual(['{"a":1}', '{"b":\n2}']);
    }
  });
});
