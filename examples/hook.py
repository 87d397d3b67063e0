"""A receiver of alerts on port 8099: prints each message, and takes each key once."""

import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

taken: set[str] = set()


class Hook(BaseHTTPRequestHandler):
    """Answers 204 to what it has taken, now or before."""

    def do_POST(self) -> None:
        """Take a message."""
        said = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if said["id"] not in taken:
            taken.add(said["id"])
            print(said["title"], said["text"], sep="\n  ", flush=True)
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """The message itself is enough."""


if __name__ == "__main__":
    print("waiting for alerts at http://127.0.0.1:8099/  (Ctrl-C ends)", flush=True)
    ThreadingHTTPServer(("127.0.0.1", 8099), Hook).serve_forever()
