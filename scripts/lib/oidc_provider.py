"""An issuer that nobody here wrote, oidc-provider-mock, with what it leaves out: access tokens are JSON web tokens (RFC 9068,
by Authlib's word for them), a code belongs to its verifier (RFC 7636, by Authlib's own check), and its key can be changed.

oidc_provider.py PORT"""

import logging
import os
import sys
import time
import uuid

os.environ["AUTHLIB_INSECURE_TRANSPORT"] = "1"  # it is on this machine

import flask
import oidc_provider_mock._app as mock
import werkzeug.serving
from authlib import jose
from authlib.integrations.flask_oauth2 import AuthorizationServer
from authlib.oauth2.rfc7636 import CodeChallenge

AUDIENCE = "pawl"
LIFE = 3_600
USERS = {
    "ana": {"groups": ["pawl-ops", "staff"], "name": "Ana"},
    "eve": {"groups": ["staff"], "name": "Eve"},
}


class Challenges(CodeChallenge):
    """The mock's codes do not hold what was asked for them, so that is kept here."""

    kept = {}

    def get_authorization_code_challenge(self, code):
        return self.kept.get(code.code)

    def get_authorization_code_challenge_method(self, code):
        return "S256"


class Grant(mock.AuthorizationCodeGrant):
    def save_authorization_code(self, code, request):
        super().save_authorization_code(code, request)
        Challenges.kept[code] = request.payload.data.get("code_challenge")


class Server(AuthorizationServer):
    def register_grant(self, grant, extensions=None):
        if grant is mock.AuthorizationCodeGrant:
            grant, extensions = Grant, [*extensions, Challenges(required=True)]
        super().register_grant(grant, extensions)


def key_of(storage):
    """With a name, by which it is told from its successors."""
    key = storage.jwk.as_dict(is_private=True)
    key["kid"] = storage.jwk.thumbprint()
    return key


def access_token(client, grant_type, user, scope):
    """`aud`, `exp` and the rest can be had otherwise: ?aud=other at the token's address."""
    now = int(time.time())
    wanted = flask.request.args
    claims = {
        "iss": flask.request.host_url.rstrip("/"), "sub": user.sub, "aud": wanted.get("aud", AUDIENCE),
        "client_id": client.get_client_id(), "iat": now, "exp": now + int(wanted.get("life", LIFE)),
        "jti": str(uuid.uuid4()), "scope": scope or "", "groups": user.claims.get("groups", []),
    }
    key = key_of(mock.storage)
    header = {"alg": "RS256", "typ": "at+jwt", "kid": key["kid"]}
    return jose.jwt.encode(header, claims, key).decode()


def application():
    mock.flask_oauth2.AuthorizationServer = Server
    app = flask.Flask("issuer")
    app.config["OAUTH2_ACCESS_TOKEN_GENERATOR"] = access_token
    mock.init_app(app, user_claims=[mock.User(sub=name, claims=claims) for name, claims in USERS.items()])
    app.secret_key = os.urandom(16)

    @app.post("/rotate")
    def rotate():
        mock.storage.jwk = jose.RSAKey.generate_key(is_private=True)
        return "", 204

    return app


if __name__ == "__main__":
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    werkzeug.serving.make_server("127.0.0.1", int(sys.argv[1]), application(), threaded=True).serve_forever()
