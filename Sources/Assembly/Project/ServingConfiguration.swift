import Access
import Definition
import Values

/// `server` in `pawl.yaml`: by which names it is spoken to, its certificate, and how much it takes.
package struct ServingConfiguration: Sendable, Hashable {
    package static let members = ["hosts", "tls", "limits"]
    package static let tlsMembers = ["certificate", "key", "clients"]
    package static let clientMembers = ["authorities", "required", "revoked"]

    /// Without ports; lower case.
    package var hosts: [String] = []
    package var tls: TLSFiles?
    package var limits = ServerLimits()

    package init() {}

    init(_ value: Value, in file: String) throws(Problem) {
        let map = try PawlConfiguration.section(
            value, "server", members: Self.members, example: Self.example, in: file)
        if let value = map["hosts"] { hosts = try Self.hosts(value, file) }
        if let value = map["tls"] { tls = try Self.tls(value, file) }
        if let value = map["limits"] { limits = try ServerLimits(value, in: file) }
    }

    private static let example =
        "server: {hosts: [pawl.example.com], tls: {certificate: /etc/pawl/server.pem, "
        + "key: /etc/pawl/server.key}}"

    private static func hosts(_ value: Value, _ file: String) throws(Problem) -> [String] {
        let list = value.listValue ?? []
        let names = list.compactMap(\.stringValue).map { $0.lowercased() }
        guard !names.isEmpty, names.count == list.count, names.allSatisfy(HostList.isName) else {
            throw Problem(
                .invalid, "\(file): `server.hosts` is a list of names or addresses",
                fix: "write `hosts: [pawl.example.com, '*.in.example.com', 192.0.2.7]`")
        }
        return names
    }

    private static func tls(_ value: Value, _ file: String) throws(Problem) -> TLSFiles {
        let map = try PawlConfiguration.section(
            value, "server.tls", members: tlsMembers, example: example, in: file)
        let certificate = try path(map["certificate"], "server.tls.certificate", file)
        let key = try path(map["key"], "server.tls.key", file)
        return TLSFiles(
            certificate: certificate, key: key, clients: try clients(map["clients"], file))
    }

    private static func clients(_ value: Value?, _ file: String) throws(Problem)
        -> TLSFiles.Clients?
    {
        guard let value else { return nil }
        let map = try PawlConfiguration.section(
            value, "server.tls.clients", members: clientMembers,
            example: "clients: {authorities: /etc/pawl/clients.pem, required: true}", in: file)
        var clients = TLSFiles.Clients(
            authorities: try path(map["authorities"], "server.tls.clients.authorities", file))
        if let required = map["required"] {
            guard let isRequired = required.boolValue else {
                throw Problem(
                    .invalid, "\(file): `server.tls.clients.required` is true or false")
            }
            clients.isRequired = isRequired
        }
        if let revoked = map["revoked"] { clients.revoked = try self.revoked(revoked, file) }
        return clients
    }

    /// A number in hexadecimal may look like another value of YAML's: then it has to be quoted.
    private static func revoked(_ value: Value, _ file: String) throws(Problem)
        -> TLSFiles.Revoked
    {
        if let path = value.stringValue { return .file(path) }
        let list = value.listValue ?? []
        let serials = list.compactMap(\.stringValue)
        guard value.listValue != nil, serials.count == list.count else {
            throw Problem(
                .invalid,
                "\(file): `server.tls.clients.revoked` is a file, or a list of serial numbers as texts",
                fix: "write `revoked: ['0a1b2c']`, in quotes")
        }
        return .serials(serials)
    }

    private static func path(_ value: Value?, _ name: String, _ file: String) throws(Problem)
        -> String
    {
        guard let path = value?.stringValue, !path.isEmpty else {
            throw Problem(
                .invalid, "\(file): `\(name)` is the path of a PEM file", fix: "write `\(example)`")
        }
        return path
    }
}
