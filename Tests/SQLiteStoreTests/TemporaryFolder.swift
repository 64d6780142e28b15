import Foundation

/// A folder of a test's own, removed with the test.
final class TemporaryFolder {
    let path: String

    init() throws {
        path = NSTemporaryDirectory() + "pawl-store-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func file(_ name: String) -> String { "\(path)/\(name)" }

    /// What a disk would hold if the machine stopped now.
    func copy(_ names: [String], to other: TemporaryFolder) throws {
        for name in names {
            try FileManager.default.copyItem(atPath: file(name), toPath: other.file(name))
        }
    }
}
