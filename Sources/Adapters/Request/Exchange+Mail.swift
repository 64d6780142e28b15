import CEL
import Definition
import Values

extension Exchange {
    private static let maximumRecipients = 50

    func mailRequest(
        _ template: MailTemplate, _ bindings: Bindings, _ endpoint: Endpoint,
        _ settings: SettingResolver
    ) throws(Refusal) -> MailRequest {
        guard endpoint.basePath.isEmpty else {
            throw .unready("the address of a mail server has no path")
        }
        let credentials = try credentials(settings)
        if case .bearer = manifest.authentication {
            throw .unready("mail servers take a user and a password, not a bearer token")
        }
        return MailRequest(
            host: endpoint.host, port: endpoint.port,
            encryption: encryption(endpoint, hasCredentials: credentials != nil),
            credentials: credentials, message: try message(template, bindings), timeout: timeout)
    }

    private func encryption(
        _ endpoint: Endpoint, hasCredentials: Bool
    ) -> MailRequest.Encryption {
        if endpoint.scheme.isSecure { return .immediate }
        if endpoint.host.isLoopback { return .opportunistic }
        return manifest.tls == .required || hasCredentials ? .required : .opportunistic
    }

    private func message(
        _ template: MailTemplate, _ bindings: Bindings
    ) throws(Refusal) -> MailMessage {
        let sender = try address(template.from.line(bindings, for: "from"), of: "from")
        return MailMessage(
            from: sender, to: try recipients(template.to, bindings),
            subject: try template.subject.line(bindings, for: "subject", limit: 2_000),
            text: try template.text.value(bindings, for: "text").interpolated,
            html: try html(template, bindings),
            messageID: MailMessage.messageID(key: row.key, domain: sender.domain),
            date: row.firstSentAt)
    }

    /// A mail without HTML has one part; an empty text is none.
    private func html(
        _ template: MailTemplate, _ bindings: Bindings
    ) throws(Refusal) -> String? {
        let text = try template.html?.value(bindings, for: "html").interpolated
        return text?.isEmpty == false ? text : nil
    }

    /// One address, or a list of them.
    private func recipients(
        _ template: Template, _ bindings: Bindings
    ) throws(Refusal) -> [MailAddress] {
        let value = try template.value(bindings, for: "to")
        let values = value.listValue ?? [value]
        guard (1...Self.maximumRecipients).contains(values.count) else {
            throw .invalidInput("a mail has 1 to \(Self.maximumRecipients) recipients")
        }
        var addresses: [MailAddress] = []
        for value in values { addresses.append(try address(value.interpolated, of: "to")) }
        return addresses
    }

    private func address(_ text: String, of place: String) throws(Refusal) -> MailAddress {
        guard let address = MailAddress(text) else {
            throw .invalidInput(
                "'\(place)' is no mail address; write it like a@example.com or Ana <a@example.com>, "
                    + "in ASCII before the @")
        }
        return address
    }
}
