import Values

/// What has been found out about unknown types, and whether types fit each other: the rules of CEL's checker
/// (<https://github.com/google/cel-spec/blob/master/doc/langdef.md#gradual-type-checking>).
struct TypeMatch: Sendable {
    private var found: [CELType?] = []

    mutating func fresh() -> CELType {
        found.append(nil)
        return .unknown(found.count - 1)
    }

    /// A signature's types with unknowns of their own for its parameters.
    mutating func instance(of signature: Signature) -> Signature {
        var given: [CELType] = []
        for _ in 0..<signature.parameterCount { given.append(fresh()) }
        func replace(_ type: CELType) -> CELType {
            type.mapping {
                if case .parameter(let index) = $0, given.indices.contains(index) {
                    given[index]
                } else {
                    $0
                }
            }
        }
        return Signature(signature.arguments.map(replace), replace(signature.result))
    }

    /// What is known of a type by now; what is not known stays unknown.
    func resolved(_ type: CELType) -> CELType {
        type.mapping { part in
            guard case .unknown(let index) = part, let known = found[index] else { return part }
            return resolved(known)
        }
    }

    /// As `resolved`, and what nobody decided may be anything.
    func settled(_ type: CELType) -> CELType {
        resolved(type).mapping { part in
            if case .unknown = part { .dyn } else { part }
        }
    }

    /// Whether all fit; if so, what follows of it is kept.
    mutating func fits(_ given: [CELType], _ wanted: [CELType]) -> Bool {
        guard given.count == wanted.count else { return false }
        var trial = self
        for (a, b) in zip(given, wanted) where !trial.assign(a, to: b) { return false }
        self = trial
        return true
    }

    mutating func fits(_ given: CELType, _ wanted: CELType) -> Bool { fits([given], [wanted]) }

    /// The one type that both are of; nil if there is none.
    mutating func joined(_ a: CELType, _ b: CELType) -> CELType? {
        let left = resolved(a)
        let right = resolved(b)
        if left == .null || right == .null {
            let other = left == .null ? right : left
            if case .abstract = other { return other }
            if case .optional = other { return other }
            return other.orNull
        }
        if left.mayBeNull || right.mayBeNull {
            return joined(left.withoutNull, right.withoutNull)?.orNull
        }
        return fits(left, right) ? general(left, right) : nil
    }

    // MARK: One into another

    private mutating func assign(_ a: CELType, to b: CELType) -> Bool {
        let given = shallow(a)
        let wanted = shallow(b)
        if case .unknown(let index) = wanted {
            if let verdict = bind(index, to: given) { return verdict }
        }
        if case .unknown(let index) = given { return bind(index, to: wanted) ?? false }
        switch (given, wanted) {
        case (.dyn, _), (_, .dyn): return true
        case (.null, let other), (let other, .null): return Self.admitsNull(other)
        case (.nullable(let inner), .nullable(let other)): return assign(inner, to: other)
        case (.nullable(let inner), let other): return assign(inner, to: other)
        case (let inner, .nullable(let other)): return assign(inner, to: other)
        default: return assignParts(given, wanted)
        }
    }

    private mutating func assignParts(_ given: CELType, _ wanted: CELType) -> Bool {
        switch (given, wanted) {
        case (.list(let a), .list(let b)), (.optional(let a), .optional(let b)):
            return assign(a, to: b)
        case (.map(let key, let value), .map(let otherKey, let otherValue)):
            return assign(key, to: otherKey) && assign(value, to: otherValue)
        case (.object, .map(let key, let value)), (.map(let key, let value), .object):
            return assign(.string, to: key) && assign(.dyn, to: value)
        case (.object(let a), .object(let b)):
            return a.members.allSatisfy { member in
                b.member(member.name.text).map { assign(member.type, to: $0.type) } ?? true
            }
        case (.type, .type): return true
        case (.abstract(let a, let given), .abstract(let b, let wanted)):
            guard a == b, given.count == wanted.count else { return false }
            for (x, y) in zip(given, wanted) where !assign(x, to: y) { return false }
            return true
        default: return given.widened == wanted.widened
        }
    }

    private static func admitsNull(_ type: CELType) -> Bool {
        switch type {
        case .dyn, .null, .nullable, .optional, .abstract, .object, .map, .list: true
        default: false
        }
    }

    /// Nil: it is not known, and the type cannot be it.
    private mutating func bind(_ index: Int, to type: CELType) -> Bool? {
        if type == .unknown(index) { return true }
        guard let known = found[index] else {
            guard !mentions(index, in: type) else { return nil }
            found[index] = type
            return true
        }
        if type == known { return true }
        guard assign(type, to: known) else { return false }
        let wider = general(type, known)
        if !mentions(index, in: wider) { found[index] = wider }
        return true
    }

    private func shallow(_ type: CELType) -> CELType {
        var type = type
        while case .unknown(let index) = type, let known = found[index], case .unknown = known {
            type = known
        }
        return type
    }

    private func mentions(_ index: Int, in type: CELType) -> Bool {
        switch type {
        case .unknown(index): true
        case .unknown(let other): found[other].map { mentions(index, in: $0) } ?? false
        default: type.parameters.contains { mentions(index, in: $0) }
        }
    }

    // MARK: The wider of two

    private func general(_ a: CELType, _ b: CELType) -> CELType {
        if case .nullable(let inner) = a { return general(inner, b.withoutNull).orNull }
        if case .nullable(let inner) = b { return general(a, inner).orNull }
        if case .choice(let left) = a, case .choice(let right) = b {
            let all = left + right.filter { !left.contains($0) }
            return all.count > CELType.maximumChoices ? .string : .choice(all)
        }
        if a.isString, b.isString { return .string }
        if case .object(let left) = a, case .object(let right) = b {
            return left == right ? a : .object(general(left, right))
        }
        return isAtLeastAsGeneral(a, b) ? a : b
    }

    private func general(_ a: ObjectType, _ b: ObjectType) -> ObjectType {
        var members: [ObjectType.Member] = []
        for member in a.members {
            let other = b.member(member.name.text)
            members.append(
                ObjectType.Member(
                    member.name.text, other.map { general(member.type, $0.type) } ?? member.type,
                    isOptional: other?.isOptional != false || member.isOptional))
        }
        for member in b.members where a.member(member.name.text) == nil {
            members.append(ObjectType.Member(member.name.text, member.type, isOptional: true))
        }
        return ObjectType(members, others: a.others == nil && b.others == nil ? nil : .dyn)
    }

    private func isAtLeastAsGeneral(_ a: CELType, _ b: CELType) -> Bool {
        switch (resolved(a), resolved(b)) {
        case (.dyn, _), (.unknown, _): return true
        case (_, .dyn), (_, .unknown): return false
        case (.object, .map), (.map, .object): return false
        case (let left, let right):
            let parts = left.parameters
            let others = right.parameters
            guard parts.count == others.count, !parts.isEmpty else { return left == right }
            return zip(parts, others).allSatisfy { isAtLeastAsGeneral($0, $1) }
        }
    }
}
