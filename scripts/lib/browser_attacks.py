"""Pages of other sites, open in the browser of somebody who may do everything: at another name, at another port of the same machine, at no
origin at all, and at a name that was made to point to the server (DNS rebinding). Each tries to change something or to read something, by
every means that a page has. After each the server is as it was, and the page knows nothing."""

import http.server
import json
import socket
import threading
import urllib.error
import urllib.request

from playwright.sync_api import Error as BrowserError

# So that it is the server which refuses, and not the browser because of where both happen to be.
ARGUMENTS = [
    "--no-sandbox", "--host-resolver-rules=MAP evil.test 127.0.0.1,MAP rebind.test 127.0.0.1",
    "--disable-features=LocalNetworkAccessChecks,BlockInsecurePrivateNetworkRequests,PrivateNetworkAccessSendPreflights,HttpsUpgrades"]
LEAST = 60

# What may be said to nobody: of the gallery, and of the server of the login's tests.
WORDS = ["Mill Lane", "p-1", "d-1", "revision", "olga", "health", "state", "ana ·", "Triage", "workflow"]

HELPERS = """
window.within = (promise, time = 2500) => Promise.race([promise, new Promise(done => setTimeout(() => done(null), time))]);
window.sleep = time => new Promise(done => setTimeout(done, time));
window.element = (name, attributes, events = ["load", "loadeddata", "canplay"]) => within(new Promise(done => {
  const it = document.createElement(name);
  for (const event of events) it.addEventListener(event, () => done(it));
  it.addEventListener("error", () => done(null));
  for (const key in attributes) it[key] = attributes[key];
  document.body.append(it);
}), 2000);
window.each = async (urls, way) => {
  const got = await Promise.all(urls.map(async url => { try { return [url, await way(url)]; } catch { return [url, null]; } }));
  return got.filter(([, what]) => what);
};
window.form = (url, fields, enctype, method = "post", target = "_blank") => {
  const it = document.createElement("form");
  Object.assign(it, { action: url, method, enctype, target });
  for (const [name, value] of fields) {
    const field = document.createElement("textarea");
    field.name = name; field.value = value;
    it.append(field);
  }
  document.body.append(it);
  it.submit();
};
null;
"""

