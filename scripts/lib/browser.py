"""The console in a real browser, over the gallery of `pawl dev --demo`: every page light, dark and narrow, with axe; each blocker from
Triage in two clicks, with the sentence and the actions of API and command line; each action through its form, with a script
and without; live pages and keys; what people stored is text everywhere; and pages of other sites neither read nor change anything."""

import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time
from collections import deque

from axe_playwright_python.sync_playwright import Axe
from browser_attacks import ARGUMENTS, LEAST, Attacks, Victim
from browser_payloads import payloads
from gallery import PAWL, ROOT, Gallery, page_of, quoted, resource
from playwright.sync_api import Error as BrowserError
from playwright.sync_api import sync_playwright
from swift_tests import command

CHROMIUM = "/usr/bin/chromium"
PICTURES = ROOT / ".build" / "browser" / "pictures"
README = ROOT / "docs" / "pictures" / "why.png"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa", "best-practice"]
LOOKS = {"light": ("light", 1280), "dark": ("dark", 1280), "narrow": ("light", 320)}
HTML_LIMIT, SCRIPT_LIMIT, PICTURE_LIMIT = 60_000, 25_000, 150_000
PATIENCE = 10_000  # milliseconds for anything that a page does
TABS = 50

PAGES = {
    "triage": "/", "instances": "/instances", "instances-none": "/instances?filter=key:none",
    "instances-wrong": "/instances?filter=helth:stuck", "instance": "/instances/order/1009",
    "instance-parallel": "/instances/moving-day/m-1", "members": "/instances/moving-day/m-1/members",
    "instance-frame": "/instances/cake/birthday",
    "instance-paused": "/instances/parcel/held", "instance-guard": "/instances/parcel/piano",
    "instance-ended": "/instances/parcel/p-5", "action-retry": "/instances/order/1009/do/retry?incident=1&reason=the+card+is+new",
    "action-complete": "/instances/order/1010/do/complete?incident=1", "action-move": "/instances/parcel/p-1/do/move",
    "action-cancel": "/instances/order/1014/do/cancel?reason=sold+out", "incidents": "/incidents",
    "tasks": "/tasks", "task": "/tasks/approval/desk/only", "workflows": "/workflows", "workflow": "/workflows/moving-day",
    "workflow-held": "/workflows/crossing", "instance-workflow-held": "/instances/crossing/c-2",
    "difference": "/workflows/moving-day/difference?from=1",
    "schedules": "/schedules", "schedule": "/schedules/tick", "adapters": "/adapters",
    "adapter": "/adapters/oven", "adapter-held": "/adapters/archive", "adapter-open": "/adapters/cookies",
    "instance-adapter-held": "/instances/filing/papers",
    "events": "/events", "events-kept": "/events?outcome=kept",
    "alerts": "/alerts", "paused": "/paused", "instances-paused": "/instances?filter=is%3Apaused",
    "operations": "/operations", "batch": "/operations/new?action=pause&filter=status%3Arunning", "system": "/system", "audit": "/audit", "keys": "/keys",
    "who": "/who", "problem": "/instances/order/none",
}

# Which instance of the seed shows what.
KINDS = {json.loads(line)["until"]: "/".join(json.loads(line)["path"].split("/")[3:6:2])
         for line in (ROOT / "samples" / "gallery" / "seed.jsonl").read_text().splitlines() if '"until"' in line}


class Failures:
    def __init__(self):
        self.all = []

    def add(self, text):
        self.all.append(text)
        print(f"  ✘ {text}", flush=True)

    def unless(self, holds, text):
        if not holds:
            self.add(text)
        return holds


