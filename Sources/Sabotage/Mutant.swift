/// A deliberate bug, of the kind that an engine for money must not have. Each one must fail the suite.
public enum Mutant: String, Sendable, CaseIterable {
    // The disk.
    case synchronousOff = "synchronous-off"
    /// One transaction a commit, so that a batch can be written in part.
    case batchInPieces = "batch-in-pieces"
    case commitWithoutOutbox = "commit-without-outbox"
    /// A database whose log is gone, or has lost its end, is opened as if it were whole.
    case lostLogTaken = "lost-log-taken"
    /// A log is laid over a database that it was not written for.
    case foreignLogTaken = "foreign-log-taken"
    /// A log that is emptied is not noted first: it looks lost when the process dies then.
    case logCutUnnoted = "log-cut-unnoted"
    /// A database of an earlier moment calls at once.
    case olderStateCalls = "older-state-calls"
    /// What a reader has held up of an erasure waits for the next start.
    case remainsLeft = "remains-left"
    /// The revision is compared by a read before the transaction.
    case revisionCheckedOutside = "revision-checked-outside"
    /// A record is overwritten whatever its revision is.
    case recordRevisionIgnored = "record-revision-ignored"
    /// Records whose ids look alike are taken for one, as Swift compares text.
    case lookAlikeKey = "look-alike-key"
    /// A local operation reads a record as newer than it is, and nobody notices before the store does.
    case recordReadWrongly = "record-read-wrongly"
    /// A refused batch is decided again as it was.
    case conflictsDecidedTogether = "conflicts-decided-together"

    /// A record that changes keeps the places in its indexes that it had.
    case indexEntryLeft = "index-entry-left"
    /// An index shows what is on the disk, not what is decided.
    case unflushedEntryUnseen = "unflushed-entry-unseen"

    // What is sealed, and what leaves.
    /// A sealed value opens wherever it is put.
    case encryptionUnbound = "encryption-unbound"
    /// The last row of each table keeps the key that it had.
    case rotationSkipsRow = "rotation-skips-row"
    /// One kind of row is written as it is.
    case historyUnsealed = "history-unsealed"
    /// The key of a name is taken for what it was, whatever its bytes are.
    case wrongKeyTaken = "wrong-key-taken"
    /// Where a name leads is not looked at again when a connection is opened.
    case connectUnchecked = "connect-unchecked"
    /// What a command for a secret says stands in the reason why there is none.
    case commandSecretInError = "command-secret-in-error"

    // The engine.
    case acknowledgedBeforeFlush = "acknowledged-before-flush"
    case failedFlushTakenAsWritten = "failed-flush-taken-as-written"
    case unflushedReceiptsUnseen = "unflushed-receipts-unseen"
    case eventAppliedTwice = "event-applied-twice"
    case eventDroppedWhileBusy = "event-dropped-while-busy"
    case messageNotConsumed = "message-not-consumed"
    case unmatchedForgotten = "unmatched-forgotten"
    /// As many events as come are kept for what nobody starts.
    case keptWithoutBound = "kept-without-bound"
    case keptEventsForgotten = "kept-events-forgotten"
    case callsNotRecovered = "calls-not-recovered"

    /// Whoever waits is waited for, though they are long gone.
    case goneClientAwaited = "gone-client-awaited"
    /// As many large bodies are read at once as come.
    case uploadsWithoutBound = "uploads-without-bound"

