# SPDX-License-Identifier: Apache-2.0
"""Which charges are refused, and how a key keeps its promise."""

import threading
import unittest

from payments.charge import AMOUNT_MINOR_MAX, Refused, check_charge, check_key
from payments.ledger import Ledger

GOOD = {"amountMinor": 4900, "currency": "EUR", "reference": "order-1"}


class ChargeTest(unittest.TestCase):
    def refused(self, code, call, *args):
        with self.assertRaises(Refused) as caught:
            call(*args)
        self.assertEqual(caught.exception.code, code)

    def test_a_good_charge_keeps_its_fields_and_no_others(self):
        self.assertEqual(check_charge({**GOOD, "admin": True}), GOOD)
        self.assertEqual(check_charge({"amountMinor": 1, "currency": "EUR"})["reference"], "")

    def test_an_amount_is_whole_and_in_bounds(self):
        for amount in (None, "4900", 49.5, True):
            with self.subTest(amount=amount):
                body = {**GOOD, "amountMinor": amount}
                self.refused("charge.amount-not-whole", check_charge, body)
        for amount in (0, -1, AMOUNT_MINOR_MAX + 1):
            with self.subTest(amount=amount):
                self.refused("charge.amount-range", check_charge, {**GOOD, "amountMinor": amount})
        self.assertEqual(
            check_charge({**GOOD, "amountMinor": AMOUNT_MINOR_MAX})["amountMinor"],
            AMOUNT_MINOR_MAX,
        )

    def test_other_fields_are_checked(self):
        self.refused("charge.not-an-object", check_charge, [GOOD])
        self.refused("charge.currency", check_charge, {**GOOD, "currency": ["EUR"]})
        self.refused("charge.currency", check_charge, {**GOOD, "currency": "JPY"})
        self.refused("charge.reference", check_charge, {**GOOD, "reference": "x" * 101})

    def test_a_key_is_needed(self):
        self.assertEqual(check_key("order-1"), "order-1")
        self.refused("charge.key-missing", check_key, None)
        for key in ("", "a b", "x" * 101):
            self.refused("charge.key-bad", check_key, key)


class LedgerTest(unittest.TestCase):
    def test_one_key_charges_once(self):
        ledger = Ledger()
        first, is_new = ledger.charge("k", GOOD)
        again, is_new_again = ledger.charge("k", GOOD)
        self.assertEqual((is_new, is_new_again), (True, False))
        self.assertEqual(first, again)
        self.assertEqual(ledger.total_minor("EUR"), 4900)

    def test_a_key_used_for_something_else_is_refused(self):
        ledger = Ledger()
        ledger.charge("k", GOOD)
        with self.assertRaises(Refused) as caught:
            ledger.charge("k", {**GOOD, "amountMinor": 1})
        self.assertEqual(caught.exception.status, 409)
        self.assertEqual(ledger.total_minor("EUR"), 4900)

    def test_many_threads_with_one_key_charge_once(self):
        ledger = Ledger()
        start = threading.Barrier(8)
        news = []

        def charge():
            start.wait()
            news.append(ledger.charge("k", GOOD)[1])

        threads = [threading.Thread(target=charge) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(sorted(news), [False] * 7 + [True])

    def test_memory_is_bounded(self):
        ledger = Ledger(charges_max=3)
        for number in range(10):
            ledger.charge(f"k{number}", GOOD)
        self.assertEqual(ledger.total_minor("EUR"), 3 * 4900)
        self.assertFalse(ledger.charge("k9", GOOD)[1])
