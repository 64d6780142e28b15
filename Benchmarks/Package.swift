// swift-tools-version: 6.2
import PackageDescription

// The product's sources are compiled here as targets of this package, through the link `Sources/Pawl`: what
// is measured is internal to the product, and `package` access ends where a package ends
// (docs/decisions/0008-benchmarks.md).
let strict: [SwiftSetting] = [.treatAllWarnings(as: .error)]

func product(
    _ name: String, _ dependencies: [Target.Dependency] = [], resources: [Resource]? = nil
) -> Target {
    .target(
        name: name, dependencies: dependencies, path: "Sources/Pawl/\(name)",
        resources: resources, swiftSettings: strict)
}

let package = Package(
    name: "benchmarks",
    platforms: [.macOS(.v15)],
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
    ],
    targets: [
        .systemLibrary(
            name: "CSQLite", path: "Sources/Pawl/CSQLite", pkgConfig: "sqlite3",
            providers: [.apt(["libsqlite3-dev"])]),
        .systemLibrary(
            name: "CCurl", path: "Sources/Pawl/CCurl", pkgConfig: "libcurl",
            providers: [.apt(["libcurl4-openssl-dev"])]),
        product("LinearRegex"),
        product("Values", ["LinearRegex"]),
        product("CEL", ["Values", "LinearRegex"]),
        product("Traces", ["Values"]),
        product(
            "OpenMetrics", ["Values", .product(name: "CoreMetrics", package: "swift-metrics")]),
        product("Sabotage"),
        product("Access", ["Sabotage", "Values"]),
        product(
            "Encryption", ["Sabotage", "Values", .product(name: "Crypto", package: "swift-crypto")]),
        product("Statechart", ["CEL", "Values", "Sabotage"]),
        product("Schedule", ["CEL", "Values", "Sabotage"]),
        product(
            "Definition", ["CEL", "Values", "Statechart", "Schedule", "Sabotage"]),
        product(
            "Execution",
            [
                "Access", "CEL", "Definition", "Encryption", "Values", "Statechart", "Schedule",
                "Sabotage",
            ]),
        product("Diagram", ["CEL", "Values", "Statechart", "Definition"]),
        product(
            "SQLiteStore",
            [
                "Access", "CEL", "Encryption", "Values", "Definition", "Execution", "CSQLite",
                "Sabotage",
            ]),
        product("Guest", ["Definition", "Values", "Execution", "Sabotage"]),
        product("Marketplace", ["Values", "Guest"]),
        product(
            "Adapters",
            ["Access", "CEL", "Values", "Definition", "Execution", "Traces", "CCurl", "Sabotage"]),
        product(
            "WorkflowLanguage",
            [
                "CEL", "Values", "Statechart", "Schedule", "Definition", "Execution",
                .product(name: "Yams", package: "Yams"),
            ]),
        product("Alerts", ["Values", "Definition", "Execution", "Sabotage"]),
        product(
            "Engine",
            [
                "Access", "Alerts", "CEL", "Values", "Statechart", "Schedule", "Definition",
                "Execution",
                "OpenMetrics", "Sabotage",
                .product(name: "CoreMetrics", package: "swift-metrics"),
                .product(name: "DequeModule", package: "swift-collections"),
                .product(name: "Logging", package: "swift-log"),
            ]),
        product(
            "Resources",
            [
                "Access", "Values", "Statechart", "Schedule", "Definition", "Execution", "Engine",
                "Alerts",
            ]),
        product(
            "Console",
            [
                "Access", "Diagram", "Execution", "Resources", "Sabotage", "Values",
                .product(name: "Mustache", package: "swift-mustache"),
            ], resources: [.embedInCode("Assets")]),
        product(
            "Server",
            [
                "Access", "Alerts", "CEL", "Console", "Diagram", "Values", "Statechart",
                "Definition", "Execution", "Engine", "OpenMetrics", "Resources", "Sabotage",
                "Traces",
                .product(name: "CoreMetrics", package: "swift-metrics"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "HummingbirdTLS", package: "hummingbird"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOHTTPTypes", package: "swift-nio-extras"),
                .product(name: "NIOHTTPTypesHTTP1", package: "swift-nio-extras"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "X509", package: "swift-certificates"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ]),
        .executableTarget(
            name: "Benchmarks",
            dependencies: [
                "Access", "CEL", "Values", "Statechart", "Definition", "Encryption", "Execution",
                "Engine", "SQLiteStore", "Adapters", "Guest", "Marketplace", "OpenMetrics",
                "Traces",
                .product(name: "CoreMetrics", package: "swift-metrics"),
                "WorkflowLanguage", "Server", "CSQLite", "CCurl",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "DequeModule", package: "swift-collections"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ], path: "Sources/Benchmarks", swiftSettings: strict),
    ]
)