    // The transport.
    /// A client's certificate of whatever authority is taken.
    case tlsClientUnverified = "tls-client-unverified"
    /// A certificate that is not meant for clients, was revoked or is over is taken.
    case clientCertificateUnchecked = "client-certificate-unchecked"
    /// A listener that others can reach begins without TLS and without access control.
    case unsafeStartTaken = "unsafe-start-taken"
    /// Whoever sends a head byte by byte is waited for.
    case headDeadlineIgnored = "head-deadline-ignored"
    /// A body may come as slowly as it likes.
    case bodyPaceIgnored = "body-pace-ignored"
    /// A new certificate in the files is not taken.
    case reloadIgnored = "reload-ignored"
    /// One peer may have all the connections.
    case peerConnectionsUnlimited = "peer-connections-unlimited"
    /// One principal may ask as often as it likes.
    case requestsUnlimited = "requests-unlimited"
    /// Secrets may be tried one after the other.
    case attemptsUnlimited = "attempts-unlimited"
    /// What anybody says of whom they forward for is believed.
    case forwardedBelieved = "forwarded-believed"
    /// A key that others may read is used.
    case openKeyTaken = "open-key-taken"
    // The browser.
    /// A form is believed whoever made it.
    case csrfUnchecked = "csrf-unchecked"
    /// A login goes on with the session that the browser brought.
    case sessionIDKeptAtLogin = "session-id-kept-at-login"
    /// Any name is answered to.
    case hostListIgnored = "host-list-ignored"
    /// Pages of other sites may load what they like.
    case crossSiteReadAllowed = "cross-site-read-allowed"
    /// A form leads back to wherever it says.
    case openRedirect = "open-redirect"
    /// A session goes on without being asked for again.
    case sessionNeverAskedAgain = "session-never-asked-again"

    // Attachments.
    /// Content that an instance speaks of goes with what nobody speaks of.
    case referencedContentSwept = "referenced-content-swept"
    /// Content that is about to go is referred to all the same.
    case condemnedContentTaken = "condemned-content-taken"
    /// Whoever guesses a hash may refer to what others put.
    case hashTakenForRight = "hash-taken-for-right"
    /// The row of some content is written before its bytes have their place.
    case rowBeforeContent = "row-before-content"

    // Time.
    case timerEarly = "timer-early"
    case timerDroppedOnStepBack = "timer-dropped-on-step-back"
    /// A wall clock that is years ahead for a second takes the store's time along.
    case clockJumpFollowedAtOnce = "clock-jump-followed-at-once"
    /// A clock that was set rightly is never believed.
    case clockJumpNeverFollowed = "clock-jump-never-followed"
    case overdueTimersForgotten = "overdue-timers-forgotten"

    // Calls.
    case newKeyPerAttempt = "new-key-per-attempt"
    case keyWithoutActivation = "key-without-activation"
    case resultRecordedTwice = "result-recorded-twice"
    case staleAnswerTaken = "stale-answer-taken"
    case lateReplyApplied = "late-reply-applied"
    case heldEventsForgotten = "held-events-forgotten"
    /// A call that waits for its turn leaves although its instance was paused.
    case moneyHoldForgotten = "money-hold-forgotten"
    case moneyHoldLetsQueuedGo = "money-hold-lets-queued-go"
    case callNotWithdrawn = "call-not-withdrawn"
    /// An incident of a step that failed is closed by the next thing that comes.
    case incidentClosedByItself = "incident-closed-by-itself"
    /// What came before the expression that failed stays done.
    case stepHalfTaken = "step-half-taken"
    case unknownTakenAsFailed = "unknown-taken-as-failed"
    /// An instance goes although it has changed since the archive took it.
    case removedAlthoughChanged = "removed-although-changed"
    /// A reader of the stream is not told that something it has not read is gone.
    case removalUntold = "removal-untold"
    /// An instance goes before the archive has it.
    case removedBeforeArchived = "removed-before-archived"
    case retriedAfterKeyRetention = "retried-after-key-retention"
    /// libcurl sends again by itself on a kept connection that has died, and the second answer is taken for the only one.
    case resendUnseen = "resend-unseen"
    case redirectTakenAsFailed = "redirect-taken-as-failed"
    /// A refusal ends a call of which an earlier attempt may have taken effect.
    case laterRefusalClearsUnknown = "later-refusal-clears-unknown"
    /// So does one after a restart, though the earlier process may have sent the call.
    case recoveredRefusalTakenAsFailed = "recovered-refusal-taken-as-failed"
    /// An output that its schema refuses.
    case misfitOutputTaken = "misfit-output-taken"
    /// An operation refuses by a name that its manifest does not declare, and a catch-all takes it.
    case undeclaredRefusalTaken = "undeclared-refusal-taken"
    /// An operation goes on from a read that failed, as though there were nothing.
    case failedReadTakenAsNothing = "failed-read-taken-as-nothing"
    /// Whoever asks for a statement gets it.
    case statementShownToAll = "statement-shown-to-all"
    /// What is committed between two reads of a statement is seen by the second.
    case statementOfTwoMoments = "statement-of-two-moments"
    /// The key in a header is another text than in a query.
    case keyNotASCII = "key-not-ascii"

