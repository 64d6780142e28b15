"""Shows that the suite is worth something: each deliberate bug (Sources/Sabotage/Mutant.swift) must fail it.
Prints the bug, the test that caught it and the seconds that took."""

import os
import re
import subprocess
import sys
import threading
import time

from market import ROOT
from swift_tests import command

DEBUG = ROOT / ".build" / "debug"
LIMIT = 600  # seconds; a bug that makes the suite hang is caught as well, and said so

# Which tests are asked, the cheapest first.
SUITES = {
    "store": "SQLiteStoreTests",
    "engine": "EngineTests",
    "execution": "ExecutionTests",
    "guest": "GuestTests",
    "schedule": "ScheduleTests",
    "adapters": "AdaptersTests",
    "access": "AccessTests",
    "identity": "^IdentityTests",
    "encryption": "EncryptionTests",
    "alerts": "AlertsTests",
    "server": "^ServerTests",
    "statechart": "StatechartTests",
    "replay": "RehearsalTests",
    "held": "PawlTests.EarlierMomentTests",
    "hiring": "RepositoryScenarioTests/holds",
    "money": "MarketplaceTests",
    "reconciliation": "ReconciliationTests|ReconciliationPropertyTests",
    "simulation": "SimulationTests.SimulationTests",
    "powerloss": "PowerLossTests",
    "language": "WorkflowLanguageTests",
    "stored": "StoredDefinitionsTests",
    "safety": "ServingSafetyTests",
}