class Stage:
    def __init__(self, gallery, browser):
        self.gallery = gallery
        self.browser = browser
        self.failures = Failures()

    def context(self, **options):
        context = self.browser.new_context(base_url=self.gallery.url, **{"viewport": {"width": 1280, "height": 900}, **options})
        context.set_default_timeout(PATIENCE)
        return context

    # Every page.

    def pages(self):
        clear(PICTURES)
        pages = dict(PAGES)
        causes = self.gallery.get("/v1/incident-groups")["groups"]
        pages["incidents-cause"] = "/incidents?cause=" + quoted(causes[0]["cause"])
        context = self.context(reduced_motion="reduce")
        for name, path in pages.items():
            self.look_at(context, name, path)
        context.close()
        print(f"  {len(pages)} pages, light, dark and at 320 px; pictures in {PICTURES}")

    def look_at(self, context, name, path):
        page, errors, scripts = context.new_page(), [], []
        page.on("console", lambda it: errors.append(it.text) if it.type == "error" else None)
        page.on("pageerror", lambda it: errors.append(str(it)))
        page.on("response", lambda it: scripts.append(len(it.body())) if it.request.resource_type == "script" else None)
        answer = page.goto(path)
        self.failures.unless(answer.status == (404 if name == "problem" else 200), f"{name} answers {answer.status}")
        size = len(answer.body())
        self.failures.unless(size <= HTML_LIMIT, f"{name} has {size} bytes of HTML")
        self.failures.unless(0 < sum(scripts) <= SCRIPT_LIMIT, f"{name} has {sum(scripts)} bytes of script")
        for look, (scheme, width) in LOOKS.items():
            page.emulate_media(color_scheme=scheme)
            page.set_viewport_size({"width": width, "height": 900})
            self.see(page, name, look)
        # A browser says of its own that a page was not found.
        for error in errors:
            self.failures.unless(name == "problem" and "404" in error, f"{name} says in the console: {error}")
        page.close()

    def see(self, page, name, look):
        where = f"{name} ({look})"
        for violation in Axe().run(page, options={"runOnly": {"type": "tag", "values": RULES}}).response["violations"]:
            places = "; ".join(node["html"][:160] + " · " + node["failureSummary"].split("\n")[-1].strip()
                               for node in violation["nodes"][:2])
            self.failures.add(f"{where} axe {violation['id']}: {places}")
        width = page.evaluate("document.documentElement.scrollWidth")
        self.failures.unless(width <= page.viewport_size["width"], f"{where} scrolls sideways: {width} px")
        page.screenshot(path=PICTURES / f"{name}-{look}.png", full_page=True)

    # Each blocker.

    def blockers(self):
        context = self.context()
        page = context.new_page()
        ways = self.ways(context)
        for kind, name in sorted(KINDS.items()):
            way = ways.get(page_of(name))
            if not self.failures.unless(way is not None, f"{kind}: {name} is not two clicks from Triage"):
                continue
            page.goto("/")
            for href in way:
                page.locator(f'main a[href="{href}"]').first.click()
                page.wait_for_url(lambda url, href=href: url.endswith(href) or url.endswith(href.split("#")[0]))
            self.says_the_same(page, kind, name)
        context.close()
        print(f"  {len(KINDS)} kinds of blocker, each two clicks away, with one sentence and the same actions on page, API and command line")

    def ways(self, context):
        """Links from Triage, by where they lead: the shortest chain of at most two."""
        ways, queue = {}, deque([("/", ())])
        while queue:
            path, way = queue.popleft()
            html = context.request.get(path).text().split("<main", 1)[1]
            for href in re.findall(r'href="(/[^"]*)"', html):
                href = href.replace("&amp;", "&").replace("&quot;", '"').replace("&#39;", "'")
                # Of an instance a link may say from which list it leads there.
                if (page := href.split("?in=")[0]) not in ways:
                    ways[page] = (*way, href)
                    if len(way) == 0:
                        queue.append((href, (href,)))
        return ways

    def says_the_same(self, page, kind, name):
        shown = page.locator(".why-card .sentence").all_text_contents()
        # A page's lines are aimed at its own server.
        offers = [[it.locator("a, span").first.text_content().strip(),
                   it.locator(".command").first.text_content().strip().removesuffix(f" --url {self.gallery.url}")]
                  for it in page.locator(".why-card .offers > li").all()]
        api = self.gallery.of(name, "/why")["blockers"]
        line = json.loads(self.gallery.pawl("why", name, "-o", "json"))["blockers"]
        self.failures.unless(kind in [it["kind"] for it in api], f"{name} shows no {kind}")
        self.failures.unless(
            [timeless(it) for it in shown] == [timeless(it["sentence"]) for it in api] == [timeless(it["sentence"]) for it in line],
            f"{kind}: page, API and command line differ: {shown} · {[it['sentence'] for it in api]}")
        legal = [[[act["sentence"].replace("`", ""), act["command"]] for it in source for act in it["actions"]] for source in (api, line)]
        self.failures.unless(offers == legal[0] == legal[1], f"{kind}: other actions on the page: {offers} · {legal[0]}")

    # Each action.

    def actions(self):
        for script in (True, False):
            context = self.context(java_script_enabled=script)
            page = context.new_page()
            for name, story in STORIES.items():
                try:
                    story(Act(self.gallery, page, f"{'js' if script else 'plain'}-{name}"))
                except (BrowserError, SystemExit, AssertionError) as error:
                    self.failures.add(f"{name}, {'with' if script else 'without'} a script: {str(error)[:600]}")
            context.close()
        print(f"  {len(STORIES)} actions through their forms, with a script and without, and what the API says of each")

    # Live.

    def live(self):
        context = self.context()
        self.gallery.start("parcel/live", to="Whoever looks")
        page = context.new_page()
        page.goto(page_of("parcel/live"))
        page.locator("#live").wait_for(state="visible")
        self.gallery.send("parcel/live", "parcel.weighed", "carrier/hal", grams=10)
        page.locator("main", has_text="travelling").wait_for()
        # As somebody opens each of a list that is stuck.
        for _ in range(TABS):
            context.new_page().goto(page_of("order/1009"))
        last = context.new_page()
        last.goto(page_of("parcel/live"))
        self.gallery.send("parcel/live", "parcel.delivered", "carrier/hal", signedBy="Whoever looks")
        last.bring_to_front()
        last.locator("main", has_text="delivered").wait_for()
        context.close()
        self.live_forms()
        print(f"  an open page follows an event by itself, also behind {TABS} open tabs, and around what somebody fills in")

    def live_forms(self):
        """A page with a form follows as well, and leaves alone what somebody has begun to fill in."""
        context = self.context()
        page = context.new_page()
        says = lambda: page.locator("#live-text").text_content()
        # Nothing but the adapter changes.
        page.goto("/adapters/oven")
        page.locator("#live").wait_for(state="visible")
        self.gallery.ask("POST", "/v1/adapters/oven/pause", {"reason": "the chimney sweep"})
        page.locator(".note", has_text="the chimney sweep").wait_for()
        reason = page.locator("textarea[name=reason]")
        reason.fill("the sweep has g")
        self.failures.unless(says() == "Live, but for what you fill in", f"a form is filled in, and the page says {says()}")
        self.gallery.ask("POST", "/v1/adapters/oven/resume", {"reason": "he came by"})
        page.locator("form .kept", has_text="no longer offered").wait_for()
        self.failures.unless(reason.input_value() == "the sweep has g", "what somebody fills in was not left alone")
        reason.fill("")
        page.locator("h1").click()
        page.locator("button[value=pause]").wait_for()
        self.failures.unless(says() == "Live", f"the form is empty again, and the page says {says()}")
        # An operation at work has buttons.
        self.gallery.ask("POST", "/v1/operations", {"action": "pause", "filter": "workflow:parcel status:running", "rate": 2, "reason": "a look"})
        number = self.gallery.get("/v1/operations")["operations"][0]["id"]
        page.goto(f"/operations/{number}")
        page.locator("button[value=hold]").wait_for()
        self.gallery.ask("POST", f"/v1/operations/{number}/stop")
        page.locator("h1 ~ p .mark", has_text="Stopped").wait_for()
        self.failures.unless(page.locator("main form[method=post]").count() == 0, "a stopped operation can still be steered")
        for item in self.gallery.get(f"/v1/operations/{number}/items")["items"]:
            if item["status"] in ("accepted", "effective", "verified"):
                self.gallery.ask("POST", resource(item["name"]) + "/actions/resume", {"reason": "seen"})
        # What a form is about changes while it is filled in: said beside it, and refused.
        self.gallery.start("parcel/asked", to="Whoever asks")
        page.goto(page_of("parcel/asked") + "/do/cancel")
        page.fill("#reason", "not wan")
        page.evaluate("document.querySelector('#reason').setSelectionRange(2, 5)")
        self.gallery.send("parcel/asked", "parcel.weighed", "carrier/hal", grams=10)
        page.locator("form .kept", has_text="has changed since you began").wait_for()
        page.locator("dl", has_text="travelling").first.wait_for()
        held = page.evaluate("(it => [it.value, it.selectionStart, document.activeElement === it])(document.querySelector('#reason'))")
        self.failures.unless(held == ["not wan", 2, True], f"what somebody fills in was not left alone: {held}")
        page.locator("main form .buttons button").first.click()
        page.locator(".error", has_text="is at revision").wait_for()
        self.failures.unless(says().startswith("Not live"), f"an answer to a form says {says()}")
        # Its form is gone, and it is told so.
        self.gallery.start("approval/asked", what="A lamp", amount=1500)
        page.goto("/tasks/approval/asked/only")
        page.locator("#text").fill("I wonder")
        self.gallery.ask("POST", resource("approval/asked") + "/actions/cancel", {"reason": "no lamp"})
        page.locator("form .kept", has_text="no longer offered").wait_for()
        context.close()

    def restart(self):
        """Nothing is said to be live that is not, and a new server is noticed."""
        context = self.context()
        page = context.new_page()
        page.goto("/instances?filter=workflow:parcel")
        page.locator("#live-text", has_text=re.compile("^Live$")).wait_for()
        self.gallery.kill()
        page.locator("#live-text", has_text="Not connected").wait_for()
        self.gallery.open(self.gallery.url.rsplit(":", 1)[1])
        self.gallery.start("parcel/afterwards", to="Whoever waited")
        page.locator("main a", has_text="afterwards").wait_for(timeout=30_000)
        page.locator("#live-text", has_text=re.compile("^Live$")).wait_for()
        context.close()
        print("  a page says that its server is gone, and follows the next one")

    # What is shown to be pasted.

    def lines(self):
        """Lines of a page do what the page does, as its visitor, in a shell that knows nothing of the server."""
        context = self.context()
        page = context.new_page()
        page.goto("/who")
        page.fill("#actor", "operator/olga")
        page.click("main button.primary")
        keys = ["pasted", "it's $(id)", "\u202egnp", "d\u200bt"]
        for key in keys:
            name = f"parcel/{key}"
            self.gallery.start(name, to="Whoever pastes")
            for verb, shell in (("pause", "pawl"), ("resume", "curl"), ("pause", "curl"), ("resume", "pawl")):
                page.goto(page_of(name) + f"/do/{verb}?reason=" + quoted(f"by {shell}: {key}"))
                line = page.locator("pre.command").nth(0 if shell == "pawl" else 1).text_content()
                self.paste(line)
                last = [it for it in self.gallery.history(name) if it["kind"] == {"pause": "paused", "resume": "resumed"}[verb]][-1]
                self.failures.unless(last["data"] == {"by": "operator/olga", "reason": f"by {shell}: {key}"}, f"{line} left {last['data']}")
        for path in ("/instances?filter=workflow:parcel", "/incidents", "/tasks", "/events", "/operations", page_of("order/1009"),
                     "/tasks/approval/desk/only", page_of("moving-day/m-1") + "/members"):
            page.goto(path)
            for line in page.locator(".same .command").all_text_contents():
                self.paste(line)
        context.close()
        print(f"  lines that are shown run as they stand, of {len(keys)} keys and 8 pages")

    def paste(self, line):
        shell = ["bash", "-c", f"pawl() {{ {PAWL} \"$@\"; }}; {line}"]
        environment = {name: value for name, value in os.environ.items() if name != "PAWL_URL"}
        done = subprocess.run(shell, env=environment, capture_output=True, text=True, timeout=40)
        self.failures.unless(done.returncode == 0 and '"status":4' not in done.stdout, f"{line}: {done.stdout[:300]}{done.stderr[:300]}")

    # Keys.

    def keys(self):
        page = self.context().new_page()
        page.goto("/instances")
        focused = lambda: page.evaluate("document.activeElement.id")
        cursor = lambda: page.evaluate("[...document.querySelectorAll('[data-row]')].findIndex(it => it.classList.contains('cursor'))")
        page.keyboard.press("/")
        self.failures.unless(focused() == "filter", "/ does not lead to the filter")
        page.keyboard.press("Escape")
        for key, row in (("j", 0), ("j", 1), ("j", 2), ("k", 1)):
            page.keyboard.press(key)
            self.failures.unless(cursor() == row, f"{key} leads to row {cursor()}, not {row}")
        href = page.locator("tr.cursor a").first.get_attribute("href")
        # What comes meanwhile moves the row, and the cursor with it.
        name = f"parcel/keys-{time.time_ns()}"
        self.gallery.ask("PUT", resource(name), {"to": "Somebody"})
        page.wait_for_selector(f'a[href*="{name.split("/")[1]}"]')
        self.failures.unless(cursor() == 2, f"a new row has taken the cursor to row {cursor()}, not 2")
        self.failures.unless(page.locator("tr.cursor a").first.get_attribute("href") == href, "the cursor is on another row")
        page.keyboard.press("Enter")
        page.wait_for_url(f"**{href}")
        for keys, path in ((("g", "i"), "/incidents"), (("?",), "/keys"), (("g", "e"), "/events"), (("g", "n"), "/instances"), (("g", "t"), "/")):
            for key in keys:
                page.keyboard.press(key)
            page.wait_for_url(self.gallery.url + path)
        page.context.close()
        print("  / j k Enter g ? do what the page of keys says")

    # What somebody stored.

    def stored(self):
        """All of it is stored wherever people and remotes can put text, and every page that shows it is visited: once as it is,
        where nothing may even be tried, and once with the policy off that forbids scripts in the markup: what is escaped needs none."""
        texts = payloads()
        names, places = store(self.gallery, texts)
        shown = set()
        for is_free in (False, True):
            watch = Watch(self.failures, self.context(bypass_csp=is_free), self.gallery.url)
            if is_free:
                watch.can_see(texts)
            for path in [*PAGES.values(), *places, *map(page_of, names)]:
                shown |= watch.look(path, texts)
            for name in names:
                if name.startswith("approval/"):
                    shown |= watch.look(page_of(name).replace("/instances/", "/tasks/") + "/only", texts)
            for first in ("/instances", "/tasks", "/incidents", "/events"):
                path = first
                while path:
                    shown |= watch.look(path, texts)
                    path = watch.next()
            for number, text in enumerate(texts[::6]):
                watch.look(["/instances?filter=", "/incidents?cause=", "/tasks?filter=", "/who?back=",
                            page_of(names[0]) + "/do/move?reason=", "/tasks/approval/"][number % 6] + quoted(text.replace("\0", "")), texts)
            watch.context.close()
        missing = [text for number, text in enumerate(texts) if number not in shown]
        self.failures.unless(len(missing) == 0, f"{len(missing)} are shown nowhere: {missing[:5]}")
        print(f"  {len(texts)} stored scripts, shown on {watch.count} pages twice: none runs, loads or becomes an element")

    # Where everybody has to say who they are.

    def login(self):
        """What is there besides: the login, who somebody is, and a form that came too late, whose words are not lost."""
        with Guarded() as (url, token):
            context = self.browser.new_context(base_url=url, reduced_motion="reduce")
            context.set_default_timeout(PATIENCE)
            self.look_at(context, "login", "/login?next=/tasks")
            page = context.new_page()
            page.goto("/instances/door/d-1/do/pause")
            page.fill("#token", "pawl_ana_2")
            page.click("main button.primary")
            page.locator(".error", has_text="That does not prove who you are").wait_for()
            self.see(page, "login-failed", "light")
            page.fill("#token", token)
            page.click("main button.primary")
            page.goto("/instances/door/d-1/do/pause")
            page.fill("#reason", "half a page\nof reasons")
            self.look_at(context, "visitor", "/who")
            context.clear_cookies(name="pawl-session")
            page.locator("main form[method=post] .buttons button").first.click()
            page.locator("pre", has_text="half a page").wait_for()
            self.see(page, "kept", "light")
            other = context.new_page()
            other.goto("/login")
            other.fill("#token", token)
            other.click("main button.primary")
            other.wait_for_url("**/")
            for _ in range(2):
                page.locator("main form[method=post] .buttons button").first.click()
                page.wait_for_load_state()
            page.wait_for_url("**/instances/door/d-1?done=*")
            self.failures.unless("half a page" in page.content(), "what was kept was not sent")
            context.close()
        print("  a login, one that fails, who somebody is, and a form that outlives a login")

    # Pages of other sites.

    def attacks(self):
        attacks = Attacks(self.failures, self.browser)
        attacks.on(Victim(self.gallery.url, "parcel/p-1"), PAGES.values(), self.at_home, "without access control")
        with Guarded() as (url, token):
            self.attack_guarded(attacks, url, token)
        self.failures.unless(attacks.count >= LEAST, f"only {attacks.count} attempts were made")
        print(f"  {attacks.count} attempts of pages of other sites, other names and other ports: nothing was changed, and nothing read")

    def at_home(self, context):
        page = context.new_page()
        page.goto(self.gallery.url + "/who")
        page.fill("#actor", "operator/olga")
        page.click("main button.primary")
        page.close()

    def attack_guarded(self, attacks, url, token):
        """The same where somebody is logged in."""
        def log_in(context):
            page = context.new_page()
            page.goto(url + "/instances/door/d-1")
            page.fill("#token", token)
            page.click("main button.primary")
            page.wait_for_url("**/instances/door/d-1")
            kept = [it for it in context.cookies(url) if it["name"] == "pawl-session"]
            self.failures.unless(len(kept) == 1 and kept[0]["httpOnly"] and kept[0]["sameSite"] == "Strict", f"a session is kept as {kept}")
            page.close()
        pages = ["/", "/instances", "/instances/door/d-1", "/instances/door/d-1/do/cancel", "/system", "/who", "/login", "/live", "/workflows/door", "/operations"]
        attacks.on(Victim(url, "door/d-1", token), pages, log_in, "where somebody is logged in", is_second=True)
        # A link of another site leads where it says, and who follows it is still logged in.
        context = self.browser.new_context()
        log_in(context)
        page = context.new_page()
        page.goto("data:text/html,<a href='" + url + "/instances/door/d-1'>x</a>")
        page.click("a")
        page.locator("h1", has_text="d-1").wait_for()
        page.goto(url + "/who")
        page.locator("main button.primary", has_text="Log out").click()
        page.wait_for_url("**/login")
        page.goto(url + "/")
        self.failures.unless(page.url.startswith(url + "/login"), "who has logged out is shown pages")
        context.close()

    # The README's picture.

    def picture(self):
        context = self.context(viewport={"width": 1200, "height": 1040}, color_scheme="light")
        page = context.new_page()
        page.goto(page_of("order/1009"))
        README.parent.mkdir(exist_ok=True)
        page.screenshot(path=README)
        context.close()
        size = README.stat().st_size
        self.failures.unless(size < PICTURE_LIMIT, f"the picture has {size} bytes")
        print(f"  {README}: {size} bytes")


