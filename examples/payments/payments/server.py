# SPDX-License-Identifier: Apache-2.0
"""The HTTP side: keep-alive connections, one thread each, and a polite end on SIGTERM."""

import json
import re
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from .charge import Refused, check_charge, check_key

BODY_BYTES_MAX = 16 * 1024
#: How long requests under way may take once we were told to leave.
PATIENCE_S = 5.0


class Handler(BaseHTTPRequestHandler):
    """One connection. The server it belongs to carries the ledger and the build's name."""

    protocol_version = "HTTP/1.1"
    # Longer than any proxy keeps an idle connection: the proxy closes first, so that no request
    # meets a connection that is just going away.
    timeout = 75
    # Head and body leave in one packet; in two, the second waits 40 ms for an acknowledgement.
    wbufsize = -1
    disable_nagle_algorithm = True

    #: Whether the request in hand is one of the server's requests under way.
    counted = False

    def handle_one_request(self):
        try:
            super().handle_one_request()
        finally:
            if self.counted:
                self.counted = False
                self.server.count(-1)

    def parse_request(self):
        # The request line has arrived: from here on, leaving waits for the answer.
        self.counted = True
        self.server.count(1)
        return super().parse_request()

    def handle_expect_100(self):
        super().handle_expect_100()
        self.wfile.flush()
        return True

    def do_GET(self):
        if self.path == "/healthz":
            self.answer(200, {"status": "ok", "build": self.server.build})
        else:
            self.answer(404, {"error": "no such page"})

    def do_POST(self):
        try:
            body = self.read_json()
            if self.path != "/charges":
                raise Refused(404, "payments.no-such-page", "no such page")
            key = check_key(self.headers.get("Idempotency-Key"))
            charge, is_new = self.server.ledger.charge(key, check_charge(body))
            self.answer(201 if is_new else 200, charge)
        except Refused as refused:
            self.answer(refused.status, {"code": refused.code, "error": str(refused)})
        except OSError:
            self.close_connection = True  # the caller went away; nobody is left to tell
        except Exception as error:  # whatever breaks is one 500 and never a dead thread
            log("request failed", path=self.path, reason=repr(error))
            self.answer(500, {"error": "something broke on our side"})

    def read_json(self):
        length = self.headers.get("Content-Length", "")
        # Five digits at most: a number that takes long to read is an attack of its own.
        if not re.fullmatch(r"[0-9]{1,5}", length) or int(length) > BODY_BYTES_MAX:
            self.close_connection = True  # the body is still in the pipe
            what = f"send a Content-Length of at most {BODY_BYTES_MAX}"
            raise Refused(413, "payments.body-size", what)
        try:
            return json.loads(self.rfile.read(int(length)))
        except (ValueError, RecursionError):
            raise Refused(400, "payments.not-json", "the body is not JSON") from None

    def answer(self, status, value):
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        if self.server.leaving:
            self.close_connection = True
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()

    def log_message(self, format, *args):
        """Requests that went well are not logged: the router counts them."""


class Server(ThreadingHTTPServer):
    """`Server(address, ledger, build)`; `leave()` from any other thread ends serve_forever."""

    daemon_threads = True  # idle keep-alive connections must not hold up the end
    block_on_close = False
    request_queue_size = 128  # the default of 5 refuses connections in a burst

    def __init__(self, address, ledger, build="dev"):
        super().__init__(address, Handler)
        self.ledger = ledger
        self.build = build
        self.leaving = False
        self._busy = 0
        self._changed = threading.Condition()

    def count(self, change):
        """Says that a request began (1) or ended (-1)."""
        with self._changed:
            self._busy += change
            self._changed.notify_all()

    def handle_error(self, request, client_address):
        """A caller that hangs up is an ordinary day; anything else is said in one line."""
        error = sys.exc_info()[1]
        if not isinstance(error, OSError):
            log("connection failed", reason=repr(error))

    def leave(self):
        """Takes no new connections, then waits for the requests that are under way."""
        self.leaving = True
        self.shutdown()
        self.server_close()
        deadline = time.monotonic() + PATIENCE_S
        with self._changed:
            while self._busy > 0 and time.monotonic() < deadline:
                self._changed.wait(deadline - time.monotonic())


def log(message, **fields):
    """One JSON line on standard output."""
    sys.stdout.write(json.dumps({"at": time.time(), "message": message, **fields}) + "\n")
    sys.stdout.flush()
