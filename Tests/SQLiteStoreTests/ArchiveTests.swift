import Execution
import FileStore
import Foundation
import MemoryStore
import Testing
import Values

/// What is kept of instances that are gone, as files.
@Suite struct ArchiveTests {
    private static let now = Timestamp(seconds: 1_800_000_000)

    private func document(
        _ key: String, revision: Int64 = 3, text: String = "x", attachments: [AttachmentRow] = []
    ) throws -> InstanceDocument {
        let start = Timestamp(seconds: 1_700_000_000)
        let summary = InstanceSummary(
            states: [], startedAt: start, updatedAt: start, endedAt: start, overdueAt: nil,
            incidents: 0, isRetrying: false, search: [])
        let write = InstanceWrite(
            id: InstanceID(7), name: InstanceName(workflow: "loan", key: key), version: 1,
            status: .completed, revision: revision, summary: summary, body: [])
        let history = HistoryEntry(
            instance: InstanceID(7), sequence: 1, at: start, kind: "started",
            data: ["text": .string(text)])
        return try #require(
            InstanceDocument(
                write, run: ["a": 1], history: [history], receipts: [], members: [],
                attachments: attachments))
    }

    private func file(_ archive: FileArchive) throws -> String {
        try #require(archive.files(of: "loan").first)
    }

    @Test func whatIsArchivedIsFoundByItsNameTheLatestFirst() throws {
        let folder = try TemporaryFolder()
        let archive = FileArchive(folder: folder.path + "/archive")
        let name = InstanceName(workflow: "loan", key: "caf\u{e9} \"1\"")
        #expect(try archive.find(name) == nil)
        let documents = [
            try document("0"), try document(name.key), try document(name.key + "2"),
        ]
        _ = try archive.append(documents, with: nil, now: Self.now)
        let later = try document(name.key, revision: 9)
        _ = try archive.append([later], with: nil, now: Self.now + .seconds(86_400))
        _ = try archive.append([try document("3")], with: nil, now: Self.now + .seconds(86_400 * 2))
        #expect(try archive.find(name) == later)
        #expect(try archive.find(documents[2].name) == documents[2])
        let twin = InstanceName(workflow: "loan", key: "cafe\u{301} \"1\"")
        #expect(try archive.find(twin) == nil)
        let summaries = try archive.verify()
        #expect(summaries.map(\.instances) == [3, 1, 1])
        #expect(summaries.flatMap(\.findings) == [])
    }

    /// Pieces of the file are smaller than a line.
    @Test func longLinesAreReadWhole() throws {
        let folder = try TemporaryFolder()
        let archive = FileArchive(folder: folder.path + "/archive")
        let long = try document("long", text: String(repeating: "\u{e9}", count: 1_500_000))
        _ = try archive.append([long, try document("next")], with: nil, now: Self.now)
        #expect(try archive.find(long.name) == long)
        #expect(try archive.verify().map(\.instances) == [2])
    }

    @Test func whatACrashLeftOfALineIsCutOffByTheNextOne() throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/archive"
        _ = try FileArchive(folder: path).append([try document("1")], with: nil, now: Self.now)
        let file = try file(FileArchive(folder: path))
        let whole = try Data(contentsOf: URL(fileURLWithPath: file))
        for length in [1, 20, 200] {
            try (whole + whole.suffix(300).prefix(length)).write(to: URL(fileURLWithPath: file))
            let archive = FileArchive(folder: path)
            #expect(try archive.verify().flatMap(\.remarks).count == 1)
            _ = try archive.append([try document("2")], with: nil, now: Self.now)
            let summary = try archive.verify()
            #expect(summary.map(\.instances) == [2])
            #expect(summary.flatMap(\.findings) + summary.flatMap(\.remarks) == [])
            try whole.write(to: URL(fileURLWithPath: file))
        }
    }

    /// They would not know of each other's lines.
    @Test func oneWritesToAnArchive() throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/archive"
        var first: FileArchive? = FileArchive(folder: path)
        _ = try first?.append([try document("1")], with: nil, now: Self.now)
        let second = FileArchive(folder: path)
        #expect(throws: StoreError.self) {
            _ = try second.append([try document("2")], with: nil, now: Self.now)
        }
        #expect(try second.find(try document("1").name) != nil)
        first = nil
        _ = try second.append([try document("2")], with: nil, now: Self.now)
        #expect(try second.verify().map(\.instances) == [2])
        #expect(try second.verify().flatMap(\.findings) == [])
    }

    @Test func aLineThatWasChangedTakenOutOrPutInIsTold() throws {
        let folder = try TemporaryFolder()
        let archive = FileArchive(folder: folder.path + "/archive")
        for key in ["1", "2", "3"] {
            _ = try archive.append([try document(key)], with: nil, now: Self.now)
        }
        let file = try file(archive)
        let text = try String(contentsOfFile: file, encoding: .utf8)
        var lines = text.split(separator: "\n").map(String.init)
        func findings(_ lines: [String]) throws -> Int {
            try (lines.joined(separator: "\n") + "\n").write(
                toFile: file, atomically: true, encoding: .utf8)
            return try archive.verify().flatMap(\.findings).count
        }
        #expect(try findings(lines) == 0)
        #expect(try findings(lines.filter { !$0.contains("loan/2") }) == 1)
        #expect(try findings(lines + [lines[1]]) == 1)
        lines[2] = lines[2].replacing("\"x\"", with: "\"y\"")
        #expect(try findings(lines) == 1)
        lines[0] = lines[0].replacing("loan", with: "lean")
        #expect(try findings(lines) > 1)
    }

    /// The day changes meanwhile.
    @Test func alsoWhatAFullDiskLeftOfALineInYesterdaysFile() throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/archive"
        _ = try FileArchive(folder: path).append([try document("1")], with: nil, now: Self.now)
        let file = try file(FileArchive(folder: path))
        let whole = try Data(contentsOf: URL(fileURLWithPath: file))
        try (whole + whole.suffix(99).prefix(50)).write(to: URL(fileURLWithPath: file))
        let archive = FileArchive(folder: path)
        _ = try archive.append([try document("2")], with: nil, now: Self.now + .seconds(86_400))
        #expect(try archive.verify().map(\.instances) == [1, 1])
        #expect(try archive.verify().flatMap { $0.findings + $0.remarks } == [])
    }

    @Test func linesThatAreGoneFromTheEndAreTold() throws {
        let folder = try TemporaryFolder()
        let archive = FileArchive(folder: folder.path + "/archive")
        var marks: [ExactText: ArchiveMark] = [:]
        for key in ["1", "2", "3"] {
            marks["loan"] = try archive.append([try document(key)], with: nil, now: Self.now)
        }
        #expect(try archive.verify(marks).flatMap(\.findings) == [])
        let file = try file(archive)
        let lines = try String(contentsOfFile: file, encoding: .utf8).split(separator: "\n")
        try (lines.dropLast().joined(separator: "\n") + "\n").write(
            toFile: file, atomically: true, encoding: .utf8)
        #expect(try archive.verify().flatMap(\.findings) == [])
        #expect(try archive.verify(marks).flatMap(\.findings).count == 1)
    }

    /// What is a proof is looked at before it is believed.
    @Test func aLineThatWasChangedIsNotGivenOut() throws {
        let folder = try TemporaryFolder()
        let archive = FileArchive(folder: folder.path + "/archive")
        let one = try document("1")
        _ = try archive.append([one], with: nil, now: Self.now)
        let file = try file(archive)
        let text = try String(contentsOfFile: file, encoding: .utf8)
        try text.replacing("\"x\"", with: "\"y\"").write(
            toFile: file, atomically: true, encoding: .utf8)
        #expect(throws: StoreError.self) { try archive.find(one.name) }
    }

    /// What a person wants erased; everything else holds.
    @Test func whatIsErasedIsGoneAndTheChainHolds() throws {
        let folder = try TemporaryFolder()
        let archive = FileArchive(folder: folder.path + "/archive")
        let contents = MemoryContents()
        var rows: [AttachmentRow] = []
        for text in ["hers", "everybody's"] {
            let bytes = Array(text.utf8)
            let hash = try #require(ContentHash(SHA256.hex(of: bytes)))
            let incoming = try contents.begin(size: Int64(bytes.count))
            try incoming.append(bytes)
            try incoming.keep(as: hash)
            rows.append(
                AttachmentRow(
                    sha256: hash, size: Int64(bytes.count), type: .jpeg, putBy: ["client/c"],
                    putAt: Self.now))
        }
        let ana = try document("1", text: "Ana Almeida", attachments: rows)
        let others = [
            try document("2", text: "Bo", attachments: [rows[1]]), try document("3", text: "Cy"),
        ]
        _ = try archive.append([others[1], ana], with: contents, now: Self.now)
        _ = try archive.append([others[0]], with: contents, now: Self.now + .seconds(86_400))
        let count = try archive.rewrite("loan", where: "Ana Almeida") {
            (found) throws(StoreError) in
            do { return try document(found.name.key, text: "[erased]") } catch { return nil }
        }
        #expect(count == 1)
        #expect(try archive.verify().flatMap(\.findings) == [])
        #expect(try archive.find(ana.name)?.history.first?.data["text"] == "[erased]")
        #expect(try archive.find(others[0].name) == others[0])
        #expect(try archive.find(others[1].name) == others[1])
        #expect(try archive.contents.size(of: rows[0].sha256) == nil)
        #expect(try archive.contents.size(of: rows[1].sha256) != nil)
        // It goes on where it was.
        _ = try archive.append([try document("4")], with: contents, now: Self.now)
        #expect(try archive.verify().map(\.instances) == [3, 1])
        #expect(try archive.verify().flatMap(\.findings) == [])
        let text = try archive.files(of: "loan").map {
            try String(contentsOfFile: $0, encoding: .utf8)
        }
        #expect(!text.joined().contains("Ana"))
        // Who changes it afterwards is told.
        let file = try #require(archive.files(of: "loan").last)
        let whole = try String(contentsOfFile: file, encoding: .utf8)
        try whole.replacing("[erased]", with: "[changed]").write(
            toFile: file, atomically: true, encoding: .utf8)
        #expect(try archive.verify().flatMap(\.findings).count == 1)
    }

    @Test func theContentThatItRefersToComesAlong() throws {
        let folder = try TemporaryFolder()
        let archive = FileArchive(folder: folder.path + "/archive")
        let contents = MemoryContents()
        let bytes = Array("a picture".utf8)
        let hash = try #require(ContentHash(SHA256.hex(of: bytes)))
        let row = AttachmentRow(
            sha256: hash, size: Int64(bytes.count), type: .jpeg, putBy: ["client/c"],
            putAt: Self.now)
        let one = try document("1", attachments: [row])
        #expect(throws: StoreError.self) {
            _ = try archive.append([one], with: contents, now: Self.now)
        }
        #expect(try archive.find(one.name) == nil)
        let incoming = try contents.begin(size: row.size)
        try incoming.append(bytes)
        try incoming.keep(as: hash)
        _ = try archive.append(
            [one, try document("2", attachments: [row])], with: contents, now: Self.now)
        #expect(try archive.contents.read(hash, from: 0, count: 99) == bytes)
        #expect(try archive.verify().flatMap(\.findings) == [])
        let path =
            "\(folder.path)/archive/files/\(hash.text.prefix(2))/\(hash.text.dropFirst(2).prefix(2))/\(hash)"
        try "b picture".write(toFile: path, atomically: true, encoding: .utf8)
        #expect(try archive.verify().flatMap(\.findings).count == 1)
        try FileManager.default.removeItem(atPath: path)
        #expect(try archive.verify().flatMap(\.findings).count == 1)
        try "a picture".write(toFile: path, atomically: true, encoding: .utf8)
        #expect(try archive.find(one.name) == one)
    }
}