class Act:
    """One instance that is acted on through a page."""

    def __init__(self, gallery, page, name):
        self.gallery, self.page, self.key = gallery, page, name
        self.reason = f"because of {name}"

    def start(self, workflow, **data):
        self.name = f"{workflow}/{self.key}"
        self.gallery.start(self.name, **data)

    def declined(self):
        self.start("order", account=f"{self.key}-declines", amount=100)
        self.gallery.until_kind(self.name, "call.exhausted")

    def does(self, verb, **fields):
        """Fills in the form, sees what would come of it, and sends it."""
        page = self.page
        page.goto(page_of(self.name))
        link = page.locator(f'main a[href="{page_of(self.name)}/do/{verb}"], main a[href^="{page_of(self.name)}/do/{verb}?"]').first
        if link.count():
            link.click()
        else:
            page.goto(f"{page_of(self.name)}/do/{verb}")
        for field, value in fields.items():
            place = page.locator(f"#f-{field}")
            place.select_option(value) if place.evaluate("it => it.tagName") == "SELECT" else place.fill(value)
        if page.locator("#reason").count():
            page.fill("#reason", self.reason)
        if page.locator("button[name=preview]").count() and verb != "send":
            page.click("button[name=preview]")
            page.wait_for_selector("text=would be added")
        page.locator("main form[method=post] .buttons button:not([name=preview])").first.click()
        page.wait_for_selector("b:has-text('Accepted')")
        if verb != "send":
            assert self.reason in json.dumps(self.gallery.history(self.name)), f"{self.name}: the history does not know why"

    def becomes(self, holds, what):
        self.gallery.until(f"{self.name}: {what}", lambda: holds(self.gallery.of(self.name)))

    def is_in(self, state):
        self.becomes(lambda it: state in it.get("states", []), f"in {state}")

    def ends(self, status):
        self.becomes(lambda it: it["status"] == status, status)


