/// What an event, an input or a form says of content that was put: `{sha256, name, type, size}`.
package struct Attachment: Sendable, Hashable {
    package let sha256: ContentHash
    @ExactText package private(set) var name: String
    @ExactText package private(set) var type: String
    package let size: Int64

    package init(sha256: ContentHash, name: String, type: String, size: Int64) {
        self.sha256 = sha256
        self.name = name
        self.type = type
        self.size = size
    }

    /// As its schema has admitted it.
    package init?(_ value: Value) {
        guard let hash = value["sha256"]?.stringValue.flatMap({ ContentHash($0) }),
            let name = value["name"]?.stringValue, let type = value["type"]?.stringValue,
            let size = value["size"]?.intValue
        else { return nil }
        self.init(sha256: hash, name: name, type: type, size: size)
    }

    package var value: Value {
        [
            "sha256": .string(sha256.text), "name": .string(name), "type": .string(type),
            "size": .int(size),
        ]
    }
}

/// One that a value holds, and where.
package struct FoundAttachment: Sendable, Hashable {
    /// A JSON pointer.
    @ExactText package private(set) var pointer: String
    package let attachment: Attachment

    package init(pointer: String, attachment: Attachment) {
        self.pointer = pointer
        self.attachment = attachment
    }
}

extension Schema {
    /// Some value that fits may hold attachments, so that it is to be looked through.
    package var mayHoldAttachments: Bool { rules.mayHoldAttachments }

    /// Those that a value holds where this schema says so, in the order of the value.
    /// - Parameter value: decoded by this schema.
    package func attachments(in value: Value) -> [FoundAttachment] {
        guard mayHoldAttachments else { return [] }
        if rules.format == .attachment {
            return Attachment(value).map { [FoundAttachment(pointer: "", attachment: $0)] } ?? []
        }
        switch value {
        case .list(let list):
            return list.enumerated().flatMap { position, element in
                items?.attachments(in: element, below: "\(position)") ?? []
            }
        case .map(let map):
            return map.entries.flatMap { key, element in
                schema(of: key.plainKey)?.attachments(in: element, below: key.plainKey) ?? []
            }
        default: return []
        }
    }

    private func attachments(in value: Value, below name: String) -> [FoundAttachment] {
        attachments(in: value).map {
            FoundAttachment(
                pointer: "/\(name.pointerToken)\($0.pointer)", attachment: $0.attachment)
        }
    }

    private func schema(of name: String) -> Schema? {
        if let declared = property(name) { return declared }
        if case .checked(let schema) = rules.additional { return schema }
        return nil
    }
}
