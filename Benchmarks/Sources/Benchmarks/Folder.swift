import Foundation

/// A folder that is gone when the run is over.
final class Folder: Sendable {
    let path: String

    init(below parent: String) throws {
        path = parent + "/pawl-bench-" + UUID().uuidString.lowercased()
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }
}
