import CEL
import Sabotage
import Values

/// Expressions, templates and schemas inside scalars.
extension Reader {
    /// Bare CEL.
    /// - Parameter expected: what it must give; `dyn`: anything.
    mutating func expression(
        _ node: YAMLNode?, _ what: String, in scope: Scope, giving expected: CELType = .dyn
    ) -> Expression? {
        guard let node else { return nil }
        guard node.style != .collection, !node.isNull else {
            error(.wrongKind, "\(what) is an expression, not \(node.kindName)", at: node)
            return nil
        }
        guard !node.text.hasPrefix("${") else {
            error(
                .wrappedExpression, "\(what) is a bare expression; leave out the '${' and '}'",
                at: node)
            return nil
        }
        do throws(ParseError) {
            let expression = try Expression(parsing: node.text)
            guard let type = check(expression, of: node, at: 0, in: scope) else { return nil }
            guard isStored || type.fits(expected) else {
                self.error(
                    .typeMismatch, "\(what) is \(expected.phrase), and this gives \(type.phrase)",
                    at: node, offset: 0, length: node.text.utf8.count)
                return nil
            }
            return expression
        } catch {
            self.error(
                .invalidExpression, "\(what): \(error.message)", at: node, offset: error.offset,
                length: error.length)
            return nil
        }
    }

    /// A value whose strings may hold `${…}`.
    mutating func template(_ node: YAMLNode?, _ what: String, in scope: Scope) -> Template? {
        guard let node, checkLeaves(of: node, what, in: scope) else { return nil }
        return template(node.value, what, at: node)
    }

    /// Reports an expression that is all of a node's text and gives none of these kinds.
    mutating func expect(
        _ kinds: [CELType], of node: YAMLNode, _ phrase: String, in scope: Scope
    ) {
        guard !isStored, let template = try? Template(parsing: .string(node.text)),
            let expression = template.expressions.first, node.text == "${\(expression.source)}"
        else { return }
        let given = expression.typed(in: scope.types).type.withoutNull
        guard !kinds.contains(where: { given.fits($0) }) else { return }
        error(
            .typeMismatch, "\(phrase), and this gives \(given.phrase)", at: node, offset: 2,
            length: expression.source.utf8.count)
    }

    /// A template put together from parts that were checked.
    mutating func template(_ value: Value, _ what: String, at node: YAMLNode) -> Template? {
        do throws(TemplateError) {
            return try Template(parsing: value)
        } catch {
            self.error(.invalidExpression, "\(what): \(error.message)", at: node)
            return nil
        }
    }

    /// Reports what is wrong in the strings below a node; whether nothing is.
    mutating func checkLeaves(of node: YAMLNode, _ what: String, in scope: Scope) -> Bool {
        switch node.kind {
        case .null, .bool, .int, .double: return true
        case .string: return checkLeaf(node, what, in: scope)
        case .list(let nodes):
            var isClean = true
            for element in nodes where !checkLeaves(of: element, what, in: scope) {
                isClean = false
            }
            return isClean
        case .map(let entries):
            var isClean = true
            for entry in entries where !checkLeaves(of: entry.value, what, in: scope) {
                isClean = false
            }
            return isClean
        }
    }

    private mutating func checkLeaf(_ node: YAMLNode, _ what: String, in scope: Scope) -> Bool {
        guard node.text.contains("${") else {
            guard !isStored, scope.declares(node.text) else { return true }
            error(
                .forgottenBraces,
                "this is the text '\(node.text)', not what it stands for; write "
                    + "'${\(node.text)}', or '${\"\(node.text)\"}' if the text is meant", at: node)
            return false
        }
        do throws(TemplateError) {
            let template = try Template(parsing: .string(node.text))
            var isClean = true
            for part in TemplateParts(node.text, template.expressions).expressions
            where check(part.expression, of: node, at: part.offset, in: scope) == nil {
                isClean = false
            }
            return isClean
        } catch {
            self.error(
                .invalidExpression, "\(what): \(error.message)", at: node, offset: error.offset,
                length: 1)
            return false
        }
    }

