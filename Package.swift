// swift-tools-version: 6.2
import PackageDescription

// Imports point down only (docs/decisions/0001-targets.md); Tests/ArchitectureTests keeps it so.
let strict: [SwiftSetting] = [.treatAllWarnings(as: .error)]

let package = Package(
    name: "pawl",
    platforms: [.macOS(.v15)],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    ],
    targets: [
        // Level 0
        .target(name: "CEL", swiftSettings: strict),
        // Level 1
        .target(name: "Statechart", dependencies: ["CEL"], swiftSettings: strict),
        // Level 2
        .target(name: "Execution", dependencies: ["CEL", "Statechart"], swiftSettings: strict),
        // Level 4
        .target(
            name: "Engine",
            dependencies: [
                "CEL", "Statechart", "Execution",
                .product(name: "DequeModule", package: "swift-collections"),
                .product(name: "Logging", package: "swift-log"),
            ], swiftSettings: strict),
    ]
)
