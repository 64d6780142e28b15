import Guest
import Values

/// Who sees whose money: everybody their own, those who keep the books all of it, and managers what workers earn. No
/// client's bill is a manager's business.
enum Readership {
    static func ofClient(_ id: String, _ reader: Reader) -> Bool {
        keepsBooks(reader) || reader == Reader(role: "client", subject: id)
    }

    static func ofWorker(_ id: String, _ reader: Reader) -> Bool {
        keepsBooks(reader) || sameUTF8(reader.role, "manager")
            || reader == Reader(role: "worker", subject: id)
    }

    static func keepsBooks(_ reader: Reader) -> Bool {
        reader.runsTheEngine || sameUTF8(reader.role, "accountant")
            || sameUTF8(reader.role, "admin")
            || sameUTF8(reader.role, "administrator")
    }
}
