import Definition
import Execution
import Sabotage
import Values

/// Events that come before their instance has started.
extension EngineMachine {
    func references(
        to found: [FoundAttachment], from name: InstanceName
    ) -> [ReferenceRow] {
        Set<ContentHash>(found.map(\.attachment.sha256)).sorted().map {
            ReferenceRow(sha256: $0, instance: name)
        }
    }

    /// More than its instance would take when it starts.
    func tooManyKept(
        for name: InstanceName, besides event: InboundEvent, now: Timestamp
    ) throws(StoreError) -> Receipt? {
        guard !isMutant(.keptWithoutBound) else { return nil }
        let own = try unflushed.kept(name, store: store).filter { $0.expiresAt > now }
        guard own.count < KeptEvents.maximum,
            KeptEvents().hasRoom(for: event, besides: own.map(\.event))
        else {
            return Receipt(
                .rejected, code: "too-many",
                message:
                    "\(own.count) events, or a mebibyte of them, wait for \(name) to start already")
        }
        return nil
    }

    /// Nobody starts what all of these wait for: whoever sends from outside hears of it, and the disk is not filled. Instances are not
    /// refused what they send: nobody would hear of it.
    func tooManyKept(
        ofAll workflow: String, now: Timestamp
    ) throws(StoreError) -> Receipt? {
        guard !isMutant(.keptWithoutBound), try isFull(workflow) else { return nil }
        // What has expired since the last look counts for nobody.
        let gone = try store.expireKept(by: now, limit: Self.expiredAtOnce)
        if gone > 0 { guard try isFull(workflow) else { return nil } }
        return Receipt(
            .rejected, code: "too-many",
            message:
                "\(limits.kept) events wait for instances of \(workflow) that have not started; "
                + "`pawl events --outcome kept` lists them")
    }

    private static let expiredAtOnce = 500

    private func isFull(_ workflow: String) throws(StoreError) -> Bool {
        try unflushed.keptCount(of: workflow, upTo: limits.kept, store: store) >= limits.kept
    }

    func kept(_ event: InboundEvent, for name: InstanceName, now: Timestamp) -> KeptRow? {
        guard let declaration = catalog.current(name.workflow)?.event(named: event.name),
            declaration.early == .keep, let expiry = now.adding(declaration.timeToLive)
        else { return nil }
        return KeptRow(name: name, event: event, arrivedAt: now, expiresAt: expiry)
    }
}