def retries(it):
    it.declined()
    it.does("retry")
    it.gallery.until("the second incident", lambda: any(
        blocker["evidence"].get("incident") == 2 for blocker in it.gallery.of(it.name, "/why")["blockers"]))


def completes(it):
    it.declined()
    page = it.page
    page.goto(page_of(it.name))
    page.locator(f'main a[href^="{page_of(it.name)}/do/complete?"]').first.click()
    assert "<id>" in page.input_value("#f-output"), page.input_value("#f-output")
    page.fill("#reason", "as it stands")
    page.locator("main form[method=post] .buttons button:not([name=preview])").first.click()
    page.locator(".error", has_text="still to be filled in").first.wait_for()
    it.does("complete", incident="1", output='{"id": "by-hand", "status": "posted"}')
    it.is_in("packing")
    assert it.gallery.of(it.name)["context"]["charge"] == "by-hand"


def fails(it):
    it.declined()
    it.does("fail", incident="1", error="fenced")
    it.ends("failed")


def pauses(it):
    it.start("parcel", to="Somebody")
    it.does("pause")
    it.gallery.until_kind(it.name, "paused")


def resumes(it):
    it.start("parcel", to="Somebody")
    it.gallery.ask("POST", resource(it.name) + "/actions/pause", {"reason": "a test"})
    it.does("resume")
    it.gallery.until_kind(it.name, "waiting.event")


