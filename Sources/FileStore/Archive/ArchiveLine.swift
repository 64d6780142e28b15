import Execution
import Values

/// A line of an archive: a document, its hash, and the hash of all that came before it in its file.
///
/// `{"name": "loan/7", "sha256": …, "chain": …, "document": {…}}`, the name first, so that it is found without reading the
/// rest. `chain` is the SHA-256 of the chain before, a line feed and `sha256`; before the first line it is that of the
/// file's head. So a line that is changed, taken out or put in is told.
///
/// Of one that was erased `sha256` and `chain` stay what they were, so that those behind it hold, and `erased` has the hash of what
/// is left of it.
struct ArchiveLine {
    let name: InstanceName
    let sha256: String
    let chain: String
    /// Of what is left; nil: nothing was erased.
    private var erased: String?
    private(set) var document: Value

    init(_ document: InstanceDocument, after chain: String) {
        name = document.name
        self.document = document.encoded
        sha256 = SHA256.hex(of: JSON.encode(self.document))
        self.chain = Self.chain(chain, sha256)
    }

    init(parsing bytes: [UInt8]) throws(DecodingFailure) {
        let fields = try FieldReader(Value(storedJSON: bytes))
        let document = try fields.value("document")
        self.document = document
        sha256 = try fields.string("sha256")
        chain = try fields.string("chain")
        erased = try fields.optionalString("erased")
        name = InstanceName(
            workflow: document["workflow"]?.stringValue ?? "",
            key: document["key"]?.stringValue ?? "")
    }

    static func chain(_ chain: String, _ sha256: String) -> String {
        SHA256.hex(of: "\(chain)\n\(sha256)")
    }

    /// With its line feed.
    var bytes: [UInt8] {
        var line: ValueMap = [
            "name": .string(name.description), "sha256": .string(sha256), "chain": .string(chain),
        ]
        line.set("erased", erased.map(Value.string))
        line["document"] = document
        return JSON.encode(.map(line)) + [UInt8(ascii: "\n")]
    }

    /// In the place of what it held.
    mutating func replace(with document: InstanceDocument) {
        self.document = document.encoded
        erased = SHA256.hex(of: JSON.encode(self.document))
    }

    /// How the lines of an instance begin.
    static func beginning(of name: InstanceName) -> [UInt8] {
        Array("{\"name\":".utf8) + JSON.encode(.string(name.description))
            + [UInt8(ascii: ",")]
    }

    var isAsWritten: Bool { SHA256.hex(of: JSON.encode(document)) == erased ?? sha256 }

    /// What is wrong with it by itself; nil: nothing.
    func finding(after chain: String) -> String? {
        if !isAsWritten { return "\(name) is not as it was" }
        if Self.chain(chain, sha256) != self.chain {
            return "before \(name) something was changed, taken out or put in"
        }
        do throws(DecodingFailure) {
            _ = try InstanceDocument(decoding: document)
            return nil
        } catch {
            return "\(name) cannot be read: \(error)"
        }
    }
}

/// The first line of a file.
struct ArchiveHead {
    static let format: Int64 = 1

    /// With its line feed.
    static func bytes(of workflow: String) -> [UInt8] {
        let head: ValueMap = [
            "archive": "pawl", "format": .int(format), "workflow": .string(workflow),
        ]
        return JSON.encode(.map(head)) + [UInt8(ascii: "\n")]
    }

    /// What the chain begins with.
    static func chain(_ line: some Collection<UInt8>) -> String { SHA256.hex(of: Array(line)) }
}
