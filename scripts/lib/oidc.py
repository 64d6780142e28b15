"""`pawl serve` before an issuer that nobody here wrote. Tokens come by authorization code with PKCE, as any client gets them;
what the server answers to them is judged by its HTTP status alone."""

import argparse
import base64
import hashlib
import http.client
import json
import os
import re
import secrets
import subprocess
import sys
import tempfile
import time
import urllib.parse
from pathlib import Path

from market import ROOT, System, Unavailable, free_port
from swift_tests import command

PAUSE = 31  # seconds; the server asks for keys again after half a minute, not earlier
REDIRECT = "http://127.0.0.1:9/callback"


def expect(holds, what):
    if not holds:
        raise SystemExit(f"oidc: {what}")


class Issuer:
    def __init__(self, folder):
        self.folder = Path(folder)
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.start()

    def start(self):
        with open(self.folder / "issuer.log", "ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, ROOT / "scripts" / "lib" / "oidc_provider.py", str(self.port)], stdout=log, stderr=log)
        end = time.monotonic() + 60
        while time.monotonic() < end:
            expect(self.process.poll() is None, "the issuer has ended; see issuer.log")
            try:
                if self.ask("GET", "/jwks")[0] == 200:
                    return
            except OSError:
                time.sleep(0.1)
        raise SystemExit("oidc: the issuer does not answer")

    def stop(self):
        self.process.kill()
        self.process.wait()

    def ask(self, method, path, form=None, headers=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        connection.request(
            method, path, None if form is None else urllib.parse.urlencode(form),
            {"Content-Type": "application/x-www-form-urlencoded", **(headers or {})})
        answer = connection.getresponse()
        body = answer.read()
        connection.close()
        return answer.status, answer.headers, body

    def tokens(self, subject, **wanted):
        """Access token and ID token of somebody. `aud`, `life`: as the access token is to have them."""
        verifier = secrets.token_urlsafe(32)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
        query = urllib.parse.urlencode({
            "response_type": "code", "client_id": "pawl-web", "redirect_uri": REDIRECT, "scope": "openid profile",
            "state": secrets.token_urlsafe(8), "nonce": secrets.token_urlsafe(8),
            "code_challenge": challenge, "code_challenge_method": "S256"})
        status, headers, _ = self.ask("POST", f"/oauth2/authorize?{query}", {"sub": subject})
        expect(status == 302, f"the issuer answers a login with {status}")
        answer = urllib.parse.parse_qs(urllib.parse.urlparse(headers["Location"]).query)
        basic = base64.b64encode(b"pawl-web:any").decode()
        status, _, body = self.ask(
            "POST", f"/oauth2/token?{urllib.parse.urlencode(wanted)}",
            {"grant_type": "authorization_code", "code": answer["code"][0], "redirect_uri": REDIRECT, "code_verifier": verifier},
            {"Authorization": f"Basic {basic}"})
        expect(status == 200, f"the issuer gives no tokens: {status} {body}")
        document = json.loads(body)
        return document["access_token"], document["id_token"]


class World:
    """The issuer, and a server that takes its word."""

    def __init__(self, folder):
        self.folder = Path(folder)
        self.issuer = Issuer(folder)
        config = self.folder / "pawl.yaml"
        config.write_text(f"""
access:
  issuers:
    here:
      issuer: {self.issuer.url}
      audience: pawl
      algorithms: [RS256]
      roles: {{claim: groups, map: {{pawl-ops: operator}}}}
      client: {{id: pawl-web, secret: {{env: OIDC_SECRET}}, scopes: [profile]}}
""")
        os.environ["OIDC_SECRET"] = "any"
        self.system = System(self.folder / "system", 1, config=config)
        self.system.start()

    def stop(self):
        self.system.stop()
        self.issuer.stop()

    def status(self, token, path="/v1/instances", method="GET"):
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        try:
            return self.system.api.call(method, path, headers=headers)[0]
        except Unavailable as unavailable:
            return unavailable.status

    def is_answered(self, token, wanted, what):
        status = self.status(token)
        expect(status == wanted, f"{what}: {status} instead of {wanted}")


STORIES = {}


def story(function):
    STORIES[function.__name__.replace("_", "-")] = function
    return function


@story
def tokens(world):
    access, identity = world.issuer.tokens("ana")
    world.is_answered(access, 200, "a token of somebody with a role")
    world.is_answered(world.issuer.tokens("eve")[0], 403, "a token of somebody without a role")
    world.is_answered(None, 401, "no token")
    world.is_answered("rubbish", 401, "rubbish")
    world.is_answered(identity, 401, "an ID token")
    world.is_answered(world.issuer.tokens("ana", aud="other")[0], 401, "a token for another service")
    world.is_answered(world.issuer.tokens("ana", life="-300")[0], 401, "a token that has expired")
    header, claims, signature = access.split(".")
    decoded = json.loads(base64.urlsafe_b64decode(claims + "=="))
    forged = base64.urlsafe_b64encode(json.dumps({**decoded, "sub": "eve"}).encode()).decode().rstrip("=")
    world.is_answered(f"{header}.{forged}.{signature}", 401, "claims that were changed")
    none = base64.urlsafe_b64encode(b'{"alg":"none"}').decode().rstrip("=")
    world.is_answered(f"{none}.{claims}.", 401, "a token without a signature")
    log = (world.system.folder / "server.log").read_text()
    expect(not re.search(r"eyJ[A-Za-z0-9_-]{20}", log), "the log holds a token")


@story
def keys_that_change(world):
    old = world.issuer.tokens("ana")[0]
    world.is_answered(old, 200, "a token before")
    world.issuer.ask("POST", "/rotate")
    new = world.issuer.tokens("ana")[0]
    time.sleep(PAUSE)
    world.is_answered(new, 200, "a token of the new key")
    world.is_answered(old, 401, "a token of the key that is gone")
    world.issuer.stop()
    world.issuer.start()
    time.sleep(PAUSE)
    world.is_answered(world.issuer.tokens("ana")[0], 200, "a token after the issuer's restart")
    world.is_answered(new, 401, "a token of before the restart")


@story
def issuer_down(world):
    token = world.issuer.tokens("ana")[0]
    world.is_answered(token, 200, "a token before")
    world.issuer.stop()
    world.is_answered(token, 200, "a token while the issuer is down")
    world.system.kill_server()
    world.system.start_server()
    world.is_answered(token, 503, "a token that nobody can vouch for")
    world.is_answered("rubbish", 401, "rubbish while the issuer is down")
    world.is_answered(None, 401, "no token while the issuer is down")
    world.issuer.start()


def unit():
    """The login and the tokens against the same issuer, in the unit suite."""
    with tempfile.TemporaryDirectory() as folder:
        issuer = Issuer(folder)
        try:
            run = subprocess.run(
                command("--filter", "RealIssuerTests"), cwd=ROOT, env=dict(os.environ, PAWL_OIDC_URL=issuer.url), text=True,
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        finally:
            issuer.stop()
        found = re.search(r"Test run with (\d+) tests?.* passed", run.stdout)
        expect(run.returncode == 0 and found and int(found[1]) >= 4, f"the unit suite:\n{run.stdout[-4000:]}")
        print(f"oidc: {found[1]} tests against {issuer.url}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("stories", nargs="*", help=f"tests, or of {', '.join(STORIES)}")
    wanted = parser.parse_args().stories or list(STORIES)
    for name in wanted:
        if name == "tests":
            unit()
            continue
        with tempfile.TemporaryDirectory() as folder:
            world = World(folder)
            try:
                begin = time.monotonic()
                STORIES[name](world)
                print(f"  {name:20} {time.monotonic() - begin:6.1f} s", flush=True)
            finally:
                world.stop()


if __name__ == "__main__":
    main()
