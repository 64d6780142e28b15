import Definition
import Sabotage
import Statechart
import Values

/// Fan-outs: a scheduler over ordinary activations (docs/decisions/0014-fan-out.md).
extension Draft {
    // MARK: Starting

    func forEach(of activation: Activation) -> ForEach? {
        guard let index = activation.invocation, definition.invocations.indices.contains(index)
        else { return nil }
        return definition.invocations[index].forEach
    }

    /// The fan-out itself, which calls nothing.
    mutating func startFanOut(_ index: InvocationIndex, _ forEach: ForEach) {
        var fanOut = FanOut()
        if case .list(let template) = forEach.source {
            let location = definition.invocations[index].location
            guard
                let value = evaluate(
                    template, in: bindings, .input, "the items of a fan-out", at: location)
            else { return }
            guard let items = value.plain.listValue else {
                return fail(
                    ExpressionProblem(
                        place: .input, location: location,
                        message: "'in' gave \(value.typeName), it must give a list",
                        failed: template.refused(giving: value, bindings)))
            }
            fanOut = FanOut(items: items)
        }
        let members = Work.Members(of: index, deadline: deadline(of: index), progress: fanOut)
        let number = begin(.members(members), .null)
        record(.membersStarted, ["activation": .int(number)])
    }

    // MARK: Progress

    /// Moves one fan-out by one step; true when something changed.
    mutating func progressFanOuts() -> Bool {
        guard !isHeld else { return false }
        for activation in run.activations {
            guard case .members(let members) = activation.work, members.standstill == nil,
                let forEach = forEach(of: activation)
            else { continue }
            if progress(activation, members.progress, forEach) { return true }
        }
        return false
    }

    private mutating func progress(
        _ activation: Activation, _ fanOut: FanOut, _ forEach: ForEach
    ) -> Bool {
        let members = run.activations.filter { $0.membership?.fanOut == activation.number }
        let isReading = run.activations.contains { $0.isPage(of: activation.number) }
        if let quorum = forEach.quorum, fanOut.completed >= Int64(quorum) {
            finish(activation, fanOut, forEach, cancelling: members)
            return true
        }
        if isOutOfReach(fanOut, forEach) {
            finish(activation, fanOut, forEach, cancelling: [])
            return true
        }
        if members.count < forEach.concurrency, let next = takeNext(of: activation) {
            start(next, of: activation)
            return true
        }
        if fanOut.items.isEmpty, !fanOut.isAtEnd, !isReading {
            readPage(of: activation, forEach)
            return true
        }
        guard fanOut.items.isEmpty, fanOut.isAtEnd, members.isEmpty, !isReading else {
            return false
        }
        finish(activation, fanOut, forEach, cancelling: [])
        return true
    }

    /// A list that is shorter than its quorum: nobody is asked in vain. Of pages only the last one tells.
    private func isOutOfReach(_ fanOut: FanOut, _ forEach: ForEach) -> Bool {
        guard let quorum = forEach.quorum, fanOut.started == 0, fanOut.isAtEnd else { return false }
        return fanOut.items.count < quorum
    }

    private mutating func takeNext(of activation: Activation) -> FanOut.Member? {
        var next: FanOut.Member?
        updateFanOut(activation.number) { next = $0.takeNext() }
        return next
    }

    private mutating func start(_ member: FanOut.Member, of fanOut: Activation) {
        guard let index = fanOut.invocation else { return }
        var scope = bindings
        scope["item"] = member.item
        scope["index"] = .int(member.number - 1)
        startInvocation(
            index, in: scope, as: Membership(fanOut: fanOut.number, member: member))
    }

    /// A call of a member, or its child, once more as a new one.
    mutating func restartMember(_ membership: Membership) {
        guard let fanOut = activation(membership.fanOut) else { return }
        start(membership.member, of: fanOut)
    }

    /// What failed is started again; what is done stays done.
    mutating func restartFailed(of number: Int64) {
        update(number) { work in
            guard case .members(var members) = work else { return }
            members.standstill = nil
            members.progress.restartFailed()
            work = .members(members)
        }
    }

