import Foundation
import Testing

/// What is public stays what it is said to be (docs/decisions/0020-the-outside.md).
@Suite struct SurfaceTests {
    private static let root = ArchitectureTests.root

    private static func swiftFiles(below folder: String) throws -> [(path: String, text: String)] {
        let files = FileManager.default.enumerator(atPath: root.appending(path: folder).path)
        var result: [(path: String, text: String)] = []
        while let path = files?.nextObject() as? String {
            guard path.hasSuffix(".swift"), !path.contains(".build/") else { continue }
            let file = root.appending(path: "\(folder)/\(path)")
            result.append(("\(folder)/\(path)", try String(contentsOf: file, encoding: .utf8)))
        }
        return result
    }

    /// The modules that a file imports, with what they are imported as.
    private static func imports(_ text: String) -> [(module: String, line: String)] {
        text.split(separator: "\n").compactMap { line in
            let words = line.split(separator: " ")
            guard let index = words.firstIndex(of: "import"), index + 1 < words.count,
                words[..<index].allSatisfy({
                    $0.hasPrefix("@") || ["package", "public", "internal"].contains($0)
                })
            else { return nil }
            let name = words[index + 1] == "struct" ? words[index + 2] : words[index + 1]
            return (String(name.prefix { $0 != "." }), String(line))
        }
    }

    /// Who embeds the engine in a daemon builds no web server, and no command line.
    @Test func anEmbeddedEngineBringsNoServerAndNoCommandLine() throws {
        let sources = try Self.swiftFiles(below: "Sources")
        let own = Set<Substring>(
            sources.compactMap { $0.path.split(separator: "/").dropFirst().first })
        var reached: Set<String> = []
        var next = ["Pawl"]
        while let target = next.popLast() {
            guard reached.insert(target).inserted, own.contains(Substring(target)) else { continue }
            for source in sources where source.path.hasPrefix("Sources/\(target)/") {
                next += Self.imports(source.text).map(\.module)
            }
        }
        #expect(reached.contains("Engine") && reached.contains("SQLiteStore"))
        for module in ["Hummingbird", "HummingbirdCore", "ArgumentParser", "Server", "Testing"] {
            #expect(!reached.contains(module), "Pawl reaches \(module)")
        }
    }

    /// A second business, and whoever reads it as an example, needs nothing but the products.
    @Test func theExampleImportsProductsOnly() throws {
        let known = [
            "Foundation", "Testing", "FoundationNetworking", "Hummingbird", "Pawl",
            "PawlCommand", "PawlHummingbird", "PawlTesting", "Loans", "LibraryServer",
            "PackageDescription",
        ]
        let files = try Self.swiftFiles(below: "examples")
        #expect(files.count > 4)
        for (path, text) in files {
            for (module, line) in Self.imports(text) {
                #expect(known.contains(module), "\(path): \(line)")
            }
        }
    }

    /// Each with shapes, units and errors where it has them; that it has any is what a test can see.
    @Test func everyPublicDeclarationHasAComment() throws {
        for folder in ["Pawl", "PawlHummingbird", "PawlTesting", "PawlCommand"] {
            for (path, text) in try Self.swiftFiles(below: "Sources/\(folder)") {
                let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map {
                    $0.trimmingPrefix(while: \.isWhitespace)
                }
                for (index, line) in lines.enumerated() {
                    let words = line.split(separator: " ")
                    let first = words.drop { $0.hasPrefix("@") }.first
                    let isDeclared = first == "public" && !words.contains("import")
                    guard isDeclared, !line.hasPrefix("public extension") else { continue }
                    let before = lines[..<index].last { !$0.hasPrefix("@") }
                    #expect(before?.hasPrefix("///") == true, "\(path):\(index + 1): \(line)")
                }
            }
        }
    }

    /// The code in the README is the code that a test runs.
    @Test func theReadmesCodeIsTheExamples() throws {
        let readme = try String(contentsOf: Self.root.appending(path: "README.md"), encoding: .utf8)
        let file = Self.root.appending(path: "examples/loans/Sources/LibraryServer/App.swift")
        let code = try String(contentsOf: file, encoding: .utf8)
        #expect(readme.contains("```swift\n\(code)```"), "put App.swift into README.md as it is")
    }
}
