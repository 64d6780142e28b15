import Definition
import Engine
import Execution
import Foundation
import Guest
import Values

extension Wiring {
    /// Lines of one commit.
    private static let chunk = 5_000
    private static let maximumFaults = 20

    /// - Throws: `.notFound` with the nearest name.
    static func importer(_ name: String) throws(Problem) -> any Importer.Type {
        let known = business.importers
        if let found = known.first(where: { sameUTF8($0.name, name) }) { return found }
        let names = known.map { $0.name }
        throw Problem(
            .notFound, "nothing here imports `\(name)`",
            fix: nearestName(to: name, among: names).map { "did you mean `\($0)`?" }
                ?? (names.isEmpty ? nil : "known: \(names.joined(separator: ", "))"))
    }

    /// Adds and replaces. The file is read twice: a file with a wrong line changes nothing.
    /// - Returns: how many records; nil when the file is the one of last time and that is enough.
    static func bring(
        _ plan: ImportPlan, into store: any Store, unlessUnchanged: Bool = false
    ) throws -> Int? {
        let type = try importer(plan.importer)
        let setting = "import.\(type.name)"
        let hash = try LineReader(plan.file).fingerprint()
        if unlessUnchanged, try store.setting(setting) == .string(hash) { return nil }
        try IndexBuilding.prepare(store, for: operations.indexes)
        _ = try take(plan.file, type.init(), store, isWriting: false)
        let count = try take(plan.file, type.init(), store, isWriting: true)
        try store.set(setting, to: .string(hash))
        return count
    }

    private static func take(
        _ file: String, _ importer: some Importer, _ store: any Store, isWriting: Bool
    ) throws -> Int {
        let indexes = operations.indexes
        var importer = importer
        var (count, number) = (0, 0)
        var faults: [Problem.Detail] = []
        var reader = try LineReader(file)
        while let lines = try reader.next(chunk), faults.count < maximumFaults {
            let session = RecordSession(
                { (query) throws(StoreError) in try store.records(query) }, indexes: indexes)
            var records = Records(session)
            for line in lines {
                number += 1
                do throws(ImportFault) {
                    if try importer.take(line, number: number, into: &records) { count += 1 }
                } catch {
                    faults.append(
                        Problem.Detail(pointer: "line \(number)", detail: error.message))
                    // Without a head every other line is wrong as well.
                    if number == 1 || faults.count == maximumFaults { break }
                }
            }
            if isWriting {
                var commit = Commit()
                commit.records = try session.writes()
                if !commit.records.isEmpty { try store.commit([commit]) }
            }
            if number == 1 { break }
        }
        guard faults.isEmpty else {
            throw Problem(
                .invalid, "\(file) holds lines that cannot be imported",
                fix: "mend them; nothing was imported", errors: faults)
        }
        return count
    }
}

/// The lines of a file of any size, a chunk at a time.
struct LineReader {
    private static let block = 1 << 20
    private let file: String
    private let handle: FileHandle
    private var rest: [UInt8] = []
    private var isAtEnd = false

    init(_ file: String) throws(Problem) {
        guard let handle = FileHandle(forReadingAtPath: file) else {
            throw Problem(.notFound, "\(file) cannot be read", fix: "name a UTF-8 text file")
        }
        self.file = file
        self.handle = handle
    }

    /// Tells the file's content from another one.
    func fingerprint() throws -> String {
        var hash = ""
        while let block = try handle.read(upToCount: Self.block), !block.isEmpty {
            hash = SHA256.hex(of: Array(hash.utf8) + Array(block))
        }
        return hash
    }

    /// - Returns: nil at the end.
    mutating func next(_ count: Int) throws -> [String]? {
        var lines: [String] = []
        var start = 0
        while lines.count < count {
            if let end = rest[start...].firstIndex(of: 10) {
                lines.append(try text(rest[start..<end]))
                start = end + 1
            } else if isAtEnd {
                if start < rest.count { lines.append(try text(rest[start...])) }
                start = rest.count
                break
            } else {
                rest.removeFirst(start)
                start = 0
                let block = try handle.read(upToCount: Self.block) ?? Data()
                isAtEnd = block.isEmpty
                rest += block
            }
        }
        rest.removeFirst(start)
        return lines.isEmpty ? nil : lines
    }

    private func text(_ bytes: ArraySlice<UInt8>) throws(Problem) -> String {
        let line = bytes.last == 13 ? bytes.dropLast() : bytes
        guard let text = String(validating: line, as: UTF8.self) else {
            throw Problem(.malformed, "\(file) is no UTF-8 text", fix: "save it as UTF-8")
        }
        return text
    }
}
