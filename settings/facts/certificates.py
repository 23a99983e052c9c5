"""The certificates that a listener accepts."""

from __future__ import annotations

# ACM lists RSA_1024 and RSA_2048 alone unless a call names others; a listener accepts every type.
# https://docs.aws.amazon.com/acm/latest/APIReference/API_Filters.html
KEY_TYPES = ("RSA_1024", "RSA_2048", "RSA_3072", "RSA_4096", "EC_prime256v1", "EC_secp384r1", "EC_secp521r1")
