import Definition
import Execution

extension Actor {
    /// `role/subject` of the `Pawl-Actor` header: a role of letters, digits, `-` and `_`, and a subject
    /// of 1 to 200 printable characters.
    package init(header text: String) throws(Problem) {
        guard let actor = Actor(parsing: text), actor.role.utf8.count <= 64,
            actor.role.utf8.allSatisfy(\.isRoleByte), actor.subject.unicodeScalars.count <= 200,
            actor.subject.unicodeScalars.allSatisfy({ $0.value >= 0x20 && $0.value != 0x7F })
        else {
            throw Problem(
                .malformed, "the header Pawl-Actor is no `role/subject`",
                fix: "write it like `client/c-7`")
        }
        self = actor
    }
}

extension UInt8 {
    fileprivate var isRoleByte: Bool {
        switch self {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
            true
        default: false
        }
    }
}
