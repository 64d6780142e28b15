import CEL
import Definition
import Statechart
import Values

/// What a person may say of a call in place of its answer, so that the instance goes on by it.
extension Explanation {
    private func manifest(of activation: Activation) -> OperationManifest? {
        activation.call.flatMap { catalog?.operation($0.adapter, $0.operation) }
    }

    private func transitions(
        where matches: (Trigger) -> Bool
    ) -> [Transition] {
        machine.transitions.filter { matches($0.trigger) }
    }

    /// The members that the operation's output must have and those that the workflow reads, to be filled in.
    func expectedOutput(of activation: Activation) -> [(String, Value)] {
        var members: [(String, Value)] = []
        let schema = manifest(of: activation)?.outputSchema ?? .any
        if case .map(let required) = schema.blank(named: "output") {
            members = required.entries.compactMap { entry in
                entry.key.stringValue.map { ($0, entry.value) }
            }
        }
        guard let index = activation.invocation, activation.membership == nil else {
            return members
        }
        let read = transitions { $0 == .invocationDone(index) }
            .flatMap { $0.actions.flatMap(\.templates) }
            .flatMap { $0.expressions.flatMap { Self.members(of: "event.data.", in: $0.source) } }
        for name in read where !members.contains(where: { sameUTF8($0.0, name) }) {
            members.append((name, schema.property(name)?.blank(named: name) ?? Blank.text(name)))
        }
        return members
    }

    /// The names that follow the prefix in the text.
    private static func members(of prefix: String, in source: String) -> [String] {
        let parts = source.split(separator: prefix, omittingEmptySubsequences: false).dropFirst()
        return parts.map { part in
            String(part.prefix { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") })
        }.filter { !$0.isEmpty }
    }

    /// An error that the call has and that some active state takes; nil: saying that it failed would lead nowhere.
    func caughtError(of activation: Activation) -> String? {
        let declared = manifest(of: activation)?.errorNames ?? []
        guard let index = activation.invocation else { return nil }
        if activation.membership != nil { return declared.first ?? "rejected" }
        guard !activation.isAbandoned else { return declared.first ?? "rejected" }
        var caught: [String] = []
        var takesAll = false
        for case .invocationFailed(index, let errors) in machine.transitions.map(\.trigger) {
            caught += errors
            takesAll = takesAll || errors.isEmpty
        }
        if let both = declared.first(where: caught.contains) { return both }
        if takesAll { return declared.first ?? standardError(of: activation) }
        return caught.first { !Self.engineErrors.contains($0) }
    }

    private func standardError(of activation: Activation) -> String {
        activation.child == nil ? "rejected" : "child-failed"
    }

    /// Those that the engine finds out itself.
    private static let engineErrors = [
        "exhausted", "deadline", "expression", "invalid-input", "missing", "too-large",
        "members-failed", "invalid-page",
    ]
}

extension Action {
    fileprivate var templates: [Template] {
        switch self {
        case .assign(_, let value, _, _): [value]
        case .raise(_, let data, _): [data].compactMap(\.self)
        case .emit(_, let payload, _): [payload]
        case .choose(let branches): branches.flatMap { $0.actions.flatMap(\.templates) }
        }
    }
}
