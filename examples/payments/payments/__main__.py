# SPDX-License-Identifier: Apache-2.0
"""Starts payments: reads the environment, listens, and leaves politely on SIGTERM."""

import os
import pkgutil
import signal
import threading

from payments.ledger import Ledger
from payments.server import Server, log


def read_build():
    """The digest that tools/build.py put beside us, or `dev` from source."""
    try:
        return (pkgutil.get_data("payments", "BUILD") or b"dev").decode().strip()
    except OSError:
        return "dev"


def main():
    host, port = os.environ.get("HOST", "127.0.0.1"), int(os.environ.get("PORT", "3002"))
    server = Server((host, port), Ledger(), read_build())

    def on_signal(number, _frame):
        log("leaving", signal=signal.Signals(number).name)
        # shutdown() waits for serve_forever, which runs in this very thread.
        threading.Thread(target=leave).start()

    left = threading.Event()

    def leave():
        server.leave()
        left.set()

    signal.signal(signal.SIGTERM, on_signal)
    signal.signal(signal.SIGINT, on_signal)
    log("listening", url=f"http://{host}:{server.server_port}")
    server.serve_forever(poll_interval=0.05)
    left.wait()


if __name__ == "__main__":
    main()