def moves(it):
    it.start("parcel", to="Somebody")
    it.does("move", state="travelling")
    it.is_in("travelling")


def assigns(it):
    it.start("parcel", to="Somebody")
    it.does("assign", context='{"weight": 5}')
    assert it.gallery.of(it.name)["context"]["weight"] == 5


def fires(it):
    it.start("alarm")
    it.does("fire-timer", state="sleeping")
    it.is_in("ringing")


def sends(it):
    it.start("parcel", to="Somebody")
    it.does("send", event="parcel.weighed", data='{"grams": 10}', **{"as": "carrier/hal"})
    it.is_in("travelling")


def cancels(it):
    it.start("parcel", to="Somebody")
    it.does("cancel")
    it.ends("cancelled")


def terminates(it):
    it.start("parcel", to="Somebody")
    it.does("terminate")
    it.ends("terminated")


def takes_and_decides(it):
    """As a manager, who says so once."""
    it.start("approval", what="A lamp", amount=2500)
    page = it.page
    page.goto("/who")
    page.fill("#actor", "manager/mia")
    page.click("button.primary")
    page.goto(page_of(it.name).replace("/instances/", "/tasks/") + "/only")
    page.click("button[value=claim]")
    page.wait_for_selector("text=taken by manager/mia")
    claimed = it.gallery.of(it.name, "/tasks/only")["claimedBy"]
    assert claimed == "manager/mia", claimed
    accept = page.locator("details.outcome", has_text="Approve it")
    if accept.get_attribute("open") is None:
        accept.locator("summary").click()
    accept.locator("select").select_option("once")
    accept.locator("button").click()
    it.ends("completed")
    output = it.gallery.of(it.name)["output"]
    assert output == {"decidedBy": "mia", "grade": "once"}, output
    page.goto("/who")
    page.fill("#actor", "operator/olga")
    page.click("button.primary")


