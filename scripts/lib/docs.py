"""Runs the pages as they stand: README.md and docs/**/*.md. Each fenced block is written, checked, typed or compared; a block
that says nothing of itself and that nobody understands is a failure.

A page has one folder. What a block is stands in it, or in a comment above it:

    yaml      `# some/path.yaml` as its first line: a file of the page's folder
              <!-- run: workflow -->, adapter, scenario, calendar, pawl.yaml: a whole file, checked beside samples/docs/project
              <!-- run: part HOST -->: stands where samples/docs/HOST.yaml says `# here`
              … beside checkout: with the workflows and adapters of this repository
              … refused CODE: `pawl check` must say so; … warned CODE: it must, and nothing is wrong
    console   `$ command` and what it prints, line by line; `…` is anything. `$ pawl serve … &` stays until the page ends,
              or until a line `^C`
    sh        runs and succeeds; what it prints is not looked at. <!-- run: dev -->: `make dev`, until the page ends
    json      can be read
    diff      changes files of the page's folder
    swift     <!-- run: of FILE -->: stands in that file
    text      is for people
    any       <!-- run: file PATH -->: a file of the page's folder
              <!-- run: not, REASON -->: is counted, and listed with --list

Between the blocks, each link within the repository leads to a file and a heading that is there, and each `pawl …` names a command and
options that there are.

<!-- project: HOST --> on a page copies samples/docs/HOST, a folder, before anything else; `, served` serves it."""

import http.client
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

from market import ROOT, free_port

DEBUG = ROOT / ".build" / "debug"
HOSTS = ROOT / "samples" / "docs"
PLACE = "# here"
# As pages write them: the API's port, the sandbox's two, the public entry's.
PORTS = ["8087", "8088", "8025", "8090"]
WHOLE = {
    "workflow": ("workflow", "workflows/{}/workflow.yaml"),
    "adapter": ("adapter", "adapters/{}/adapter.yaml"),
    "scenario": ("workflow", "workflows/{}/scenarios/shown.yaml"),
    "calendar": (None, "calendars/shown.yaml"),
}


class Block:
    def __init__(self, language, line, content, marker):
        self.language, self.line, self.content, self.marker = language, line, content, marker


def blocks(text):
    """Each fenced block with its first line and the marker above it."""
    for match in re.finditer(r"^```(\w*)\n(.*?)^```$", text, re.M | re.S):
        before = text[: match.start()].rstrip().rsplit("\n", 1)[-1]
        marker = re.fullmatch(r"<!-- run: (.*) -->", before)
        line = text[: match.start()].count("\n") + 2
        yield Block(match[1], line, match[2], marker[1] if marker else "")


def steps(content):
    """(command, expected lines) of a console block."""
    found = []
    for line in content.splitlines():
        if line == "^C":
            found.append((line, []))
        elif line.startswith("$ "):
            found.append((line[2:], []))
        elif found:
            found[-1][1].append(line)
        else:
            raise ValueError(f"a console block begins with a command, not with {line!r}")
    return [(command, trimmed(lines)) for command, lines in found]


def trimmed(lines):
    """Empty lines before the next command are there for the eye."""
    while lines and not lines[-1].strip():
        lines = lines[:-1]
    return lines


def matches(expected, printed):
    """Line by line, without blanks at the ends; `…` is anything, and a line of nothing else any number of lines."""
    pattern = ""
    for want in expected:
        if want.strip() == "…":
            pattern += r"(?:.*\n)*?"
        else:
            pattern += ".*".join(re.escape(part) for part in want.rstrip().split("…")) + r"[ \t]*\n"
    return re.fullmatch(pattern, "".join(line.rstrip() + "\n" for line in trimmed(printed))) is not None


def spliced(host, part):
    """The host with the part in its place, as far to the right."""
    lines = host.splitlines()
    places = [number for number, line in enumerate(lines) if line.strip() == PLACE]
    if len(places) != 1:
        raise ValueError(f"a host has one line `{PLACE}`, not {len(places)}")
    indent = lines[places[0]][: -len(PLACE)]
    inner = [indent + line if line.strip() else "" for line in part.splitlines()]
    return "\n".join(lines[: places[0]] + inner + lines[places[0] + 1 :]) + "\n"


