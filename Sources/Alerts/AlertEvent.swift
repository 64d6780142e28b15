import Values

/// What is said of an alert: CloudEvents 1.0, and the text of a mail.
package enum AlertEvent: String, Sendable, Hashable {
    case firing
    case resolved
    /// Nothing happened: somebody wants to know whether messages arrive.
    case test

    package var type: String { "dev.pawl.alert.\(rawValue)" }

    package static func source(of namespace: String) -> String {
        // A URI reference: what may not stand in one is written as its bytes.
        namespace.utf8.reduce("/pawl/") { text, byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"),
                UInt8(ascii: "."):
                text + String(UnicodeScalar(byte))
            default: text + (byte < 16 ? "%0" : "%") + String(byte, radix: 16, uppercase: true)
            }
        }
    }

    /// - Parameter alert: as it is with this message counted.
    package func event(of alert: Alert, source: String, at now: Timestamp) -> Value {
        event(
            id: "\(alert.id).\(alert.messages)", subject: alert.id, source: source, at: now,
            data: .map(alert.document(as: self)))
    }

    /// - Parameter id: tells it from other tests.
    package static func test(_ id: String, source: String, by who: String, at now: Timestamp)
        -> Value
    {
        AlertEvent.test.event(
            id: id, subject: "test", source: source, at: now,
            data: [
                "status": "test", "sentence": .string("This is a test, sent by \(who)."),
                "commands": ["pawl alerts"],
            ])
    }

    private func event(
        id: String, subject: String, source: String, at now: Timestamp, data: Value
    ) -> Value {
        [
            "specversion": "1.0", "id": .string(id), "source": .string(source),
            "type": .string(type), "subject": .string(subject), "time": .string(now.rfc3339),
            "datacontenttype": "application/json", "data": data,
        ]
    }

    // MARK: A mail

    /// One line and a text that says the same as the event.
    package static func mail(of event: Value) -> (subject: String, text: String) {
        let data = event["data"]
        let sentence = data?["sentence"]?.stringValue ?? ""
        let status = data?["status"]?.stringValue ?? ""
        let count = data?["count"]?.intValue ?? 1
        let many = count > 1 ? " (\(count))" : ""
        var lines = [sentence, ""]
        if let since = data?["since"]?.stringValue { lines.append("Since:    \(since)") }
        if let end = data?["resolvedAt"]?.stringValue { lines.append("Over:     \(end)") }
        if count > 1 { lines.append("How many: \(count)") }
        let names = texts(data?["examples"])
        if !names.isEmpty {
            lines.append(count > names.count ? "Some of them:" : "Which:")
            lines += names.map { "  \($0)" }
        }
        let commands = texts(data?["commands"])
        if !commands.isEmpty {
            lines += ["", "To see more and to mend it:"] + commands.map { "  \($0)" }
        }
        if let id = data?["id"]?.stringValue {
            lines += ["", "To say that you see to it:", "  pawl alerts ack \(id)"]
        }
        let subject = "[pawl] \(status)\(many): \(oneLine(sentence))"
        return (String(subject.prefix(200)), lines.joined(separator: "\n") + "\n")
    }

    private static func texts(_ value: Value?) -> [String] {
        (value?.listValue ?? []).compactMap(\.stringValue)
    }

    private static func oneLine(_ text: String) -> String {
        String(
            text.unicodeScalars.map {
                $0.value < 0x20 || (0x7F...0x9F).contains($0.value)
                    || $0.value == 0x2028 || $0.value == 0x2029 ? " " : Character($0)
            })
    }
}

extension Alert {
    /// The API's resource `alert`, and what messages say.
    package func document(as event: AlertEvent) -> ValueMap {
        var map: ValueMap = [
            "id": .string(id), "status": .string(event.rawValue),
            "kind": .string(condition.kind.rawValue), "sentence": .string(condition.sentence),
            "since": .string(condition.since.rfc3339), "count": .int(Int64(condition.count)),
            "workflows": .list(condition.workflows.map { .string($0.text) }),
            "examples": .list(condition.examples.map(Value.string)),
            "commands": .list(condition.commands.map(Value.string)),
        ]
        map.set("cause", condition.cause.map(Value.string))
        map.set("adapter", condition.adapter.map(Value.string))
        map.set("resolvedAt", resolvedAt.map { .string($0.rfc3339) })
        return map
    }
}