    // Fan-outs.
    /// The last item of each page is forgotten.
    case itemOfPageForgotten = "item-of-page-forgotten"
    case memberNotRecorded = "member-not-recorded"

    // Tasks for people.
    /// Somebody else decides what was claimed.
    case claimIgnored = "claim-ignored"
    case staleRevisionTaken = "stale-revision-taken"
    /// Who did the first half does the second.
    case fourEyesForgotten = "four-eyes-forgotten"
    /// Nobody learns what became of a task that ended.
    case closedTaskForgotten = "closed-task-forgotten"
    case substituteForEver = "substitute-for-ever"
    /// What is shown changes, and who has not seen it decides.
    case shownUnseen = "shown-unseen"
    /// A task that nobody can decide is listed as one that is open.
    case heldTaskOffered = "held-task-offered"
    /// Who stands in for two is taken to do it for the first.
    case firstAbsentTaken = "first-absent-taken"
    /// A person who is late by less than the timer is in time.
    case decidedBeforeDue = "decided-before-due"

    // Schedules.
    case backfillWithoutLast = "backfill-without-last"
    /// What a person wants to run waits, whatever the policy says.
    case overlapIgnoredByRun = "overlap-ignored-by-run"

    // Operations on many.
    /// The item that says what was done to an instance is not in the same commit.
    case itemActedOnApart = "item-acted-on-apart"
    /// All of them are acted on before anybody has seen what became of the first.
    case canaryIgnored = "canary-ignored"
    /// Those for whom there is nothing to do are refused, and enough of them stop it.
    case nothingToDoRefused = "nothing-to-do-refused"

    // Adapters that people hold.
    /// Its calls leave all the same.
    case pausedAdapterCalls = "paused-adapter-calls"
    /// The next process does not know.
    case adapterPauseForgotten = "adapter-pause-forgotten"
    /// A process that is to begin with its calls held lets what an earlier one left go first.
    case callsHeldTooLate = "calls-held-too-late"

    // Workflows that people hold.
    /// Its instances move on as before.
    case pausedWorkflowMoves = "paused-workflow-moves"
    /// What starts does what it does first.
    case pausedWorkflowStarts = "paused-workflow-starts"
    /// The next process sends what was under way.
    case workflowPauseForgotten = "workflow-pause-forgotten"

    // Calendar durations.
    case holidayWorked = "holiday-worked"
    /// A local time that the clocks skip is due an hour before they show what follows it.
    case skippedTimeEarly = "skipped-time-early"

    // Versions.
    /// New instances start on the highest version that the database knows, whatever lies in the folder.
    case oldVersionStarted = "old-version-started"
    case removedWorkflowStarted = "removed-workflow-started"

    // What a question about a lost answer says.
    /// A named no is taken for nothing done, and sent again.
    case askedRefusalSentAgain = "asked-refusal-sent-again"
    /// One of several that may be ours is chosen.
    case oneOfSeveralChosen = "one-of-several-chosen"
    /// A named no, or what only a person can tell, is asked about again and again.
    case askedForEver = "asked-for-ever"
    /// Who says when to come again is asked before.
    case retryAfterIgnored = "retry-after-ignored"
    /// A start under an `Idempotency-Key` that came before is another start.
    case startKeyForgotten = "start-key-forgotten"
    /// `If-Match` and `If-None-Match` of a start are not looked at.
    case startConditionIgnored = "start-condition-ignored"
    /// What has waited for longer than its key is remembered is sent again.
    case keyOutlivedInQueue = "key-outlived-in-queue"
    /// An integer of an answer that no 64 bits hold becomes the nearest number.
    case answeredNumberRounded = "answered-number-rounded"
    /// A call of an adapter that lacks a setting is an attempt that failed.
    case missingSettingSpendsAttempts = "missing-setting-spends-attempts"
    /// A quote in data ends the text that it stands in.
    case pathDataNotEncoded = "path-data-not-encoded"

