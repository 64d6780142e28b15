import Definition
import Execution
import Values

extension Substitution {
    /// The engine's own records of who stands in for whom; grouped by who does.
    package static let collection = "pawl.substitution"

    /// One for each pair.
    package var id: String { Self.id(absent, by) }

    package static func id(_ absent: Absent, _ by: Actor) -> String { "\(absent) \(by)" }

    /// How long at most.
    package static let maximumLength = Duration.seconds(366 * 86_400)
}

extension EngineMachine {
    /// For whom the actor stands in, as decided so far. One that cannot be read lets nobody in.
    func substitutions(by actor: Actor) throws(StoreError) -> [Substitution] {
        let query = RecordQuery(
            collection: Substitution.collection, selection: .group(actor.description), limit: 100)
        return try records.records(query, from: store).records.compactMap {
            try? Substitution(decoding: $0.body)
        }
    }
}

extension EngineMachine {
    /// Tasks claimed in somebody's name by who does not stand in for them now, as it may have been ended early.
    func voidClaims(of run: Run, now: Timestamp) throws(StoreError) -> [Int64] {
        var void: [Int64] = []
        for activation in run.activations {
            guard let claim = activation.task?.claim, claim.by.standsInFor != nil,
                claim.isVoid(
                    among: try substitutions(by: claim.by.actor), at: now, in: run.name.workflow)
            else { continue }
            void.append(activation.number)
        }
        return void
    }
}

extension OpenTask.Claim {
    /// - Parameter substitutions: those by whoever claimed.
    fileprivate func isVoid(
        among substitutions: [Substitution], at moment: Timestamp, in workflow: String
    ) -> Bool {
        guard let absent = by.standsInFor else { return false }
        return !by.may(at: moment)
            || !substitutions.contains {
                $0.absent == absent && $0.holds(at: moment, for: workflow)
            }
    }
}

extension Inspector {
    /// The same as the machine's, of what is stored.
    func voidClaims(of run: Run) throws(Problem) -> [Int64] {
        var void: [Int64] = []
        for activation in run.activations {
            guard let claim = activation.task?.claim,
                try isVoid(claim, in: run.name.workflow)
            else { continue }
            void.append(activation.number)
        }
        return void
    }

    /// Most claims are in nobody's name, and then nothing is looked up.
    func isVoid(_ claim: OpenTask.Claim, in workflow: String) throws(Problem) -> Bool {
        guard claim.by.standsInFor != nil else { return false }
        return claim.isVoid(
            among: try substitutions(by: claim.by.actor), at: now, in: workflow)
    }

    /// All of them, or those in whom the actor stands in.
    package func substitutions(by actor: Actor? = nil) throws(Problem) -> [Substitution] {
        let query = RecordQuery(
            collection: Substitution.collection,
            selection: actor.map { .group($0.description) } ?? .all, limit: 1_000)
        do throws(StoreError) {
            return try store.records(query).records.compactMap {
                try? Substitution(decoding: $0.body)
            }
        } catch {
            throw .store(error)
        }
    }
}

extension RecordUpdate {
    /// Makes or replaces it.
    package static func set(_ substitution: Substitution) -> RecordUpdate {
        change(
            substitution.absent, substitution.by, to: substitution,
            AuditEntry(
                .substituteSet, by: .system, AuditTarget("substitute", key: substitution.id),
                [
                    "from": .string(substitution.from.rfc3339),
                    "until": .string(substitution.until.rfc3339),
                ], reason: substitution.reason))
    }

    /// It ends now.
    package static func endSubstitution(
        of absent: Substitution.Absent, by actor: Actor
    ) -> RecordUpdate {
        change(
            absent, actor, to: nil,
            AuditEntry(
                .substituteEnd, by: .system,
                AuditTarget("substitute", key: Substitution.id(absent, actor))))
    }

    private static func change(
        _ absent: Substitution.Absent, _ actor: Actor, to substitution: Substitution?,
        _ deed: AuditEntry
    ) -> RecordUpdate {
        RecordUpdate(.deed(deed)) { (read, _) throws(StoreError) in
            let id = Substitution.id(absent, actor)
            let query = RecordQuery(
                collection: Substitution.collection, selection: .id(id), limit: 1)
            let known = try read(query).records.first
            guard substitution != nil || known != nil else {
                return .refused(
                    Problem(
                        .notFound, "\(actor) does not stand in for \(absent)",
                        fix: "`pawl substitutes` lists who does"))
            }
            return .changed([
                RecordWrite(
                    collection: Substitution.collection, id: id, group: actor.description,
                    expectedRevision: known?.revision ?? 0, body: substitution?.encoded)
            ])
        }
    }
}
