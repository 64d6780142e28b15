import Foundation
import Testing

@testable import Access

@Suite struct PrivateFilesTests {
    private let folder = NSTemporaryDirectory() + "access-\(UUID().uuidString)"

    private func mode(_ path: String) -> Int {
        let attributes = try? FileManager.default.attributesOfItem(atPath: path)
        return (attributes?[.posixPermissions] as? NSNumber)?.intValue ?? -1
    }

    private func put(_ name: String, _ mode: Int) throws {
        try Data("x".utf8).write(to: URL(fileURLWithPath: "\(folder)/\(name)"))
        try FileManager.default.setAttributes(
            [.posixPermissions: mode], ofItemAtPath: "\(folder)/\(name)")
    }

    private func withFolder(_ mode: Int, _ story: () throws -> Void) throws {
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true,
            attributes: [.posixPermissions: mode])
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try story()
    }

    @Test func aNewFolderAndItsFilesAreTheUsersAlone() throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        #expect(PrivateFiles.prepare(folder) { _ in true } == [])
        #expect(mode(folder) == 0o700)
        #expect(PrivateFiles.open(folder + "/a", O_RDWR | O_CREAT).isOpen)
        PrivateFiles.reserve(folder + "/b")
        #expect(mode(folder + "/a") == 0o600)
        #expect(mode(folder + "/b") == 0o600)
        #expect(PrivateFiles.prepare(folder) { _ in true } == [])
    }

    @Test func whatAnOlderVersionLeftOpenIsClosedAndSpokenOf() throws {
        try withFolder(0o755) {
            try put("a", 0o644)
            try put("b", 0o600)
            #expect(
                PrivateFiles.prepare(folder) { "ab".contains($0) } == [
                    "\(folder) was open to others (mode 0755); now it is not (0700)",
                    "\(folder)/a was open to others (mode 0644); now it is not (0600)",
                ])
            #expect(mode(folder) == 0o700)
            #expect(mode(folder + "/a") == 0o600)
        }
    }

    @Test func aFolderThatHoldsOtherThingsKeepsItsMode() throws {
        try withFolder(0o755) {
            try put("a", 0o644)
            try put("README", 0o644)
            let remarks = try #require(PrivateFiles.prepare(folder) { $0 == "a" })
            #expect(remarks.count == 2)
            #expect(remarks.first?.contains("not Pawl's alone") == true)
            #expect(mode(folder) == 0o755)
            #expect(mode(folder + "/a") == 0o600)
            #expect(mode(folder + "/README") == 0o644)
        }
    }

    @Test func nothingIsOpenedThroughALink() throws {
        try withFolder(0o700) {
            try put("precious", 0o644)
            try FileManager.default.createSymbolicLink(
                atPath: folder + "/a", withDestinationPath: folder + "/precious")
            #expect(!PrivateFiles.open(folder + "/a", O_RDWR | O_CREAT).isOpen)
            #expect(PrivateFiles.prepare(folder) { $0 == "a" } == [])
            #expect(mode(folder + "/precious") == 0o644)
        }
    }

    @Test func aFolderWithoutAParentIsNotMade() {
        #expect(PrivateFiles.prepare(folder + "/x/y") { _ in true } == nil)
    }
}
