import Foundation
import Testing

/// The house stays as it is drawn (ARCHITECTURE.md): imports point down, siblings never meet, the core knows
/// no clock, no thread and no file.
@Suite struct ArchitectureTests {
    /// Lower numbers are imported by higher ones, never the other way round, never within a level.
    private static let levels: [String: Int] = [
        "LinearRegex": 0, "CSQLite": 0, "CCurl": 0, "Sabotage": 0,
        "Values": 1,
        "Access": 2, "CEL": 2, "Encryption": 2, "OpenMetrics": 2, "Traces": 2,
        "Identity": 3, "Statechart": 3, "Schedule": 3,
        "Definition": 4,
        "Execution": 5, "Diagram": 5,
        "WorkflowLanguage": 6, "SQLiteStore": 6, "FileStore": 6, "MemoryStore": 6, "Adapters": 6,
        "Alerts": 6,
        "Engine": 7, "Guest": 7,
        "Marketplace": 8, "Assembly": 8, "Resources": 8,
        "Pawl": 9, "Sandbox": 9, "Console": 9,
        "Server": 10, "Scenarios": 10, "Rehearsal": 10, "Testbed": 10,
        "PawlHummingbird": 11, "PawlTesting": 11, "Seeds": 11,
        "PawlCommand": 12,
        "MarketplaceMain": 13,
    ]

    /// Pure targets: what they may import besides our own.
    private static let core: [String: Set<String>] = [
        "LinearRegex": [], "Values": ["Foundation"], "CEL": ["Foundation"], "Statechart": [],
        "Schedule": ["Foundation"], "Definition": [], "Execution": [], "Diagram": [],
        "Alerts": [],
        "Guest": [], "Marketplace": [],
    ]

    static let root = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()

    struct Import: CustomStringConvertible {
        let target: String
        let file: String
        let module: String

        var description: String { "\(file) imports \(module)" }
    }

    private static func imports() throws -> [Import] {
        let sources = root.appending(path: "Sources")
        let files = FileManager.default.enumerator(atPath: sources.path)
        var result: [Import] = []
        while let path = files?.nextObject() as? String {
            guard path.hasSuffix(".swift"), let target = path.split(separator: "/").first else {
                continue
            }
            let text = try String(contentsOf: sources.appending(path: path), encoding: .utf8)
            for line in text.split(separator: "\n") {
                let words = line.split(separator: " ")
                guard let index = words.firstIndex(of: "import"), index + 1 < words.count,
                    words[..<index].allSatisfy({
                        $0.hasPrefix("@") || ["package", "internal"].contains($0)
                    })
                else { continue }
                result.append(
                    Import(target: String(target), file: path, module: String(words[index + 1])))
            }
        }
        return result
    }

    @Test func importsPointDownOnly() throws {
        let imports = try Self.imports()
        #expect(imports.count > 100)
        for entry in imports {
            guard let from = Self.levels[entry.target], let to = Self.levels[entry.module] else {
                continue
            }
            #expect(to < from, "\(entry): level \(from) may import lower levels only")
        }
    }

    /// The benchmarks are a package of its own over the same sources, which nothing else here compiles.
    @Test func theBenchmarksHaveWhatTheirTargetsImport() throws {
        let package = try String(
            contentsOf: Self.root.appending(path: "Benchmarks/Package.swift"), encoding: .utf8)
        let products = package.matches(of: /product\(\s*"(\w+)"/).map { String($0.output.1) }
        for item in try Self.imports() where products.contains(item.target) {
            guard Self.levels[item.module] != nil else { continue }
            #expect(
                products.contains(item.module) || package.contains("name: \"\(item.module)\""),
                "\(item): name it in Benchmarks/Package.swift")
        }
    }