def path_of(kind, content):
    """Where a whole file of this kind belongs."""
    word, path = WHOLE[kind]
    if word is None:
        return path
    name = re.search(rf"^{word}: *([a-z][a-z0-9-]*)", content, re.M)
    if not name:
        raise ValueError(f"a block that is a {kind} has a line `{word}: NAME`")
    return path.format(name[1])


class Page:
    def __init__(self, path, folder, listing):
        self.path, self.folder, self.listing = path, Path(folder), listing
        self.ports = {port: str(free_port()) for port in PORTS}
        self.servers = []
        self.counts = {"run": 0, "not run": 0, "failed": 0}
        self.environment = {
            **os.environ, "PATH": f"{DEBUG}:{os.environ['PATH']}", "COLUMNS": "120",
            "XDG_CONFIG_HOME": str(self.folder / ".config"),
            "PAWL_URL": f"http://127.0.0.1:{self.ports['8087']}",
            # Where the adapters of samples/docs look for their remotes; nobody is there unless a page starts somebody.
            "BANK_URL": f"http://127.0.0.1:{self.ports['8088']}", "BANK_TOKEN": "test-token",
            "SMTP_URL": f"smtp://127.0.0.1:{self.ports['8025']}",
        }

    def run(self):
        text = self.path.read_text()
        project = re.search(r"^<!-- project: (\S+?)(, served)? -->$", text, re.M)
        try:
            if project:
                shutil.copytree(HOSTS / project[1], self.folder, dirs_exist_ok=True)
            if project and project[2]:
                self.serve("pawl serve")
            for block in blocks(text):
                self.take(block)
        finally:
            self.stop()
        return self.counts

    def stop(self):
        while self.servers:
            self.interrupt()

    def interrupt(self):
        """The process that was started last."""
        server = self.servers.pop()
        server.send_signal(signal.SIGTERM)
        server.wait(30)

    def take(self, block):
        if block.marker.startswith("not, "):
            self.counts["not run"] += 1
            if self.listing:
                print(f"{self.place(block)}: not run: {block.marker[5:]}")
            return
        try:
            self.counts["run"] += 1
            if block.marker.startswith("file "):
                return self.write(block.marker[5:], block.content)
            getattr(self, f"take_{block.language or 'unnamed'}", self.take_unnamed)(block)
        except (ValueError, OSError, subprocess.TimeoutExpired) as error:
            self.counts["failed"] += 1
            print(f"{self.place(block)}: {error}")

    def place(self, block):
        return f"{self.path.relative_to(ROOT)}:{block.line}"

    # Kinds of blocks

    def take_unnamed(self, block):
        raise ValueError(f"nobody knows what a block `{block.language}` is; see scripts/lib/docs.py")

    def write(self, path, content):
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content)

    def take_text(self, block):
        pass

    def take_diff(self, block):
        done = subprocess.run(
            ["git", "apply", "-p0"], cwd=self.folder, input=block.content, text=True, stderr=subprocess.STDOUT,
            stdout=subprocess.PIPE)
        if done.returncode:
            raise ValueError(done.stdout)

    def take_json(self, block):
        json.loads(block.content)

    def take_swift(self, block):
        match = re.fullmatch(r"of (\S+)", block.marker)
        if not match:
            raise ValueError("a block of Swift says whose it is: <!-- run: of FILE -->")
        words = [" ".join(text.split()) for text in (block.content, (ROOT / match[1]).read_text())]
        if words[0] not in words[1]:
            raise ValueError(f"{match[1]} does not hold this")

    def take_yaml(self, block):
        first, rest = block.content.split("\n", 1)
        if not block.marker and re.fullmatch(r"# \S+\.yaml", first):
            return self.write(first[2:], rest)
        match = re.fullmatch(
            r"(workflow|adapter|scenario|calendar|pawl\.yaml|part (\S+?))( beside checkout)?(?:, (refused|warned) (\S+))?",
            block.marker)
        if not match:
            raise ValueError("a block of YAML says what it is: a first line `# path`, or <!-- run: … -->")
        kind, host, beside, verdict, code = match.groups()
        content = block.content
        if host:
            text = (HOSTS / f"{host}.yaml").read_text()
            kind, content = text.split("\n", 1)[0].removeprefix("# "), spliced(text, content)
        self.check(kind, content, beside is not None, verdict, code)

    def check(self, kind, content, is_beside_checkout, verdict, code):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            if is_beside_checkout:
                for part in ["workflows", "adapters", "calendars"]:
                    shutil.copytree(ROOT / part, folder / part)
            else:
                shutil.copytree(HOSTS / "project", folder, dirs_exist_ok=True)
            if kind == "pawl.yaml":
                # Only a server reads it; one that cannot read it does not begin.
                (folder / "pawl.yaml").write_text(content)
                return self.serve_once(folder)
            file = folder / path_of(kind, content)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(content)
            done = self.shell("pawl test shown" if kind == "scenario" else "pawl check", folder)
        told = code and f"[{code}]" in done.stdout
        if verdict == "refused" and done.returncode and told:
            return
        if verdict != "refused" and done.returncode == 0 and (told or not verdict):
            return
        raise ValueError(f"{verdict or 'taken'} {code or ''} was expected\n{done.stdout}\n{content}")

    def serve_once(self, folder):
        (folder / "serve").write_text("pawl serve --port 0 --config pawl.yaml --ready-file ready & "
                                      "for _ in $(seq 200); do [ -e ready ] && break; kill -0 $! || exit 1; sleep 0.05; done; "
                                      "kill $!; wait; [ -e ready ]")
        done = self.shell("bash serve", folder)
        if done.returncode:
            raise ValueError(f"a server does not take this pawl.yaml\n{done.stdout}")

    def take_sh(self, block):
        if block.marker == "dev":
            return self.dev()
        if block.marker:
            raise ValueError(f"a block of sh is not `{block.marker}`")
        done = self.shell("set -euo pipefail\n" + block.content)
        if done.returncode:
            raise ValueError(f"exit status {done.returncode}\n{done.stdout}")

    def take_console(self, block):
        for command, expected in steps(block.content):
            if command == "^C":
                self.interrupt()
                continue
            if command.endswith("&"):
                self.serve(command[:-1].strip())
                continue
            printed = self.shell(command).stdout.splitlines()
            if not matches([self.with_ports(line) for line in expected], printed):
                self.counts["failed"] += 1
                print(f"{self.place(block)}: {command}")
                print("".join(f"  expected: {text}\n" for text in expected), end="")
                print("".join(f"  printed:  {text}\n" for text in printed), end="")

    # Processes

    def with_ports(self, text):
        for written, taken in self.ports.items():
            text = re.sub(rf"\b{written}\b", taken, text)
        return text

    def shell(self, command, folder=None):
        return subprocess.run(
            ["bash", "-c", self.with_ports(command)], cwd=folder or self.folder, env=self.environment, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, timeout=180)

    def dev(self):
        """`make dev`, of the checkout; its time runs fast, its data are the page's."""
        for name in ["workflows", "adapters", "calendars", "samples"]:
            if not (self.folder / name).exists():
                (self.folder / name).symlink_to(ROOT / name)
        self.serve("pawl dev --time-scale 20 --port 8087 --sandbox-http-port 8088 --sandbox-smtp-port 8025")

    def serve(self, command):
        if "--port" not in command:
            command = re.sub(r"\bpawl serve", "pawl serve --port 8087", command)
            command = re.sub(
                r"\bpawl dev", "pawl dev --port 8087 --sandbox-http-port 8088 --sandbox-smtp-port 8025", command)
        with open(self.folder / "server.log", "w") as log:
            server = subprocess.Popen(
                ["bash", "-c", self.with_ports(re.sub(r"(.* && )?(.*)", r"\1exec env \2", command, count=1))], cwd=self.folder, env=self.environment,
                stdout=log, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL)
        self.servers.append(server)
        if "pawl " not in command:
            return
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and server.poll() is None:
            try:
                urllib.request.urlopen(f"{self.environment['PAWL_URL']}/readyz", timeout=5)
                return
            except (ConnectionResetError, http.client.HTTPException):
                return  # It speaks TLS, and closes what does not.
            except OSError:
                time.sleep(0.05)
        raise ValueError(f"{command}: it does not answer\n{(self.folder / 'server.log').read_text()}")


