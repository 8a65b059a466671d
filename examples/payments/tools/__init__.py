# SPDX-License-Identifier: Apache-2.0
"""What the pipeline runs, from the service's folder: python3 -m tools.lint."""
