import CEL
import Values

/// Mails: declared once with `mails`, sent by `notify`; or written where they are sent.
///
/// The payload is one template `{to, subject, text, html?, mail?}`. In `html`, every interpolated
/// expression `e` becomes `escapeHtml(e)`, so that no data can add markup, but for `unescaped(e)`. A mail's `data` are
/// bound around the expressions that use them, `cel.bind(data, {…}, e)`, so that the payload needs
/// nothing but what every action sees.
extension WorkflowParser {
    private static let mailWords = ["subject", "text", "html"]

    mutating func declareMail(_ name: String, _ node: YAMLNode) {
        let fields = reader.fields(
            node, of: "a mail", words: Self.mailWords + ["description"])
        for word in ["subject", "text"] {
            _ = reader.string(reader.required(word, in: fields, of: "a mail"), "'\(word)'")
        }
        _ = reader.string(fields["html"], "'html'")
        _ = reader.checkLeaves(of: node, "a mail", in: scope.with("data", .any))
        declared.mails.append((name, fields))
    }

    mutating func notification(_ node: YAMLNode, in scope: Scope) -> Template? {
        let fields = reader.fields(
            node, of: "'notify'", words: ["mail", "to", "data"] + Self.mailWords)
        _ = reader.required("to", in: fields, of: "'notify'")
        guard let mailNode = fields["mail"] else { return inlineMail(fields, in: scope) }
        for entry in fields.entries where Self.mailWords.contains(entry.name) {
            reader.error(
                .misplacedWord, "'\(entry.name)' comes from the mail '\(mailNode.text)'",
                at: entry.key)
        }
        guard let mail = declared.mails.first(where: { $0.name == mailNode.text }) else {
            let hint = Reader.hint(mailNode.text, declared.mails.map(\.name))
            reader.error(
                .unknownMail, "'mails' declares no '\(mailNode.text)'\(hint)", at: mailNode)
            return nil
        }
        return declaredMail(mail.name, mail.fields, fields, in: scope)
    }

    private mutating func inlineMail(_ fields: Fields, in scope: Scope) -> Template? {
        for word in ["subject", "text"] {
            _ = reader.required(word, in: fields, of: "'notify' without 'mail'")
        }
        if let data = fields.key("data") {
            reader.error(.misplacedWord, "'data' is for a mail of 'mails'", at: data)
        }
        guard reader.checkLeaves(of: fields.node, "'notify'", in: scope) else { return nil }
        return payload(fields, mail: fields, data: nil)
    }

    private mutating func declaredMail(
        _ name: String, _ mail: Fields, _ fields: Fields, in scope: Scope
    ) -> Template? {
        let names = fields["data"]?.entries.map(\.name) ?? []
        let isClean = reader.checkLeaves(of: fields.node, "'notify'", in: scope)
        // One mail serves several events, so it is not held against the data of this one.
        let common = scope.has("event") ? self.scope : self.scope.withoutEvent
        let fits = reader.checkLeaves(
            of: mail.node, "a mail", in: common.with("data", .names(names)))
        guard isClean, fits else { return nil }
        return payload(fields, mail: mail, data: CELText.source(of: fields["data"]?.value ?? [:]))
    }

    private mutating func payload(_ fields: Fields, mail: Fields, data: String?) -> Template? {
        var map = ValueMap()
        map["to"] = fields["to"]?.value
        for word in Self.mailWords {
            guard let node = mail[word] else { continue }
            map[word] = .string(Self.prepared(node.text, data: data, isHTML: word == "html"))
        }
        if let name = fields["mail"] { map["mail"] = name.value }
        return reader.template(.map(map), "'notify'", at: fields.node)
    }

    private static func prepared(_ text: String, data: String?, isHTML: Bool) -> String {
        CELText.rewriting(text) { expression in
            var source = CELText.enclosed(expression.source)
            if let data, expression.references.contains(where: { $0.path.first == "data" }) {
                source = "cel.bind(data, \(data), \(source))"
            }
            return isHTML && !expression.isUnescaped ? "escapeHtml(\(source))" : source
        }
    }
}
