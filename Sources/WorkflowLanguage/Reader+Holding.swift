import CEL
import Statechart
import Values

/// Data that are written down, with expressions in them, against the schema of what takes them.
///
/// What is said is refused whenever it is given: a member that is missing or that nobody takes, a constant that the schema
/// does not let in, an expression whose type never fits. What only the data can show is left to the run.
struct Holding {
    /// Who takes the data, as a message begins: `'bank.charge'`.
    let taker: String
    /// What the data are, as it goes on: `its input`; nil: the taker is what is set itself, `context.order`.
    let what: String?
    let scope: Scope
    let severity: Diagnostic.Severity
    /// Members that are added before they are given.
    let added: [String]
    /// They are a part of what is there, which may hold more.
    let isPartial: Bool

    init(
        _ taker: String, _ what: String?, in scope: Scope, severity: Diagnostic.Severity = .error,
        added: [String] = [], isPartial: Bool = false
    ) {
        self.taker = taker
        self.what = what
        self.scope = scope
        self.severity = severity
        self.added = added
        self.isPartial = isPartial
    }
}

extension Reader {
    /// - Parameters:
    ///   - node: without findings of its own; nil: an empty map.
    ///   - missing: where it is said that a member is missing.
    mutating func hold(
        _ node: YAMLNode?, against schema: Schema, _ holding: Holding, missing: YAMLNode
    ) {
        guard !isStored else { return }
        if let node {
            hold(node, against: schema, holding, path: "", missing: missing)
        } else {
            hold([], of: missing, against: schema, holding, path: "")
        }
    }

    private mutating func hold(
        _ node: YAMLNode, against schema: Schema, _ holding: Holding, path: String,
        missing: YAMLNode
    ) {
        switch node.kind {
        case .map(let entries):
            guard holding.admits("object", schema) else {
                return reportKind(node, schema, holding, path)
            }
            hold(entries, of: missing, against: schema, holding, path: path)
        case .list(let nodes):
            guard holding.admits("array", schema) else {
                return reportKind(node, schema, holding, path)
            }
            if node.isConstant, !holding.isPartial {
                return holdConstant(node, against: schema, holding, path: path)
            }
            guard let items = schema.items else { return }
            for (position, element) in nodes.enumerated() {
                hold(
                    element, against: items, holding, path: "\(path)[\(position)]",
                    missing: element)
            }
        case .string(let text) where text.contains("${"):
            holdTemplate(node, against: schema, holding, path: path)
        case .null, .bool, .int, .double, .string:
            holdConstant(node, against: schema, holding, path: path)
        }
    }

    /// Each part at its place.
    private mutating func holdConstant(
        _ node: YAMLNode, against schema: Schema, _ holding: Holding, path: String
    ) {
        guard case .invalid(let violations) = schema.decode(node.value) else { return }
        for violation in violations.prefix(10) {
            let place = node.node(at: violation.pointer)
            let written = place.style == .collection ? "" : ", not \(JSON.string(place.value))"
            let names = violation.pointer.split(separator: "/").map { "." + $0 }.joined()
            let detail = violation.detail.contains(", not ") ? "" : written
            report(
                holding.severity, .invalidValue,
                "\(holding.subject(path + names)) \(violation.detail)\(detail)", place.location,
                place.length)
        }
    }

    private mutating func hold(
        _ entries: [YAMLNode.Entry], of node: YAMLNode, against schema: Schema,
        _ holding: Holding, path: String
    ) {
        guard let declared = schema.propertyNames else { return }
        let added = path.isEmpty ? holding.added : []
        let given = entries.map(\.name) + added
        for name in declared
        where schema.isRequired(name) && !given.contains(exactly: name)
            && schema.property(name)?.declaredDefault == nil && !holding.isPartial
        {
            report(
                holding.severity, .missingInput,
                "\(holding.begin(path)) needs '\(name)'\(holding.end(path))", node.location,
                node.length)
        }
        for entry in entries {
            if let property = schema.property(entry.name) {
                let inner = path.isEmpty ? entry.name : "\(path).\(entry.name)"
                hold(
                    entry.value, against: property, holding, path: inner,
                    missing: entry.value.isMap ? entry.key : entry.value)
            } else if !schema.allowsOtherProperties {
                report(
                    holding.severity, .unknownInput,
                    "\(holding.begin(path)) takes no '\(entry.name)'\(holding.end(path))"
                        + Self.hint(entry.name, declared), entry.key.location, entry.key.length)
            }
        }
    }

    private mutating func holdTemplate(
        _ node: YAMLNode, against schema: Schema, _ holding: Holding, path: String
    ) {
        guard let template = try? Template(parsing: .string(node.text)) else { return }
        let wanted = CELType(schema)
        guard let expression = template.expressions.first,
            node.text == "${\(expression.source)}"
        else {
            guard !CELType.string.mayBecome(wanted), !template.expressions.isEmpty else { return }
            return reportKind(node, schema, holding, path)
        }
        let given = expression.typed(in: holding.scope.types).type
        guard !given.mayBecome(wanted) else { return }
        report(
            holding.severity, .typeMismatch,
            "\(holding.subject(path)) is \(wanted.phrase), and this gives \(given.phrase)"
                + given.advice(toBecome: wanted, expression.source), at: node, offset: 2,
            length: expression.source.utf8.count)
    }

    private mutating func reportKind(
        _ node: YAMLNode, _ schema: Schema, _ holding: Holding, _ path: String
    ) {
        let wanted = CELType(schema)
        report(
            holding.severity, .typeMismatch,
            "\(holding.subject(path)) is \(wanted.phrase), and this is \(node.kindName)",
            node.location, node.length)
    }
}

extension Holding {
    fileprivate func admits(_ kind: String, _ schema: Schema) -> Bool {
        schema.typeNames.isEmpty || schema.typeNames.contains(exactly: kind)
    }

    /// `'amount' of 'bank.charge'`
    fileprivate func subject(_ path: String) -> String {
        let path = path.hasPrefix(".") ? String(path.dropFirst()) : path
        guard let what else { return path.isEmpty ? "'\(taker)'" : "'\(taker).\(path)'" }
        return path.isEmpty ? "what \(taker) takes as \(what)" : "'\(path)' of \(taker)"
    }

    /// `'bank.charge' needs`
    fileprivate func begin(_ path: String) -> String {
        what == nil ? subject(path) : taker
    }

    /// ` in its input`
    fileprivate func end(_ path: String) -> String {
        guard let what else { return "" }
        return " in \(path.isEmpty ? what : "'\(path)'")"
    }
}

extension YAMLNode {
    /// Without expressions.
    fileprivate var isConstant: Bool {
        switch kind {
        case .null, .bool, .int, .double: true
        case .string(let text): !text.contains("${")
        case .list(let nodes): nodes.allSatisfy(\.isConstant)
        case .map(let entries): entries.allSatisfy(\.value.isConstant)
        }
    }
}

extension CELType {
    /// How a value becomes what is wanted, as the end of a message.
    fileprivate func advice(toBecome wanted: CELType, _ source: String) -> String {
        switch (withoutNull, wanted.withoutNull) {
        case (.int, .string), (.double, .string), (.bool, .string), (.uint, .string),
            (.int, .choice), (.bool, .choice):
            "; write '${string(\(source))}'"
        case (.string, .int): "; write '${int(\(source))}'"
        case (.string, .double): "; write '${double(\(source))}'"
        case (.string, .bool): "; compare it, as in '${\(source) == 'yes'}'"
        default: ""
        }
    }
}
