// The WebSocket to the gateway: connects for ever, and says how it stands.

const FIRST_DELAY = 500; // ms
const LONGEST_DELAY = 15_000;
const SILENCE = 8_000; // health comes every 2 s: after four that are missing, nobody is there

export class Stream {
  /** `onMessage(message)` for each message, `onState("connecting" | "live" | "reconnecting")`. */
  constructor(url, onMessage, onState) {
    Object.assign(this, { url, onMessage, onState, delay: FIRST_DELAY, timer: null });
    onState("connecting");
    this.connect();
    addEventListener("online", () => this.hurry());
    document.addEventListener("visibilitychange", () => document.hidden || this.hurry());
  }

  connect() {
    this.timer = null;
    const socket = new WebSocket(this.url);
    let watchdog;
    const watch = () => {
      clearTimeout(watchdog);
      // A half-open connection closes by itself only after minutes.
      watchdog = setTimeout(() => lost(), SILENCE);
    };
    const lost = () => {
      clearTimeout(watchdog);
      socket.onmessage = socket.onclose = null;
      socket.close();
      this.retry();
    };
    socket.onmessage = (event) => {
      watch();
      this.delay = FIRST_DELAY; // only data proves that the server is well
      this.onState("live");
      this.onMessage(JSON.parse(event.data));
    };
    socket.onclose = lost;
    watch();
  }

  retry() {
    this.onState("reconnecting");
    // Full jitter: a thousand pages do not come back in the same instant.
    this.timer = setTimeout(() => this.connect(), this.delay * (0.2 + 0.8 * Math.random()));
    this.delay = Math.min(this.delay * 2, LONGEST_DELAY);
  }

  /** Try now, if waiting: the network or the reader is back. */
  hurry() {
    if (this.timer === null) return;
    clearTimeout(this.timer);
    this.connect();
  }
}
