import CEL
import Definition
import Values

extension AdapterParser {
    static let operationWords = [
        "description", "request", "mail", "input", "output", "outputSchema", "accept", "errors",
        "onUnknown", "fence", "compensate", "kind", "notifier", "money",
    ]

    mutating func operations(
        _ fields: Fields, _ transport: AdapterManifest.Transport, isIdempotent: Bool
    ) -> [OperationManifest] {
        guard let node = reader.required("operations", in: fields, of: "an adapter") else {
            return []
        }
        let named = reader.named(node, "operation", .word)
        let names = named.map(\.name)
        var operations: [OperationManifest] = []
        for (name, entry) in named {
            let fields = reader.fields(
                entry.value, of: "an operation", words: Self.operationWords)
            if let compensate = fields["compensate"], !names.contains(compensate.text) {
                let hint = Reader.hint(compensate.text, names)
                reader.error(
                    .unknownOperation,
                    "this adapter has no operation '\(compensate.text)'\(hint)", at: compensate)
            }
            let operation = operation(name, fields, transport, isIdempotent: isIdempotent)
            if let operation { operations.append(operation) }
        }
        return operations
    }

    private mutating func operation(
        _ name: String, _ fields: Fields, _ transport: AdapterManifest.Transport,
        isIdempotent: Bool
    ) -> OperationManifest? {
        let input = reader.schema(fields["input"], "'input'") ?? .any
        let call = Scope.call(input: input)
        let answer = call.with("response", Scope.responseShape)
        guard let request = request(fields, transport, in: call) else { return nil }
        if transport == .local, let output = fields.key("output") {
            reader.error(
                .misplacedWord, "a local operation has no response to map; use 'outputSchema'",
                at: output)
        }
        let outputSchema = reader.schema(fields["outputSchema"], "'outputSchema'") ?? .any
        if let output = fields["output"] {
            reader.hold(
                output, against: outputSchema,
                Holding("'outputSchema'", "the output", in: answer), missing: output)
        }
        let kind = kind(fields, request)
        if transport != .smtp, let key = fields.key("notifier") {
            reader.error(
                .misplacedWord, "only an operation of transport smtp can be the notifier", at: key)
        }
        return OperationManifest(
            name: name, description: reader.string(fields["description"], "'description'") ?? "",
            request: request, input: input,
            output: reader.template(fields["output"], "'output'", in: answer),
            outputSchema: outputSchema,
            accepted: accepted(fields, transport),
            errors: errorRules(fields["errors"], transport, in: answer),
            onUnknown: onUnknown(
                fields["onUnknown"], isRepeatable: isIdempotent || transport != .http, kind: kind,
                in: call),
            fencedByCompensation: isFenced(fields["fence"]),
            compensate: fields["compensate"]?.text, kind: kind,
            isNotifier: reader.flag(fields["notifier"], "'notifier'") ?? false,
            money: money(fields, transport, kind, input),
            location: fields.node.location)
    }

    /// Statuses besides 2xx that mean that it is done.
    private mutating func accepted(
        _ fields: Fields, _ transport: AdapterManifest.Transport
    ) -> [ErrorRule.Status] {
        guard let node = fields["accept"] else { return [] }
        if transport != .http, let key = fields.key("accept") {
            reader.error(
                .misplacedWord, "an operation of transport \(transport.rawValue) has no 'accept'",
                at: key)
        }
        return node.oneOrMany.compactMap { status($0) }
    }

    private mutating func isFenced(_ node: YAMLNode?) -> Bool {
        enum Fence: String {
            case compensation
        }
        return reader.choice(node, "'fence'", of: [Fence.compensation]) == .compensation
    }

    /// Without a word: what has something to undo it is compensatable, a GET is a query, a mail may be
    /// repeated, and for the rest nothing is taken for granted.
    private mutating func kind(
        _ fields: Fields, _ request: OperationManifest.Request
    ) -> OperationManifest.Kind {
        let kinds = [OperationManifest.Kind.compensatable, .pivot, .retriable, .query]
        if let kind = reader.choice(fields["kind"], "'kind'", of: kinds) { return kind }
        if fields.has("compensate") { return .compensatable }
        if case .http(let template) = request, template.method == "GET" { return .query }
        if case .mail = request { return .retriable }
        return .pivot
    }