    private mutating func readPage(of activation: Activation, _ forEach: ForEach) {
        guard case .pages(let adapter, let operation, let template) = forEach.source else { return }
        let location = location(of: activation)
        guard
            let value = evaluate(
                template, in: bindings, .input, "the input of a page", at: location)
        else { return }
        guard case .map(var input) = value.plain else {
            return fail(
                ExpressionProblem(
                    place: .input, location: location, message: "the input of a page must be a map",
                    failed: template.refused(giving: value, bindings)))
        }
        input["after"] = activation.fanOut?.cursor ?? .null
        input["count"] = .int(Int64(FanOut.page))
        let call = Work.Call(
            adapter: adapter, operation: operation, for: .page(of: activation.number))
        launch(begin(.call(call), .map(input)))
    }

    /// A page came: its items are read ahead.
    mutating func takePage(of number: Int64, _ output: Value) {
        let items = output["items"]?.listValue ?? []
        let next = output["next"] ?? .null
        if let wrong = wrongPage(output, after: activation(number)?.fanOut?.cursor ?? .null) {
            let error = CallError(name: "invalid-page", message: wrong, isRetryable: false)
            return fail(number, error, names: [error.name])
        }
        updateFanOut(number) { $0.take(page: items, next: next) }
    }

    private func wrongPage(_ output: Value, after cursor: Value) -> String? {
        guard let items = output["items"]?.listValue else {
            return "a page must hold `items`, a list, and `next`; it is \(output.typeName)"
        }
        guard items.count <= FanOut.maximumPage else {
            return "a page holds \(items.count) items, \(FanOut.maximumPage) at most are taken"
        }
        guard let next = output["next"], !next.isNull, next == cursor else { return nil }
        return "the page after \(JSON.string(cursor)) names itself as the next one"
    }

    // MARK: Members that are done

    /// - Returns: false when the activation is no member.
    mutating func finishMember(
        _ activation: Activation, _ status: MemberRow.Status, output: Value = .null,
        error: CallError? = nil
    ) -> Bool {
        guard let membership = activation.membership else { return false }
        if !isMutant(.memberNotRecorded) {
            write(
                MemberRow(
                    instance: run.id, activation: membership.fanOut, number: membership.number,
                    status: status, key: activation.memberKey, output: output, error: error))
        }
        if status == .failed {
            record(
                .memberFailed,
                [
                    "activation": .int(membership.fanOut), "member": .int(membership.number),
                    "key": .string(activation.memberKey), "error": .string(error?.name ?? ""),
                    "message": .string(error?.message ?? ""),
                ])
        }
        updateFanOut(membership.fanOut) { $0.note(status, of: membership.member, error) }
        return true
    }

    // MARK: The end

    private mutating func finish(
        _ activation: Activation, _ fanOut: FanOut, _ forEach: ForEach,
        cancelling members: [Activation]
    ) {
        for member in members { leaveMember(member) }
        dropPages(of: activation.number)
        let ended = self.activation(activation.number)?.fanOut ?? fanOut
        recordEnd(of: activation.number)
        let isEnough = forEach.quorum.map { ended.completed >= Int64($0) } ?? true
        guard isEnough, forEach.quorum != nil || ended.failed <= Int64(forEach.tolerate) else {
            let first = ended.firstError.map { "; the first: \($0.message)" } ?? ""
            let count = ended.items.count
            let message =
                isOutOfReach(ended, forEach)
                ? "a quorum of \(forEach.quorum ?? 0) cannot be reached by \(count) item\(count == 1 ? "" : "s")"
                : "\(ended.failed) of \(ended.started) members failed\(first)"
            let error = CallError(
                name: "members-failed", message: message, isRetryable: false,
                detail: .map(ended.counts))
            return fail(activation.number, error, names: ["members-failed"])
        }
        complete(activation.number, .map(ended.counts))
    }

    /// One that is being read, or could not be.
    mutating func dropPages(of number: Int64) {
        for page in run.activations where page.isPage(of: number) {
            closeIncidents { $0.activation == page.number }
            remove(page.number)
        }
    }

    mutating func recordEnd(of number: Int64) {
        guard let fanOut = activation(number)?.fanOut else { return }
        record(.membersEnded, .map(fanOut.counts.merging(["activation": .int(number)])))
    }

    /// Called off by its own logic, as when a state is left.
    mutating func leaveMember(_ member: Activation) {
        _ = finishMember(member, .cancelled)
        leave(member)
    }
}
