"""What a product was built from, so that nothing is asked of SwiftPM when it is up to date.

SwiftPM needs seconds to find that out by itself, and often much more, for two reasons. It keeps the evaluated manifests
of all packages by the *whole* environment, down to `SHLVL` and `OLDPWD`: in another shell it evaluates them anew. And
then it plans anew, which passes the traits of a package in the random order of a set, so that every other time
Hummingbird is compiled for nothing. `environment` takes both away where there is something to build; where there is
not, the stamp says so: by content, what the product was linked from, and which file it was.

It covers all that lies in the targets' folders, whether git knows it or not: SwiftPM compiles it either way. It is
written only when nothing of that changed while the build ran, for then nobody can say which state was compiled."""

import hashlib
import os
import re
import shutil
import subprocess
from pathlib import Path

PRODUCT = Path(".build/release/pawl")
STAMP = Path(".build/pawl.stamp")
# What the packages were resolved to; SwiftPM writes both, the first also a person.
RESOLUTION = (Path("Package.resolved"), Path(".build/workspace-state.json"))
# Variables by which the same files become another product.
DECISIVE = r"SWIFT\w*|TOOLCHAINS|SDKROOT|CC|CXX|CPATH|\w*(LIBRARY|INCLUDE)_PATH|PKG_CONFIG\w*|PAWL_FUZZ"
# What SwiftPM, the compilers and git need besides.
USEFUL = (r"HOME|PATH|USER|LOGNAME|LANG|LC_\w+|TMPDIR|XDG_(CACHE|CONFIG|DATA)_HOME|(HTTPS?|ALL|NO)_PROXY"
          r"|SSL_CERT_\w+|CURL_CA_BUNDLE|GIT_\w+|SSH_AUTH_SOCK|SSH_ASKPASS")


def is_current(root):
    try:
        return (root / STAMP).read_text() == stamp(root)
    except OSError:
        return False


def remove(root):
    (root / STAMP).unlink(missing_ok=True)


def write(root, began, before):
    """`before` is the resolution of the moment at which the build began."""
    text = stamp(root)
    if was_still(root, began, before):
        whole = root / STAMP.with_suffix(".new")
        whole.write_text(text)
        whole.replace(root / STAMP)


def stamp(root):
    product = (root / PRODUCT).stat()
    digest = hashlib.sha256()
    for path in files(root):
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        digest.update(f"{os.path.relpath(path, root)} {content}\n".encode("utf-8", "surrogateescape"))
    digest.update(repr((resolution(root), toolchain(), variables(DECISIVE))).encode())
    return f"{digest.hexdigest()} {product.st_size} {product.st_mtime_ns}\n"


def was_still(root, began, before):
    """Whether nothing changed since. What was added or deleted shows in the time of its folder's own change."""
    places = [where for folder in folders(root) for where, _ in walk(folder)]
    touched = any(path.stat().st_ctime >= began for path in files(root) + places)
    # The first build is who writes the resolution.
    kept = all(old in (None, new) for old, new in zip(before, resolution(root)))
    return kept and not touched


def files(root):
    """Manifests, the programs that build, and each file in the folders of targets."""
    found = [*sorted(root.glob("Package*.swift")), *(root / "scripts" / "lib").glob("build.py")]
    for folder in folders(root):
        for where, names in walk(folder):
            found += [where / name for name in names]
    return [path for path in found if path.is_file()]


def folders(root):
    """Where targets lie by default, where the manifest says with `path:`, and packages that are being edited."""
    named = re.findall(r'path:\s*"([^"]+)"', (root / "Package.swift").read_text())
    return [root / name for name in ["Sources", "Packages", *sorted(set(named))]]


def walk(folder):
    """Without what is hidden: SwiftPM leaves it out, too."""
    for where, below, names in os.walk(folder, followlinks=True):
        below[:] = sorted(name for name in below if not name.startswith("."))
        yield Path(where), sorted(name for name in names if not name.startswith("."))


def resolution(root):
    return [path.read_bytes() if path.exists() else None for path in (root / name for name in RESOLUTION)]


def toolchain():
    """By what it says, too: a proxy on the PATH may choose among several."""
    return [shutil.which("swift"), said("swift", "--version"),
            said("pkg-config", "--modversion", "sqlite3", "libcurl")]


def said(*command):
    try:
        return subprocess.run(command, capture_output=True, text=True, env=environment()).stdout
    except OSError:
        return None


def environment():
    """The variables that a build may depend on, and sets in a fixed order."""
    return {**variables(f"{DECISIVE}|{USEFUL}"), "SWIFT_DETERMINISTIC_HASHING": "1"}


def variables(names):
    return {name: value for name, value in sorted(os.environ.items())
            if re.fullmatch(names, name, re.IGNORECASE)}