    @Test func everyTargetHasALevel() throws {
        let targets = try FileManager.default.contentsOfDirectory(
            atPath: Self.root.appending(path: "Sources").path)
        for target in targets where !target.hasPrefix(".") {
            #expect(
                Self.levels[target] != nil, "give \(target) a level here and in ARCHITECTURE.md")
        }
    }

    /// The business is written against the public face alone; deliberate bugs are in debug builds only.
    @Test func theBusinessImportsTheGuestsInterfaceOnly() throws {
        for entry in try Self.imports() where entry.target == "Marketplace" {
            #expect(
                ["Guest", "Values", "Sabotage"].contains(entry.module), "\(entry): it is a guest")
        }
    }

    @Test func theCoreKnowsNoClockThreadOrFile() throws {
        for entry in try Self.imports() {
            guard let allowed = Self.core[entry.target], Self.levels[entry.module] == nil else {
                continue
            }
            #expect(allowed.contains(entry.module), "\(entry): the core is pure")
        }
    }

    @Test func theCoreIsSynchronous() throws {
        for target in Self.core.keys.sorted() {
            let folder = Self.root.appending(path: "Sources/\(target)")
            let files = FileManager.default.enumerator(atPath: folder.path)
            while let path = files?.nextObject() as? String {
                guard path.hasSuffix(".swift") else { continue }
                let text = try String(contentsOf: folder.appending(path: path), encoding: .utf8)
                let words = text.split { !$0.isLetter }
                #expect(!words.contains("await"), "\(target)/\(path) waits for something")
            }
        }
    }

    /// An engine is put together in one place, so that another store is one more line. The command line, which also
    /// looks into files and speaks to servers, does so in `Wiring` alone.
    @Test func assemblyAloneNamesConcreteStoresAndAdapters() throws {
        for entry in try Self.imports()
        where entry.target == "PawlCommand" && ["SQLiteStore", "Adapters"].contains(entry.module) {
            let name = entry.file.split(separator: "/").last.map { String($0) } ?? ""
            #expect(name.hasPrefix("Wiring"), "\(entry): only Wiring may")
        }
    }

    /// What a general target says holds for any business. The simulator plays the marketplace, and may name it.
    @Test func noGeneralTargetNamesABusiness() throws {
        let words =
            #/\b\w*(?i:worker|cookie|invoice|candidacy|bank)s?\b|\bkits?\b|"order"|\border/\w/#
        // HTTP has a word in common with this one.
        let ofHTTP = #/(?i)\b\w*cookies?\b/#
        let sources = Self.root.appending(path: "Sources")
        let files = FileManager.default.enumerator(atPath: sources.path)
        while let path = files?.nextObject() as? String {
            guard path.hasSuffix(".swift"), let target = path.split(separator: "/").first,
                !["Marketplace", "MarketplaceMain", "Testbed"].contains(target)
            else { continue }
            let text = try String(contentsOf: sources.appending(path: path), encoding: .utf8)
            for (number, line) in text.split(separator: "\n", omittingEmptySubsequences: false)
                .enumerated()
            {
                let isWeb = ["Console", "Server"].contains(target)
                let line = isWeb ? line.replacing(ofHTTP, with: "") : line
                #expect(
                    line.firstMatch(of: words) == nil,
                    "\(path):\(number + 1) names a business: it belongs to its guest")
            }
        }
    }

    /// A number that is closed twice takes away what somebody else has opened in between.
    @Test func onlyADescriptorClosesOne() throws {
        let closing = #/(?:Glibc|Musl|Darwin|Foundation)\.close\(|(?:^|[ ;{(])close\([a-z]/#
        for file in Set(try Self.imports().filter { $0.module == "Glibc" }.map(\.file)) {
            let path = Self.root.appending(path: "Sources").appending(path: file)
            let text = try String(contentsOf: path, encoding: .utf8)
            let isTheOne = file == "Access/Descriptor.swift"
            #expect((text.firstMatch(of: closing) != nil) == isTheOne, "\(file) closes one itself")
        }
    }
}