# Each is given all addresses at once, and answers with what it got of which.
READINGS = {
    "fetch": "async url => (await fetch(url)).text()",
    "fetch with what the browser has": "async url => (await fetch(url, {credentials: 'include'})).text()",
    "opaque fetch": "async url => { const it = await fetch(url, {mode: 'no-cors', credentials: 'include'}); return (await it.text()) || (it.status ? it.status : null); }",
    "opaque fetch of a range": "async url => (await (await fetch(url, {mode: 'no-cors', headers: {Range: 'bytes=0-9'}})).text())",
    "XMLHttpRequest": "url => within(new Promise(done => { const it = new XMLHttpRequest(); it.open('GET', url); it.onload = () => done(it.responseText); it.onerror = () => done(null); it.send(); }))",
    "XMLHttpRequest with what the browser has": "url => within(new Promise(done => { const it = new XMLHttpRequest(); it.withCredentials = true; it.open('GET', url); it.onload = () => done(it.responseText); it.onerror = () => done(null); it.send(); }))",
    "HEAD": "async url => [...(await fetch(url, {method: 'HEAD', credentials: 'include'})).headers].length",
    "img": "async url => (await element('img', {src: url}))?.naturalWidth",
    "img of CORS": "async url => (await element('img', {crossOrigin: 'use-credentials', src: url}))?.naturalWidth",
    "script": "async url => (await element('script', {src: url})) && 'run'",
    "script of CORS": "async url => (await element('script', {crossOrigin: 'use-credentials', src: url})) && 'run'",
    "module": "async url => Object.keys(await import(url)).length + 1",
    "style sheet": "async url => { const it = await element('link', {rel: 'stylesheet', href: url}); return it && [...it.sheet.cssRules].map(rule => rule.cssText).join(' ') || (it ? 'loaded' : null); }",
    "@import": "async url => { const it = document.createElement('style'); it.textContent = `@import '${url}';`; document.head.append(it); await sleep(300); try { return [...it.sheet.cssRules[0].styleSheet.cssRules].length; } catch { return null; } }",
    "prefetch": "async url => (await element('link', {rel: 'prefetch', href: url})) && 'loaded'",
    "preload": "async url => (await element('link', {rel: 'preload', as: 'image', href: url})) && 'loaded'",
    "modulepreload": "async url => (await element('link', {rel: 'modulepreload', href: url})) && 'loaded'",
    "iframe": "async url => { const it = await element('iframe', {src: url}); return it?.contentDocument?.body?.innerText || it?.contentWindow?.length || null; }",
    "sandboxed iframe": "async url => { const it = await element('iframe', {sandbox: 'allow-scripts allow-same-origin', src: url}); return it?.contentDocument?.body?.innerText || null; }",
    "object": "async url => { const it = await element('object', {data: url}); return it?.contentDocument?.body?.innerText || null; }",
    "embed": "async url => { const it = await element('embed', {src: url}); return it?.getSVGDocument?.()?.textContent || null; }",
    "video": "async url => (await element('video', {src: url}))?.videoWidth",
    "audio": "async url => (await element('audio', {src: url}))?.duration",
    "track": "async url => { const video = document.createElement('video'); document.body.append(video); const it = document.createElement('track'); it.default = true; it.src = url; video.append(it); it.track.mode = 'showing'; await sleep(300); return it.readyState === 2 ? 'loaded' : null; }",
    "font": "async url => (await within(new FontFace('x', `url(${url})`).load().catch(() => null))) && 'loaded'",
    "use of a drawing": "async url => { document.body.insertAdjacentHTML('beforeend', `<svg><use href=\"${url}#x\"/><image href=\"${url}\"/></svg>`); await sleep(200); return null; }",
    "EventSource": "url => within(new Promise(done => { const it = new EventSource(url, {withCredentials: true}); it.onopen = () => { it.close(); done('open'); }; it.onerror = () => { it.close(); done(null); }; }))",
    "WebSocket": "url => within(new Promise(done => { const it = new WebSocket(url.replace('http', 'ws')); it.onopen = () => done('open'); it.onerror = () => done(null); }))",
    "worker": "url => within(new Promise(done => { const it = new Worker(URL.createObjectURL(new Blob([`try { importScripts('${url}'); postMessage('run'); } catch { postMessage(null); }`]))); it.onmessage = event => { it.terminate(); done(event.data); }; it.onerror = () => done(null); }))",
    "how long and how large": "async url => { await fetch(url, {mode: 'no-cors', credentials: 'include'}).catch(() => null); const it = performance.getEntriesByName(url)[0]; return it && (it.transferSize || it.encodedBodySize || it.responseStatus) ? JSON.stringify(it) : null; }",
    "how it is kept": "async url => { try { const it = await fetch(url, {mode: 'same-origin', cache: 'only-if-cached'}); return it.status; } catch { return null; } }",
}


HEAVY = {"iframe", "sandboxed iframe", "object", "embed", "video", "audio", "worker", "WebSocket", "EventSource", "font"}


