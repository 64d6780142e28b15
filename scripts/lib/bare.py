"""The tar on a Debian that has nothing but what it says it needs: debootstrap's smallest bookworm, libsqlite3-0 and
libcurl4. There it checks and tests the project that came with it, and carries the demo's orders through their life."""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from market import ROOT

PACKAGES = "libsqlite3-0,libcurl4"
# With /proc, from which a program of Swift has its arguments; and the checkout under its own path, so that the demo's
# paths are the same inside and outside.
RUN = """#!/bin/sh
exec unshare -m sh -c '
  mkdir -p {bare}{root} {bare}/proc && mount --rbind {root} {bare}{root} && mount -t proc proc {bare}/proc || exit 70
  exec chroot {bare} {program} "$@"' sh "$@"
"""


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("tar", type=Path, nargs="?", help="by default the one that `make dist` wrote")
    parser.add_argument("--bare", type=Path, default=ROOT / ".build-dist" / "bare", help="kept for the next time")
    options = parser.parse_args()
    tar = options.tar or max(ROOT.glob("pawl-*-linux-*.tar.gz"), key=lambda path: path.stat().st_mtime)
    if os.geteuid() != 0 or not shutil.which("debootstrap"):
        sys.exit("error: this needs root and debootstrap\nfix: apt-get install debootstrap, and run it as root")
    bare = options.bare.resolve()
    if not (bare / "etc" / "debian_version").exists():
        run("debootstrap", "--variant=minbase", f"--include={PACKAGES}", "bookworm", str(bare))
    pawl = bare / "opt" / "pawl"
    shutil.rmtree(pawl, ignore_errors=True)
    pawl.mkdir(parents=True)
    run("tar", "-xzf", str(tar), "-C", str(pawl), "--strip-components=1")
    with tempfile.TemporaryDirectory() as folder:
        look(bare, Path(folder))


def look(bare, folder):
    shell, pawl = [script(folder / name, bare, program) for name, program in [
        ("sh", "/bin/sh"), ("pawl", "/opt/pawl/bin/pawl")]]
    missing = [line for line in inside(shell, "ldd /opt/pawl/bin/pawl").splitlines() if "not found" in line]
    if missing:
        sys.exit("\n".join(missing))
    print(f"pawl {inside(shell, '/opt/pawl/bin/pawl --version')} on Debian {(bare / 'etc' / 'debian_version').read_text().strip()}")
    print(inside(shell, "cd /opt/pawl/project && /opt/pawl/bin/pawl check").splitlines()[-1])
    print(inside(shell, "cd /opt/pawl/project && /opt/pawl/bin/pawl test").splitlines()[-1])
    run(sys.executable, str(ROOT / "scripts" / "lib" / "demo.py"), PAWL_BINARY=str(pawl))


def script(file, bare, program):
    """A program of the bare Debian, to be called from outside."""
    file.write_text(RUN.format(bare=bare, root=ROOT, program=program))
    file.chmod(0o755)
    return file


def run(*command, **environment):
    if subprocess.run(command, env=dict(os.environ, **environment)).returncode:
        sys.exit(f"failed: {' '.join(command)}")


def inside(shell, command):
    done = subprocess.run(
        [str(shell), "-c", command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode:
        sys.exit(f"failed on the bare Debian: {command}\n{done.stdout}")
    return done.stdout.strip()


if __name__ == "__main__":
    main()