    // Undoing.
    /// What undoes an effect is not told what the effect was asked for.
    case undoingNotToldInput = "undoing-not-told-input"
    case compensationRegisteredAtCompletion = "compensation-registered-at-completion"
    case compensatedInForwardOrder = "compensated-in-forward-order"
    case compensatedBeforeSettling = "compensated-before-settling"
    case failedCompensationTakenAsDone = "failed-compensation-taken-as-done"

    // Who may read and write.
    case fileModeByUmask = "file-mode-by-umask"
    /// What a remote says back of our own token is kept.
    case echoedSecretKept = "echoed-secret-kept"
    /// Only a file that anybody may remove keeps a second server out.
    case lockFileOnly = "lock-file-only"
    /// A link in the place of a file of ours is written through.
    case linksFollowed = "links-followed"
    case systemClaimed = "system-claimed"
    case foreignOriginTaken = "foreign-origin-taken"
    /// What somebody stored stands in a page as it is.
    case pageUnescaped = "page-unescaped"
    /// What a suggestion leaves to be filled in is taken for a value.
    case blankTaken = "blank-taken"
    /// Pages are told of instances alone.
    case thingsUntold = "things-untold"
    /// Of a stranger's request the body is read before anything is checked.
    case strangersReadFirst = "strangers-read-first"
    /// A stranger is told why, in the words of who runs the engine.
    case strangersToldWhy = "strangers-told-why"
    /// Whoever waits to be asked for the body is asked before the headers are looked at.
    case bodyWantedFirst = "body-wanted-first"
    /// Text from outside speaks to the terminal that shows it.
    case terminalObeyed = "terminal-obeyed"
    /// Children of two workflows' instances meet under one key.
    case childKeyWithoutWorkflow = "child-key-without-workflow"

    // The chart.
    /// A transition leaves every region of a parallel state, not only those that it leads to.
    case regionReentered = "region-reentered"
    case nestedParallelNeverDone = "nested-parallel-never-done"
    /// One region that is done passes for all.
    case parallelDoneEarly = "parallel-done-early"
    /// Two transitions that leave the same state are both taken.
    case conflictUnseen = "conflict-unseen"
    /// A block goes on after an order to send that is refused.
    case refusedSendGoesOn = "refused-send-goes-on"

    // Alerts.
    /// That an incident has opened or closed wakes nobody.
    case incidentsUntold = "incidents-untold"
    /// What an earlier process left undelivered stays so.
    case alertDeliveryForgotten = "alert-delivery-forgotten"
    /// Each instance that comes to a group is told of by itself.
    case alertGroupSplit = "alert-group-split"
    case silenceIgnored = "silence-ignored"
    /// The signature does not say when.
    case webhookSignedWrongly = "webhook-signed-wrongly"
    /// Who comes back to the stream of events misses one.
    case streamPositionSkipped = "stream-position-skipped"

    // Erasure.
    /// What the rows of the history tell is left as it was.
    case erasureLeavesHistory = "erasure-leaves-history"
    /// What was overwritten still stands in the gaps of the file's pages.
    case erasureLeavesRemains = "erasure-leaves-remains"
    /// It stands in the database alone, and an older backup knows nothing of it.
    case erasureForgetsFile = "erasure-forgets-file"

    // A replay.
    /// An event that its instance did not take is not named among what was refused.
    case rejectionForgotten = "rejection-forgotten"
    /// A packed stream is taken although its checksum is another.
    case tornStreamTaken = "torn-stream-taken"
    /// Two runs are called alike although other money moved.
    case moneyNotCompared = "money-not-compared"

    // Money.
    case halfRoundedUp = "half-rounded-up"
    case remainderToTheFirst = "remainder-to-the-first"
    /// What is dated at the cycle's end is in it.
    case endTakenIn = "end-taken-in"
    /// What a negative month left stays, although a statement has it.
    case carrySweptTwice = "carry-swept-twice"
    /// Somebody is paid before the books say that anything left.
    case reservedAfterSending = "reserved-after-sending"
    /// What was declined is tried again under its old key.
    case declineKeepsKey = "decline-keeps-key"
    /// What was paid during a cycle counts for its discount.
    case percentByEnd = "percent-by-end"
    /// A bill that is void keeps what it had taken up.
    case voidKeepsLines = "void-keeps-lines"
    /// Who proposed a payment approves it.
    case ownProposalApproved = "own-proposal-approved"
    // Reconciliation.
    /// Of two bookings of one amount the first is taken, whatever the key says.
    case matchByAmountBeforeKey = "match-by-amount-before-key"
    /// What a statement that does not tell all lacks is called missing.
    case incompleteTakenAsWhole = "incomplete-taken-as-whole"
    /// A line that comes once more is another one.
    case repeatedLineTaken = "repeated-line-taken"
    /// One of two that may be meant is taken.
    case ambiguousGuessed = "ambiguous-guessed"

