import Definition

/// An `adapter.yaml`.
struct AdapterParser {
    var reader: Reader

    static let words = [
        "adapter", "description", "transport", "url", "auth", "tls", "limits", "breaker",
        "idempotency", "operations",
    ]

    mutating func parse(_ node: YAMLNode) -> AdapterManifest? {
        let fields = reader.fields(node, of: "an adapter", words: Self.words)
        guard node.isMap else { return nil }
        let name = reader.name(
            reader.required("adapter", in: fields, of: "an adapter"), "an adapter", .identifier)
        let transports = [AdapterManifest.Transport.http, .smtp, .local]
        let transport = reader.choice(
            reader.required("transport", in: fields, of: "an adapter"), "'transport'",
            of: transports)
        guard let name, let transport else { return nil }
        checkWords(fields, transport)
        let idempotency = idempotency(fields["idempotency"])
        let operations = operations(fields, transport, isIdempotent: idempotency != nil)
        for position in reader.checked.indices { reader.lintNulls(at: position, where: []) }
        return AdapterManifest(
            name: name, description: reader.string(fields["description"], "'description'") ?? "",
            transport: transport, address: setting(fields["url"], "'url'"),
            authentication: authentication(fields["auth"]),
            tls: reader.choice(fields["tls"], "'tls'", of: [TLSPolicy.required, .optional])
                ?? .required,
            limits: limits(fields["limits"]), breaker: breaker(fields["breaker"]),
            idempotency: idempotency,
            operations: operations)
    }

    private mutating func checkWords(_ fields: Fields, _ transport: AdapterManifest.Transport) {
        switch transport {
        case .http, .smtp: _ = reader.required("url", in: fields, of: "an adapter")
        case .local:
            for word in ["url", "auth", "tls", "breaker", "idempotency"] {
                guard let key = fields.key(word) else { continue }
                reader.error(
                    .misplacedWord, "a local adapter has no '\(word)': it calls nothing outside",
                    at: key)
            }
        }
    }

    /// A literal, `{env: NAME}` or `{file: PATH}`.
    private mutating func setting(_ node: YAMLNode?, _ what: String) -> Setting? {
        guard let node else { return nil }
        guard node.isMap else { return reader.string(node, what).map { .literal($0) } }
        return reference(node, reader.fields(node, of: what, words: ["env", "file"]), what)
    }

    private mutating func reference(
        _ node: YAMLNode, _ fields: Fields, _ what: String
    ) -> Setting? {
        if let name = fields["env"] { return reader.string(name, "'env'").map { .environment($0) } }
        if let path = fields["file"] { return reader.string(path, "'file'").map { .file($0) } }
        reader.error(.missingWord, "\(what) needs 'env' or 'file'", at: node)
        return nil
    }

    /// - Parameter mayBeEmpty: that there is none is no secret.
    private mutating func secret(
        _ node: YAMLNode?, _ what: String, mayBeEmpty: Bool = false
    ) -> Setting? {
        guard let node else { return nil }
        if node.isMap { return secretReference(node, what) }
        guard let setting = setting(node, what) else { return nil }
        guard case .literal(let text) = setting, !(mayBeEmpty && text.isEmpty) else {
            return setting
        }
        reader.error(
            .literalSecret,
            "a secret is never written down; refer to it with {env: NAME}, {file: PATH} or {command: […]}",
            at: node
        )
        return nil
    }

    /// `{env: NAME}`, `{file: PATH}` or `{command: [/path, argument, …], ttl: 5m}`.
    private mutating func secretReference(_ node: YAMLNode, _ what: String) -> Setting? {
        let fields = reader.fields(node, of: what, words: ["env", "file", "command", "ttl"])
        guard let command = fields["command"] else {
            if let ttl = fields.key("ttl") {
                reader.error(.misplacedWord, "'ttl' is of a command", at: ttl)
            }
            return reference(node, fields, what)
        }
        let arguments = reader.strings(command, "'command'")
        guard let program = arguments.first, program.hasPrefix("/") else {
            reader.error(
                .invalidValue,
                "'command' is a list of the program's whole path and its arguments; no shell reads it",
                at: command)
            return nil
        }
        let ttl = reader.duration(fields["ttl"], "'ttl'")
        return .command(
            SettingCommand(arguments: arguments, ttl: ttl ?? SettingCommand.defaultTTL))
    }

    private mutating func authentication(_ node: YAMLNode?) -> Authentication {
        guard let node else { return .none }
        let fields = reader.fields(node, of: "'auth'", words: ["bearer", "basic"])
        if fields.entries.count > 1 {
            reader.error(.invalidValue, "'auth' is one of bearer and basic, not both", at: node)
        }
        if fields.has("bearer") {
            return secret(fields["bearer"], "'bearer'").map { .bearer($0) } ?? .none
        }
        guard let basic = reader.required("basic", in: fields, of: "'auth'") else { return .none }
        let inner = reader.fields(basic, of: "'basic'", words: ["user", "password"])
        let user = setting(reader.required("user", in: inner, of: "'basic'"), "'user'")
        let password = secret(
            reader.required("password", in: inner, of: "'basic'"), "'password'", mayBeEmpty: true)
        guard let user, let password else { return .none }
        return .basic(user: user, password: password)
    }
}
