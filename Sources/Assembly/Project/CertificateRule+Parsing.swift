import Access
import Definition
import Values

extension CertificateRule {
    package static let members = ["san", "subject", "name", "roles"]

    private static let example =
        "certificates: [{san: 'dns:ordering.internal', name: ordering, roles: [operator]}]"

    /// `access.certificates` in `pawl.yaml`: whose certificate makes somebody whom; the first that matches counts.
    package static func list(_ value: Value, in file: String) throws(Problem) -> [CertificateRule] {
        guard let list = value.listValue else {
            throw Problem(
                .invalid, "\(file): `access.certificates` is a list", fix: "write `\(example)`")
        }
        var rules: [CertificateRule] = []
        for (index, value) in list.enumerated() {
            let place = "access.certificates[\(index)]"
            let map = try PawlConfiguration.section(
                value, place, members: members, example: example, in: file)
            let rule = try rule(map, place, file)
            guard !rules.contains(where: { $0.match == rule.match }) else {
                throw Problem(
                    .invalid,
                    "\(file): `\(place)` names what an earlier one names, and never counts")
            }
            rules.append(rule)
        }
        return rules
    }

    private static func rule(
        _ map: ValueMap, _ place: String, _ file: String
    ) throws(Problem) -> CertificateRule {
        func refuse(_ what: String) -> Problem {
            Problem(.invalid, "\(file): `\(place)` \(what)", fix: "write `\(example)`")
        }
        let match: Match
        switch (map["san"], map["subject"]) {
        case (let san?, nil):
            guard let found = san.stringValue.flatMap(name) else {
                throw refuse("has a `san` that does not begin with dns:, uri: or email:")
            }
            match = found
        case (nil, let subject?):
            guard let text = subject.stringValue, text.hasPrefix("CN="), text.utf8.count > 3 else {
                throw refuse("has a `subject` that is not written CN=…")
            }
            match = .commonName(ExactText(String(text.dropFirst(3))))
        default: throw refuse("has either `san` or `subject`")
        }
        let roles = map["roles"]?.listValue ?? []
        let names = roles.compactMap(\.stringValue).filter { !$0.isEmpty }
        guard !names.isEmpty, names.count == roles.count else {
            throw refuse("has no `roles`, a list of names")
        }
        var subject: ExactText?
        if let value = map["name"] {
            guard let text = value.stringValue, (1...200).contains(text.utf8.count) else {
                throw refuse("has a `name` that is no text of 1 to 200 bytes")
            }
            subject = ExactText(text)
        }
        return CertificateRule(match, subject: subject, roles: Set<ExactText>(names))
    }

    private static func name(_ text: String) -> Match? {
        guard let colon = text.firstIndex(of: ":"),
            let kind = Kind(rawValue: String(text[..<colon]))
        else { return nil }
        let name = text[text.index(after: colon)...]
        return name.isEmpty ? nil : .name(kind: kind, ExactText(String(name)))
    }
}
