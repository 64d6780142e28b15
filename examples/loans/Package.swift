// swift-tools-version: 6.2
import PackageDescription

let package = Package(
    name: "loans",
    platforms: [.macOS(.v15)],
    dependencies: [
        .package(name: "pawl", path: "../.."),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
    ],
    targets: [
        // The business: one operation over its records.
        .target(name: "Loans", dependencies: [.product(name: "Pawl", package: "pawl")]),
        // Its command line.
        .executableTarget(
            name: "LoansMain",
            dependencies: ["Loans", .product(name: "PawlCommand", package: "pawl")]),
        // The same inside a Hummingbird application.
        .executableTarget(
            name: "LibraryServer",
            dependencies: [
                "Loans", .product(name: "Pawl", package: "pawl"),
                .product(name: "PawlHummingbird", package: "pawl"),
                .product(name: "Hummingbird", package: "hummingbird"),
            ]),
        .testTarget(
            name: "LoansTests",
            dependencies: [
                "Loans", "LibraryServer",
                .product(name: "PawlTesting", package: "pawl"),
                .product(name: "Hummingbird", package: "hummingbird"),
            ]),
    ]
)
