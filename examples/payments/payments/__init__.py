# SPDX-License-Identifier: Apache-2.0
"""Takes money once: charges with idempotency keys over an in-memory ledger."""