def writings(base, instance, token):
    """Of an instance, by what a page may do: names and scripts. `token` is one that the attacker was given himself."""
    workflow, key = instance.split("/", 1)
    api = f"{base}/v1/workflows/{workflow}/instances/{key}"
    page = f"{base}/instances/{workflow}/{key}/do"
    said = {"reason": "because", "revision": "1"}
    pairs = lambda fields: json.dumps(list(fields.items()))
    ways = {}
    forms = {"its own page's": (f"{page}/cancel", said), "its own page's, with a proof of another's": (f"{page}/terminate", {**said, "form-token": token}),
             "the API's": (f"{api}/actions/cancel", said), "the theme's": (f"{base}/theme", {"theme": "dark", "back": "//evil.test"}),
             "the name's": (f"{base}/who", {"actor": "operator/mallory", "back": "/"}), "money's": (f"{base}/money", {"do": "hold", "reason": "x"}),
             "many at once": (f"{base}/operations/new", {"action": "cancel", "filter": f"workflow:{workflow}", "reason": "x", "rate": "10", "canary": "0"}),
             "the logout's": (f"{base}/logout", {"everywhere": "1"}), "the login's": (f"{base}/login", {"token": "pawl_bo_1", "form-token": token}),
             "an adapter's": (f"{base}/adapters/oven", {"do": "pause", "reason": "x"}), "a schedule's": (f"{base}/schedules/tick", {"do": "run", "reason": "x"})}
    for name, (url, fields) in forms.items():
        for enctype in ("application/x-www-form-urlencoded", "multipart/form-data", "text/plain"):
            ways[f"form: {name}, {enctype}"] = f"form('{url}', {pairs(fields)}, '{enctype}')"
        ways[f"form in a frame: {name}"] = f"document.body.insertAdjacentHTML('beforeend', '<iframe name=f></iframe>'), form('{url}', {pairs(fields)}, 'application/x-www-form-urlencoded', 'post', 'f')"
    trick = json.dumps([['{"reason": "x", "a": "', '"}']])
    ways["a form that is JSON"] = f"form('{api}/actions/cancel', {trick}, 'text/plain')"
    ways["a form that starts one"] = f"form('{base}/v1/workflows/{workflow}/instances', {json.dumps([['{' + chr(34) + 'key' + chr(34) + ': ' + chr(34) + 'evil' + chr(34) + ', ' + chr(34) + 'input' + chr(34) + ': {' + chr(34) + 'to' + chr(34) + ': ' + chr(34), chr(34) + '}}']])}, 'text/plain')"
    body = json.dumps(json.dumps({"reason": "because"}))
    for mode in ("no-cors", "cors"):
        for credentials in ("include", "omit"):
            for kind in ("text/plain", "application/json", "application/x-www-form-urlencoded"):
                ways[f"fetch: {mode}, {credentials}, {kind}"] = (
                    f"fetch('{api}/actions/cancel', {{method: 'POST', mode: '{mode}', credentials: '{credentials}', headers: {{'Content-Type': '{kind}'}}, body: {body}}})"
                    ".then(it => it.status || null)")
    for method in ("PUT", "PATCH", "DELETE"):
        ways[f"fetch: {method}"] = f"fetch('{base}/v1/workflows/{workflow}/instances/evil', {{method: '{method}', credentials: 'include', headers: {{'Content-Type': 'application/json'}}, body: '{{\"to\": \"evil\"}}'}}).then(it => it.status)"
    for header in ("X-HTTP-Method-Override", "X-Method-Override", "X-HTTP-Method"):
        ways[f"method by {header}"] = f"fetch('{api}/actions/cancel', {{credentials: 'include', headers: {{'{header}': 'POST'}}}}).then(it => it.status)"
    for header in ("Pawl-Actor", "Sec-Fetch-Site", "Origin", "Host", "X-Forwarded-For", "Authorization"):
        ways[f"fetch that says {header}"] = f"fetch('{api}/actions/cancel', {{method: 'POST', credentials: 'include', headers: {{'{header}': 'same-origin', 'Content-Type': 'text/plain'}}, body: {body}}}).then(it => it.status)"
    ways["fetch that outlives its page"] = f"fetch('{api}/actions/cancel', {{method: 'POST', mode: 'no-cors', keepalive: true, credentials: 'include', body: {body}}}).then(it => it.status || null)"
    ways["fetch of a page's form"] = f"fetch('{page}/cancel', {{method: 'POST', mode: 'no-cors', credentials: 'include', body: new URLSearchParams({json.dumps({**said, 'form-token': token})})}}).then(it => it.status || null)"
    ways["XMLHttpRequest"] = f"new Promise(done => {{ const it = new XMLHttpRequest(); it.open('POST', '{api}/actions/cancel'); it.withCredentials = true; it.onloadend = () => done(it.responseText); it.send({body}); }})"
    for kind in ("text/plain", "application/x-www-form-urlencoded", "application/json"):
        ways[f"beacon: {kind}"] = f"(navigator.sendBeacon('{api}/actions/cancel', new Blob([{body}], {{type: '{kind}'}})), sleep(150).then(() => null))"
    ways["ping of a link"] = f"(() => {{ const it = document.createElement('a'); it.href = '#'; it.ping = '{api}/actions/cancel'; document.body.append(it); it.click(); }})()"
    ways["a request without a referrer"] = f"fetch('{api}/actions/cancel', {{method: 'POST', mode: 'no-cors', credentials: 'include', referrerPolicy: 'no-referrer', body: {body}}}).then(it => it.status || null)"
    ways["a frame without an origin"] = ("element('iframe', {sandbox: 'allow-scripts allow-forms allow-popups', srcdoc: "
                                         f"`<form action='{page}/cancel' method=post><input name=reason value=x><input name=revision value=1></form><script>document.forms[0].submit()<\\/script>`}}).then(() => sleep(250)).then(() => null)")
    ways["a fetch without an origin"] = ("element('iframe', {sandbox: 'allow-scripts', srcdoc: "
                                         f"`<script>fetch('{api}/actions/cancel', {{method: 'POST', mode: 'no-cors', credentials: 'include', body: '{{}}'}})<\\/script>`}}).then(() => sleep(250)).then(() => null)")
    return ways