# Between the blocks

def prose(text):
    """Without fenced blocks and comments."""
    return re.sub(r"^```.*?^```$|<!--.*?-->", "", text, flags=re.M | re.S)


def anchors(text):
    """Of the headings, as GitHub makes them."""
    found = []
    for heading in re.findall(r"^#+ (.*)$", re.sub(r"^```.*?^```$", "", text, flags=re.M | re.S), re.M):
        words = re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", heading).lower()
        found.append(re.sub(r"[^\w\- ]", "", words).replace(" ", "-"))
    return found


def dead_links(path):
    """Of what is linked within the repository."""
    for target in re.findall(r"\]\(([^)\s]+)\)", prose(path.read_text())):
        if re.match(r"[a-z]+:", target):
            continue
        file, _, anchor = target.partition("#")
        place = (path.parent / file).resolve() if file else path
        if not place.exists():
            yield f"nothing is at {target}"
        elif anchor and place.suffix == ".md" and anchor not in anchors(place.read_text()):
            yield f"no heading is {target}"


class Commands:
    """What `pawl` can be told, by its own help."""

    def __init__(self, help):
        self.options = {}
        self.add(help["command"], [])

    def add(self, command, above):
        path = [*above, command["commandName"]]
        names = set()
        for argument in command.get("arguments", []):
            for name in argument.get("names") or []:
                names.add(("-" if name["kind"] == "short" else "--") + name["name"])
        self.options[" ".join(path)] = names
        for inner in command.get("subcommands", []):
            self.add(inner, path)

    def trouble(self, text):
        """What is wrong with a command line; nothing with one that is only hinted at."""
        words = re.sub(r"'[^']*'|\"[^\"]*\"", "x", text).split("|")[0].split("#")[0].split()
        path = ["pawl"]
        for word in words[1:]:
            if " ".join([*path, word]) not in self.options:
                break
            path.append(word)
        if len(path) == 1:
            rest = words[1:2]
            is_word = rest and re.fullmatch(r"[a-z][a-z-]*", rest[0])
            return f"there is no command {rest[0]}" if is_word else None
        known = self.options[" ".join(path)]
        for word in words[len(path):]:
            option = word.split("=")[0].rstrip(",;:.")
            # `--KIND FILE` is short for an import.
            if re.fullmatch(r"--?[a-z][a-z-]*", option) and option not in known and option != "--workers":
                return f"{' '.join(path)} has no {option}"
        return None


