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
        "unreachableTarget": { _ in ("target", "#_scxml_nobody") },
        "targetVar": { ("targetexpr", variable($0)) },
        "targetExpr": { ("targetexpr", variable($0)) },
        "typeExpr": { ("typeexpr", variable($0)) },
        "eventExpr": { ("eventexpr", variable($0)) },
        "sendIDExpr": { ("sendidexpr", variable($0)) },
        "srcExpr": { ("srcexpr", variable($0)) },
        "invalidSendType": { _ in ("type", "!invalid") },
        "invalidSendTypeExpr": { _ in ("expr", "'!invalid'") },
        "invalidSessionID": { _ in ("expr", "'nobody'") },
        "delay": { ("delay", "\($0)s") },
        "delayFromVar": { ("delayexpr", variable($0)) },
        "id": { ("id", "Var\($0)") },
        "idlocation": { ("idlocation", "Var\($0)") },
        "name": { ("name", "Var\($0)") },
        "namelist": { ("namelist", "Var\($0)") },
        "invalidNamelist": { _ in ("namelist", "undeclared") },
        "location": { ("location", "Var\($0)") },
        "systemVarLocation": { ("location", $0) },
        "invalidLocation": { _ in ("location", "undeclared") },
        "item": { ("item", "Var\($0)") },
        "illegalItem": { _ in ("item", "no name") },
        "index": { ("index", "Var\($0)") },
        "arrayVar": { ("array", variable($0)) },
        "arrayTextVar": { ("array", variable($0)) },
        "illegalArray": { _ in ("expr", "7") },
        "expr": { ("expr", inOurWords($0)) },
        "quoteExpr": { ("expr", "'\($0)'") },
        "varExpr": { ("expr", variable($0)) },
        "varChildExpr": { ("expr", variable($0)) },
        "varNonexistentStruct": { ("expr", "\(variable($0)).nowhere") },
        "systemVarExpr": { ("expr", inOurWords($0)) },
        "scxmlEventIOLocation": { _ in ("expr", "_ioprocessors.scxml.location") },
        "scriptBadSrc": { _ in ("src", "file:nowhere.txt") },
        "illegalExpr": { _ in ("expr", "1 / 0") },
        "eventName": { _ in ("expr", "event.name") },
        "eventType": { _ in ("expr", "event.type") },
        "eventRaw": { _ in ("expr", "event") },
        "eventSendid": { _ in ("expr", "event.?sendid.orValue(null)") },
        "eventField": { ("expr", "event.?\($0).orValue(null)") },
        "eventDataFieldValue": { ("expr", "event.data.\($0)") },
        "eventDataParamValue": { ("expr", "event.data.\($0)") },
        "eventDataNamelistValue": { ("expr", "event.data.Var\($0)") },
        "true": { _ in ("cond", "true") },
        "false": { _ in ("cond", "false") },
        "nonBoolean": { _ in ("cond", "'not a boolean'") },
        "inState": { ("cond", "'\($0)' in context.configuration") },
        "idVal": { ("cond", equation("context.Var", $0)) },
        "namelistIdVal": { ("cond", equation("context.Var", $0)) },
        "idQuoteVal": { ("cond", equation("context.Var", $0, quote: "'")) },
        "idSystemVarVal": { ("cond", inOurWords(equation("context.Var", $0))) },
        "idSomeVal": { ("cond", "\(variable($0)) == '\(someValue)'") },
        "VarEqVar": { ("cond", pair($0).joined(separator: " == ")) },
        "VarEqVarStruct": { ("cond", pair($0).joined(separator: " == ")) },
        "varPrefix": { ("cond", "\(pair($0)[1]).startsWith(\(pair($0)[0]))") },
        "compareIDVal": { ("cond", pair($0, dividedBy: "<").joined(separator: " < ")) },
        "noValue": { ("cond", "\(variable($0)) == null") },
        "unboundVar": { ("cond", "!(\(isBound($0)))") },
        "isBound": { ("cond", isBound($0)) },
        "nameVarVal": { ("cond", "_name == '\($0)'") },
        "systemVarIsBound": { ("cond", "\(inOurWords($0)) != null") },
        "eventNameVal": { ("cond", "event.name == '\($0)'") },
        "originTypeEq": { ("cond", "event.origintype == '\($0)'") },
        "eventdataVal": { ("cond", "event.data == \($0)") },
        "eventdataSomeVal": { _ in ("cond", "event.data == '\(someValue)'") },
        "eventvarVal": { ("cond", equation("event.data.Var", $0)) },
        "emptyEventData": { _ in ("cond", "event.data == null") },
        "eventFieldHasNoValue": { ("cond", "!has(event.\($0))") },
        "eventFieldsAreBound": { _ in
            ("cond", "has(event.name) && has(event.type) && has(event.data)")
        },
    ]

    private static let someValue = "some value"

    private static func variable(_ number: String) -> String { "context.Var\(number)" }

    private static func isBound(_ number: String) -> String {
        "has(\(variable(number))) && \(variable(number)) != null"
    }

    /// `1 2` about variables 1 and 2.
    private static func pair(_ numbers: String, dividedBy divider: Character = " ") -> [String] {
        numbers.split(separator: divider).map { variable(String($0)) }
    }

    /// `3=7` about variable 3.
    private static func equation(_ prefix: String, _ pair: String, quote: String = "") -> String {
        let sides = pair.split(separator: "=", maxSplits: 1)
        return "\(prefix)\(sides.first ?? "") == \(quote)\(sides.dropFirst().first ?? "")\(quote)"
    }

    /// `_event` is `event` here, and what a document declares is in `context`.
    static func inOurWords(_ expression: String) -> String {
        expression.replacing("_event", with: "event")
            .replacing(/(^|[^A-Za-z0-9_.'])([vV]ar[0-9])/) { "\($0.1)context.\($0.2)" }
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
            } else if ["cond", "expr", "array"].contains(name) {
                result.attributes[name] = inOurWords(value)
            }
        }
        for child in result.children {
            if let text = texts[child.name] { result.text += text }
        }
        result.children = try result.children.filter { texts[$0.name] == nil }.map(resolve)
        return result
    }

    /// Elements that stand for the text of what is around them.
    private static let texts = ["conf:array123": "[1, 2, 3]", "conf:someInlineVal": someValue]

    private static func element(_ node: XMLNode) -> XMLNode {
        var result = node
        func become(_ name: String, _ attributes: [String: String]) {
            (result.name, result.attributes) = (name, attributes)
        }
        let (first, second) = (node["id1"] ?? "", node["id2"] ?? "")
        let own = node["id"] ?? ""
        switch node.name {
        case "conf:pass": become("final", ["id": "pass"])
        case "conf:fail": become("final", ["id": "fail"])
        case "conf:contentFoo": become("content", ["expr": "'foo'"])
        case "conf:script": become("script", ["location": "Var1", "expr": "1"])
        case "conf:incrementID":
            become("assign", ["location": "Var\(own)", "expr": "\(variable(own)) + 1"])
        case "conf:extendArray":
            become("assign", ["location": "Var\(own)", "expr": "\(variable(own)) + [4]"])
        case "conf:sumVars", "conf:concatVars":
            let sum = "\(variable(first)) + \(variable(second))"
            become("assign", ["location": "Var\(first)", "expr": sum])
        case "conf:sendToSender":
            become(
                "send",
                [
                    "event": node["name"] ?? "", "targetexpr": "event.origin",
                    "typeexpr": "event.origintype",
                ])
        default: break
        }
        return result
    }
}
