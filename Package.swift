// swift-tools-version: 6.2
import PackageDescription

// Layers (who may import whom) are enforced by the compiler: `hack/test` builds with
// `--explicit-target-dependency-import-check error`. The README's architecture section explains them.
let strict: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .treatAllWarnings(as: .error),
]

let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let arguments: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")
let nio: [Target.Dependency] = [
    .product(name: "NIOCore", package: "swift-nio"),
    .product(name: "NIOPosix", package: "swift-nio"),
    .product(name: "NIOHTTP1", package: "swift-nio"),
]

func module(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: strict)
}

/// A module whose work is most of what the tests spend their time with: optimized in debug builds too.
func fastModule(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(
        name: name, dependencies: dependencies,
        swiftSettings: strict + [.unsafeFlags(["-O"], .when(configuration: .debug))])
}

func tests(_ name: String, _ dependencies: [Target.Dependency], exclude: [String] = []) -> Target {
    .testTarget(name: name, dependencies: dependencies, exclude: exclude, swiftSettings: strict)
}

let package = Package(
    name: "caracal-operator",
    products: [.executable(name: "caracal-operator", targets: ["OperatorMain"])],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
    ],
    targets: [
        .systemLibrary(name: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
        .systemLibrary(name: "CYAML", pkgConfig: "yaml-0.1", providers: [.apt(["libyaml-dev"])]),
        .systemLibrary(name: "COpenSSL", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
        // What the system's own Swift module leaves out: the allocator's knobs, and where the program's segments are.
        .systemLibrary(name: "CMemory"),
        fastModule("KubeModel"),
        module("KubeYAML", ["KubeModel", "CYAML"]),
        fastModule("KubeSchema", ["KubeModel"]),
        module("Crypto", ["COpenSSL"]),
        module("KubeClient", ["KubeModel", "KubeYAML", "CCurl", "Crypto", logging]),
        module("KubeRuntime", ["KubeModel", "KubeClient", logging]),
        module("CaracalAPI", ["KubeModel"]),
        module("CaracalCatalog", ["KubeModel"]),
        module("Preflight", ["KubeModel", "CaracalCatalog", "Crypto"]),
        module("Rendering", ["KubeModel", "CaracalAPI", "CaracalCatalog"]),
        module("Hardening", ["KubeModel", "CaracalAPI", "CaracalCatalog", "Preflight", "Crypto"]),
        module(
            "Reconciliation",
            [
                "KubeModel", "KubeClient", "KubeRuntime", "CaracalAPI", "CaracalCatalog", "Preflight", "Rendering",
                "Hardening", "Crypto", logging,
            ]),
        fastModule("KubeSandbox", ["KubeModel", "KubeYAML", "KubeSchema", logging] + nio),
        .executableTarget(
            name: "OperatorMain",
            dependencies: [
                "KubeModel", "KubeYAML", "KubeSchema", "Crypto", "KubeClient", "KubeRuntime", "CaracalAPI",
                "CaracalCatalog", "Preflight", "Rendering", "Hardening", "Reconciliation", "KubeSandbox", "CMemory",
                logging,
                arguments,
            ] + nio,
            swiftSettings: strict),
        // Measures the operator from outside; hack/bench builds it. No product: the image has nothing of it.
        .executableTarget(
            name: "Benchmark",
            dependencies: ["KubeModel", "KubeYAML", "KubeClient", "CaracalAPI", "Crypto", arguments],
            swiftSettings: strict),
        .target(
            name: "TestSupport",
            dependencies: [
                "KubeModel", "KubeYAML", "KubeClient", "KubeSandbox", "CaracalAPI", "CaracalCatalog", "Rendering",
                "COpenSSLTLS", logging,
            ] + nio,
            path: "Tests/Support", swiftSettings: strict),
        // What a TLS server needs; the tests have one.
        .systemLibrary(
            name: "COpenSSLTLS", path: "Tests/COpenSSLTLS", pkgConfig: "libssl", providers: [.apt(["libssl-dev"])]),
        tests("KubeModelTests", ["KubeModel", "TestSupport"]),
        tests("KubeYAMLTests", ["KubeModel", "KubeYAML", "TestSupport"]),
        tests(
            "KubeSchemaTests",
            ["KubeModel", "KubeSchema", "CaracalAPI", "CaracalCatalog", "Hardening", "TestSupport"]),
        tests("CryptoTests", ["Crypto", "TestSupport"]),
        tests("KubeClientTests", ["KubeModel", "KubeClient", "Crypto", "TestSupport"]),
        tests("KubeRuntimeTests", ["KubeModel", "KubeClient", "KubeRuntime", "TestSupport", logging]),
        tests(
            "CaracalAPITests",
            ["KubeModel", "KubeYAML", "KubeSchema", "CaracalAPI", "CaracalCatalog", "Hardening", "TestSupport"]),
        tests("CaracalCatalogTests", ["CaracalCatalog"]),
        tests("PreflightTests", ["KubeModel", "CaracalCatalog", "Crypto", "Preflight"]),
        tests(
            "RenderingTests",
            [
                "KubeModel", "KubeYAML", "KubeSchema", "CaracalAPI", "CaracalCatalog", "Hardening", "Rendering",
                "TestSupport",
            ],
            exclude: ["Golden"]),
        tests(
            "HardeningTests",
            [
                "KubeModel", "CaracalAPI", "CaracalCatalog", "Crypto", "Preflight", "Rendering", "Hardening",
                "Reconciliation",
                "TestSupport",
            ]),
        tests(
            "ReconciliationTests",
            [
                "KubeModel", "KubeClient", "KubeRuntime", "CaracalAPI", "CaracalCatalog", "Preflight", "Crypto",
                "Rendering",
                "Hardening",
                "Reconciliation", "TestSupport",
            ]),
        tests(
            "ContractTests",
            [
                "KubeModel", "KubeClient", "KubeSchema", "KubeSandbox", "CaracalAPI", "CaracalCatalog", "Hardening",
                "Rendering", "TestSupport", logging,
            ]),
        tests("BenchmarkTests", ["Benchmark", "KubeModel"]),
        tests(
            "OperatorMainTests",
            [
                "OperatorMain", "KubeModel", "KubeYAML", "KubeSchema", "KubeClient", "KubeRuntime", "KubeSandbox",
                "CaracalAPI",
                "CaracalCatalog", "Crypto", "Hardening", "Preflight", "Reconciliation", "Rendering", "TestSupport",
                logging,
            ] + nio),
    ]
)
