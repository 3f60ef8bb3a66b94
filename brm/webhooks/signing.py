"""Signatures after the Standard Webhooks specification (standardwebhooks.com)."""

import base64
import hashlib
import hmac
import secrets

MARK = "whsec_"
BYTES = 32


def new_secret() -> str:
    """A secret as subscribers keep it: `whsec_` and base 64."""
    return MARK + base64.b64encode(secrets.token_bytes(BYTES)).decode()


def signature(secret: str, event_id: str, timestamp: int, body: bytes) -> str:
    """The value of `webhook-signature`: HMAC-SHA256 over `id.timestamp.body`."""
    key = base64.b64decode(secret.removeprefix(MARK))
    signed = f"{event_id}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


def headers(secret: str, event_id: str, timestamp: int, body: bytes) -> dict[str, str]:
    """The headers of a delivery."""
    return {
        "Content-Type": "application/json",
        "User-Agent": "BRM-Webhooks/1",
        "webhook-id": event_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": signature(secret, event_id, timestamp, body),
    }
