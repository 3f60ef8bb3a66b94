"""A small identity provider (OpenID Connect) for tests: it signs in whoever it is told to."""

import base64
import hashlib
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt

CLIENT, SECRET = "brm", "the client's secret of the tests, long enough"


class Provider(ThreadingHTTPServer):
    """`person` holds the claims of who signs in next; `asked` what the product sent."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Pages)
        self.issuer = f"http://127.0.0.1:{self.server_port}"
        self.person: dict[str, Any] = {}
        self.codes: dict[str, dict[str, str]] = {}
        self.asked: list[str] = []

    def issue(self, query: dict[str, str]) -> str:
        """A one-time code for the person, bound to the challenge of the asking browser."""
        code = f"code-{len(self.codes)}"
        self.codes[code] = query
        return code


class Pages(BaseHTTPRequestHandler):
    """Discovery, sign-in, token and user information."""

    server: Provider

    def do_GET(self) -> None:
        path, query = urlsplit(self.path).path, dict(_single(urlsplit(self.path).query))
        self.server.asked.append(path)
        issuer = self.server.issuer
        if path == "/.well-known/openid-configuration":
            self.answer(
                {
                    "issuer": issuer,
                    "authorization_endpoint": f"{issuer}/authorize",
                    "token_endpoint": f"{issuer}/token",
                    "userinfo_endpoint": f"{issuer}/userinfo",
                    "jwks_uri": f"{issuer}/keys",
                    "token_endpoint_auth_methods_supported": ["client_secret_post"],
                }
            )
        elif path == "/authorize":
            answer = {"code": self.server.issue(query), "state": query["state"]}
            self.send_response(302)
            self.send_header("Location", f"{query['redirect_uri']}?{urlencode(answer)}")
            self.end_headers()
        elif path == "/userinfo":
            self.answer(self.server.person)
        else:
            self.answer({}, 404)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        sent = dict(_single(body))
        begun = self.server.codes.pop(sent.get("code", ""), None)
        if begun is None or sent.get("client_secret") != SECRET or not _proves(sent, begun):
            return self.answer({"error": "invalid_grant"}, 400)
        now = int(time.time())
        claims = {"iss": self.server.issuer, "aud": CLIENT, "iat": now, "exp": now + 60}
        token = jwt.encode({**claims, **self.server.person}, SECRET, algorithm="HS256")
        return self.answer({"access_token": "a", "token_type": "Bearer", "id_token": token})

    def answer(self, content: dict[str, Any], status: int = 200) -> None:
        data = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_arguments: Any) -> None:
        """Nothing is logged."""


def _single(query: str) -> Iterator[tuple[str, str]]:
    for name, values in parse_qs(query).items():
        yield name, values[0]


def _proves(sent: dict[str, str], begun: dict[str, str]) -> bool:
    """Whether the verifier belongs to the challenge (PKCE, S256)."""
    digest = hashlib.sha256(sent.get("code_verifier", "").encode()).digest()
    made = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    return begun.get("code_challenge") == made and begun.get("code_challenge_method") == "S256"


@contextmanager
def identity_provider() -> Iterator[Provider]:
    """A provider that answers on a free port until the block ends."""
    with Provider() as provider:
        thread = threading.Thread(target=provider.serve_forever, daemon=True)
        thread.start()
        yield provider
        provider.shutdown()
        thread.join()
