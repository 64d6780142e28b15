import CEL
import Definition
import Sabotage
import Statechart
import Values

/// Another version of its workflow takes the instance over (docs/decisions/0057-migration.md).
///
/// What has no place there is left first, by the version that knows it; then the run is the newer version's; then what
/// that has besides begins. All of it or nothing, as every step.
extension Draft {
    mutating func migrate(to version: Int, _ note: ValueMap) {
        guard version != run.version else {
            return refuse(
                .notApplicable, "\(run.name) goes by version \(version) already",
                fix: "name another one that is loaded here")
        }
        guard let target = catalog.definition(run.name.workflow, version: version) else {
            reply = .problem(.versionMissing(version, of: run.name.workflow, catalog: catalog))
            return
        }
        let carriage = Carriage(
            of: run, by: VersionMap(from: definition, to: target),
            settings: catalog.params[run.name.workflow] ?? ValueMap(), now: now)
        guard carriage.refusals.isEmpty else {
            reply = .problem(.cannotMigrate(run.name, to: version, carriage.refusals))
            return
        }
        record(.migrated, .map(note.merging(describe(carriage, to: version))))
        for invocation in carriage.leftInvocations { leaveInvocation(invocation) }
        adopt(target, carriage.carried(run))
        if isMutant(.migratedCallForgotten) { run.activations.endAll() }
        begin(carriage)
        if isHeld {
            reply = .receipt(Receipt(.applied))
        } else {
            settle(machine.takeOver(run.snapshot, environment: environment))
            applied()
        }
    }

    /// What the newer version has at states that go on and the older one had not.
    private mutating func begin(_ carriage: Carriage) {
        visitUnentered()
        for timer in carriage.begunTimers { startCarried(timer) }
        if isMutant(.migratedTimerAnew) { restartTimers() }
        for invocation in carriage.begunInvocations { startInvocation(invocation) }
        for task in carriage.askedOtherwise {
            updateTask(task) { $0.revision += 1 }
            record(.taskChanged, ["activation": .int(task), "form": true])
        }
        showTasks()
    }

    /// Reckoned from now: nothing falls due because it was declared late.
    private mutating func startCarried(_ timer: TimerIndex) {
        let declared = machine.timers[timer]
        guard
            let value = evaluate(
                declared.due, in: bindings, .timer, "`after`", at: declared.location)
        else { return }
        startTimer(timer, value)
    }

    private mutating func restartTimers() {
        for timer in run.timers {
            run.timers.clear(timer.index)
            startCarried(timer.index)
        }
    }

    private func describe(_ carriage: Carriage, to version: Int) -> ValueMap {
        var map: ValueMap = [
            "from": .int(Int64(run.version)), "to": .int(Int64(version)),
            "states": .map(ValueMap(carriage.leaves.map { ($0.old, .string($0.new)) })),
        ]
        let left =
            carriage.leftInvocations.map { definition.invocations[$0].target.label }
            + carriage.leftTimers.map {
                "timer of " + machine.states[machine.timers[$0].state].id
            }
        if !left.isEmpty { map["left"] = .list(left.map { .string($0) }) }
        if !carriage.droppedMembers.isEmpty {
            map["dropped"] = .list(carriage.droppedMembers.map { .string($0) })
        }
        return map
    }
}

extension Problem {
    package static func versionMissing(
        _ version: Int, of workflow: String, catalog: Catalog
    ) -> Problem {
        let known = catalog.versions(of: workflow).map { "\($0)" }
        return Problem(
            .notFound, "version \(version) of \(workflow) is not loaded here",
            fix: "loaded: \(known.joined(separator: ", "))")
    }

    static func cannotMigrate(
        _ name: InstanceName, to version: Int, _ refusals: [Detail]
    ) -> Problem {
        let first = refusals.first.map { $0.sentence } ?? ""
        let more = refusals.count > 1 ? " (and \(refusals.count - 1) more)" : ""
        return Problem(
            .cannotMigrate, "version \(version) cannot take over \(name): \(first)\(more)",
            fix:
                "say in `migrate` of a newer version where its states go; `pawl compat` finds all of this beforehand",
            errors: refusals)
    }
}

extension Problem.Detail {
    /// `states/waiting: version 2 has no place for this state`
    package var sentence: String {
        pointer.isEmpty ? detail : "\(pointer.dropFirst()): \(detail)"
    }
}
