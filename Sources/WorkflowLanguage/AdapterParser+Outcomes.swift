import Definition
import Values

/// What answers mean, and what is done without one.
extension AdapterParser {
    enum Repetition: String {
        case yes
        case never
    }

    mutating func errorRules(
        _ node: YAMLNode?, _ transport: AdapterManifest.Transport, in scope: Scope
    ) -> [ErrorRule] {
        guard let node else { return [] }
        return node.oneOrMany.compactMap { element in
            let fields = reader.fields(
                element, of: "an error", words: ["status", "when", "name", "retry"])
            let name = reader.name(
                reader.required("name", in: fields, of: "an error"), "an error", .word)
            let retry = reader.choice(
                reader.required("retry", in: fields, of: "an error"), "'retry'",
                of: [Repetition.yes, .never])
            if transport == .http, !fields.has("status"), !fields.has("when"), fields.node.isMap {
                reader.error(
                    .missingWord, "an error needs 'status', 'when' or both", at: element)
            }
            let statuses = (fields["status"]?.oneOrMany ?? []).compactMap { status($0) }
            let condition = reader.expression(
                fields["when"], "'when'", in: scope, giving: .bool)
            guard let name, let retry else { return nil }
            return ErrorRule(
                statuses: statuses, condition: condition, name: name, isRetryable: retry == .yes)
        }
    }

    /// `402`, or `5xx` for a hundred.
    mutating func status(_ node: YAMLNode) -> ErrorRule.Status? {
        if case .int(let number) = node.kind, (100...599).contains(number) {
            return .exactly(Int(number))
        }
        let letters = Array(node.text.utf8)
        if letters.count == 3, node.text.hasSuffix("xx"),
            (UInt8(ascii: "1")...UInt8(ascii: "5")).contains(letters[0])
        {
            return .hundreds(Int(letters[0] - UInt8(ascii: "0")))
        }
        reader.error(
            .invalidStatus, "a status is a number like 402 or a class like 5xx, not '\(node.text)'",
            at: node)
        return nil
    }

    /// Without a word: what may be repeated under its key is sent again, else a person finds out.
    mutating func onUnknown(
        _ node: YAMLNode?, isRepeatable: Bool, kind: OperationManifest.Kind, in scope: Scope
    ) -> OperationManifest.OnUnknown {
        guard let node else { return isRepeatable || kind == .query ? .resend : .park }
        guard node.isMap else { return onUnknownWord(node) }
        let fields = reader.fields(node, of: "'onUnknown'", words: ["ask", "outcome"])
        let ask = reader.required("ask", in: fields, of: "'onUnknown'")
            .flatMap { httpTemplate($0, "'ask'", extra: [], in: scope) }
        let response = scope.with("response", Scope.responseShape)
        guard let outcome = reader.required("outcome", in: fields, of: "'onUnknown'") else {
            return .park
        }
        let inner = reader.fields(
            outcome, of: "'outcome'", words: ["park", "applied", "refused", "undecided"])
        let park = reader.expression(
            inner["park"], "'park'", in: response, giving: .bool)
        let applied = reader.expression(
            reader.required("applied", in: inner, of: "'outcome'"), "'applied'", in: response,
            giving: .bool)
        let refused = errorRules(inner["refused"], .http, in: response)
        let undecided = reader.expression(
            inner["undecided"], "'undecided'", in: response, giving: .bool)
        guard let ask, let applied else { return .park }
        return .ask(
            AskRule(
                request: ask, park: park, applied: applied, refused: refused, undecided: undecided))
    }

    private mutating func onUnknownWord(_ node: YAMLNode) -> OperationManifest.OnUnknown {
        enum Word: String {
            case resend
            case park
        }
        let word = reader.choice(node, "'onUnknown'", of: [Word.resend, .park])
        return word == .resend ? .resend : .park
    }
}
