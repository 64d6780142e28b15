import Definition
import Foundation

@testable import Assembly

/// What is shipped, read once for all tests.
enum Repository {
    static let root = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().path

    private static let read = Result {
        try Project(workflows: "\(root)/workflows", adapters: "\(root)/adapters")
    }

    static var project: Project { get throws { try read.get() } }
}