# A link may lead to any page: none of them does anything.
def deeds_by_link(base, instance):
    workflow, key = instance.split("/", 1)
    do = f"{base}/instances/{workflow}/{key}/do"
    return [f"{do}/cancel?reason=x&revision=1&do=cancel", f"{do}/terminate?reason=x&revision=1&form-token=x", f"{do}/send?event=parcel.weighed&data=%7B%22grams%22%3A1%7D&as=carrier%2Fhal",
            f"{base}/theme?theme=dark&back=/", f"{base}/who?actor=operator%2Fmallory", f"{base}/logout?everywhere=1", f"{base}/login?token=pawl_bo_1&next=//evil.test",
            f"{base}/adapters/oven?do=pause&reason=x", f"{base}/schedules/tick?do=run&reason=x", f"{base}/money?do=hold&reason=x",
            f"{base}/operations/new?action=cancel&filter=workflow:{workflow}&reason=x&rate=9&canary=0", f"{base}/tasks/approval/desk/only?do=claim",
            f"{base}/v1/workflows/{workflow}/instances/{key}/actions/cancel?reason=x", f"{base}/v1/workflows/{workflow}/instances/{key}/actions/cancel?_method=POST",
            f"{base}/v1/instances", f"{base}/metrics", f"{base}/alerts/1?acknowledge=1"]


def raw_requests(port):
    """What a program could say of names, were it sent by one that a page controls: request and the statuses that it may have."""
    own = f"127.0.0.1:{port}"
    get = lambda hosts, target="/v1/instances", version="1.1": f"GET {target} HTTP/{version}\r\n" + "".join(f"Host: {it}\r\n" for it in hosts) + "Connection: close\r\n\r\n"
    refused = {400, 421}
    odd = ["", " ", "evil.test", "rebind.test:80", f"{own}.evil.test", f"evil.test#{own}", f"{own}@evil.test", f"{own}:80", "127.0.0.1:", "127.0.0.1:x", "localhost.", ".localhost",
           "0.0.0.0", "[::]", "[::1", "2130706433", "0x7f.0.0.1", "017700000001", "localhost\u3002test", "localhost,evil.test", "LOCALHOST.evil.test", "a.localhost", "%6cocalhost",
           "127.0.0.1\tevil.test", "http://127.0.0.1"]
    all_of = [(get([host]), refused) for host in odd]
    all_of += [(get([own, "evil.test"]), refused), (get(["evil.test", own]), refused), (get([own, own]), refused), (get([]), refused), (get([], version="1.0"), refused),
               (get([own], "http://evil.test/v1/instances"), refused), (get(["evil.test"], f"http://{own}/v1/instances"), refused), (get(["evil.test"], "http://evil.test/v1/instances"), refused),
               (get([own], "https://rebind.test/"), refused), (get(["evil.test"], "/"), refused), (get(["evil.test"], "/live"), refused), (get(["evil.test"], "/metrics"), refused),
               (get(["evil.test"], "/livez"), refused), (get(["evil.test"], "/assets/x"), refused), (get([own], "http://user@evil.test/"), refused),
               (f"GET /v1/instances HTTP/1.1\r\nHost : {own}\r\nHost: evil.test\r\n\r\n", refused), (f"GET /v1/instances HTTP/1.1\r\n Host: {own}\r\n\r\n", refused),
               (f"GET /v1/instances HTTP/1.1\r\nHost: evil.test\r\nX-Forwarded-Host: {own}\r\nForwarded: host={own}\r\nConnection: close\r\n\r\n", refused)]
    return all_of


