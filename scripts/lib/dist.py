"""Writes `pawl-VERSION-linux-ARCH.tar.gz`: the program for a Debian without the toolchain, the project that it was made
for, what installs it (systemd unit, container file, completions, manual page) and what it was built from (a bill of
materials, CycloneDX 1.5). The same sources give the same tar, but for what the compiler itself does differently."""

import datetime
import gzip
import hashlib
import io
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import uuid
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SCRATCH = ROOT / ".build-dist"
PROJECT = ["workflows", "adapters", "calendars", "samples", "schemas", "docs"]


def main():
    build()
    binary = SCRATCH / "release" / "pawl"
    version = output(str(binary), "--version")
    name = f"pawl-{version}-linux-{platform.machine()}"
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / name
        fill(folder, binary, version)
        target = ROOT / f"{name}.tar.gz"
        pack(folder, target)
        stripped = (folder / "bin" / "pawl").stat().st_size
    print(f"{target.name}: {mebibytes(target.stat().st_size)}; pawl: {mebibytes(binary.stat().st_size)}, "
          f"stripped {mebibytes(stripped)}")


def build():
    """With another set of flags than `make build`, so in a folder of its own."""
    subprocess.run(
        ["swift", "build", "-c", "release", "--static-swift-stdlib", "--scratch-path", str(SCRATCH), "--product", "pawl"],
        cwd=ROOT, check=True, stdout=sys.stderr)


def fill(folder, binary, version):
    (folder / "bin").mkdir(parents=True)
    subprocess.run(["strip", "-o", str(folder / "bin" / "pawl"), str(binary)], check=True)
    pawl = str(folder / "bin" / "pawl")
    write(folder / "share/bash-completion/completions/pawl", output(pawl, "--generate-completion-script", "bash"))
    write(folder / "share/zsh/site-functions/_pawl", output(pawl, "--generate-completion-script", "zsh"))
    write(folder / "share/fish/vendor_completions.d/pawl.fish", output(pawl, "--generate-completion-script", "fish"))
    help = json.loads(output(pawl, "--experimental-dump-help"))
    write(folder / "share/man/man1/pawl.1", manual(help["command"], version))
    for part in PROJECT:
        copy_tracked(part, folder / "project" / part)
    for file in ["pawl.service", "Containerfile", "README.md"]:
        write(folder / file, (ROOT / "dist" / file).read_text())
    for license in ROOT.glob("LICENSE*"):
        write(folder / license.name, license.read_text())
    pins = json.loads((ROOT / "Package.resolved").read_text())["pins"]
    bill = materials(version, pins, libraries(pawl), toolchain(), moment(), output("git", "rev-parse", "HEAD"))
    write(folder / "sbom.cdx.json", json.dumps(bill, indent=1) + "\n")


def copy_tracked(part, target):
    """What Git knows: no data of a run, no local settings."""
    for path in output("git", "ls-files", "-z", part).split("\0"):
        if path:
            file = target / Path(path).relative_to(part)
            file.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / path, file)


def output(*command):
    return subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout.strip("\n")


def write(file, text):
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text.rstrip("\n") + "\n")


def moment():
    """Of the commit: what is built from it says when it was, and not when somebody built it."""
    return datetime.datetime.fromtimestamp(int(output("git", "log", "-1", "--format=%ct")), datetime.timezone.utc)


def mebibytes(size):
    return f"{size / (1 << 20):.1f} MiB"


# The tar

def pack(folder, target):
    """In one order, with one time and one owner."""
    time = int(moment().timestamp())
    with open(target, "wb") as file, gzip.GzipFile("", "wb", 9, file, time) as packed, \
            tarfile.open(fileobj=packed, mode="w", format=tarfile.GNU_FORMAT) as tar:
        for path in [folder, *sorted(folder.rglob("*"))]:
            entry = tar.gettarinfo(path, path.relative_to(folder.parent))
            entry.uid = entry.gid = 0
            entry.uname = entry.gname = "root"
            entry.mtime = time
            is_program = path.is_dir() or path.parent.name == "bin" or os.access(path, os.X_OK)
            entry.mode = 0o755 if is_program else 0o644
            tar.addfile(entry, io.BytesIO(path.read_bytes()) if path.is_file() else None)


# What it was built from

def libraries(binary):
    """The shared libraries that it needs, as Debian calls them: (package, version, architecture)."""
    found = set()
    for line in output("ldd", binary).splitlines():
        match = re.search(r"=> (/\S+)", line)
        if match:
            package = package_of(match[1])
            found.add(tuple(output(
                "dpkg-query", "-W", "-f", "${Package}\t${Version}\t${Architecture}", package).split("\t")))
    return sorted(found)


