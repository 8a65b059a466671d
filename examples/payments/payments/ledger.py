# SPDX-License-Identifier: Apache-2.0
"""The ledger: every charge once, by its key. In memory, and shared by all threads."""

import threading
from collections import OrderedDict

from .charge import Refused

#: The oldest charges are forgotten beyond this; a key is safe to retry for hours, not for ever.
CHARGES_MAX = 100_000


class Ledger:
    """Charges by idempotency key."""

    def __init__(self, charges_max=CHARGES_MAX):
        self._charges = OrderedDict()
        self._charges_max = charges_max
        self._made = 0
        self._lock = threading.Lock()

    def charge(self, key, wanted):
        """(charge, is_new). The same key with another content is Refused: it is a mistake."""
        with self._lock:
            known = self._charges.get(key)
            if known is not None:
                if {name: known[name] for name in wanted} != wanted:
                    raise Refused(409, "charge.key-reused", "this key was used for another charge")
                return known, False
            self._made += 1
            made = {"id": f"ch_{self._made}", **wanted, "status": "charged"}
            self._charges[key] = made
            if len(self._charges) > self._charges_max:
                self._charges.popitem(last=False)
            return made, True

    def total_minor(self, currency):
        """What was charged in one currency, as far back as the ledger remembers."""
        with self._lock:
            charges = [c for c in self._charges.values() if c["currency"] == currency]
        return sum(c["amountMinor"] for c in charges)
