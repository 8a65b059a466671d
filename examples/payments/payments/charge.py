# SPDX-License-Identifier: Apache-2.0
"""What a charge must look like. No clock and no I/O, so that every rule is a plain test."""

import re

#: A shop of this size never sells for more; a larger amount is a mistake in units.
AMOUNT_MINOR_MAX = 1_000_000
#: Currencies with two digits after the point, so that "minor" means cents everywhere.
CURRENCIES = ("CHF", "EUR", "GBP", "USD")
KEY = re.compile(r"[A-Za-z0-9_.:-]{1,100}")
REFERENCE_LENGTH_MAX = 100


class Refused(Exception):
    """A charge that may not be made, with the HTTP status that says so."""

    def __init__(self, status, code, message):
        super().__init__(message)
        self.status = status
        self.code = code


def check_key(key):
    """The idempotency key, or Refused: without one, a retry would charge twice."""
    if key is None:
        raise Refused(400, "charge.key-missing", "send an Idempotency-Key header")
    if not KEY.fullmatch(key):
        raise Refused(400, "charge.key-bad", "Idempotency-Key: 1 to 100 of A-Z a-z 0-9 _ . : -")
    return key


def check_charge(body):
    """The three fields of a charge out of parsed JSON, or Refused with what to mend."""
    if not isinstance(body, dict):
        raise Refused(400, "charge.not-an-object", "the body must be a JSON object")
    amount, currency = body.get("amountMinor"), body.get("currency")
    reference = body.get("reference", "")
    # bool is an int to Python, and nobody is charged True.
    if isinstance(amount, bool) or not isinstance(amount, int):
        raise Refused(422, "charge.amount-not-whole", "amountMinor must be whole minor units")
    if not 1 <= amount <= AMOUNT_MINOR_MAX:
        raise Refused(422, "charge.amount-range", f"amountMinor: 1 to {AMOUNT_MINOR_MAX}")
    if currency not in CURRENCIES:
        raise Refused(422, "charge.currency", f"currency must be one of {', '.join(CURRENCIES)}")
    if not isinstance(reference, str) or len(reference) > REFERENCE_LENGTH_MAX:
        raise Refused(422, "charge.reference", f"reference: {REFERENCE_LENGTH_MAX} characters")
    return {"amountMinor": amount, "currency": currency, "reference": reference}
