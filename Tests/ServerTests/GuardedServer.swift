import Foundation
import Testing

/// A server with access control for the browser's stage (`scripts/browser attacks`): it says where it is and which token lets
/// one in, and stays until the file that says so is gone.
@Suite struct GuardedServer {
    private static let file = ProcessInfo.processInfo.environment["PAWL_GUARDED_READY"]

    @Test(.enabled(if: file != nil)) func staysForABrowser() async throws {
        let file = try #require(Self.file)
        try await LoginStories().withGuard { browser, _ in
            try "http://127.0.0.1:\(browser.port) pawl_ana_1\n".write(
                toFile: file, atomically: true, encoding: .utf8)
            while FileManager.default.fileExists(atPath: file) {
                try await Task.sleep(for: .milliseconds(100))
            }
        }
    }
}
