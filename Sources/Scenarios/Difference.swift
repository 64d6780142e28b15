import Execution
import Values
import WorkflowLanguage

/// One thing that is not as expected.
package struct Difference: Hashable {
    package let subject: String
    package let expected: String
    package let actual: String
    /// Whose card explains it.
    package var of: InstanceName?

    package init(_ subject: String, expected: String, actual: String, of: InstanceName? = nil) {
        self.subject = subject
        self.expected = expected
        self.actual = actual
        self.of = of
    }

    package func about(_ instance: InstanceName) -> Difference {
        Difference(subject, expected: expected, actual: actual, of: of ?? instance)
    }

    package func within(_ owner: String) -> Difference {
        Difference("\(subject) of \(owner)", expected: expected, actual: actual, of: of)
    }
}

extension [Difference] {
    package static func += (list: inout [Difference], difference: Difference?) {
        if let difference { list.append(difference) }
    }
}

extension Difference {
    /// Nil where the counts are equal.
    package init?(_ subject: String, _ expected: Int, _ actual: Int, detail: [String] = []) {
        guard expected != actual else { return nil }
        let list = detail.isEmpty ? "" : " (\(detail.listed))"
        self.init(subject, expected: String(expected), actual: String(actual) + list)
    }
}

extension Value {
    /// Where a part that is wanted differs from what is here, by path.
    package func differences(from part: Value, _ path: String) -> [Difference] {
        if case .map(let map) = self, case .map(let wanted) = part {
            return map.differences(from: wanted, path)
        }
        guard !plain.contains(part) else { return [] }
        return [Difference(path, expected: JSON.string(part), actual: JSON.string(plain))]
    }
}

extension ValueMap {
    package func differences(from part: ValueMap, _ path: String) -> [Difference] {
        part.entries.flatMap { key, wanted in
            let path = "\(path).\(key.interpolated)"
            guard let value = self[key] else {
                return [Difference(path, expected: JSON.string(wanted), actual: "not there")]
            }
            return value.differences(from: wanted, path)
        }
    }
}

extension String {
    /// By bytes; every text has the empty one.
    package func has(_ part: String) -> Bool {
        part.isEmpty || utf8.contains(part.utf8)
    }
}

/// Which wanted mail is which sent one: every one has its own, in any order.
package struct MailMatch {
    private let missing: [ScenarioExpectation.Mail]
    private let unexpected: [FakeWorld.Mail]
    private let sent: [FakeWorld.Mail]

    package init(_ wanted: [ScenarioExpectation.Mail], _ sent: [FakeWorld.Mail]) {
        var rest = sent
        var missing: [ScenarioExpectation.Mail] = []
        // The most particular first, so that a vague one does not take its mail away.
        for mail in wanted.sorted(by: { $0.facts.count > $1.facts.count }) {
            if let index = rest.firstIndex(where: mail.matches) {
                rest.remove(at: index)
            } else {
                missing.append(mail)
            }
        }
        self.missing = missing
        self.sent = sent
        unexpected = rest
    }

    package var differences: [Difference] {
        let all = " (sent: \(sent.map(\.description).listed))"
        return missing.map {
            Difference("mails", expected: $0.facts.listed, actual: "it was not sent" + all)
        }
            + unexpected.map {
                Difference(
                    "mails", expected: "no more than the list", actual: "also \($0.description)")
            }
    }
}

extension ScenarioExpectation.Mail {
    fileprivate func matches(_ sent: FakeWorld.Mail) -> Bool {
        (mail == nil || mail == sent.name) && (to == nil || sameUTF8(to, sent.to))
            && sent.subject.has(subject ?? "") && sent.text.has(text ?? "")
    }

    fileprivate var facts: [String] {
        [
            mail.map { "mail \($0)" }, to.map { "to \($0)" }, subject.map { "subject \"\($0)\"" },
            text.map { "text \"\($0)\"" },
        ].compactMap(\.self)
    }
}

extension FakeWorld.Mail {
    package var description: String { (name ?? "\"\(subject)\"") + " to \(to)" }
}