def lets_an_adapter_go_and_holds_it(it):
    """From the instance that waits for it, and back."""
    it.start("filing", account=it.key)
    it.gallery.until_kind(it.name, "adapter.paused")
    page = it.page
    page.goto(page_of(it.name))
    page.locator('main a[href="/adapters/archive"]').first.click()
    page.locator("button[value=resume]").click()
    assert page.locator("b:has-text('Accepted')").count() == 0, "it wants a reason"
    page.fill("textarea[name=reason]", it.reason)
    page.click("button[value=resume]")
    page.wait_for_selector("b:has-text('Accepted')")
    it.ends("completed")
    page.fill("textarea[name=reason]", it.reason)
    page.click("button[value=pause]")
    page.wait_for_selector("b:has-text('Paused.')")
    held = it.gallery.get("/v1/adapters/archive")
    assert held["pause"]["reason"] == it.reason and [change["paused"] for change in held["log"][:2]] == [True, False], held


def lets_a_workflow_go_and_holds_it(it):
    """From an instance that was started while it was held, and back."""
    it.start("crossing")
    it.gallery.until_kind(it.name, "workflow.paused")
    page = it.page
    page.goto(page_of(it.name))
    page.locator('main a[href^="/workflows/crossing"]').first.click()
    page.locator("button[value=resume]").click()
    assert page.locator("b:has-text('Paused.')").count() == 1, "it wants a reason"
    page.fill("textarea[name=reason]", it.reason)
    page.click("button[value=resume]")
    page.wait_for_selector("b:has-text('Paused.')", state="detached")
    it.is_in("waiting")
    page.fill("textarea[name=reason]", it.reason)
    page.click("button[value=pause]")
    page.wait_for_selector("b:has-text('Paused.')")
    held = it.gallery.get("/v1/workflows/crossing")
    assert held["pause"]["reason"] == it.reason and [change["paused"] for change in held["log"][:2]] == [True, False], held


