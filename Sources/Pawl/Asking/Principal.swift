import Definition
import Execution
import Values

/// On whose behalf something is asked: what `from` in a workflow's events is compared with, and what the history keeps.
public struct Principal: Sendable, Hashable, CustomStringConvertible {
    /// `client`: 1 to 64 letters, digits, `-` and `_`.
    @ExactText public private(set) var role: String
    /// `c-7`: who of that role, 1 to 200 printable characters.
    @ExactText public private(set) var subject: String

    /// Somebody whom the program knows; who they are is the program's to find out.
    ///
    /// Both are looked at when it is used, and refused as `.invalid`; the role `system` as `.forbidden`, for that is
    /// the engine itself.
    public init(role: String, subject: String) {
        self.role = role
        self.subject = subject
    }

    private init(_ actor: Actor) {
        role = actor.role
        subject = actor.subject
    }

    /// The program itself, which passes every `from`. It is made by the program alone: nothing that comes over a
    /// network can say that it is this.
    public static let host = Principal(.system)

    /// `client/c-7`.
    public var description: String { "\(role)/\(subject)" }

    package func actor() throws(Problem) -> Actor {
        let actor = Actor(role: role, subject: subject)
        guard self != .host else { return actor }
        guard role.lowercased() != Actor.system.role else {
            throw Problem(
                .forbidden, "nobody can be `system`: that is the engine itself",
                fix: "name a role of your own, or use Principal.host for the program itself")
        }
        guard (1...64).contains(role.utf8.count), role.utf8.allSatisfy(\.isRoleByte) else {
            throw Problem(
                .invalid, "a principal's role is 1 to 64 letters, digits, `-` and `_`",
                fix: "write it like `client`")
        }
        let scalars = subject.unicodeScalars
        guard (1...200).contains(scalars.count),
            scalars.allSatisfy({ $0.value >= 0x20 && $0.value != 0x7F })
        else {
            throw Problem(
                .invalid, "a principal's subject is 1 to 200 printable characters",
                fix: "use the id under which the program knows them")
        }
        return actor
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
