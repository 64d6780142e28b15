"""What `make test` runs, in this order as far as `after` lets it: see stages.py."""

import os

from stages import Stage

SEED = os.environ.get("SEED", "1")
PAWL = ".build/release/pawl"
# Without what only whoever debugs needs. Who has compiled already would have to do it again.
LEAN = bool(os.environ.get("LEAN"))
COMPILE = ["swift", "build", "--build-tests", *(
    ["-debug-info-format", "none", *(
        word for flag in ["-wmo", "-num-threads", "2"] for word in ["-Xswiftc", flag])] if LEAN else [])]


def tests(*options):
    return ["python3", "scripts/lib/swift_tests.py", *options]


def shell(*lines):
    return ["bash", "-euc", "\n".join(lines)]


def debug(name, *command, **more):
    return Stage(name, *command, after=("compile", *more.pop("after", ())), **more)


def shipped(name, *command, **more):
    return Stage(name, *command, after=("release",), **more)


RECORDED = shell('if [[ -z ${PAWL_SHARED:-} ]]; then',
                 '    echo "skipped: PAWL_SHARED is not set, so there are no recorded orders to replay"',
                 'else scripts/replay-recorded "$PAWL_SHARED"; fi')
# A business of its own, against the products as another package would have them. What was compiled for the suite is
# compiled: it shares the build's folder.
EXAMPLE = shell(f"scripts/quietly {' '.join(COMPILE)} --package-path examples/loans --scratch-path .build",
                "python3 scripts/lib/swift_tests.py --package loans",
                "cd examples/loans", "../../.build/debug/LoansMain check", "../../.build/debug/LoansMain test")
LANGUAGE = shell(f"pawl=$PWD/{PAWL}", "$pawl check; $pawl test", "(cd samples/gallery; $pawl check)",
                 "for each in stripe process-log; do (cd examples/$each; $pawl check; $pawl test); done")

PLAN = [
    Stage("compile", "scripts/quietly", *COMPILE, compiles=True, limit=40),
    Stage("lint", "scripts/lint"),
    Stage("scripts", "python3", "-m", "unittest", "discover", "-s", "scripts/lib/tests"),
    # Its stories have limits of time, which a compiler beside them would break.
    debug("unit", *tests("--skip", "SimulationTests", "--skip", "PowerLossTests"), alone=True, limit=30),
    debug("example", *EXAMPLE, compiles=True),
    debug("release", "scripts/build", compiles=True, limit=40, after=("example",)),
    debug("docs", "scripts/docs"),
    debug("failpoints", "python3", "scripts/lib/failpoints.py", "--brief"),
    debug("alerts", "scripts/alerts"),
    debug("retention", "scripts/retention"),
    debug("mutants", "python3", "scripts/lib/mutants.py", "chosen"),
    shipped("simulation", "scripts/simulate", SEED, os.environ.get("SEEDS", "800"), alone=True),
    shipped("powerloss", "scripts/powerloss", SEED, os.environ.get("IMAGES", "2000"), alone=True),
    shipped("workflows", *LANGUAGE),
    shipped("replay", *RECORDED),
    shipped("year", "scripts/year", "40", "150"),
    # Ten thousand calls behind a remote that is down, on virtual time; then the shipped binary.
    shipped("overload", *shell("python3 scripts/lib/swift_tests.py --filter OverloadTests", "scripts/overload"), alone=True),
    shipped("slow", "scripts/slow", alone=True),
    shipped("openapi", "scripts/openapi"),
    shipped("telemetry", "scripts/telemetry"),
    shipped("stripe", "scripts/stripe"),
    shipped("browser", "scripts/browser"),
    shipped("oidc", "scripts/oidc"),
    shipped("scim", "scripts/scim"),
    shipped("disks", "scripts/disks"),
    shipped("crash", "scripts/crash", os.environ.get("KILLS", "15")),
    shipped("chaos", "scripts/chaos", SEED, "1"),
    shipped("payouts", "scripts/cycles", "--workers", "kill", "5", "300"),
]