    /// What the expression gives; nil if something is wrong with it, which is reported.
    /// - Parameter base: where the expression begins in the node's text, in bytes.
    private mutating func check(
        _ expression: Expression, of node: YAMLNode, at base: Int, in scope: Scope
    ) -> CELType? {
        var isClean = true
        for issue in expression.issues {
            isClean = false
            error(
                .invalidExpression, issue.message, at: node, offset: base + issue.offset,
                length: issue.length)
        }
        for reference in expression.references {
            guard !isStored, let problem = scope.problem(with: reference) else {
                warn(ofUndeclared: reference, in: expression, node, base, scope)
                continue
            }
            isClean = false
            error(
                .unknownReference, problem, at: node, offset: base + reference.offset,
                length: reference.length)
        }
        note(Checked(expression: expression, node: node, offset: base, scope: scope))
        // What is not there has no type.
        return isClean ? type(of: expression, node, base, scope) : nil
    }

    private mutating func warn(
        ofUndeclared reference: Reference, in expression: Expression, _ node: YAMLNode,
        _ base: Int, _ scope: Scope
    ) {
        guard let doubt = scope.doubt(of: reference, beside: expression.references) else { return }
        warning(
            .unknownReference, doubt, at: node, offset: base + reference.offset,
            length: reference.length)
    }

    /// Reports what fails whatever the data are; nil if something does.
    private mutating func type(
        of expression: Expression, _ node: YAMLNode, _ base: Int, _ scope: Scope
    ) -> CELType? {
        guard !isStored || isMutant(.storedHeldToTypes) else { return .dyn }
        let typed = expression.typed(in: scope.types)
        var isClean = true
        for finding in typed.findings {
            let code: Diagnostic.Code
            switch finding.kind {
            case .mismatch: code = .typeMismatch
            case .unknownName: code = .unknownReference
            // Said when the conditions beside it are known.
            case .mayBeNull: continue
            }
            isClean = false
            error(
                code, finding.message, at: node, offset: base + finding.offset,
                length: finding.length)
        }
        return isClean ? typed.type : nil
    }

    /// A JSON Schema.
    mutating func schema(_ node: YAMLNode?, _ what: String) -> Schema? {
        guard let node else { return .any }
        ignoreOrder(ofSchema: node)
        do throws(SchemaError) {
            return try Schema(parsing: node.value)
        } catch {
            self.error(
                .invalidSchema, "\(what): \(error.message)", at: node.node(at: error.pointer))
            return nil
        }
    }

    /// Of its words; members keep theirs, which is that of a page's fields.
    private mutating func ignoreOrder(ofSchema node: YAMLNode) {
        ignoreOrder(of: node)
        let members = node["properties"]?.entries.map(\.value) ?? []
        for inner in members + [node["items"], node["additionalProperties"]].compactMap(\.self) {
            ignoreOrder(ofSchema: inner)
        }
    }

    /// A map from names to schemas, as one schema of an object.
    mutating func members(_ node: YAMLNode?, _ what: String, isOpen: Bool) -> Schema? {
        guard let node else { return try? Schema(parsing: Self.object([], isOpen: isOpen)) }
        ignoreOrder(of: node)
        // One that is wrong is there all the same: nobody is told that the others are not.
        let properties = named(node, "\(what) member", .word).map { name, entry in
            let schema = schema(entry.value, "'\(name)'")
            return (name, schema == nil ? Value.map(ValueMap()) : entry.value.value)
        }
        return try? Schema(parsing: Self.object(properties, isOpen: isOpen))
    }

    private static func object(_ properties: [(String, Value)], isOpen: Bool) -> Value {
        .map(
            ValueMap([
                ("type", "object"), ("properties", .map(ValueMap(properties))),
                ("additionalProperties", .bool(isOpen)),
            ]))
    }
}