def runs_and_holds_a_schedule(it):
    page = it.page
    page.goto("/schedules/tick")
    form = page.locator("form", has=page.locator("button[value=run]"))
    form.locator("button[name=preview]").click()
    page.wait_for_selector("text=Nothing was changed.")
    for verb in ("pause", "resume", "run"):
        form = page.locator("form", has=page.locator(f"button[value={verb}]"))
        form.locator("textarea").fill(f"{it.reason} {verb}")
        form.locator(f"button[value={verb}]").click()
        page.wait_for_selector(f"p:has-text('{it.reason} {verb}')")
    form = page.locator("form", has=page.locator("button[value=backfill]"))
    form.locator("input:visible").nth(0).fill("2026-01-01T00:00:00Z")
    form.locator("input:visible").nth(1).fill("2025-01-01T00:00:00Z")
    form.locator("textarea").fill(it.reason)
    form.locator("button[value=backfill]").click()
    page.wait_for_selector("text=it must be later than")


def sees_to_an_alert(it):
    """Whoever presses it is named on the page, and the button is gone."""
    firing = lambda: it.gallery.get("/v1/alerts?status=firing")["alerts"]
    it.gallery.until("an alert fires", firing)
    alert, page = firing()[0]["id"], it.page
    page.goto("/alerts")
    form = page.locator(f'form[action="/alerts/{alert}"]')
    form.locator("button", has_text="I see to it").click()
    form.wait_for(state="detached")
    assert page.locator("li", has_text="Seen to").count() > 0, "the page does not say that somebody sees to it"
    kept = it.gallery.get(f"/v1/alerts/{alert}")
    assert kept["status"] == "acknowledged" and kept["acknowledgement"]["by"], kept


STORIES = {"retry": retries, "complete": completes, "fail": fails, "pause": pauses, "resume": resumes, "move": moves,
           "assign": assigns, "fire-timer": fires, "send": sends, "cancel": cancels, "terminate": terminates,
           "decide": takes_and_decides, "resume-adapter": lets_an_adapter_go_and_holds_it,
           "resume-workflow": lets_a_workflow_go_and_holds_it, "schedule": runs_and_holds_a_schedule,
           "acknowledge": sees_to_an_alert}


