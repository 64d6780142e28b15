import Definition
import Values

/// `audit: {anchor: {every, file, receiver, key}}` in `pawl.yaml`: who outside the database is told of the audit's end.
package struct AuditConfiguration: Sendable, Hashable {
    package static let members = ["anchor"]
    package static let anchorMembers = ["every", "file", "receiver", "key"]

    package struct Anchoring: Sendable, Hashable {
        package var every = Duration.seconds(3_600)
        /// Each anchor is a line at its end; outside the folder of the database.
        package var file: String?
        /// Of the alerts' receivers one that is a webhook.
        package var receiver: ExactText?
        /// Of the private key.
        package var key: Setting
    }

    /// nil: nobody is told.
    package var anchor: Anchoring?

    package init() {}

    private static let example =
        "audit: {anchor: {every: 1h, file: /mnt/other/anchors.jsonl, key: {file: /etc/pawl/audit.key}}}"

    init(_ value: Value, in file: String) throws(Problem) {
        let map = try PawlConfiguration.section(
            value, "audit", members: Self.members, example: Self.example, in: file)
        guard let value = map["anchor"] else { return }
        let members = try PawlConfiguration.section(
            value, "audit.anchor", members: Self.anchorMembers, example: Self.example, in: file)
        guard let key = members["key"].flatMap(Self.reference) else {
            throw Self.problem(
                file, "`audit.anchor.key` says where the private key is kept",
                "`pawl audit key` makes one; write `key: {file: PATH}` or `key: {env: NAME}`")
        }
        var anchoring = Anchoring(key: key)
        if let every = members["every"] {
            guard let span = every.stringValue.flatMap({ Duration(parsing: $0) }),
                span >= .seconds(1)
            else {
                throw Self.problem(
                    file, "`audit.anchor.every` is a span of a second at least", "write `every: 1h`"
                )
            }
            anchoring.every = span
        }
        if let path = members["file"] {
            guard let text = path.stringValue, text.hasPrefix("/") else {
                throw Self.problem(
                    file, "`audit.anchor.file` is the path of a file",
                    "write the whole path, beginning with a slash")
            }
            anchoring.file = text
        }
        if let receiver = members["receiver"] {
            guard let name = receiver.stringValue else {
                throw Self.problem(
                    file, "`audit.anchor.receiver` is the name of a receiver",
                    "write `receiver: vault`"
                )
            }
            anchoring.receiver = ExactText(name)
        }
        guard anchoring.file != nil || anchoring.receiver != nil else {
            throw Self.problem(
                file, "`audit.anchor` names nobody who is told",
                "add `file: PATH` or `receiver: NAME`")
        }
        anchor = anchoring
    }

    private static func reference(_ value: Value) -> Setting? {
        guard value.mapValue?.count == 1 else { return nil }
        if let name = value["env"]?.stringValue, !name.isEmpty { return .environment(name) }
        if let path = value["file"]?.stringValue, !path.isEmpty { return .file(path) }
        return nil
    }

    private static func problem(_ file: String, _ message: String, _ fix: String) -> Problem {
        Problem(.invalid, "\(file): \(message)", fix: fix)
    }
}