CAUGHT_BY = {
    "token-secret-ignored": "access",
    "revoked-token-taken": "access",
    "expired-token-taken": "access",
    "grant-of-any-workflow": "access",
    "subject-of-grant-ignored": "access",
    "scope-ignored": "access",
    "revealed-to-readers": "server",
    "subject-of-workflow-ignored": "server",
    "token-beyond-its-maker": "server",
    "lists-unfiltered": "server",
    "stream-outlives-token": "server",
    "changers-read": "server",
    "operations-look-first": "server",
    "jwt-any-algorithm": "identity",
    "jwt-audience-ignored": "identity",
    "jwt-expiry-ignored": "identity",
    "jwks-never-refreshed": "identity",
    "pkce-skipped": "identity",
    "audit-row-skipped": "engine",
    "audit-chain-unlinked": "store",
    "audit-verify-lenient": "store",
    "audit-anchors-ignored": "store",
    "audit-row-apart": "store",
    "audit-keeps-erased": "engine",
    "audit-refusals-uncounted": "engine",
    "answers-untyped": "language",
    "inputs-unheld": "language",
    "one-way-taken-for-all": "language",
    "migrated-timer-anew": "execution",
    "migrated-call-forgotten": "execution",
    "migrated-into-nowhere": "execution",
    "migrated-as-seen-only": "engine",
    "encryption-unbound": "encryption",
    "rotation-skips-row": "store",
    "history-unsealed": "store",
    "wrong-key-taken": "store",
    "connect-unchecked": "adapters",
    "command-secret-in-error": "adapters",
    "synchronous-off": "powerloss",
    "batch-in-pieces": "store",
    "commit-without-outbox": "store",
    "revision-checked-outside": "store",
    "record-revision-ignored": "store",
    "look-alike-key": "engine",
    "record-read-wrongly": "engine",
    "index-entry-left": "store",
    "unflushed-entry-unseen": "engine",
    "conflicts-decided-together": "engine",
    "acknowledged-before-flush": "engine",
    "failed-flush-taken-as-written": "engine",
    "unflushed-receipts-unseen": "engine",
    "event-applied-twice": "engine",
    "event-dropped-while-busy": "simulation",
    "message-not-consumed": "simulation",
    "unmatched-forgotten": "engine",
    "kept-events-forgotten": "engine",
    "kept-without-bound": "engine",
    "calls-not-recovered": "simulation",
    "referenced-content-swept": "engine",
    "condemned-content-taken": "engine",
    "hash-taken-for-right": "engine",
    "row-before-content": "engine",
    "removed-although-changed": "engine",
    "removed-before-archived": "engine",
    "removal-untold": "server",
    "erasure-leaves-history": "engine",
    "erasure-leaves-remains": "store",
    "erasure-forgets-file": "store",
    "rejection-forgotten": "replay",
    "torn-stream-taken": "replay",
    "money-not-compared": "replay",
    "timer-early": "simulation",
    "timer-dropped-on-step-back": "engine",
    "clock-jump-followed-at-once": "engine",
    "clock-jump-never-followed": "engine",
    "stored-held-to-types": "stored",
    "gone-client-awaited": "server",
    "uploads-without-bound": "server",
    "overdue-timers-forgotten": "engine",
    "new-key-per-attempt": "simulation",
    "key-without-activation": "execution",
    "result-recorded-twice": "simulation",
    "stale-answer-taken": "execution",
    "late-reply-applied": "execution",
    "held-events-forgotten": "simulation",
    "step-half-taken": "execution",
    "incident-closed-by-itself": "execution",
    "call-not-withdrawn": "adapters",
    "money-hold-forgotten": "engine",
    "money-hold-lets-queued-go": "adapters",
    "item-of-page-forgotten": "simulation",
    "member-not-recorded": "simulation",
    "unknown-taken-as-failed": "execution",
    "retried-after-key-retention": "execution",
    "resend-unseen": "adapters",
    "redirect-taken-as-failed": "adapters",
    "later-refusal-clears-unknown": "execution",
    "recovered-refusal-taken-as-failed": "engine",
    "misfit-output-taken": "adapters",
    "undeclared-refusal-taken": "execution",
    "failed-read-taken-as-nothing": "guest",
    "statement-shown-to-all": "guest",
    "statement-of-two-moments": "store",
    "key-not-ascii": "execution",
    "claim-ignored": "execution",
    "stale-revision-taken": "execution",
    "four-eyes-forgotten": "execution",
    "closed-task-forgotten": "execution",
    "substitute-for-ever": "execution",
    "item-acted-on-apart": "engine",
    "canary-ignored": "engine",
    "nothing-to-do-refused": "engine",
    "paused-adapter-calls": "adapters",
    "adapter-pause-forgotten": "engine",
    "calls-held-too-late": "engine",
    "paused-workflow-moves": "engine",
    "paused-workflow-starts": "engine",
    "workflow-pause-forgotten": "engine",
    "shown-unseen": "execution",
    "held-task-offered": "server",
    "first-absent-taken": "execution",
    "decided-before-due": "engine",
    "backfill-without-last": "engine",
    "overlap-ignored-by-run": "engine",
    "holiday-worked": "schedule",
    "skipped-time-early": "schedule",
    "old-version-started": "engine",
    "removed-workflow-started": "engine",
    "asked-refusal-sent-again": "adapters",
    "one-of-several-chosen": "adapters",
    "asked-for-ever": "execution",
    "retry-after-ignored": "execution",
    "missing-setting-spends-attempts": "adapters",
    "answered-number-rounded": "adapters",
    "key-outlived-in-queue": "adapters",
    "start-key-forgotten": "server",
    "start-condition-ignored": "server",
    "path-data-not-encoded": "adapters",
    "undoing-not-told-input": "hiring",
    "strangers-read-first": "server",
    "strangers-told-why": "server",
    "body-wanted-first": "server",
    "compensation-registered-at-completion": "execution",
    "compensated-in-forward-order": "execution",
    "compensated-before-settling": "execution",
    "failed-compensation-taken-as-done": "execution",
    "file-mode-by-umask": "store",
    "echoed-secret-kept": "adapters",
    "lost-log-taken": "store",
    "foreign-log-taken": "store",
    "log-cut-unnoted": "powerloss",
    "older-state-calls": "held",
    "remains-left": "store",
    "lock-file-only": "store",
    "links-followed": "store",
    "system-claimed": "server",
    "foreign-origin-taken": "server",
    "csrf-unchecked": "server",
    "session-id-kept-at-login": "server",
    "session-never-asked-again": "server",
    "host-list-ignored": "access",
    "cross-site-read-allowed": "server",
    "open-redirect": "server",
    "page-unescaped": "server",
    "blank-taken": "server",
    "things-untold": "server",
    "terminal-obeyed": "access",
    "child-key-without-workflow": "execution",
    "region-reentered": "statechart",
    "nested-parallel-never-done": "statechart",
    "parallel-done-early": "statechart",
    "conflict-unseen": "statechart",
    "refused-send-goes-on": "statechart",
    "half-rounded-up": "money",
    "remainder-to-the-first": "money",
    "end-taken-in": "money",
    "carry-swept-twice": "money",
    "reserved-after-sending": "money",
    "decline-keeps-key": "money",
    "percent-by-end": "money",
    "void-keeps-lines": "money",
    "own-proposal-approved": "money",
    "match-by-amount-before-key": "reconciliation",
    "incomplete-taken-as-whole": "reconciliation",
    "repeated-line-taken": "reconciliation",
    "ambiguous-guessed": "reconciliation",
    "terminal-state-overwritten": "execution",
    "history-gap": "simulation",
    "incidents-untold": "alerts",
    "alert-delivery-forgotten": "alerts",
    "alert-group-split": "alerts",
    "silence-ignored": "alerts",
    "webhook-signed-wrongly": "alerts",
    "stream-position-skipped": "server",
    "tls-client-unverified": "server",
    "client-certificate-unchecked": "server",
    "reload-ignored": "server",
    "open-key-taken": "server",
    "head-deadline-ignored": "server",
    "body-pace-ignored": "server",
    "peer-connections-unlimited": "server",
    "requests-unlimited": "server",
    "forwarded-believed": "server",
    "attempts-unlimited": "access",
    "unsafe-start-taken": "safety",
}