def package_of(path):
    for candidate in [path, os.path.realpath(path), os.path.realpath(path).replace("/usr", "", 1)]:
        done = subprocess.run(["dpkg", "-S", candidate], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        if done.returncode == 0:
            return done.stdout.split(": ")[0]
    raise SystemExit(f"{path} belongs to no package")


def toolchain():
    return re.search(r"Swift version (\S+)", output("swift", "--version"))[1]


def materials(version, pins, libraries, swift, moment, commit):
    components = [{
        "type": "framework", "bom-ref": f"swift@{swift}", "name": "swift", "version": swift,
        "description": "the standard library and Foundation, linked into the program",
        "externalReferences": [{"type": "website", "url": "https://www.swift.org"}],
    }]
    for pin in sorted(pins, key=lambda pin: pin["identity"]):
        place = re.sub(r"^https://|\.git$", "", pin["location"])
        state = pin["state"]
        number = state.get("version") or state["revision"]
        components.append({
            "type": "library", "bom-ref": f"pkg:swift/{place}@{number}", "name": pin["identity"], "version": number,
            "purl": f"pkg:swift/{place}@{number}",
            "externalReferences": [{"type": "vcs", "url": pin["location"], "comment": state["revision"]}],
        })
    for package, number, architecture in libraries:
        purl = f"pkg:deb/debian/{package}@{number.replace('+', '%2B').replace(':', '%3A')}?arch={architecture}"
        components.append({
            "type": "library", "bom-ref": purl, "name": package, "version": number, "purl": purl,
            "description": "of the system: not part of the tar; this version was there when it was linked",
        })
    identity = hashlib.sha256(json.dumps([version, commit, components]).encode()).digest()[:16]
    return {
        "$schema": "http://cyclonedx.org/schema/bom-1.5.schema.json",
        "bomFormat": "CycloneDX", "specVersion": "1.5", "serialNumber": f"urn:uuid:{uuid.UUID(bytes=identity, version=5)}",
        "version": 1,
        "metadata": {
            "timestamp": moment.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "component": {
                "type": "application", "bom-ref": f"pawl@{version}", "name": "pawl", "version": version,
                "properties": [{"name": "git:commit", "value": commit}],
            },
        },
        "components": components,
        "dependencies": [{"ref": f"pawl@{version}", "dependsOn": [one["bom-ref"] for one in components]}],
    }


# The manual page

def manual(command, version):
    """pawl(1), of what the program says of itself."""
    lines = [f'.TH PAWL 1 "" "pawl {version}" "User Commands"', ".SH NAME",
             "pawl \\- " + roff(lower(command["abstract"].rstrip("."))), ".SH SYNOPSIS", ".B pawl", ".I command",
             "[\\fIoptions\\fR]", ".SH DESCRIPTION", *paragraphs(command.get("discussion", ""))]
    lines.append(".SH COMMANDS")
    for inner in command.get("subcommands", []):
        lines += described(inner, [command["commandName"]])
    lines += [".SH ENVIRONMENT", ".TP", ".B PAWL_URL", "The server that commands ask; without it "
              "http://127.0.0.1:8087.", ".SH FILES", ".TP", ".I workflows/ adapters/ calendars/ pawl.yaml",
              "The project, in the working folder.", ".TP", ".I pawl\\-data/", "The database and the content of attachments."]
    return "\n".join(lines)


def described(command, above):
    if not command.get("shouldDisplay", True) or command["commandName"] == "help":
        return []
    path = [*above, command["commandName"]]
    lines = [f".SS {roff(' '.join(path))}", *paragraphs(command.get("abstract", "")),
             *paragraphs(command.get("discussion", ""))]
    for argument in command.get("arguments", []):
        names = [spelled(name) for name in argument.get("names") or []]
        if not argument.get("shouldDisplay", True) or "--version" in names or "--help" in names:
            continue
        value = argument.get("valueName", "")
        if argument["kind"] == "positional":
            head = f"\\fI{roff(value)}\\fR"
        else:
            head = ", ".join(f"\\fB{roff(name)}\\fR" for name in names)
            head += f" \\fI{roff(value)}\\fR" if argument["kind"] == "option" else ""
        text = argument.get("abstract", "")
        if argument.get("defaultValue") not in (None, "", "false"):
            text += f" (default: {argument['defaultValue']})"
        lines += [".TP", head, roff(text) or "\\&"]
    for inner in command.get("subcommands", []):
        lines += described(inner, path)
    return lines


def spelled(name):
    return ("-" if name["kind"] == "short" else "--") + name["name"]


def paragraphs(text):
    lines = []
    for part in text.strip().split("\n\n"):
        if part:
            lines += [".PP", *(roff(line.strip()) for line in part.split("\n") if line.strip())]
    return lines


def lower(text):
    return text[:1].lower() + text[1:]


def roff(text):
    text = text.replace("\\", "\\e").replace("-", "\\-").replace("`", "\\(ga")
    return "\\&" + text if text[:1] in (".", "'") else text


if __name__ == "__main__":
    main()