class Guarded:
    """A server with access control, of the tests: its address, and a token that lets one in."""

    def __enter__(self):
        self.folder = tempfile.TemporaryDirectory(prefix="pawl-guarded-")
        self.ready = pathlib.Path(self.folder.name) / "ready"
        self.process = subprocess.Popen(command("--filter", "GuardedServer"), cwd=ROOT,
                                        env={**os.environ, "PAWL_GUARDED_READY": str(self.ready)}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        until = time.monotonic() + 60
        while not self.ready.exists():
            if self.process.poll() is not None or time.monotonic() > until:
                raise SystemExit("the server with access control did not open")
            time.sleep(0.1)
        return self.ready.read_text().split()

    def __exit__(self, *_):
        self.ready.unlink(missing_ok=True)
        self.process.wait(20)
        self.folder.cleanup()


class Watch:
    """A browser that notices whatever a stored text does: a script that runs, a dialogue, a breach of the policy, an element or an attribute
    that is none of ours, a request to somebody else, a page that leads elsewhere."""

    HOOK = """
    window.__breaches = [];
    document.addEventListener("securitypolicyviolation", (it) => window.__breaches.push(`${it.violatedDirective}: ${it.blockedURI} ${it.sample}`));
    """
    # Whatever our templates never make.
    FOREIGN_ELEMENTS = """() => [...document.querySelectorAll("*")].filter((it) =>
        [...it.attributes].some((at) => at.name.startsWith("on") || at.name === "srcdoc" || at.name === "style" && !it.closest("svg")
            || ["href", "src", "action", "formaction", "xlink:href", "data", "ping"].includes(at.name) && /^[\\s\\u0000-\\u001f]*(javascript|data|vbscript|\\/\\/|\\\\)/i.test(at.value))
        || it.matches("iframe, object, embed, base, math, marquee, audio, video, img, style, template, plaintext, xmp, listing, noscript, dialog, foreignObject, animate, set, x, xss")
        || it.matches("script") && !it.getAttribute("src")?.startsWith("/assets/")
        || it.matches("meta[http-equiv]") || it.matches("link") && !it.getAttribute("href")?.startsWith("/assets/")).map((it) => it.outerHTML.slice(0, 200))"""

    def __init__(self, failures, context, url):
        self.failures, self.context, self.url, self.count, self.told = failures, context, url, 0, []
        context.add_init_script(self.HOOK)
        self.page = context.new_page()
        self.page.on("dialog", lambda it: (self.told.append(f"says {it.message}"), it.dismiss()))
        self.page.on("request", lambda it: None if it.url.startswith((url + "/", "about:")) else self.told.append(f"asks for {it.url}"))
        self.page.on("pageerror", lambda it: self.told.append(f"fails: {it}"))
        self.page.on("popup", lambda it: self.told.append(f"opens {it.url}"))

    def can_see(self, texts):
        """Of a page that escapes nothing much is noticed."""
        self.page.set_content("<main>" + "".join(f'<p title="{text}">{text}</p>' for text in texts[:40]))
        self.page.wait_for_function("'__hit' in window")
        found = self.page.evaluate(self.FOREIGN_ELEMENTS)
        self.failures.unless(len(found) > 5 and len(self.told) > 0, f"of a page that escapes nothing it is noticed: {found} {self.told}")
        self.told.clear()

    def look(self, path, texts):
        """- Returns: the numbers of those that the page shows."""
        self.count += 1
        self.page.goto(self.url + path)
        hit, breaches, text = self.page.evaluate("() => ['__hit' in window, window.__breaches, document.body.textContent + [...document.querySelectorAll('[value]')].map((it) => it.value).join(' ')]")
        for what in ["runs"] * hit + [f"breaks the policy: {it}" for it in breaches] + [f"is an element: {it}" for it in self.page.evaluate(self.FOREIGN_ELEMENTS)] + self.told:
            self.failures.add(f"on {path} a stored script {what}")
        self.told.clear()
        if not self.page.url.startswith(self.url):
            self.failures.add(f"{path} leads to {self.page.url}")
        return {int(number) for number in re.findall(r"q(\d+)z", text)}

    def next(self):
        link = self.page.locator("a[rel=next]").first
        return link.get_attribute("href") if link.count() else None


def store(gallery, texts):
    """Every text is stored, four to an instance: as key and input, which is a search attribute and a task's title as well, as what somebody says of it,
    and as what an event that moved nothing brought. Others are what a name of somebody is, why something is held or silent, and what a remote is told.
    - Returns: the instances, and pages on which the others are shown."""
    names, places = [], ["/events", "/events?outcome=ignored", "/alerts", "/paused", "/money", "/operations", "/adapters/oven", "/workflows/crossing", "/schedules/tick", "/incidents", "/tasks"]
    plain = lambda text: "".join(it for it in text if it >= " " and it != "\x7f")
    for number in range(0, len(texts), 4):
        key, data, said, brought = texts[number:number + 4]
        key = plain(key)
        data = data.replace("\0", "")
        if number % 3 == 0:
            name = f"approval/{key}"
            gallery.start(name, what=data, amount=100 + number)
            gallery.ask("POST", resource(name) + "/tasks/only/comment", {"text": said}, "manager/mia")
            gallery.attempt("POST", resource(name) + "/events", {"event": "approval.unknown", "data": {"text": brought}})
            gallery.ask("POST", resource(name) + "/tasks/only/assign", {"to": plain(brought)[:200]}, "manager/mia")
        else:
            name = f"parcel/{key}"
            gallery.start(name, to=data)
            gallery.send(name, "parcel.weighed", "carrier/hal", grams=10)
            gallery.ask("POST", resource(name) + "/actions/assign", {"reason": said, "context": {"weight": number}})
            if number % 8 == 0:
                gallery.send(name, "parcel.delivered", "carrier/hal", signedBy=brought.replace("\0", ""))
            else:
                gallery.ask("POST", resource(name) + "/actions/pause", {"reason": brought})
                gallery.attempt("POST", resource(name) + "/events", {"event": "parcel.sold", "data": {said: said}})
        names.append(name)
    for text in texts[::25]:
        gallery.ask("POST", "/v1/adapters/oven/pause", {"reason": text})
        gallery.ask("POST", "/v1/adapters/oven/resume", {"reason": text})
        gallery.ask("POST", "/v1/schedules/tick/pause", {"reason": text})
        gallery.ask("POST", "/v1/schedules/tick/resume", {"reason": text})
        gallery.attempt("POST", "/v1/silences", {"workflow": "parcel", "until": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 3600)), "reason": text})
        gallery.attempt("POST", "/v1/money/holds", {"reason": text})
        gallery.attempt("POST", "/v1/operations", {"action": "pause", "filter": "key:none-of-all", "reason": text})
        gallery.attempt("POST", "/v1/events", {"event": plain(text)[:100], "key": plain(text), "data": {"a": text}}, "operator/" + "".join(it for it in plain(text) if it < "\x7f"))
        name = f"order/{plain(text)}-declines"
        gallery.start(name, account=plain(text)[:180] + "-declines", amount=100)
        names.append(name)
    return names, places


def timeless(text):
    """Without back quotes, which a page shows as code, and without what a second changes."""
    return re.sub(r"\b\d+(\.\d+)? (ms|s|min|h|d|w)\b( \d+ (ms|s|min|h|d)\b)?", "·", text.replace("`", "")).strip()


def clear(folder):
    folder.mkdir(parents=True, exist_ok=True)
    for file in folder.glob("*.png"):
        file.unlink()


PARTS = ["pages", "blockers", "actions", "live", "restart", "lines", "keys", "stored", "login", "attacks"]


def main():
    parts = sys.argv[1:] or PARTS
    unknown = [it for it in parts if it not in [*PARTS, "picture"]]
    if unknown:
        raise SystemExit(f"there is no part {unknown[0]}; there are {', '.join(PARTS)} and picture")
    with Gallery() as gallery, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        stage = Stage(gallery, browser)
        for part in parts:
            print(f"{part}:", flush=True)
            began = time.monotonic()
            try:
                getattr(stage, part)()
            except (BrowserError, SystemExit) as error:
                stage.failures.add(f"{part}: {str(error)[:600]}")
            print(f"  {time.monotonic() - began:.0f} s", flush=True)
        browser.close()
    if stage.failures.all:
        raise SystemExit(f"{len(stage.failures.all)} things are wrong")


if __name__ == "__main__":
    main()