    /// What ran under an earlier program is refused for its types by a later one.
    case storedHeldToTypes = "stored-held-to-types"

    // Migration.
    /// Its timers begin again with the new version.
    case migratedTimerAnew = "migrated-timer-anew"
    /// What was under way is forgotten with the old version.
    case migratedCallForgotten = "migrated-call-forgotten"
    /// A state without a place in the new version is simply not there any more.
    case migratedIntoNowhere = "migrated-into-nowhere"
    /// What each item of an operation asks for is asked of the state that it was seen in.
    case migratedAsSeenOnly = "migrated-as-seen-only"

    // What is checked before anything runs.
    /// What an operation's `outputSchema` says is not known where its answer is read.
    case answersUntyped = "answers-untyped"
    /// What is given to calls and children is not held against what they take.
    case inputsUnheld = "inputs-unheld"
    /// Of several ways that lead to a state, what one of them says is taken for known.
    case oneWayTakenForAll = "one-way-taken-for-all"

    // Who may.
    /// Any secret goes with a token's id.
    case tokenSecretIgnored = "token-secret-ignored"
    case revokedTokenTaken = "revoked-token-taken"
    case expiredTokenTaken = "expired-token-taken"
    /// What a role may everywhere it may, whatever the workflow.
    case grantOfAnyWorkflow = "grant-of-any-workflow"
    /// A grant that holds for one's own instances holds for all.
    case subjectOfGrantIgnored = "subject-of-grant-ignored"
    /// A grant of one's own instances is one of all that is done to their workflow.
    case subjectOfWorkflowIgnored = "subject-of-workflow-ignored"
    /// Whoever may make tokens makes themselves one for everything.
    case tokenBeyondItsMaker = "token-beyond-its-maker"
    /// A token is good for all that its roles allow.
    case scopeIgnored = "scope-ignored"
    /// Whoever may read is shown what is sensitive.
    case revealedToReaders = "revealed-to-readers"
    /// Whoever changes something is shown it.
    case changersRead = "changers-read"
    /// An operation looks for what it is about before it asks who may.
    case operationsLookFirst = "operations-look-first"
    /// Who was let in once reads on for ever.
    case streamOutlivesToken = "stream-outlives-token"
    /// Lists show what nobody may look at one by one.
    case listsUnfiltered = "lists-unfiltered"

    // Who asks, by what others vouch for.
    /// A token says by which algorithm it is to be checked.
    case jwtAnyAlgorithm = "jwt-any-algorithm"
    /// A token that was made for another service is taken here, too.
    case jwtAudienceIgnored = "jwt-audience-ignored"
    case jwtExpiryIgnored = "jwt-expiry-ignored"
    /// The keys that were fetched first are taken for ever.
    case jwksNeverRefreshed = "jwks-never-refreshed"
    /// Whoever has caught a code can use it.
    case pkceSkipped = "pkce-skipped"
    // The audit.
    /// What a person does to money leaves no row.
    case auditRowSkipped = "audit-row-skipped"
    /// A row's hash does not cover the row before.
    case auditChainUnlinked = "audit-chain-unlinked"
    /// Rows may be missing, and stand anywhere.
    case auditVerifyLenient = "audit-verify-lenient"
    /// What anchors know is not held against the chain.
    case auditAnchorsIgnored = "audit-anchors-ignored"
    /// Rows are not written with what they tell of.
    case auditRowApart = "audit-row-apart"
    /// Who was erased stays in the audit.
    case auditKeepsErased = "audit-keeps-erased"
    /// Each refusal has a row, however many there are.
    case auditRefusalsUncounted = "audit-refusals-uncounted"

    // The instance.
    case terminalStateOverwritten = "terminal-state-overwritten"
    case historyGap = "history-gap"
}