    private mutating func request(
        _ fields: Fields, _ transport: AdapterManifest.Transport, in scope: Scope
    ) -> OperationManifest.Request? {
        let forbidden: [String] =
            switch transport {
            case .http: ["mail"]
            case .smtp: ["request"]
            case .local: ["request", "mail"]
            }
        for word in forbidden {
            guard let key = fields.key(word) else { continue }
            reader.error(
                .misplacedWord, "an operation of transport \(transport.rawValue) has no '\(word)'",
                at: key)
        }
        switch transport {
        case .http:
            return reader.required("request", in: fields, of: "an operation over http")
                .flatMap { httpTemplate($0, "'request'", extra: [], in: scope) }.map { .http($0) }
        case .smtp:
            return reader.required("mail", in: fields, of: "an operation over smtp")
                .flatMap { mailTemplate($0, in: scope) }.map { .mail($0) }
        case .local: return .local
        }
    }

    /// - Parameter extra: words that the caller reads.
    mutating func httpTemplate(
        _ node: YAMLNode, _ what: String, extra: [String], in scope: Scope
    ) -> HTTPTemplate? {
        enum Method: String {
            case get = "GET"
            case post = "POST"
            case put = "PUT"
            case patch = "PATCH"
            case delete = "DELETE"
            case head = "HEAD"
        }
        let fields = reader.fields(
            node, of: what, words: ["method", "path", "headers", "body", "form"] + extra)
        let method = reader.choice(
            reader.required("method", in: fields, of: what), "'method'",
            of: [Method.get, .post, .put, .patch, .delete, .head])
        let path = reader.template(
            reader.required("path", in: fields, of: what), "'path'", in: scope)
        var headers: [NamedTemplate] = []
        if let node = fields["headers"] {
            for entry in reader.entries(node, of: "'headers'") ?? [] {
                if let value = reader.template(entry.value, "a header", in: scope) {
                    headers.append(NamedTemplate(name: entry.name, value: value))
                }
            }
        }
        let body = reader.template(fields["body"], "'body'", in: scope)
        let form = reader.template(fields["form"], "'form'", in: scope)
        checkContent(fields)
        guard let method, let path else { return nil }
        return HTTPTemplate(
            method: method.rawValue, path: path, headers: headers, body: body, form: form)
    }

    /// A body is JSON, or a text of the type that a header says; a form has a type of its own.
    private mutating func checkContent(_ fields: Fields) {
        let type = fields["headers"]?.entries.first { $0.name.lowercased() == "content-type" }
        if let form = fields["form"], let key = fields.key("form") {
            if fields.has("body") {
                reader.error(
                    .misplacedWord, "a request has a 'body' or a 'form', not both", at: key)
            }
            if let type {
                reader.error(
                    .misplacedWord,
                    "a 'form' is sent as application/x-www-form-urlencoded; leave this header out",
                    at: type.key)
            }
            let isExpression = form.stringValue?.contains("${") ?? false
            if !form.isMap, !isExpression {
                reader.error(.invalidValue, "'form' is a map of names to values", at: form)
            }
        } else if let body = fields["body"], body.isMap || body.isList, let type,
            type.value.text.lowercased().contains("urlencoded")
        {
            reader.error(
                .invalidValue,
                "this body is sent as JSON, whatever the header says; write 'form' in place of "
                    + "'body', without the header", at: body)
        }
    }

    private mutating func mailTemplate(_ node: YAMLNode, in scope: Scope) -> MailTemplate? {
        let fields = reader.fields(
            node, of: "'mail'", words: ["from", "to", "subject", "text", "html"])
        func part(_ word: String, _ reader: inout Reader) -> Template? {
            reader.template(
                reader.required(word, in: fields, of: "'mail'"), "'\(word)'", in: scope)
        }
        let from = part("from", &reader)
        let to = part("to", &reader)
        let subject = part("subject", &reader)
        let text = part("text", &reader)
        let html = reader.template(fields["html"], "'html'", in: scope)
        guard let from, let to, let subject, let text else { return nil }
        return MailTemplate(from: from, to: to, subject: subject, text: text, html: html)
    }
}

extension Scope {
    /// What a request sees.
    static func call(input: Schema) -> Scope {
        Scope([("input", .schema(input)), ("call", .names(["key", "attempt"]))])
    }

    static let responseShape = Shape.members([
        ("status", .value(.int)), ("headers", .value(.map(key: .string, value: .dyn))),
        ("body", .any),
    ])
}
