// swift-tools-version: 6.2
import Foundation
import PackageDescription

// Imports point down only (docs/decisions/0001-targets.md); Tests/ArchitectureTests keeps it so.
let strict: [SwiftSetting] = [.treatAllWarnings(as: .error)]
// Deliberate bugs and crash points (Sources/Sabotage): in debug builds only, which nobody ships.
let sabotage: [SwiftSetting] = strict + [.define("PAWL_SABOTAGE", .when(configuration: .debug))]

let package = Package(
    name: "pawl",
    platforms: [.macOS(.v15)],
    products: [
        .library(name: "Pawl", targets: ["Pawl"]),
        .library(name: "PawlHummingbird", targets: ["PawlHummingbird"]),
        .library(name: "PawlCommand", targets: ["PawlCommand"]),
        .library(name: "PawlTesting", targets: ["PawlTesting"]),
        .executable(name: "pawl", targets: ["MarketplaceMain"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-certificates", from: "1.21.1"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-extras", from: "1.35.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
        .package(url: "https://github.com/hummingbird-project/swift-mustache", from: "2.1.1"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/vapor/jwt-kit", from: "5.7.1"),
    ],
    targets: [
        // Level 0
        .target(name: "LinearRegex", swiftSettings: strict),
        .target(name: "Values", dependencies: ["LinearRegex"], swiftSettings: strict),
        .target(name: "Traces", dependencies: ["Values"], swiftSettings: strict),
        .target(
            name: "OpenMetrics",
            dependencies: ["Values", .product(name: "CoreMetrics", package: "swift-metrics")],
            swiftSettings: strict),
        // Level 1
        .target(name: "CEL", dependencies: ["Values", "LinearRegex"], swiftSettings: strict),
        .target(name: "Sabotage", swiftSettings: sabotage),
        // Level 2
        .target(name: "Access", dependencies: ["Sabotage", "Values"], swiftSettings: strict),
        .target(
            name: "Encryption",
            dependencies: [
                "Sabotage", "Values", .product(name: "Crypto", package: "swift-crypto"),
            ], swiftSettings: strict),
        // Level 3
        .target(
            name: "Identity",
            dependencies: [
                "Access", "Sabotage", "Values", .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "JWTKit", package: "jwt-kit"),
            ], swiftSettings: strict),
        .target(
            name: "Statechart", dependencies: ["CEL", "Values", "Sabotage"], swiftSettings: strict),
        .target(
            name: "Schedule", dependencies: ["CEL", "Values", "Sabotage"], swiftSettings: strict),
        // Level 2
        .target(
            name: "Definition",
            dependencies: ["CEL", "Values", "Statechart", "Schedule"],
            swiftSettings: strict),
        // Level 3
        .target(
            name: "Execution",
            dependencies: [
                "Access", "CEL", "Encryption", "Values", "Definition", "Statechart", "Schedule",
                "Sabotage",
            ],
            swiftSettings: strict),
        // Level 3
        .target(
            name: "Diagram", dependencies: ["CEL", "Values", "Statechart", "Definition"],
            swiftSettings: strict),
        // Level 3: siblings that never meet
        .systemLibrary(
            name: "CSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"])]),
        .systemLibrary(
            name: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
        .target(
            name: "SQLiteStore",
            dependencies: [
                "Access", "Encryption", "Values", "Definition", "Execution", "CSQLite", "Sabotage",
            ],
            swiftSettings: strict),
        .target(
            name: "FileStore",
            dependencies: [
                "Access", "Encryption", "Values", "Definition", "Execution", "Sabotage",
            ],
            swiftSettings: strict),
        .target(
            name: "MemoryStore", dependencies: ["Values", "Execution"],
            swiftSettings: strict
        ),
        .target(
            name: "Adapters",
            dependencies: [
                "Access", "CEL", "Values", "Definition", "Execution", "Traces", "CCurl", "Sabotage",
            ],
            swiftSettings: strict),
        .target(
            name: "WorkflowLanguage",
            dependencies: [
                "CEL", "Values", "Statechart", "Schedule", "Definition", "Execution", "Sabotage",
                .product(name: "Yams", package: "Yams"),
            ], swiftSettings: strict),
        .target(
            name: "Alerts", dependencies: ["Values", "Definition", "Execution", "Sabotage"],
            swiftSettings: strict),
        // Level 4
        .target(
            name: "Engine",
            dependencies: [
                "Access", "Alerts", "CEL", "Values", "Schedule", "Definition", "Execution",
                "OpenMetrics",
                "Sabotage",
                .product(name: "CoreMetrics", package: "swift-metrics"),
                .product(name: "DequeModule", package: "swift-collections"),
                .product(name: "Logging", package: "swift-log"),
            ], swiftSettings: strict),
        // Level 4
        .target(
            name: "Guest", dependencies: ["Definition", "Values", "Execution", "Sabotage"],
            swiftSettings: strict),
        // Level 5
        .target(
            name: "Marketplace", dependencies: ["Values", "Guest", "Sabotage"],
            swiftSettings: strict
        ),
        // Level 6
        .target(
            name: "Resources",
            dependencies: [
                "Access", "Alerts", "Values", "Schedule", "Definition", "Execution", "Engine",
            ],
            swiftSettings: strict),
        .target(
            name: "Sandbox",
            dependencies: [
                "Guest", "Access", "Values", "Definition", "Execution", "Adapters", "Engine",
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "Logging", package: "swift-log"),
            ], swiftSettings: strict),
        .target(
            name: "Console",
            dependencies: [
                "Access", "Diagram", "Execution", "Resources", "Sabotage", "Values",
                .product(name: "Mustache", package: "swift-mustache"),
            ], resources: [.embedInCode("Assets")], swiftSettings: strict),
        .target(
            name: "Server",
            dependencies: [
                "Access", "Alerts", "CEL", "Console", "Diagram", "Values", "Statechart",
                "Definition", "Execution",
                "Engine", "OpenMetrics", "Traces",
                "Resources", "Sabotage",
                .product(name: "CoreMetrics", package: "swift-metrics"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOHTTPTypes", package: "swift-nio-extras"),
                .product(name: "NIOHTTPTypesHTTP1", package: "swift-nio-extras"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "NIOTLS", package: "swift-nio"),
                .product(name: "X509", package: "swift-certificates"),
                .product(name: "HummingbirdTLS", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ], swiftSettings: strict),
        // Level 8
        .target(
            name: "Assembly",
            dependencies: [
                "Access", "Adapters", "Alerts", "CEL", "Definition", "Encryption", "Engine",
                "Execution", "FileStore", "Guest", "Identity",
                "MemoryStore", "OpenMetrics", "Traces", "SQLiteStore", "Sabotage", "Schedule",
                "Values",
                "WorkflowLanguage",
                .product(name: "CoreMetrics", package: "swift-metrics"),
                .product(name: "Logging", package: "swift-log"),
            ], swiftSettings: strict),
        // Level 9
        .target(
            name: "Pawl",
            dependencies: [
                "Adapters", "Assembly", "Definition", "Engine", "Execution", "Guest", "Resources",
                "Values",
                .product(name: "CoreMetrics", package: "swift-metrics"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ], swiftSettings: strict),
        // Level 10
        .target(
            name: "PawlHummingbird",
            dependencies: [
                "Definition", "Pawl", "Server",
                .product(name: "Hummingbird", package: "hummingbird"),
            ], swiftSettings: strict),
        .target(
            name: "Scenarios",
            dependencies: [
                "Adapters", "CEL", "Definition", "Engine", "Execution", "Assembly", "Statechart",
                "Values", "WorkflowLanguage",
            ], swiftSettings: strict),
        .target(
            name: "Rehearsal",
            dependencies: [
                "Access", "Guest", "Definition", "Engine", "Execution", "Assembly", "Sabotage",
                "Sandbox", "Values",
            ],
            swiftSettings: strict),
        // Level 11
        .target(
            name: "PawlTesting",
            dependencies: [
                "Assembly", "Definition", "Engine", "Execution", "Guest", "MemoryStore", "Pawl",
                "Scenarios", "Values", .product(name: "Logging", package: "swift-log"),
            ], swiftSettings: strict),
        .target(
            name: "PawlCommand",
            dependencies: [
                "Access", "Alerts", "Adapters", "CEL", "Definition", "Diagram", "Encryption",
                "Engine", "Execution", "Identity",
                "FileStore", "Guest", "MemoryStore", "OpenMetrics", "Traces", "Assembly",
                "Rehearsal",
                "Resources",
                "SQLiteStore",
                "Sabotage",
                "Sandbox", "Scenarios", "Schedule", "Server", "Statechart", "Values",
                "WorkflowLanguage",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "CoreMetrics", package: "swift-metrics"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ], swiftSettings: strict),
        // Level 12
        .executableTarget(
            name: "MarketplaceMain", dependencies: ["Marketplace", "PawlCommand"],
            swiftSettings: strict),
        // Tests
        .target(
            name: "Testbed",
            dependencies: [
                "Values", "Definition", "Execution", "Engine", "MemoryStore",
                "SQLiteStore",
                "CSQLite",
                "Sandbox", "Guest", "Marketplace", "WorkflowLanguage",
            ], swiftSettings: strict),
        .executableTarget(
            name: "pawl-seeds", dependencies: ["Testbed"], path: "Sources/Seeds",
            swiftSettings: strict),
        .testTarget(
            name: "DiagramTests",
            dependencies: ["Diagram", "Definition", "Values", "WorkflowLanguage"],
            exclude: ["Goldens"], swiftSettings: strict),
        .testTarget(
            name: "StatechartTests",
            dependencies: [
                "Statechart", "CEL", "Values", "WorkflowLanguage",
            ],
            swiftSettings: strict),
        .testTarget(
            name: "ExecutionTests",
            dependencies: [
                "Definition", "Execution", "Schedule", "Values", "WorkflowLanguage",
            ],
            swiftSettings: strict),
        .testTarget(
            name: "EngineTests",
            dependencies: [
                "Alerts", "Engine", "Definition", "Execution", "Resources", "Values",
                "WorkflowLanguage", "Testbed",
                "MemoryStore", .product(name: "Logging", package: "swift-log"),
            ], swiftSettings: strict),
        .testTarget(
            name: "EmbeddingTests",
            dependencies: [
                "Assembly", "Execution", "MemoryStore", "Pawl",
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: strict),
        .testTarget(
            name: "AlertsTests",
            dependencies: [
                "Adapters", "Alerts", "Assembly", "Definition", "Encryption", "Engine", "Execution",
                "MemoryStore", "Values", "WorkflowLanguage",
                .product(name: "Logging", package: "swift-log"),
            ], swiftSettings: strict),
        .testTarget(
            name: "TracesTests", dependencies: ["Traces", "Values"], swiftSettings: strict),
        .testTarget(
            name: "OpenMetricsTests",
            dependencies: [
                "OpenMetrics", .product(name: "CoreMetrics", package: "swift-metrics"),
            ], swiftSettings: strict),
        .testTarget(
            name: "AccessTests", dependencies: ["Access", "Values"], swiftSettings: strict),
        .testTarget(
            name: "EncryptionTests", dependencies: ["Encryption", "Values"], swiftSettings: strict
        ),
        .testTarget(
            name: "IdentityTests",
            dependencies: [
                "Access", "Identity", "Values", .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "CryptoExtras", package: "swift-crypto"),
            ], swiftSettings: strict),
        .target(name: "Pages", path: "Tests/Pages", swiftSettings: strict),
        .testTarget(
            name: "CELTests", dependencies: ["CEL", "Pages", "Values"], swiftSettings: strict),
        .testTarget(
            name: "ScheduleTests", dependencies: ["Schedule", "Values"],
            swiftSettings: strict),
        .testTarget(
            name: "WorkflowLanguageTests",
            dependencies: [
                "WorkflowLanguage", "CEL", "Schedule", "Values", "Statechart", "Definition",
                "Execution", "Pages",
            ],
            exclude: ["Fixtures"], swiftSettings: strict),
        .testTarget(
            name: "GuestTests", dependencies: ["Guest", "Values", "Execution"],
            swiftSettings: strict),
        .testTarget(
            name: "MarketplaceTests",
            dependencies: ["Marketplace", "Guest", "Values", "Execution"],
            swiftSettings: strict),
        .testTarget(
            name: "SandboxTests",
            dependencies: [
                "Access", "Guest", "Marketplace", "Sandbox", "Values",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "Logging", package: "swift-log"),
            ], swiftSettings: strict),
        .testTarget(
            name: "AdaptersTests",
            dependencies: ["Adapters", "CEL", "Values", "Definition", "Execution", "Statechart"],
            swiftSettings: strict),
        .testTarget(
            name: "PawlTests",
            dependencies: [
                "Access", "Identity",
                "Guest", "Marketplace", "Assembly", "OpenMetrics", "PawlCommand", "Rehearsal",
                "Scenarios",
                "Adapters",
                "Traces", "Values", "Engine",
                "Definition", "Execution", "Resources",
                "MemoryStore", "SQLiteStore", "WorkflowLanguage",
                .product(name: "CoreMetrics", package: "swift-metrics"),
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
            ], exclude: ["Goldens"], swiftSettings: strict),
        .testTarget(
            name: "ScenarioTests",
            dependencies: [
                "Assembly", "PawlCommand", "Rehearsal", "Scenarios", "Values", "Engine",
                "Statechart", "Guest", "Marketplace",
                "Definition", "Execution",
                "MemoryStore",
                "WorkflowLanguage",
            ],
            swiftSettings: strict),
        .testTarget(
            name: "RehearsalTests",
            dependencies: [
                "Definition", "Engine", "Execution", "Guest", "MemoryStore", "Rehearsal",
                "Values", "WorkflowLanguage",
            ],
            swiftSettings: strict),
        .testTarget(
            name: "ResourcesTests",
            dependencies: [
                "Access", "Resources", "Engine", "Definition", "Execution", "Values",
            ],
            swiftSettings: strict),
        .testTarget(
            name: "ServerTests",
            dependencies: [
                "Access", "Adapters", "CEL", "Pages", "Resources", "Values", "Definition",
                "Execution", "Engine", "Guest", "MemoryStore", "OpenMetrics", "Server",
                "Testbed",
                "WorkflowLanguage",
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOEmbedded", package: "swift-nio"),
                .product(name: "NIOHTTPTypes", package: "swift-nio-extras"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "NIOTLS", package: "swift-nio"),
                .product(name: "X509", package: "swift-certificates"),
                .product(name: "Crypto", package: "swift-crypto"),
            ], swiftSettings: strict),
        .target(
            name: "FuzzEntries",
            dependencies: [
                "Access", "Identity",
                "CEL", "Values", "Definition", "Execution", "Engine", "LinearRegex", "MemoryStore",
                "Adapters", "Rehearsal", "Resources", "Sandbox", "Schedule",
                "WorkflowLanguage", "Server", .product(name: "Logging", package: "swift-log"),
            ], path: "Fuzz/Entries", swiftSettings: strict),
        .testTarget(name: "FuzzTests", dependencies: ["FuzzEntries"], swiftSettings: strict),
        .testTarget(name: "ArchitectureTests", swiftSettings: strict),
        .testTarget(
            name: "SQLiteStoreTests",
            dependencies: [
                "SQLiteStore", "FileStore", "MemoryStore", "Testbed", "CSQLite", "Values",
                "Execution", "Definition", "Access", "Encryption",
            ],
            swiftSettings: strict),
        .testTarget(
            name: "SimulationTests",
            dependencies: [
                "Marketplace", "Testbed", "Values", "Engine", "Definition", "Execution",
                "MemoryStore",
                "Sandbox",
            ],
            swiftSettings: strict),
        .testTarget(
            name: "PowerLossTests",
            dependencies: ["Testbed", "Definition", "Execution", "SQLiteStore"],
            swiftSettings: strict),
    ]
)

// libFuzzer's driver is built by `make fuzz` only: it needs the fuzzer's runtime (scripts/fuzz links it).
if ProcessInfo.processInfo.environment["PAWL_FUZZ"] != nil {
    package.targets.append(
        .executableTarget(
            name: "pawl-fuzz", dependencies: ["FuzzEntries"], path: "Fuzz/Driver",
            swiftSettings: strict + [.unsafeFlags(["-parse-as-library"])]))
}
