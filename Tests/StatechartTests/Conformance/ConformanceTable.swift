/// What the `conf:` attributes and elements of the W3C's documents stand for, with CEL as the data model.
///
/// The documents leave expressions open, so that each data model can fill them in. One rule is one line;
/// a word without a rule fails the import. `blank` fields of an event are absent here, an unbound variable
/// is null.
enum ConformanceTable {
    typealias Rule = @Sendable (String) -> (attribute: String, value: String)

    struct UnknownWord: Error {
        let word: String
    }

    private static let attributes: [String: Rule] = [
        "datamodel": { _ in ("datamodel", "cel") },
        "targetpass": { _ in ("target", "pass") },
        "targetfail": { _ in ("target", "fail") },
        "illegalTarget": { _ in ("target", "!illegal") },
        "delay": { ("delay", "\($0)s") },
        "delayFromVar": { ("delayexpr", "context.Var\($0)") },
        "id": { ("id", "Var\($0)") },
        "name": { ("name", "Var\($0)") },
        "location": { ("location", "Var\($0)") },
        "invalidLocation": { _ in ("location", "undeclared") },
        "expr": { ("expr", $0) },
        "quoteExpr": { ("expr", "'\($0)'") },
        "varExpr": { ("expr", "context.Var\($0)") },
        "illegalExpr": { _ in ("expr", "1 / 0") },
        "eventName": { _ in ("expr", "event.name") },
        "eventType": { _ in ("expr", "event.type") },
        "eventField": { ("expr", "event.?\($0).orValue(null)") },
        "eventDataFieldValue": { ("expr", "event.data.\($0)") },
        "true": { _ in ("cond", "true") },
        "false": { _ in ("cond", "false") },
        "nonBoolean": { _ in ("cond", "'not a boolean'") },
        "inState": { ("cond", "'\($0)' in context.configuration") },
        "idVal": { ("cond", equation("context.Var", $0)) },
        "idQuoteVal": { ("cond", equation("context.Var", $0, quote: "'")) },
        "noValue": { ("cond", "context.Var\($0) == null") },
        "unboundVar": { ("cond", "context.Var\($0) == null") },
        "systemVarIsBound": { ("cond", "\(unprefixed($0)) != null") },
        "eventNameVal": { ("cond", "event.name == '\($0)'") },
        "eventdataVal": { ("cond", "event.data == \($0)") },
        "eventvarVal": { ("cond", equation("event.data.Var", $0)) },
        "emptyEventData": { _ in ("cond", "event.data == null") },
        "eventFieldHasNoValue": { ("cond", "!has(event.\($0))") },
        "eventFieldsAreBound": { _ in
            ("cond", "has(event.name) && has(event.type) && has(event.data)")
        },
    ]

    /// `3=7` about variable 3.
    private static func equation(_ prefix: String, _ pair: String, quote: String = "") -> String {
        let sides = pair.split(separator: "=", maxSplits: 1)
        return "\(prefix)\(sides.first ?? "") == \(quote)\(sides.dropFirst().first ?? "")\(quote)"
    }

    /// SCXML's system variables begin with an underscore, ours do not.
    private static func unprefixed(_ expression: String) -> String {
        expression.replacing("_event", with: "event")
    }

    /// The element and all below it in SCXML's own words.
    static func resolve(_ node: XMLNode) throws -> XMLNode {
        var result = element(node)
        guard !result.name.hasPrefix("conf:") else { throw UnknownWord(word: result.name) }
        for (name, value) in result.attributes {
            if name.hasPrefix("conf:") {
                guard let rule = attributes[String(name.dropFirst(5))] else {
                    throw UnknownWord(word: name)
                }
                let (attribute, expression) = rule(value)
                result.attributes[name] = nil
                result.attributes[attribute] = expression
            } else if ["cond", "expr"].contains(name) {
                result.attributes[name] = unprefixed(value)
            }
        }
        result.children = try result.children.map(resolve)
        return result
    }

    private static func element(_ node: XMLNode) -> XMLNode {
        var result = node
        switch node.name {
        case "conf:pass": (result.name, result.attributes) = ("final", ["id": "pass"])
        case "conf:fail": (result.name, result.attributes) = ("final", ["id": "fail"])
        case "conf:contentFoo": (result.name, result.attributes) = ("content", ["expr": "'foo'"])
        case "conf:incrementID":
            let variable = "Var\(node["id"] ?? "")"
            result.name = "assign"
            result.attributes = ["location": variable, "expr": "context.\(variable) + 1"]
        default: break
        }
        return result
    }
}
