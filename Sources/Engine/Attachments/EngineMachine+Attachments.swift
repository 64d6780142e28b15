import Definition
import Execution
import Sabotage
import Values

/// What becomes of the row of some content. Its bytes are somebody else's business (`AttachmentDesk`): there before the
/// row is, gone after it was condemned.
package enum AttachmentChange: Sendable, Hashable {
    /// The bytes are there, durably.
    case put(ContentHash, size: Int64, type: MediaType, by: Actor)
    /// Nothing has spoken of it since it was put, and that is long ago.
    case condemn(ContentHash, putBefore: Timestamp)
    /// It was condemned, and the bytes are gone.
    case drop(ContentHash)

    var hash: ContentHash {
        switch self {
        case .put(let hash, _, _, _), .condemn(let hash, _), .drop(let hash): hash
        }
    }
}

/// References and sweeping, decided in the order of the commits: what is referred to is never condemned, and what is
/// condemned is never referred to, whatever is not flushed yet.
extension EngineMachine {
    mutating func change(
        _ change: AttachmentChange, now: Timestamp
    ) throws(StoreError) -> Reply {
        // No instance is to blame should this be what takes the process down.
        claims.release()
        var commit = Commit()
        let row = try unflushed.attachment(change.hash, store: store)
        switch change {
        case .put(let hash, let size, let type, let actor):
            guard row.map({ $0.type == type }) ?? true else {
                return .refused(
                    Problem(
                        .invalid, "this content was put as \(row?.type.rawValue ?? "") before",
                        fix: "put it as that"))
            }
            var put =
                row ?? AttachmentRow(sha256: hash, size: size, type: type, putBy: [], putAt: now)
            put.put(by: actor, at: now)
            commit.attachmentsSet = [put]
        case .condemn(let hash, let moment):
            guard var row, row.putAt < moment, try isFree(hash) else {
                return .refused(Self.notApplicable)
            }
            row.condemnedAt = row.condemnedAt ?? now
            commit.attachmentsSet = [row]
        case .drop(let hash):
            guard row?.condemnedAt != nil else { return .refused(Self.notApplicable) }
            commit.attachmentsDropped = [hash]
        }
        append(commit, run: nil)
        return .receipts([])
    }

    private static let notApplicable = Problem(.notApplicable, "the content is in use")

    private func isFree(_ hash: ContentHash) throws(StoreError) -> Bool {
        if isMutant(.referencedContentSwept) { return true }
        if unflushed.isReferred(to: hash) { return false }
        return try store.references(to: hash, count: 1).isEmpty
    }

    /// Why an input may not speak of what it speaks of: a hash is not a right. Known to whoever put the content, and to the
    /// instance that speaks of it already.
    /// - Parameters:
    ///   - actor: nil: another instance, which speaks of it already.
    ///   - known: what the instance speaks of already.
    func problem(
        with found: [FoundAttachment], by actor: Actor?, known: [ContentHash] = []
    ) throws(StoreError) -> Problem? {
        var errors: [Problem.Detail] = []
        for item in found {
            let attachment = item.attachment
            let row = try unflushed.attachment(attachment.sha256, store: store)
            if let row, row.condemnedAt == nil || isMutant(.condemnedContentTaken),
                row.mayBeNamed(by: actor) || known.contains(attachment.sha256)
            {
                guard row.size != attachment.size || row.type.rawValue != attachment.type else {
                    continue
                }
                errors.append(
                    Problem.Detail(
                        pointer: item.pointer,
                        detail: "the content has \(row.size) bytes of \(row.type.rawValue)"))
            } else {
                errors.append(
                    Problem.Detail(
                        pointer: item.pointer,
                        detail: "\(actor.map { "\($0)" } ?? "nobody") has put no such content"))
            }
        }
        guard !errors.isEmpty else { return nil }
        return Problem(
            .unknownAttachment, "what it refers to is not there for it",
            fix: "PUT /v1/attachments first (`pawl attach FILE`), and refer to what it answers",
            errors: errors)
    }

    func problem(
        withAttachmentsOf input: Input, to run: Run, by actor: Actor?
    ) throws(StoreError) -> Problem? {
        guard let definition = catalog.definition(run.name.workflow, version: run.version) else {
            return nil
        }
        return try problem(
            with: definition.attachments(in: input, of: run), by: actor, known: run.attachments)
    }
}

extension AttachmentRow {
    fileprivate func mayBeNamed(by actor: Actor?) -> Bool {
        guard let actor, actor.role != Actor.system.role else { return true }
        return wasPut(by: actor) || isMutant(.hashTakenForRight)
    }
}

extension Input {
    /// Whose doing it is; nil: nobody's from outside.
    var attachmentActor: Actor? {
        switch self {
        case .event(let event): event.sender
        case .task(let request): request.actor
        case .proceed, .eventRefused, .timer, .local, .localConflict, .answer, .childEnded,
            .childRefused, .cancel, .operate, .holdWithWorkflow, .releaseWithWorkflow,
            .releaseMoney,
            .park:
            nil
        }
    }
}