class Neighbour:
    """Another site: it gives a page for whatever it is asked, and remembers what that was."""

    def __init__(self):
        asked = self.asked = []

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                asked.append(self.path)
                body = b"<!doctype html><title>another site</title><body>"
                self.send_response(200)
                self.send_header("Content-Type", "text/html")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_POST = do_GET

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


class Victim:
    """The server that is attacked: its address, one of its instances, and how it is now."""

    def __init__(self, url, instance, token=None):
        self.url, self.instance, self.token = url, instance, token
        self.port = int(url.rsplit(":", 1)[1])

    def ask(self, path):
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        try:
            with urllib.request.urlopen(urllib.request.Request(self.url + path, headers=headers), timeout=20) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            return error.code

    def state(self):
        """All that any of the attempts would change."""
        workflow, key = self.instance.split("/", 1)
        one = self.ask(f"/v1/workflows/{workflow}/instances/{key}")
        held = lambda kind: [(it.get("name"), it.get("paused"), it.get("pause")) for it in self.ask(f"/v1/{kind}")[kind]]
        desk = self.ask("/v1/workflows/approval/instances/desk/tasks/only")
        return {"instance": (one["revision"], one["status"], one["states"]), "evil": self.ask(f"/v1/workflows/{workflow}/instances/evil"),
                "number": self.ask(f"/v1/instances?filter=workflow:{workflow}&count=1")["total"], "operations": len(self.ask("/v1/operations")["operations"]),
                "money": self.ask("/v1/money/holds"), "adapters": held("adapters"), "silences": self.ask("/v1/silences"), "substitutions": self.ask("/v1/substitutions"),
                "task": desk if isinstance(desk, int) else desk.get("claimedBy"),
                "acknowledged": [it["id"] for it in self.ask("/v1/alerts?status=acknowledged")["alerts"]],
                "schedules": [(it.get("workflow"), it.get("paused")) for it in self.ask("/v1/schedules")["schedules"]]}

    def paths(self, pages):
        """Every address that can be read, with the instance in the place of any."""
        workflow, key = self.instance.split("/", 1)
        routes = [path for path, methods in self.ask("/openapi.json")["paths"].items() if "get" in methods] if not self.token else []
        routes = routes or ["/v1/instances", "/v1/system", "/metrics", "/v1/workflows", "/v1/events", "/v1/tasks", "/livez", "/openapi.json", "/v1/instances/{id}", "/v1/events/stream"]
        names = {"workflow": workflow, "key": key, "id": "1"}
        filled = []
        for route in routes:
            for name, value in names.items():
                route = route.replace("{" + name + "}", value)
            filled.append(self.url + route.replace("{", "").replace("}", ""))
        return [self.url + path for path in pages] + filled


def steady(page, script):
    """Of a page that may just be going on by itself."""
    for left in (2, 1, 0):
        try:
            return page.evaluate(script)
        except BrowserError:
            if not left:
                raise
            page.wait_for_timeout(300)