def faults_between(path, commands):
    yield from dead_links(path)
    for text in re.findall(r"`(pawl [^`]+)`", prose(path.read_text())):
        trouble = commands.trouble(" ".join(text.split()))
        if trouble:
            yield f"`{text}`: {trouble}"


def pages():
    return [ROOT / "README.md"] + sorted((ROOT / "docs").rglob("*.md"))


def main(arguments):
    listing = "--list" in arguments
    names = [name for name in arguments if not name.startswith("--")]
    total = {}
    help = subprocess.run([str(DEBUG / "pawl"), "--experimental-dump-help"], check=True, stdout=subprocess.PIPE)
    commands = Commands(json.loads(help.stdout))
    chosen = [path for path in pages() if not names or any(name in str(path.relative_to(ROOT)) for name in names)]
    for path in chosen:
        begin = time.monotonic()
        with tempfile.TemporaryDirectory() as folder:
            counts = Page(path, folder, listing).run()
        if listing and counts["run"]:
            print(f"{path.relative_to(ROOT)}: {counts['run']} blocks, {time.monotonic() - begin:.1f} s")
        for fault in faults_between(path, commands):
            counts["failed"] += 1
            print(f"{path.relative_to(ROOT)}: {fault}")
        for name, count in counts.items():
            total[name] = total.get(name, 0) + count
    print(f"{len(chosen)} pages: {total['run']} blocks run, {total['not run']} not run, {total['failed']} failed")
    return 1 if total["failed"] else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