# A cross-section for every run of CI: the disk, the engine, time, calls, undoing.
CHOSEN = [
    "batch-in-pieces", "commit-without-outbox", "revision-checked-outside", "record-revision-ignored",
    "acknowledged-before-flush", "event-applied-twice", "overdue-timers-forgotten", "stale-answer-taken",
    "unknown-taken-as-failed", "retried-after-key-retention", "resend-unseen", "later-refusal-clears-unknown",
]


def known():
    lines = subprocess.run([str(DEBUG / "pawl"), "sabotage"], check=True, capture_output=True,
                           text=True).stdout.splitlines()
    return [line.split()[1] for line in lines if line.startswith("mutant ")]


def tests(suite, mutant=None):
    """Returns the first failing test, None when all passed, and the seconds."""
    environment = dict(os.environ, SEED="1", SEEDS="40", IMAGES="400")
    if mutant:
        environment["PAWL_MUTANT"] = mutant
    begin = time.monotonic()
    process = subprocess.Popen(command("--filter", SUITES[suite]), cwd=ROOT, env=environment, text=True,
                               stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                               start_new_session=True)
    # The first failure is enough: a bug may keep what comes after it from ever ending.
    alarm = threading.Timer(LIMIT, lambda: os.killpg(process.pid, 9))
    alarm.start()
    failure, output = None, []
    for line in process.stdout:
        output.append(line)
        failed = re.search(r"\u2718.* Test (.+?) recorded an issue", line)
        if failed:
            failure = failed.group(1)
            os.killpg(process.pid, 9)
            break
    process.stdout.close()
    status = process.wait()
    hangs = not alarm.is_alive()
    alarm.cancel()
    seconds = time.monotonic() - begin
    if failure is None and hangs:
        failure = f"{SUITES[suite]} (it never ended)"
    if failure is None and status != 0:
        failure = f"{SUITES[suite]} (it crashed)"
    if failure is None and not re.search(r"Test run with [1-9]\d* test", "".join(output)):
        raise SystemExit(f"error: {SUITES[suite]} ran no test\n{''.join(output[-20:])}")
    return failure, seconds


def pass_without(wanted):
    for suite in sorted({CAUGHT_BY[mutant] for mutant in wanted}):
        test, _ = tests(suite)
        if test:
            raise SystemExit(f"error: {test} fails without any mutant")


def main():
    mutants = known()
    unknown = set(CAUGHT_BY) ^ set(mutants)
    if unknown:
        raise SystemExit(f"error: say in scripts/lib/mutants.py what catches {', '.join(sorted(unknown))}")
    wanted = sys.argv[1:] or mutants
    if wanted == ["chosen"]:
        wanted = CHOSEN  # behind stages that were just passed without a mutant
    else:
        pass_without(wanted)
    survivors = []
    for mutant in wanted:
        test, seconds = tests(CAUGHT_BY[mutant], mutant)
        print(f"  {mutant:38} {test or 'SURVIVED':70} {seconds:6.1f} s", flush=True)
        if not test:
            survivors.append(mutant)
    if survivors:
        raise SystemExit(f"mutants: {len(survivors)} of {len(wanted)} survived: {', '.join(survivors)}")
    print(f"mutants: {len(wanted)} of {len(wanted)} caught", flush=True)


if __name__ == "__main__":
    main()