class Attacks:
    def __init__(self, failures, browser):
        self.failures, self.browser, self.count, self.places = failures, browser, 0, 0

    def on(self, victim, pages, prepare, label, is_second=False):
        """All of them, on one server, in a browser that `prepare` has made at home there.
        - is_second: what the browser has is another: what has nothing to do with that was tried."""
        self.victim, self.label, self.prepare = victim, label, prepare
        neighbour = Neighbour()
        context = self.browser.new_context()
        context.set_default_timeout(10_000)
        prepare(context)
        self.before, self.kept = victim.state(), self.kept_by(context)
        port = neighbour.port
        paths = victim.paths(pages)
        try:
            for origin in (f"http://evil.test:{port}", f"http://127.0.0.1:{port}"):
                self.read(context, origin, paths)
                self.write(context, origin)
                self.look_over(context, origin, paths)
            self.by_link(context, f"http://evil.test:{port}")
            self.rebind(context, paths)
            if not is_second:
                self.speak_raw()
            self.still_at_home(context)
        finally:
            context.close()
            neighbour.close()

    def attempt(self, what, got, context):
        """One more, with what came of it."""
        self.count += 1
        # What the browser itself says of a page that it shows to nobody is no word of the server's.
        if got:
            self.failures.add(f"{self.label}: {what} got {str(got)[:200]}")
        self.unchanged(what, context)

    def unchanged(self, what, context):
        now = self.victim.state()
        if now != self.before:
            self.failures.add(f"{self.label}: {what} changed {[(key, self.before[key], now[key]) for key in now if now[key] != self.before[key]]}")
            self.before = now
        if context and self.kept_by(context) != self.kept:
            self.failures.add(f"{self.label}: {what} changed what the browser keeps: {self.kept_by(context)}, it was {self.kept}")
            self.kept = self.kept_by(context)

    def kept_by(self, context):
        """Of the server's own; what a page of the same machine adds for other paths is its own."""
        return sorted((it["name"], it["value"]) for it in context.cookies(self.victim.url) if it["name"].startswith("pawl") and it["httpOnly"])

    def open(self, context, origin):
        page = context.new_page()
        page.goto(origin + "/")
        page.evaluate(HELPERS)
        return page

    def read(self, context, origin, paths):
        page = self.open(context, origin)
        for number, (name, way) in enumerate(READINGS.items()):
            # What is a process of its own for each is tried with every third, another third from the next place.
            some = paths[(number + self.places) % 3::3] if name in HEAVY else paths
            got = page.evaluate(f"urls => each(urls, {way})", some)
            page.evaluate("document.body.replaceChildren()")
            self.attempt(f"{name} from {origin}", got, context)
        self.places += 1
        page.close()

    def write(self, context, origin):
        token = self.own_token()
        page = self.open(context, origin)
        for name, way in writings(self.victim.url, self.victim.instance, token).items():
            try:
                got = page.evaluate(f"async () => {{ try {{ return await within({way}, 1500); }} catch {{ return null; }} }}")
                if "form" in name:
                    self.settle(context, page)
            except BrowserError:
                got = None
            for other in context.pages:
                if other != page:
                    other.close()
            if not page.url.startswith(origin):
                page.close()
                page = self.open(context, origin)
            self.attempt(f"{name} from {origin}", got, context)
        page.close()
        self.plant(origin, token)

    def plant(self, origin, token):
        """Another port of the same machine can put cookies beside ours: two of one name are none."""
        context = self.browser.new_context()
        self.prepare(context)
        page = self.open(context, origin)
        workflow, key = self.victim.instance.split("/", 1)
        page.evaluate("""([url, token]) => {
            for (const cookie of ["pawl-form=" + "A".repeat(43), "pawl-session=" + "A".repeat(43), "pawl-actor=operator%2Fmallory"]) document.cookie = cookie + "; path=/instances";
            form(url, [["reason", "x"], ["revision", "1"], ["form-token", token]], "application/x-www-form-urlencoded", "post", "_self");
        }""", [f"{self.victim.url}/instances/{workflow}/{key}/do/cancel", token])
        page.wait_for_url(self.victim.url + "/**")
        context.close()
        self.attempt(f"cookies and a form from {origin}", None, None)

    def settle(self, context, page):
        """Until what a form opened has come to an end."""
        page.wait_for_timeout(60)
        for other in context.pages:
            try:
                other.wait_for_load_state(timeout=3000)
            except BrowserError:
                pass

    def own_token(self):
        """What the attacker gets for himself, and could put into his own forms."""
        with urllib.request.urlopen(self.victim.url + "/login" if self.victim.token else self.victim.url + "/", timeout=20) as answer:
            return answer.read().decode().split('name="form-token" value="', 1)[1].split('"', 1)[0]

    def look_over(self, context, origin, paths):
        """A window of its own: neither looks into the other."""
        for path in paths[:4]:
            page = self.open(context, origin)
            with context.expect_page() as opened:
                page.evaluate("url => { window.other = window.open(url); }", path)
            other = opened.value
            other.wait_for_load_state()
            other.wait_for_timeout(250)
            got = page.evaluate("() => { try { return other.document.body.innerText; } catch { try { return other.length || null; } catch { return null; } } }")
            opener = steady(other, "() => window.opener && 'it has an opener'")
            steered = page.evaluate("() => { try { other.location = 'about:blank#evil'; other.postMessage('x', '*'); } catch {} }")
            page.wait_for_timeout(100)
            if other.url == "about:blank#evil":
                opener = "it was led elsewhere"
            other.close()
            page.close()
            self.attempt(f"window.open of {path} from {origin}", got or opener or steered, context)
        for path in paths[:4]:
            page = self.open(context, origin)
            page.evaluate("url => document.body.insertAdjacentHTML('beforeend', `<iframe style='opacity: 0' src='${url}'></iframe>`)", path)
            page.wait_for_timeout(300)
            inside = [steady(it, "document.body?.innerText || ''") for it in page.frames[1:]]
            got = [it for it in inside if any(word in it for word in WORDS)]
            page.close()
            self.attempt(f"a frame with {path} in {origin}", got, context)

    def by_link(self, context, origin):
        for url in deeds_by_link(self.victim.url, self.victim.instance):
            page = self.open(context, origin)
            page.evaluate("url => { const it = document.createElement('a'); it.href = url; document.body.append(it); it.click(); }", url)
            page.wait_for_timeout(60)
            try:
                page.wait_for_load_state(timeout=3000)
            except BrowserError:
                pass
            got = None if page.url.startswith(self.victim.url) or page.url.startswith(origin) or page.url.startswith("chrome-error") else page.url
            page.close()
            self.attempt(f"a link to {url}", got, context)

    def rebind(self, context, paths):
        """The name of another site points to the server: its page is of the same origin."""
        origin = f"http://rebind.test:{self.victim.port}"
        page = context.new_page()
        answer = page.goto(origin + "/")
        text = page.content()
        self.attempt(f"a page at {origin}", None if answer.status == 421 and not any(word in text for word in WORDS[:3]) else f"{answer.status} {text[:200]}", context)
        page.evaluate(HELPERS)
        for method in ("GET", "HEAD"):
            got = page.evaluate("""([urls, method]) => each(urls, async url => { const it = await fetch(url, {method, credentials: 'include'}); return [400, 421].includes(it.status) ? null : it.status + await it.text(); })""",
                                [[path.replace(self.victim.url, origin) for path in paths], method])
            self.attempt(f"{method} at {origin}", got, context)
        workflow, key = self.victim.instance.split("/", 1)
        for path in (f"/v1/workflows/{workflow}/instances/{key}/actions/cancel", f"/instances/{workflow}/{key}/do/cancel", "/theme", "/login", "/v1/events"):
            for kind in ("application/json", "application/x-www-form-urlencoded"):
                got = page.evaluate("""([path, kind]) => fetch(path, {method: 'POST', headers: {'Content-Type': kind}, body: kind.includes('json') ? '{"reason": "x"}' : 'reason=x&revision=1'}).then(it => [400, 421].includes(it.status) ? null : it.status)""", [path, kind])
                self.attempt(f"POST {path} at {origin}, {kind}", got, context)
        got = page.evaluate("() => within(new Promise(done => { const it = new EventSource('/live'); it.onopen = () => done('open'); it.onerror = () => { it.close(); done(null); }; }))")
        self.attempt(f"the stream at {origin}", got, context)
        page.close()

    def speak_raw(self):
        for text, statuses in raw_requests(self.victim.port):
            with socket.create_connection(("127.0.0.1", self.victim.port), timeout=10) as connection:
                connection.sendall(text.encode())
                answer = b""
                while b"\r\n\r\n" not in answer and (part := connection.recv(65536)):
                    answer += part
            said = answer.decode(errors="replace")
            status = int(said.split(" ", 2)[1]) if said.startswith("HTTP/") else 0
            self.attempt(f"raw {text!r}", None if status in statuses else said[:200], None)

    def still_at_home(self, context):
        """After all of that whoever sits there goes on as before: nothing of this could fail otherwise."""
        page = context.new_page()
        workflow, key = self.victim.instance.split("/", 1)
        answer = page.goto(f"{self.victim.url}/instances/{workflow}/{key}")
        self.failures.unless(answer.status == 200 and key in page.content(), f"{self.label}: who is at home sees {answer.status}")
        page.goto(f"{self.victim.url}/instances/{workflow}/{key}/do/pause")
        page.fill("#reason", "to see that it can be done")
        page.locator("main form[method=post] .buttons button:not([name=preview])").first.click()
        page.wait_for_url(lambda url: "/do/" not in url)
        changed = self.victim.state()
        self.failures.unless(changed["instance"] != self.before["instance"], f"{self.label}: who is at home can change nothing")
        page.close()
