# SPDX-License-Identifier: Apache-2.0
"""The service as its callers see it: over one connection, on a free loopback port."""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import unittest

from payments.ledger import Ledger
from payments.server import Server

GOOD = {"amountMinor": 4900, "currency": "EUR", "reference": "order-1"}


def wait_until_refused(port):
    """Returns once nobody listens there any more; the server's next look ends its listening."""
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=20).close()
        except ConnectionError:
            return


class ServerTest(unittest.TestCase):
    def setUp(self):
        self.server = Server(("127.0.0.1", 0), Ledger(), build="sha256:abc")
        thread = threading.Thread(target=self.server.serve_forever, args=(0.01,))
        thread.start()
        port = self.server.server_port
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        self.addCleanup(thread.join)
        self.addCleanup(self.server.leave)
        self.addCleanup(self.connection.close)

    def ask(self, method, path, body=None, **headers):
        self.connection.request(method, path, body, headers)
        response = self.connection.getresponse()
        return response.status, json.loads(response.read())

    def charge(self, body, key="order-1"):
        text = body if isinstance(body, str) else json.dumps(body)
        return self.ask("POST", "/charges", text, **{"Idempotency-Key": key})

    def test_a_charge_and_its_retry_on_one_connection(self):
        status, made = self.charge(GOOD)
        self.assertEqual((status, made), (201, {"id": "ch_1", **GOOD, "status": "charged"}))
        before = self.connection.sock
        self.assertEqual(self.charge(GOOD), (200, made))
        self.assertIs(self.connection.sock, before)
        self.assertEqual(self.charge({**GOOD, "amountMinor": 1})[0], 409)

    def test_what_is_wrong_is_said(self):
        self.assertEqual(self.charge("{")[1]["code"], "payments.not-json")
        self.assertEqual(self.charge("[" * 10_000)[1]["code"], "payments.not-json")
        self.assertEqual(self.charge({**GOOD, "amountMinor": 0})[0], 422)
        self.assertEqual(self.ask("POST", "/charges", json.dumps(GOOD))[0], 400)
        self.assertEqual(self.ask("POST", "/nowhere", "{}")[0], 404)
        self.assertEqual(self.ask("GET", "/nowhere")[0], 404)

    def test_a_body_too_large_ends_the_connection_and_not_the_service(self):
        self.assertEqual(self.charge(" " * 20_000)[1]["code"], "payments.body-size")
        self.assertEqual(self.ask("POST", "/charges", **{"Content-Length": "9" * 5000})[0], 413)
        health = {"status": "ok", "build": "sha256:abc"}
        self.assertEqual(self.ask("GET", "/healthz"), (200, health))

    def test_what_breaks_is_one_500(self):
        self.server.ledger.charge = None
        self.assertEqual(self.charge(GOOD)[0], 500)
        self.assertEqual(self.ask("GET", "/healthz")[0], 200)


class ProgramTest(unittest.TestCase):
    def test_it_finishes_the_charge_under_way_and_leaves(self):
        environment = {**os.environ, "PORT": "0"}
        program = subprocess.Popen(
            [sys.executable, "-m", "payments"], stdout=subprocess.PIPE, env=environment
        )
        self.addCleanup(program.stdout.close)
        self.addCleanup(program.kill)
        port = int(json.loads(program.stdout.readline())["url"].rpartition(":")[2])
        body = json.dumps(GOOD).encode()
        head = "POST /charges HTTP/1.1\r\nIdempotency-Key: k\r\nExpect: 100-continue\r\n"
        with socket.create_connection(("127.0.0.1", port), timeout=20) as caller:
            caller.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode())
            self.assertTrue(caller.recv(1000).startswith(b"HTTP/1.1 100"))
            program.send_signal(signal.SIGTERM)
            self.assertEqual(json.loads(program.stdout.readline())["signal"], "SIGTERM")
            wait_until_refused(port)
            caller.sendall(body)
            self.assertTrue(caller.recv(1000).startswith(b"HTTP/1.1 201"))
        self.assertEqual(program.wait(timeout=20), 0)
