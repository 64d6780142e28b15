import Values

/// The types of the names that an expression may use, and functions besides CEL's own.
package struct TypeEnvironment: Sendable {
    /// How a function of somebody's own may be called.
    package struct Overload: Sendable {
        let signature: Signature

        /// Parameters of one number stand for one type.
        package init(_ arguments: [CELType], _ result: CELType) {
            signature = Signature(arguments, result)
        }
    }

    private var variables: [ExactText: CELType] = [:]
    private var functions: [ExactText: [Overload]] = [:]

    package init() {}

    package init(_ variables: [(String, CELType)]) {
        for (name, type) in variables { self.variables[ExactText(name)] = type }
    }

    /// A name may hold dots: then it is the whole chain.
    package subscript(name: String) -> CELType? {
        get { variables[ExactText(name)] }
        set { variables[ExactText(name)] = newValue }
    }

    package mutating func declare(function name: String, _ overloads: [Overload]) {
        functions[ExactText(name)] = overloads
    }

    func overloads(of name: String) -> [Overload]? { functions[ExactText(name)] }

    var names: [String] { variables.keys.map(\.text).sorted() }
}

/// Something that the types of an expression say, with its place in UTF-8 bytes of the source.
package struct TypeFinding: Sendable, Hashable {
    package enum Kind: Sendable, Hashable {
        /// It fails, or is never true, whatever the values are.
        case mismatch
        /// A name that nothing declares.
        case unknownName
        /// It fails when the value is null.
        case mayBeNull
    }

    package let kind: Kind
    package let message: String
    package let offset: Int
    package let length: Int
}

/// What the checker makes of an expression.
package struct TypedExpression: Sendable {
    package let type: CELType
    /// In the order in which they were found.
    package let findings: [TypeFinding]
}

extension CELType {
    /// Whether a value of this type may stand where the other is wanted. What is not known may.
    package func fits(_ wanted: CELType) -> Bool {
        var match = TypeMatch()
        return match.fits(self, wanted)
    }
}

/// Another expression whose outcome is known where one is evaluated: a guard, for the actions of its transition.
package struct Condition: Sendable {
    package let expression: Expression
    package let outcome: Bool

    package init(_ expression: Expression, being outcome: Bool) {
        self.expression = expression
        self.outcome = outcome
    }
}

extension Sequence<Condition> {
    /// Whether what is at the path (`context`, `name`) is there and not null, since these are so.
    package func assure(_ path: [String]) -> Bool {
        let path = path.map { ExactText($0) }
        return contains { PathFacts(of: $0.expression.root, being: $0.outcome).contains(path) }
    }
}

extension Expression {
    package func typed(
        in environment: TypeEnvironment, where conditions: [Condition] = []
    ) -> TypedExpression {
        var check = TypeCheck(environment: environment, source: source, slotCount: slotCount)
        for condition in conditions {
            check.know(PathFacts(of: condition.expression.root, being: condition.outcome))
        }
        let type = check.type(of: root)
        return TypedExpression(type: check.match.settled(type), findings: check.findings)
    }
}
